"""Pools of layer 2 and racks without routers, in every picture."""

import re

import pytest

from metallb.topology import FORMATS, topology_of
from tests.unit.topology.stacks import rack, stack

WITHOUT = {"kind": "static", "racks": [{"name": "a", "nodes": ["a1", "a2"]}]}
LAN = {"addresses": ["192.0.2.200-192.0.2.203"]}


def shown(form, entry, platform=WITHOUT, **pool):
    pools = {"lan": {**LAN, "layer2": {"default": entry}, **pool}}
    made = FORMATS[form](topology_of(stack(platform=platform, addressPools=pools), "dc1"))
    return re.sub(r"<br ?/?>|\n", " ", made).replace("#44;", ",")


@pytest.mark.parametrize("form", FORMATS)
def test_a_pool_of_layer_2_is_shown_as_one_of_layer_2(form):
    made = shown(form, {"nodes": ["a1", "a2"], "interfaces": ["eth0", "eth1"]})
    assert "in layer 2 by one node at a time of a1, a2, on eth0, eth1" in made
    assert "to all peers" not in made
    assert "in layer 2 by one node at a time of all nodes" in shown(form, {})


@pytest.mark.parametrize("form", FORMATS)
def test_a_pool_that_both_announce_shows_both(form):
    racks = {"kind": "static", "racks": [rack(1)]}
    made = shown(form, {}, platform=racks, advertisements={"default": {}})
    assert "as /32 to all peers" in made
    assert "in layer 2 by one node at a time of all nodes" in made


@pytest.mark.parametrize("form", [each for each in FORMATS if each != "mermaid"])
def test_a_rack_without_routers_has_no_sessions_to_count(form):
    made = shown(form, {})
    assert "2 nodes, no router" in made
    assert "-> " not in made


@pytest.mark.parametrize("count", [2, 9, 4000])
def test_a_diagram_of_a_rack_without_routers_has_its_nodes_alone(count):
    platform = {
        "kind": "static",
        "racks": [{"name": "a", "nodes": [f"a{number}" for number in range(count)]}],
    }
    made = shown("mermaid", {}, platform=platform)
    assert "a0" in made
    assert "==>" not in made
    assert "-->" not in made
