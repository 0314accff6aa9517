"""The configurations on the page of routers are what the program writes."""

import copy
from pathlib import Path

import pytest
import yaml

from metallb.loading.stack import load_file
from metallb.routers.build import halves_of
from metallb.routers.dialects import DIALECTS
from metallb.stackfile import StackConfig, stack_config
from metallb.topology.nodes import KnownNode, KnownNodes
from tests.docs.blocks import Block, blocks, stack_files
from tests.support.paths import STACKS


def _stack() -> StackConfig:
    """The template with a key, as the page has it."""
    config = yaml.safe_load((STACKS / "Pulumi.onprem.yaml").read_text())["config"]
    sections = {key.partition(":")[2]: copy.deepcopy(value) for key, value in config.items()}
    sections["bgp"]["password"] = "change-me"
    return stack_config(sections, source="onprem")


def _on_the_page(language: str, word: str) -> Block:
    (found,) = (b for b in blocks(language) if b.page.name == "routers.md" and word in b.text)
    return found


@pytest.mark.parametrize(
    ("dialect", "language", "word", "router"),
    [
        ("bird", "bird", "template bgp", "rack-a-tor-1"),
        ("frr", "text", "router bgp", "rack-a-tor-2"),
    ],
)
def test_a_router_on_the_page_is_a_written_one(
    dialect: str, language: str, word: str, router: str
) -> None:
    addresses = {"node-a1": "10.1.0.11", "node-a2": "10.1.0.12"}
    nodes = KnownNodes({host: KnownNode(host, {}, (each,)) for host, each in addresses.items()})
    (half,) = (each for each in halves_of(_stack(), None, nodes) if each.name == router)
    assert DIALECTS[dialect].text(half, "prod").strip() == _on_the_page(language, word).text.strip()


def _unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


OF_BFD = [each for each in blocks("text") if each.page.name == "bfd.md"]


@pytest.mark.parametrize("block", OF_BFD, ids=lambda each: each.where)
def test_what_bfd_adds_to_a_router_is_in_a_written_file(block: Block, tmp_path: Path) -> None:
    ((name, text),) = ((n, t) for n, t in stack_files().items() if ".three." in n)
    (tmp_path / name).write_text(text, encoding="utf-8")
    stack = load_file(tmp_path / name).config
    (half,) = (each for each in halves_of(stack) if each.name == "rack-a-tor-1")
    written = [_unindented(each.text(half, "three")) for each in DIALECTS.values()]
    assert any(_unindented(block.text) in text for text in written)


def test_the_page_of_bfd_shows_frr_and_bird() -> None:
    assert len(OF_BFD) == 3
