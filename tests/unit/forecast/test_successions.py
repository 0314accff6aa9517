"""Peers that take sessions of other peers over: what is renamed, and what comes first."""

from typing import Any

import pytest

from metallb.forecast.successions import Succession, succession_of
from tests.unit.forecast.sites import FRR, rack, racks, site


def of(before: dict[str, Any], after: dict[str, Any]) -> Succession:
    return succession_of(site(**before, **FRR), site(**after, **FRR))


def named(*names: str, **keys: Any) -> dict[str, Any]:
    """One rack with routers of these names."""
    found = racks(rack("a", "a1", "a2", routers=len(names)), **keys)
    for router, name in zip(found["platform"]["racks"][0]["routers"], names, strict=True):
        router["name"] = name
    return found


def own(*alone: str) -> dict[str, Any]:
    """One rack of two nodes, of which some have peers of their own."""
    found = racks(rack("a", routers=1))
    found["platform"]["racks"][0]["nodes"] = [
        {"hostname": node, "holdTime": "9s"} if node in alone else node for node in ("a1", "a2")
    ]
    return found


def test_what_stays_or_is_new_has_no_predecessor() -> None:
    assert of({}, {}) == Succession()
    assert of(named("tor-1"), named("tor-1", "tor-2")) == Succession()


def test_an_object_with_another_name_is_the_former_one() -> None:
    found = of(named("tor-1", "tor-2"), named("edge", "rim"))
    assert found.renamed == {"a-edge": "a-tor-1", "a-rim": "a-tor-2"}
    assert (found.behind, found.refused) == ({}, frozenset())


def test_the_parts_of_an_object_come_behind_the_one_that_replaces_it() -> None:
    found = of(named("tor-1"), named("tor-1", sharedPeers=False))
    assert found.renamed == {"a-tor-1-a1": "a-tor-1"}
    assert (found.behind, found.refused) == ({"a-tor-1-a2": {"a-tor-1-a1"}}, frozenset())


def test_a_node_that_gets_an_object_of_its_own_leaves_the_shared_one_first() -> None:
    found = of(own(), own("a2"))
    assert (found.renamed, found.behind) == ({}, {"a-tor-1-a2": {"a-tor-1"}})


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        (own("a2"), own(), {"a-tor-1"}),
        (named("tor-1", sharedPeers=False), named("tor-1"), {"a-tor-1"}),
        (named("tor-1", "tor-2"), named("tor-2", "tor-1"), {"a-tor-1", "a-tor-2"}),
    ],
    ids=["into an object that is there", "into one", "exchanged"],
)
def test_what_no_order_helps_is_refused(
    before: dict[str, Any], after: dict[str, Any], refused: set[str]
) -> None:
    found = of(before, after)
    assert found.refused == refused
    assert not set(found.behind) & refused


def test_three_routers_that_pass_their_names_on_are_a_circle() -> None:
    found = of(named("one", "two", "three"), named("two", "three", "one"))
    assert found.refused == {"a-one", "a-two", "a-three"}
    # The former a-one goes at the end, and nothing new has its place.
    chain = of(named("one", "two", "three"), named("two", "three", "four"))
    assert chain.refused == {"a-two"}
    assert chain.behind == {"a-three": {"a-two"}, "a-four": {"a-three"}}


def test_the_config_map_has_no_objects() -> None:
    old = {"install": {"version": "0.12.1"}}
    assert succession_of(site(**named("one"), **old), site(**named("two"), **old)) == Succession()
