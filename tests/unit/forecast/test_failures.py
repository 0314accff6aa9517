"""What a failure of nodes, routers and racks takes away."""

from typing import Any

import pytest

from metallb.forecast.build import site_of_stack
from metallb.forecast.failures import Element, Failure, Kind, elements, fail, fail_all, fail_pairs
from metallb.topology.nodes import nodes_of
from tests.unit.forecast.sites import FRR, configured, rack, racks, site
from tests.unit.routers.sites import listed

A1 = Element(Kind.NODE, "a1")


def pools(**advertisement: Any) -> dict[str, Any]:
    """One pool that goes everywhere, and one with an advertisement."""
    return {
        "addressPools": {
            "everywhere": {"addresses": ["198.51.100.0/28"]},
            "public": {
                "addresses": ["203.0.113.0/28"],
                "advertisements": {"default": advertisement},
            },
        }
    }


def single(kind: Kind, name: str, **sections: Any) -> Failure:
    return fail(site(**sections), (Element(kind, name),))


def test_every_node_router_and_rack_fails() -> None:
    assert [str(each) for each in elements(site())] == [
        "node a1",
        "node a2",
        "node b1",
        "node b2",
        "router a-tor-1",
        "router a-tor-2",
        "router b-tor-1",
        "router b-tor-2",
        "rack a",
        "rack b",
    ]
    assert len(list(fail_all(site()))) == 10


def test_a_site_of_one_rack_does_not_fail_as_a_whole() -> None:
    assert not [each for each in elements(site(**racks(rack("a", "a1")))) if each.kind == "rack"]


def test_a_node_halves_the_next_hops_of_its_routers_until_the_hold_time_is_over() -> None:
    found = single(Kind.NODE, "a1")
    assert (found.sessions, found.before, found.after, found.seconds) == (2, 2, 1, 3.0)
    assert {loss.router for loss in found.narrowed} == {"a-tor-1", "a-tor-2"}
    assert (found.unreachable, found.without_route) == ((), ())


def test_bfd_notices_before_the_hold_time_is_over() -> None:
    profile = {"receiveInterval": 100, "transmitInterval": 200, "detectMultiplier": 4}
    bgp = {"bfdProfiles": {"fast": profile}, "bfdProfile": "fast"}
    assert single(Kind.NODE, "a1", bgp=bgp, **FRR).seconds == 0.8


def test_a_router_takes_its_sessions_and_no_pool_where_there_is_another() -> None:
    found = single(Kind.ROUTER, "a-tor-1")
    assert (found.sessions, found.unreachable, found.narrowed) == (2, (), ())
    assert found.seconds == 0


def test_the_last_node_at_a_router_leaves_it_without_a_route() -> None:
    found = single(Kind.NODE, "a1", **racks(rack("a", "a1"), rack("b", "b1", network=2)))
    assert {loss.router for loss in found.without_route} == {"a-tor-1", "a-tor-2"}
    assert found.unreachable == ()
    assert (found.moved, found.resilient) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "name", "advertisement"),
    [
        (Kind.NODE, "a1", {"nodeSelectors": [{"matchLabels": {"kubernetes.io/hostname": "a1"}}]}),
        (Kind.ROUTER, "a-tor-1", {"peers": ["a-tor-1"]}),
        (Kind.RACK, "a", {"peers": ["a-tor-1", "a-tor-2"]}),
    ],
    ids=str,
)
def test_a_pool_goes_with_what_carries_it_alone(
    kind: Kind, name: str, advertisement: dict[str, Any]
) -> None:
    found = single(kind, name, **pools(**advertisement))
    assert found.unreachable == ("public",)
    others = [each for each in fail_all(site(**pools(**advertisement))) if each.unreachable]
    if kind is not Kind.RACK:
        # Its rack takes it away as well.
        assert {each.failed for each in others} == {(f"{kind} {name}",), ("rack a",)}


def test_a_rack_takes_its_own_routers_and_leaves_shared_ones() -> None:
    shared = racks(
        {**rack("a", "a1", routers=1), "sharedRouters": ["gw"]},
        {**rack("b", "b1", network=2, routers=1), "sharedRouters": ["gw"]},
        sharedRouters={"gw": {"address": "10.9.0.1"}},
    )
    found = single(Kind.RACK, "a", **shared)
    assert [(loss.router, loss.before, loss.after) for loss in found.narrowed] == [("gw", 2, 1)]
    assert (found.sessions, found.seconds) == (2, 3.0)


def test_plain_hashing_moves_half_of_the_flows_and_resilient_hashing_those_of_the_lost_node() -> (
    None
):
    found = single(Kind.NODE, "a1", **racks(rack("a", "a1", "a2", "a3", "a4"), rack("b", "b1")))
    assert (found.before, found.after) == (4, 3)
    # RFC 2992, 3: half of the flows, where the first or the last of the next hops goes.
    assert (found.moved, found.resilient) == (0.5, 0.25)


def test_more_nodes_than_next_hops_leave_none_fewer() -> None:
    found = single(Kind.NODE, "a1", bgp={"ecmpLimit": 1})
    assert (found.before, found.after) == (1, 1)


def test_pairs_are_those_that_are_worse_than_their_elements() -> None:
    two_nodes = racks(rack("a", "a1"), rack("b", "b1", network=2))
    found = {each.failed for each in fail_pairs(site(**two_nodes))}
    assert ("node a1", "node b1") in found
    assert ("rack a", "rack b") in found
    assert ("node a1", "router a-tor-1") not in found
    by_one = pools(nodeSelectors=[{"matchLabels": {"kubernetes.io/hostname": "a1"}}])
    worse = {each.failed for each in fail_pairs(site(**two_nodes, **by_one))}
    assert all("public" not in each for pair in worse for each in pair)


def test_nodes_of_a_label_are_counted_by_a_hint_or_by_the_cluster() -> None:
    stack = configured(
        **racks(rack("a", "a1", "a2"), rack("b", network=2, nodeSelectors={"zone": "b"}))
    )
    unknown = site_of_stack(stack)
    assert len(unknown.by_router["b-tor-1"]) == 1
    assert not [each for each in elements(unknown) if each.name == "zone=b"]
    for hint in ({"b": 3}, {"zone=b": 3}):
        assert len(site_of_stack(stack, counts=hint).by_router["b-tor-1"]) == 3
    found = site_of_stack(stack, nodes=nodes_of(listed(*_nodes())["items"]))
    assert [session.node for session in found.by_router["b-tor-1"]] == ["b1", "b2"]


def _nodes() -> list[tuple[str, dict[str, str], tuple[str, ...]]]:
    return [
        ("b1", {"zone": "b"}, ("10.2.0.11",)),
        ("b2", {"zone": "b"}, ("10.2.0.12",)),
        ("c1", {"zone": "c"}, ("10.3.0.11",)),
    ]


def test_ipv6_pools_go_to_the_routers_that_carry_ipv6() -> None:
    sections = {
        **racks(rack("a", "a1", "a2")),
        "addressPools": {"six": {"addresses": ["2001:db8::/120"]}},
        **FRR,
    }
    sections["platform"]["racks"][0]["routers"][1]["address"] = "2001:db8:a::1"
    made = site(**sections)
    assert set(made.reaches[made.pools[0].reach].announcers) == {"a-tor-2"}
    assert fail(made, (Element(Kind.ROUTER, "a-tor-2"),)).unreachable == ("six",)
    assert fail(made, (A1,)).unreachable == ()
