"""`render` writes a key on request alone, into a folder of its own, and names the files."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.cli import main
from tests.unit.stacks import static

SECRET = "N3verShownKey"
MEMBERLIST = SECRET * 3
OLD = {"version": "0.12.1"}
CHART = {"version": "0.16.2", "source": "helm", "bgpMode": "frr"}


def keyed(install: dict[str, Any], **bgp: Any) -> dict[str, Any]:
    return static(install=install, bgp={"myAsn": 64500, "holdTime": "9s", **bgp})


CASES = [
    (
        keyed({"version": "0.16.2"}, password=SECRET),
        ["4-configuration/090-secrets/090-secret-bgp-password.yaml"],
    ),
    (keyed(OLD, password=SECRET), ["3-configuration/090-secrets/100-configmap-config.yaml"]),
    (
        keyed({"version": "0.16.2", "memberlistSecret": MEMBERLIST}),
        ["1-prerequisites/090-secrets/090-secret-memberlist.yaml"],
    ),
    (
        keyed({**CHART, "memberlistSecret": MEMBERLIST, "helmValues": {"a": {"token": SECRET}}}),
        [
            "1-prerequisites/090-secrets/090-secret-memberlist.yaml",
            "2-chart/090-secrets/metallb.values",
        ],
    ),
    (keyed(CHART), []),
    (keyed({"version": "0.16.2"}), []),
    (keyed(OLD), []),
]


@pytest.mark.parametrize(("sections", "expected"), CASES)
def test_files_with_a_key_are_named_and_no_others_are(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    sections: dict[str, Any],
    expected: list[str],
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    config = {f"metallb:{key}": value for key, value in sections.items()}
    path.write_text(yaml.safe_dump({"config": config}))
    folder = tmp_path / "out"
    assert main(["render", str(path), "-o", str(folder), "--with-secrets"]) == 0
    shown = capsys.readouterr()
    named = [line for line in shown.out.splitlines() if "hold a key" in line]
    assert [line.partition(": ")[2] for line in named] == (
        [", ".join(expected)] if expected else []
    )
    assert SECRET not in shown.out + shown.err
    encoded = base64.b64encode(SECRET.encode()).decode()
    holding = sorted(
        str(file.relative_to(folder))
        for file in folder.rglob("*.*")
        if file.is_file() and (SECRET in file.read_text() or encoded in file.read_text())
    )
    assert holding == expected
