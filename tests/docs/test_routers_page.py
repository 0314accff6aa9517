"""The configurations on the page of routers are what the program writes."""

import copy

import pytest
import yaml

from metallb.routers.build import halves_of
from metallb.routers.dialects import DIALECTS
from metallb.stackfile import StackConfig, stack_config
from metallb.topology.nodes import KnownNode, KnownNodes
from tests.docs.blocks import Block, blocks
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
