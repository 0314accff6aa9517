"""The examples on the page of Lokomotive are read, alone and with the ConfigMap beside them."""

from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.unit.importing.inputs import imported, written
from tools.docs.paths import ROOT

(BLOCK,) = (each for each in blocks("hcl") if each.page == ROOT / "docs/lokomotive.md")
CONFIG = (ROOT / "tests/docs/config.yaml").read_text(encoding="utf-8")


def test_variables_and_locals_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, BLOCK.text, "cluster.lokocfg")
    sections, _ = imported(capsys, str(path), "--var", "pool=147.75.40.46/32")
    assert sections["metallb:addressPools"] == {"default": {"addresses": ["147.75.40.46/32"]}}
    _, lines = imported(capsys, str(path), code=2)
    assert any("variable pool has no value" in each for each in lines)


def test_the_configmap_beside_has_the_peers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = written(tmp_path, BLOCK.text, "cluster.lokocfg")
    beside = written(tmp_path, CONFIG, "config.yaml")
    sections, _ = imported(capsys, str(block), str(beside), "--var", "pool=147.75.40.46/32")
    routers = [each["routers"] for each in sections["metallb:platform"]["racks"]]
    assert [each["address"] for listed in routers for each in listed] == [
        "10.64.43.10",
        "10.64.54.2",
    ]
    assert list(sections["metallb:addressPools"]) == ["default"]
