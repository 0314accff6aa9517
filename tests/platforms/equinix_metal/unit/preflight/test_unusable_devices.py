"""Devices of which no peer can be made: each is reported at its node, by every command alike."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.cli import main
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.unit.preflight.test_command import checked

GONE: dict[str, dict[str, Any]] = {
    "failed": {"state": "failed"},
    "on its way": {"state": "provisioning", "networks": []},
    "layer 2": {"networks": []},
    "no gateway": {
        "networks": [
            {"address": "10.64.54.3", "gateway": "", "family": 4, "cidr": 31, "public": False}
        ]
    },
}


FROZEN = PROJECT_ROOT / "tests" / "platforms" / "equinix_metal" / "frozen" / "stacks"


def recorded(folder: Path, **changes: dict[str, Any]) -> str:
    """The demo's answers with some devices changed."""
    answers = yaml.safe_load((FROZEN / "shipped-demo.answers.yaml").read_text(encoding="utf-8"))
    for key, change in changes.items():
        answers["devices"][key.replace("_", "-")] |= change
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(answers), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("second", "rule", "summary"),
    [
        ("on its way", "M6", "device worker-1 is in state provisioning"),
        ("layer 2", "M7", "device worker-1 has no private IPv4 network"),
        (
            "no gateway",
            "M7",
            "device worker-1 has the private address 10.64.54.3 without a gateway",
        ),
    ],
)
def test_each_device_is_reported_once_and_at_its_node(
    second: str, rule: str, summary: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = recorded(tmp_path, worker_0=GONE["failed"], worker_1=GONE[second])
    code, found = checked(capsys, "demo", "--answers", answers)
    assert code == 2
    assert [(each["id"], each["where"], each["seen"]) for each in found] == [
        ("M6", "metallb:platform.nodes[0]", "device worker-0 is in state failed"),
        (rule, "metallb:platform.nodes[1]", summary),
    ]
    assert found[0]["line"] < found[1]["line"]


@pytest.mark.parametrize("command", [["topology"], ["render", "-o", "out"]])
def test_commands_that_need_them_end_as_for_a_mistake_in_the_file(
    command: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    answers = recorded(tmp_path, worker_0=GONE["failed"], worker_1=GONE["layer 2"])
    assert main([*command, str(STACKS / "Pulumi.demo.yaml"), "--answers", answers]) == 2
    shown = [line for line in capsys.readouterr().err.splitlines() if line[0] != " "]
    assert len(shown) == 2
    for line, code, place in zip(shown, ("M6", "M7"), ("nodes[0]", "nodes[1]"), strict=True):
        assert f"error[{code}]: device worker-" in line
        assert line.endswith(f"(metallb:platform.{place})")
    assert not (tmp_path / "out").exists()
