"""Devices of which no peer can be made: each is told at its node, by every command alike."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.cli import main
from metallb.config.paths import STACKS
from tests.unit.preflight.test_command import told

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


def recorded(folder: Path, **changes: dict[str, Any]) -> str:
    """The demo's answers with some devices changed."""
    answers = yaml.safe_load((STACKS / "demo.answers.yaml").read_text(encoding="utf-8"))
    for key, change in changes.items():
        answers["devices"][key.replace("_", "-")] |= change
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(answers), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("second", "rule", "seen"),
    [
        ("on its way", "M6", "state provisioning"),
        ("layer 2", "M7", "no private IPv4 network"),
        ("no gateway", "M7", "private address 10.64.54.3 without a gateway"),
    ],
)
def test_each_device_is_told_once_and_at_its_node(
    second: str, rule: str, seen: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = recorded(tmp_path, worker_0=GONE["failed"], worker_1=GONE[second])
    code, found = told(capsys, "demo", "--answers", answers)
    assert code == 2
    assert [(each["id"], each["where"], each["seen"]) for each in found] == [
        ("M6", "metallb:platform.nodes[0]", "state failed"),
        (rule, "metallb:platform.nodes[1]", seen),
    ]
    assert found[0]["line"] < found[1]["line"]


@pytest.mark.parametrize("command", [["topology"], ["render", "-o", "out"]])
def test_commands_that_need_them_end_as_for_any_mistake_of_a_person(
    command: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    answers = recorded(tmp_path, worker_0=GONE["failed"], worker_1=GONE["layer 2"])
    assert main([*command, "demo", "--answers", answers]) == 2
    shown = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in shown] == [
        "metallb:platform.nodes[0]",
        "metallb:platform.nodes[1]",
    ]
    assert not (tmp_path / "out").exists()
