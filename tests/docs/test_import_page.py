"""Every kind of configuration on the page of import is read, and means what the page shows."""

import re
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.stackfile.yaml_documents import parse_yaml
from tests.docs.blocks import Block, blocks
from tools.docs.paths import ROOT

PAGE = ROOT / "docs/import.md"
BLOCKS = [each for each in blocks("yaml") if each.page == PAGE]
HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
WITHOUT_EXAMPLE = {"Lokomotive"}
"""Kinds that have their example on a page of their own."""
INSTALLED = {
    "What kubectl prints of a cluster": ("0.14.9", "frr"),
    "A ConfigMap of 0.12": ("0.12.1", "native"),
    "Values of MetalLB's chart": ("0.12.1", "native"),
    "A Flux HelmRelease": ("0.12.1", "native"),
    "An Argo CD Application": ("0.15.3", "frr"),
    "The operator's object": ("0.16.2", "frr-k8s"),
    "Custom resources": ("0.16.2", "native"),
}


def kind(block: Block) -> str:
    above = PAGE.read_text(encoding="utf-8").splitlines()[: block.line]
    return HEADING.findall("\n".join(above))[-1]


def test_every_kind_has_an_example() -> None:
    found = HEADING.findall(PAGE.read_text(encoding="utf-8"))
    assert [each for each in found if each not in WITHOUT_EXAMPLE] == [kind(b) for b in BLOCKS]
    assert {kind(each) for each in BLOCKS} == set(INSTALLED)


def imported(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["import", *words, "--strict"]) == 0
    sections: dict[str, Any] = parse_yaml(capsys.readouterr().out, where="out")["config"]
    return sections


@pytest.mark.parametrize("block", BLOCKS, ids=kind)
def test_an_example_is_read_whole_and_breaks_no_rule(
    block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(block.text, encoding="utf-8")
    sections = imported(capsys, str(path))
    (rack,) = sections["metallb:platform"]["racks"]
    assert rack["routers"] == [{"address": "10.1.0.1"}]
    assert sections["metallb:addressPools"] == {"public": {"addresses": ["203.0.113.0/28"]}}
    install = sections["metallb:install"]
    assert (install["version"], install["bgpMode"]) == INSTALLED[kind(block)]
    assert install["namespace"] == "metallb-system"
    assert main(["check", str(path)]) == 0
