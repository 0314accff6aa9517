"""Pictures of stacks of this platform."""

from metallb.topology import FORMATS
from tests.platforms.equinix_metal.unit.topology.stacks import metal


def test_nodes_with_a_gateway_each_are_one_group_of_their_metro():
    (group,) = metal(3, answered=True).racks
    assert (group.name, group.own_routers, len(group.routers)) == ("ny", True, 3)
    assert "10.64.0.2 (from 10.64.0.3)" in FORMATS["text"](metal(3, answered=True))


def test_nodes_with_the_same_loopback_routers_share_them():
    (group,) = metal(3, answered=True, source="neighbors").racks
    assert [router.address for router in group.routers] == ["169.254.255.1", "169.254.255.2"]
    assert not group.own_routers
    assert len(group.sessions) == 6


def test_what_was_not_looked_up_stays_unknown():
    topology = metal(2, answered=False)
    assert topology.pools[0].size == 4
    assert "read at update" in FORMATS["text"](topology)
    for form in FORMATS.values():
        assert form(topology)
