"""Pools that keep a number of announcers while peers change in waves."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.forecast.build import site_of_stack
from metallb.forecast.impact import impact_of
from metallb.forecast.impact_text import markdown, text
from metallb.forecast.site import Session, Site
from metallb.forecast.steps import Plan
from metallb.forecast.waves import plan_of
from metallb.stackfile.availability import Availability
from tests.unit.forecast.sites import configured, rack, racks, site

OTHER = {"bgp": {"holdTime": "9s"}}
TWO_RACKS_OF_ONE = racks(rack("a", "a1", "a2", routers=1), rack("b", "b1", network=2, routers=1))


def limits(least: int, most: int = 1, pool: str = "public", **keys: Any) -> Availability:
    """Section `availability`, with a limit for one pool."""
    by_pool = {pool: {"minAnnouncers": least}}
    return Availability.model_validate({"maxSessionsDown": most, "byPool": by_pool, **keys})


def plan(least: int, after: dict[str, Any] | None = None, most: int = 1, **common: Any) -> Plan:
    return plan_of(site(**common), site(**{**common, **(after or OTHER)}), limits(least, most))


def waves(found: Plan) -> list[tuple[str, ...]]:
    return [step.peers for step in found.steps]


def advertised(**keys: Any) -> dict[str, Any]:
    pool = {"addresses": ["203.0.113.0/28"], "advertisements": {"default": keys}}
    return {"addressPools": {"public": pool}}


def test_racks_of_one_router_change_one_after_the_other_where_a_pool_needs_it() -> None:
    assert waves(plan_of(
        site(**TWO_RACKS_OF_ONE),
        site(**TWO_RACKS_OF_ONE, **OTHER),
        Availability.model_validate({"maxSessionsDown": 1}),
    )) == [("a-tor-1", "b-tor-1")]  # fmt: skip
    found = plan(1, **TWO_RACKS_OF_ONE)
    assert (waves(found), found.faults) == ([("a-tor-1",), ("b-tor-1",)], ())
    (kept,) = found.steps[0].announcers
    assert (kept.pool, kept.least, set(kept.left)) == ("public", 1, {"b1"})


def test_a_pool_that_goes_to_some_routers_alone_is_kept_at_one_of_them() -> None:
    pool = advertised(peers=["a-tor-1", "b-tor-1"])
    assert waves(plan(2, **pool)) == [("a-tor-1", "b-tor-2"), ("a-tor-2", "b-tor-1")]


def test_what_one_object_takes_away_is_refused_with_the_pool() -> None:
    pool = advertised(peers=["a-tor-1", "b-tor-1"])
    found = plan(3, **pool)
    assert [step.limit for step in found.broken] == [("byPool", "public", "minAnnouncers")] * 2
    assert found.faults[0] == (
        "pool public keeps 2 of 4 announcers, and needs 3: a-tor-1 ends the sessions of a1, a2"
    )
    assert waves(found) == [("a-tor-1",), ("a-tor-2", "b-tor-2"), ("b-tor-1",)]


def test_a_pool_without_a_limit_changes_no_wave() -> None:
    common = advertised(peers=["a-tor-1", "b-tor-1"])
    before, after = site(**common), site(**common, **OTHER)
    plain = Availability.model_validate({"maxSessionsDown": 1})
    assert plan_of(before, after, limits(1, pool="elsewhere")) == plan_of(before, after, plain)


def test_peers_of_single_nodes_keep_as_many_nodes_as_there_have_to_be() -> None:
    one = racks(rack("a", "a1", "a2", "a3", routers=1), sharedPeers=False)
    assert [len(step.peers) for step in plan(1, **one).steps] == [2, 1]
    assert [len(step.peers) for step in plan(2, **one).steps] == [1, 1, 1]
    assert [bool(step.fault) for step in plan(3, **one).steps] == [True, True, True]


def test_a_limit_above_what_there_is_keeps_all_of_them() -> None:
    found = plan(9)
    assert (waves(found), found.faults) == (
        [("a-tor-1", "b-tor-1"), ("a-tor-2", "b-tor-2")],
        (),
    )
    assert {kept.least for step in found.steps for kept in step.announcers} == {4}


def test_a_node_without_any_session_is_no_announcer() -> None:
    before, after = (site(**TWO_RACKS_OF_ONE, **keys) for keys in ({}, OTHER))
    found = plan_of(before, after, limits(2), living=lambda node: node != "b1")
    assert {kept.least for step in found.steps for kept in step.announcers} == {2}
    assert "keeps 0 of 2 announcers" in found.faults[0]


def test_a_pool_of_both_families_keeps_each() -> None:
    common: dict[str, Any] = {
        **racks(rack("a", "a1", "a2")),
        "addressPools": {"public": {"addresses": ["203.0.113.0/28", "2001:db8::/120"]}},
        "install": {"version": "0.16.2", "source": "helm", "bgpMode": "frr-k8s"},
    }
    common["platform"]["racks"][0]["routers"][1]["address"] = "2001:db8:a::1"
    found = plan(1, {"bgp": {"ebgpMultiHop": True}}, most=2, **common)
    assert [fault.startswith("pool public keeps 0 of 2") for fault in found.faults] == [True, True]


def test_a_new_router_carries_the_pool_before_the_waves_begin() -> None:
    replaced = racks(rack("a", "a1", "a2", routers=2))
    replaced["platform"]["racks"][0]["routers"][0]["holdTime"] = "9s"
    replaced["platform"]["racks"][0]["routers"][1] = {"name": "new", "address": "10.1.0.9"}
    found = plan_of(site(**racks(rack("a", "a1", "a2"))), site(**replaced), limits(2))
    assert (waves(found), found.faults, found.removed) == ([("a-tor-1",)], (), ("a-tor-2",))
    assert {len(ends) for kept in found.announcers for ends in kept.left.values()} == {2}


def test_impact_shows_what_is_kept_and_what_is_refused() -> None:
    common = TWO_RACKS_OF_ONE
    found = impact_of(site(**common), site(**common, **OTHER), limits=limits(1))
    assert "  1: a-tor-1 (2 sessions, at most 29 s, public keeps 1 announcer)" in text(found)
    assert "| 2 | `b-tor-1` | 1 | 29 s | `public keeps 2 announcers` |" in list(markdown(found))
    assert found.model_dump(by_alias=True)["waves"][0]["kept"] == (
        {"pool": "public", "announcers": 1, "least": 1},
    )
    refused = impact_of(site(**common), site(**common, **OTHER), limits=limits(2))
    assert "REFUSED by up: pool public keeps 1 of 3 announcers, and needs 2" in text(refused)


def test_a_stack_file_has_the_limits_of_pools() -> None:
    section = {"maxSessionsDown": 1, "byPool": {"public": {"minAnnouncers": 2}}}
    found = configured(availability=section).availability
    assert found is not None
    assert found.by_pool["public"].min_announcers == 2


# -- random sites ------------------------------------------------------------------------------


@st.composite
def changed_sites(draw: st.DrawFn) -> tuple[Site, Site, Availability]:
    """A site before and after a change of its peers, and limits."""
    listed = []
    for number, name in enumerate("abc"[: draw(st.integers(1, 3))], 1):
        nodes = [f"{name}{each}" for each in range(1, draw(st.integers(1, 4)) + 1)]
        listed.append(rack(name, *nodes, network=number, routers=draw(st.integers(1, 3))))
    platform = racks(*listed, sharedPeers=draw(st.booleans()))
    routers = [f"{each['name']}-{one['name']}" for each in listed for one in each["routers"]]
    hosts = [node for each in listed for node in each["nodes"]]
    advertisements = {}
    for name in ("one", "other")[: draw(st.integers(1, 2))]:
        keys: dict[str, Any] = {}
        if platform["platform"]["sharedPeers"] and draw(st.booleans()):
            keys["peers"] = draw(st.lists(st.sampled_from(routers), min_size=1, unique=True))
        if draw(st.booleans()):
            chosen = draw(st.lists(st.sampled_from(hosts), min_size=1, unique=True))
            keys["nodeSelectors"] = [
                {"matchLabels": {"kubernetes.io/hostname": each}} for each in chosen
            ]
        advertisements[name] = keys
    pools = {"public": {"addresses": ["203.0.113.0/28"], "advertisements": advertisements}}
    sections = {**platform, "addressPools": pools}
    before = site_of_stack(configured(**sections))
    for each in listed:
        for router in each["routers"]:
            change = draw(st.sampled_from(["none", "holdTime", "holdTime", "address"]))
            if change == "holdTime":
                router["holdTime"] = "9s"
            elif change == "address":
                router["address"] = router["address"].replace("10.", "10.1", 1)
    after = site_of_stack(configured(**sections))
    keys = {"racksAtOnce": 1} if draw(st.booleans()) else {}
    return before, after, limits(draw(st.integers(1, 6)), draw(st.integers(1, 3)), **keys)


def announcing(made: Site, session: Session) -> bool:
    """Whether a site's own reaches have a session's node at its router."""
    return any(
        session.node in made.reaches[pool.reach].announcers.get(session.router, ())
        for pool in made.pools
    )


def announcers(before: Site, after: Site, plan: Plan) -> Iterator[set[str]]:
    """The nodes that announce the pool before and after the waves, and while each of them lasts,
    session by session."""
    up = {each.ends for each in before.sessions if announcing(before, each)}
    new = {each.ends for each in after.sessions if announcing(after, each)}
    yield {node for node, _ in up} & {node for node, _ in new}
    up |= {each.ends for each in plan.opened} & new
    for step in plan.steps:
        up -= {each.ends for each in step.closed}
        yield {node for node, _ in up}
        up |= {each.ends for each in step.awaited} & new


@given(changed_sites())
def test_no_wave_that_is_not_refused_leaves_a_pool_too_few_announcers(
    drawn: tuple[Site, Site, Availability],
) -> None:
    before, after, limited = drawn
    found = plan_of(before, after, limited)
    wanted = limited.by_pool["public"].min_announcers
    steady, *during = announcers(before, after, found)
    for step, nodes in zip(found.steps, during, strict=True):
        if not step.fault:
            assert len(nodes) >= min(wanted, len(steady))
            assert all(count <= limited.max_sessions_down for count in step.down.values())
        for kept in step.announcers:
            assert set(kept.left) <= nodes
    redialled = [each.after.ends for step in found.steps for each in step.redials]
    assert len(redialled) == len(set(redialled)) == impact_of(before, after).redials


@given(changed_sites())
def test_a_wave_is_refused_only_where_each_of_its_peers_alone_takes_too_much(
    drawn: tuple[Site, Site, Availability],
) -> None:
    before, after, limited = drawn
    found = plan_of(before, after, limited)
    wanted = limited.by_pool["public"].min_announcers
    _, *during = announcers(before, after, found)
    for step, nodes in zip(found.steps, during, strict=True):
        if step.limit[:1] == ("byPool",) and step.fault:
            assert len(step.peers) == 1
            assert len(nodes) < wanted


def test_the_random_sites_have_waves_that_are_refused_and_others() -> None:
    """What is drawn is not all of one kind."""
    kinds = set()

    @given(changed_sites())
    def look(drawn: tuple[Site, Site, Availability]) -> None:
        for step in plan_of(*drawn).steps:
            kinds.add(step.limit if step.fault else ("fits", str(bool(step.announcers))))

    look()
    assert {("byPool", "public", "minAnnouncers"), ("fits", "True")} <= kinds


@pytest.mark.parametrize("least", [0, -1, "two"])
def test_a_limit_of_a_pool_is_a_number_of_nodes(least: object) -> None:
    with pytest.raises(Exception, match="availability"):
        configured(
            availability={"maxSessionsDown": 1, "byPool": {"public": {"minAnnouncers": least}}}
        )
