"""Names in pictures of stacks of this platform."""

from metallb.topology import FORMATS
from tests.platforms.equinix_metal.unit.topology.stacks import metal


def test_an_elastic_ip_block_that_is_not_known_yet_is_of_ipv4():
    assert "as /32 to" in FORMATS["text"](metal(1, answered=False))


def test_a_router_of_a_node_of_its_own_is_drawn_whole():
    shown = FORMATS["svg"](metal(3, answered=True))
    assert ">10.64.0.2 AS65530<" in shown
