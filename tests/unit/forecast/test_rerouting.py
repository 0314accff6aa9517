"""What a change does to routes: their nodes, their attributes, and the flows that move."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.forecast import hashing
from metallb.forecast.impact import Impact
from metallb.forecast.impact_text import headline, markdown, text
from metallb.forecast.rerouting import Route
from tests.unit.forecast.sites import FRR, TWO_RACKS, impact, rack, racks
from tests.unit.forecast.test_reaches import INTERNAL, from_host, of

PREFERRED = of(first=from_host("a1", localPref=200), others=from_host("a2"))
EQUAL = of(first=from_host("a1"), others=from_host("a2"))


def used(routes: tuple[Route, ...]) -> set[str]:
    """The nodes whose routes a router uses."""
    return {node for route in routes if route.rank == 1 for node in route.nodes}


def default(**keys: Any) -> dict[str, Any]:
    return of(default=keys)


def quiet(found: Impact) -> bool:
    """Whether no session is touched."""
    return not (found.redialled or found.opened or found.ended)


def test_a_higher_preference_takes_the_flows_of_every_other_node() -> None:
    found = impact(EQUAL, PREFERRED, **INTERNAL, **FRR)
    (change,) = found.rerouted
    assert (change.pools, change.routers) == (("public",), ("a-tor-1",))
    assert (used(change.former), used(change.present)) == ({"a1", "a2"}, {"a1"})
    assert {(route.nodes, route.rank, route.local_pref) for route in change.present} == {
        (("a1",), 1, 200),
        (("a2",), 2, 100),
    }
    assert (change.moved, change.resilient) == (0.5, 0.5)
    (narrowing,) = found.narrowed
    assert (narrowing.before, narrowing.meanwhile, narrowing.after) == (2, 1, 1)
    assert quiet(found)
    assert not found.nothing


def test_the_preference_moves_to_a_node_of_the_same_width() -> None:
    other = of(first=from_host("a1"), others=from_host("a2", localPref=300))
    found = impact(PREFERRED, other, **INTERNAL)
    assert found.rerouted[0].moved == 1.0
    assert "a2 (localPref 300), then a1 (localPref 0); at most 100% of the flows move" in text(
        found
    )


def test_one_preference_for_all_nodes_moves_nothing_in_the_end() -> None:
    found = impact(default(localPref=100), default(localPref=200), **INTERNAL)
    (change,) = found.rerouted
    assert (change.moved, change.former[0].local_pref, change.present[0].local_pref) == (
        0.0,
        100,
        200,
    )
    # The first node that sends the higher value has every flow until the others do.
    assert [(each.before, each.meanwhile, each.after) for each in found.narrowed] == [(3, 1, 3)]


def test_frr_sends_the_value_that_a_route_without_one_has() -> None:
    assert impact(default(), default(localPref=100), **INTERNAL, **FRR).nothing
    assert impact(default(), default(localPref=100), **INTERNAL).rerouted


def test_a_router_of_another_as_gets_no_preference() -> None:
    found = impact(default(localPref=100), default(localPref=200))
    assert (found.rerouted, found.narrowed) == ((), ())
    (unsent,) = found.unsent
    assert (unsent.field, unsent.pools, unsent.routers) == ("localPref", ("public",), ("a-tor-1",))
    for shown in (text(found), "\n".join(markdown(found))):
        assert "it is not sent there (RFC 4271, 5.1.5)" in shown


def test_of_two_routers_the_one_of_the_own_as_follows_the_preference() -> None:
    both = racks(rack("a", "a1", "a2"))
    both["platform"]["racks"][0]["routers"][0]["asn"] = 65000
    pools = {"addressPools": PREFERRED["addressPools"]}
    former = {"addressPools": EQUAL["addressPools"]}
    found = impact({**both, **former}, {**both, **pools}, bgp={"myAsn": 65000, "peerAsn": 65530})
    assert [change.routers for change in found.rerouted] == [("a-tor-1",)]
    assert [unsent.routers for unsent in found.unsent] == [("a-tor-2",)]


@pytest.mark.parametrize(
    ("keys", "field", "expected"),
    [
        ({"communities": ["65000:1"]}, "communities", ("65000:1",)),
        ({"communities": ["customer"]}, "communities", ("65000:100",)),
        ({"aggregationLength": 28}, "lengths", (28,)),
        ({"asPathPrepend": 2}, "as_path", 3),
    ],
    ids=str,
)
def test_an_attribute_is_shown_before_and_after(
    keys: dict[str, Any], field: str, expected: object
) -> None:
    common = {"bgp": {"communities": {"customer": "65000:100"}}, **FRR}
    (change,) = impact(default(), default(**keys), **common).rerouted
    (former,), (present,) = change.former, change.present
    assert getattr(former, field) != expected
    assert getattr(present, field) == expected
    assert former.nodes == present.nodes == ("a1", "a2", "a3")
    assert change.moved == 0.0


def test_another_value_of_a_communitys_name_is_another_community() -> None:
    named = default(communities=["customer"])
    one, other = ({"bgp": {"communities": {"customer": each}}} for each in ("65000:1", "65000:2"))
    (change,) = impact({**named, **one}, {**named, **other}).rerouted
    assert change.present[0].communities == ("65000:2",)


def test_routes_of_one_prefix_have_the_communities_of_all_advertisements() -> None:
    both = of(all={"communities": ["65000:1"]}, one=from_host("a1", communities=["65000:2"]))
    (change,) = impact(default(communities=["65000:1"]), both).rerouted
    assert {(route.nodes, route.communities) for route in change.present} == {
        (("a1",), ("65000:1", "65000:2")),
        (("a2", "a3"), ("65000:1",)),
    }
    assert {route.rank for route in change.present} == {1}


def test_a_pool_of_both_families_has_both_lengths() -> None:
    addresses = ["203.0.113.0/28", "2001:db8::/120"]
    six = {
        "advertisements": {"default": {"aggregationLength": 28, "aggregationLengthV6": 124}},
        "addresses": addresses,
    }
    plain = {"addresses": addresses, "advertisements": {"default": {}}}
    dual = {"bgp": {"dualStackAddressFamily": True}, **FRR}
    found = impact({"addressPools": {"both": plain}}, {"addressPools": {"both": six}}, **dual)
    assert {route.lengths for each in found.rerouted for route in each.former} == {(32, 128)}
    assert {route.lengths for each in found.rerouted for route in each.present} == {(28, 124)}


@pytest.mark.parametrize(
    "keys", [{"peers": ["a-tor-1", "b-tor-1"]}, {"nodeSelectors": None}], ids=["peers", "nodes"]
)
def test_who_announces_is_shown_where_no_session_is_touched(keys: dict[str, Any]) -> None:
    if "nodeSelectors" in keys:
        keys = from_host("a1")
    pool = {"addresses": ["203.0.113.0/28"], "advertisements": {"default": keys}}
    found = impact({}, {"addressPools": {"public": pool}})
    assert quiet(found)
    gone = {router for each in found.rerouted if not each.present for router in each.routers}
    assert gone == ({"a-tor-2", "b-tor-2"} if "peers" in keys else {"b-tor-1", "b-tor-2"})
    assert headline(found) == (
        "sessions that redial: 0; routes that change: at most 100% of the flows move"
    )


def test_a_node_that_joins_takes_its_part_of_the_flows() -> None:
    joined = racks(rack("a", "a1", "a2", "a3"), rack("b", "b1", "b2", network=2))
    (change,) = impact(TWO_RACKS, joined).rerouted
    assert change.routers == ("a-tor-1", "a-tor-2")
    assert (change.moved, change.resilient) == (0.5, 0.3333)
    assert "public at a-tor-1, a-tor-2: a1, a2 to a1, a2, a3; at most 50% of" in text(
        impact(TWO_RACKS, joined)
    )


def test_where_a_router_takes_fewer_next_hops_than_there_are_another_has_the_place() -> None:
    limit = {"bgp": {"ecmpLimit": 2}}
    three = of(default={})
    two = of(one=from_host("a1"), other=from_host("a2"))
    (change,) = impact(three, two, **limit).rerouted
    # Plain hashing has the nodes in one order, in which the one that stays may change its place.
    assert (change.moved, change.resilient) == (1.0, 0.5)


WIDTHS = st.tuples(st.integers(1, 64), st.integers(0, 64), st.integers(0, 64)).filter(
    lambda each: each[1] <= each[0] and each[0] - each[1] + each[2] > 0
)


@given(WIDTHS)
def test_no_hashing_moves_less_than_what_has_to_move(widths: tuple[int, int, int]) -> None:
    before, gone, added = widths
    plain, resilient = hashing.moved(*widths), hashing.moved_resiliently(*widths)
    assert gone / before - 1e-4 <= resilient <= plain + 1e-4 <= 1.0001
    after = before - gone + added
    assert resilient == pytest.approx(hashing.moved_resiliently(after, added, gone), abs=1e-4)
    assert plain == pytest.approx(hashing.moved(after, added, gone), abs=1e-4)
