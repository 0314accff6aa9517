"""In which waves an update changes peers."""

from typing import Any

import pytest

from metallb.forecast.impact import impact_of
from metallb.forecast.impact_text import markdown, text
from metallb.forecast.steps import Plan
from metallb.forecast.successions import renamed_peers
from metallb.forecast.waves import plan_of
from metallb.stackfile.availability import Availability
from tests.unit.forecast.sites import FRR, configured, rack, racks, site

OTHER = {"bgp": {"holdTime": "9s"}}


def limits(most: int = 1, **keys: Any) -> Availability:
    """Section `availability`."""
    return Availability.model_validate({"maxSessionsDown": most, **keys})


def plan(
    before: dict[str, Any], after: dict[str, Any], most: Availability | None = None, **common: Any
) -> Plan:
    """The waves of a change of sections."""
    return plan_of(site(**{**common, **before}), site(**{**common, **after}), most or limits())


def waves(found: Plan) -> list[tuple[str, ...]]:
    """The peers of each wave."""
    return [step.peers for step in found.steps]


def named(first: str, second: str = "tor-2", **keys: Any) -> dict[str, Any]:
    """One rack with two routers of these names."""
    found = racks(rack("a", "a1", "a2"), **keys)
    for router, name in zip(found["platform"]["racks"][0]["routers"], (first, second), strict=True):
        router["name"] = name
    return found


def test_what_resets_nothing_is_in_no_wave() -> None:
    assert plan({}, {}) == Plan()
    assert waves(plan({}, racks(*racks_of(3)))) == [], "a third rack resets no session"


def racks_of(count: int) -> list[dict[str, Any]]:
    return [
        rack(name, f"{name}1", f"{name}2", network=number)
        for number, name in enumerate("abcdef"[:count], 1)
    ]


def test_a_wave_has_one_router_of_each_rack() -> None:
    assert waves(plan({}, OTHER)) == [("a-tor-1", "b-tor-1"), ("a-tor-2", "b-tor-2")]


def test_the_limit_is_kept_for_each_node_and_all_redials_are_in_a_wave() -> None:
    four = racks(rack("a", "a1", "a2", routers=4), rack("b", "b1", network=2))
    found = plan({}, OTHER, limits(2), **four)
    assert waves(found) == [
        ("a-tor-1", "a-tor-2", "b-tor-1", "b-tor-2"),
        ("a-tor-3", "a-tor-4"),
    ]
    assert all(max(step.down.values()) <= 2 for step in found.steps)
    changed = impact_of(site(**four), site(**four, **OTHER)).redials
    assert sum(len(step.redials) for step in found.steps) == changed == 10


def test_a_rack_may_have_a_limit_of_its_own() -> None:
    found = plan({}, OTHER, limits(1, byRack={"b": {"maxSessionsDown": 2}}))
    assert waves(found) == [("a-tor-1", "b-tor-1", "b-tor-2"), ("a-tor-2",)]


def test_rack_after_rack() -> None:
    found = plan({}, OTHER, limits(1, racksAtOnce=1))
    assert waves(found) == [("a-tor-1",), ("a-tor-2",), ("b-tor-1",), ("b-tor-2",)]


def test_peers_of_single_nodes_change_together_as_far_as_their_nodes_differ() -> None:
    found = plan({}, OTHER, **racks(rack("a", "a1", "a2"), sharedPeers=False))
    assert waves(found) == [("a-tor-1-a1", "a-tor-1-a2"), ("a-tor-2-a1", "a-tor-2-a2")]


def test_sessions_that_are_down_already_change_first() -> None:
    before, after = site(), site(**OTHER)
    down = {each.ends for each in before.sessions if each.peer.name == "a-tor-2"}
    assert waves(plan_of(before, after, limits(), down=down)) == [
        ("a-tor-2", "b-tor-1"),
        ("a-tor-1", "b-tor-2"),
    ]


def test_a_node_without_any_session_is_not_waited_for() -> None:
    before, after = site(), site(**OTHER)
    found = plan_of(before, after, limits(), living=lambda node: node != "a1")
    assert {each.node for step in found.steps for each in step.awaited} == {"a2", "b1", "b2"}
    none = plan_of(before, after, limits(), living=lambda _: False)
    assert none.steps == ()


def test_what_frr_does_not_reset_is_in_no_wave() -> None:
    assert waves(plan({}, OTHER, **FRR)) == []


def test_what_is_one_for_frrs_whole_instance_is_one_wave_that_breaks_the_limit() -> None:
    found = plan({}, {"bgp": {"routerId": "10.0.0.9"}}, **FRR)
    assert ("a-tor-1", "a-tor-2") in waves(found)
    assert "routerID is one for all sessions of a node" in found.faults[0]
    assert "2 sessions of node a1 end at once" in found.faults[0]


def test_a_reload_that_resets_all_multihop_sessions_of_a_node_breaks_the_limit() -> None:
    install = {"version": "0.15.2", "source": "existing", "bgpMode": "frr"}
    changed = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))
    changed["platform"]["racks"][0]["routers"][0]["connectTime"] = "9s"
    found = plan({}, changed, install=install, bgp={"ebgpMultiHop": True})
    assert waves(found) == [("a-tor-1", "a-tor-2")]
    assert "0.15.2" in found.steps[0].fault


def test_a_key_in_one_secret_changes_for_all_at_once() -> None:
    found = plan({"bgp": {"password": "one"}}, {"bgp": {"password": "two"}})
    assert [step.keys for step in found.steps] == [("bgp-password",)]
    assert "Secret bgp-password has the key of a-tor-1, a-tor-2" in found.faults[0]


def test_a_key_that_is_new_comes_router_by_router() -> None:
    found = plan({}, {"bgp": {"password": "one"}})
    assert waves(found) == [("a-tor-1", "b-tor-1"), ("a-tor-2", "b-tor-2")]
    assert (found.faults, [step.keys for step in found.steps]) == ((), [(), ()])


def test_routers_with_keys_of_their_own_change_them_one_after_the_other() -> None:
    def keyed(key: str) -> dict[str, Any]:
        found = racks(rack("a", "a1"))
        for router in found["platform"]["racks"][0]["routers"]:
            router["password"] = key
        return found

    found = plan(keyed("one"), keyed("two"))
    assert [step.keys for step in found.steps] == [
        ("bgp-password-a-tor-1",),
        ("bgp-password-a-tor-2",),
    ]
    assert found.faults == ()


def test_a_peer_with_another_name_takes_the_place_of_the_former_one() -> None:
    one, other = named("tor-1"), named("edge")
    assert renamed_peers(site(**one), site(**other)) == {"a-edge": "a-tor-1"}
    found = plan(one, other)
    assert (waves(found), found.removed) == ([("a-edge",)], ())
    both = plan(one, named("edge", "rim"))
    assert waves(both) == [("a-edge",), ("a-rim",)]


def test_routers_that_swap_their_names_change_together() -> None:
    one, other = named("tor-1", "tor-2"), named("tor-2", "tor-1")
    found = plan(one, other)
    assert renamed_peers(site(**one), site(**other)) == {}
    assert waves(found) == [("a-tor-1", "a-tor-2")]
    assert "can't change one after the other" in found.faults[0]


def test_a_node_that_gets_an_object_of_its_own_leaves_the_shared_one_in_the_same_wave() -> None:
    own = racks(rack("a", "a1"))
    own["platform"]["racks"][0]["nodes"].append({"hostname": "a2", "routerId": "10.0.0.2"})
    found = plan(racks(rack("a", "a1", "a2")), own)
    assert waves(found) == [("a-tor-1", "a-tor-1-a2"), ("a-tor-2", "a-tor-2-a2")]
    assert found.faults == ()


def test_a_peer_that_is_divided_goes_before_its_parts_come() -> None:
    found = plan(named("tor-1"), named("tor-1", sharedPeers=False))
    assert waves(found) == [("a-tor-1-a1", "a-tor-1-a2"), ("a-tor-2-a1", "a-tor-2-a2")]
    assert found.behind == {"a-tor-1-a2": {"a-tor-1-a1"}, "a-tor-2-a2": {"a-tor-2-a1"}}
    assert (found.faults, found.removed) == ((), ())


def test_peers_that_become_one_break_the_limit() -> None:
    found = plan(named("tor-1", sharedPeers=False), named("tor-1"))
    assert "takes the place of a-tor-1-a1, a-tor-1-a2" in found.faults[0]


def test_another_name_that_an_advertisement_uses_breaks_the_limit() -> None:
    def chosen(*peers: str) -> dict[str, Any]:
        pool = {"addresses": ["203.0.113.0/28"], "advertisements": {"default": {"peers": peers}}}
        return {"addressPools": {"public": pool}}

    before = {**named("tor-1"), **chosen("a-tor-1", "a-tor-2")}
    after = {**named("edge"), **chosen("a-edge", "a-tor-2")}
    assert "advertisement public chooses peers by name" in plan(before, after).faults[0]


def test_a_router_in_the_place_of_another_comes_up_before_the_other_goes() -> None:
    moved = racks({**rack("a", "a1", "a2", routers=1)})
    moved["platform"]["racks"][0]["routers"][0] |= {"address": "10.1.0.9", "name": "edge"}
    found = plan(racks(rack("a", "a1", "a2", routers=1)), moved)
    assert found.steps == ()
    assert {(each.node, each.peer.name) for each in found.opened} == {
        ("a1", "a-edge"),
        ("a2", "a-edge"),
    }
    assert found.removed == ("a-tor-1",)


def test_a_router_that_only_goes_is_awaited_by_nothing() -> None:
    found = plan({}, racks(rack("a", "a1", "a2", routers=1), rack("b", "b1", "b2", network=2)))
    assert (found.steps, found.opened, found.removed) == ((), (), ("a-tor-2",))
    assert {(each.node, each.peer.name) for each in found.leaving} == {
        ("a1", "a-tor-2"),
        ("a2", "a-tor-2"),
    }


def test_a_node_that_moves_to_another_rack_leaves_one_router_at_a_time() -> None:
    moved = racks(rack("a", "a1"), rack("b", "b1", "b2", "a2", network=2))
    found = plan({}, moved)
    assert waves(found) == [("a-tor-1", "b-tor-1"), ("a-tor-2", "b-tor-2")]
    for step in found.steps:
        assert [each.node for each in step.ended] == ["a2"]
        assert [each.node for each in step.opened] == ["a2"], "its new session is waited for"
        assert max(step.down.values()) == 1


def test_the_config_map_has_no_waves() -> None:
    assert plan({}, OTHER, install={"version": "0.12.1"}) == Plan()


def test_the_order_of_the_file_changes_no_wave() -> None:
    listed = racks_of(3)
    one, other = racks(*listed), racks(*reversed(listed))
    assert waves(plan(one, {**one, **OTHER})) == waves(plan(other, {**other, **OTHER}))


def test_impact_shows_the_waves_and_what_breaks_the_limit() -> None:
    found = impact_of(site(), site(**OTHER), limits=limits())
    lines = text(found).splitlines()
    assert "changed in 2 waves, each once the sessions of the one before are up" in lines
    assert "  1: a-tor-1, b-tor-1 (4 sessions, at most 29 s)" in lines
    assert found.advice == (), "router after router is what it does"
    assert "| 2 | `a-tor-2, b-tor-2` | 4 | 29 s |  |" in list(markdown(found))
    keyed = impact_of(site(bgp={"password": "one"}), site(bgp={"password": "two"}), limits=limits())
    assert "REFUSED by up" in text(keyed)


def test_impact_without_the_section_has_no_waves() -> None:
    assert impact_of(site(), site(**OTHER)).waves == ()


@pytest.mark.parametrize(
    ("install", "restarts"),
    [
        ({"version": "0.16.2", "speaker": {"logLevel": "debug"}}, True),
        ({"version": "0.16.2", "controller": {"logLevel": "debug"}}, False),
    ],
    ids=["speaker", "controller"],
)
def test_another_pod_of_the_speakers_restarts_them_node_after_node(
    install: dict[str, Any], restarts: bool
) -> None:
    found = impact_of(site(), site(install=install))
    assert found.restarted == (("a1", "a2", "b1", "b2") if restarts else ())
    assert found.redials == (8 if restarts else 0), "every session counts"
    shown = text(found)
    assert ("speakers restart node after node" in shown) is restarts
    assert not restarts or "4 nodes (a1, a2, b1, b2)" in shown
    assert found.advice == (), "another order of the routers changes nothing of that"


def test_peers_that_change_beside_the_speakers_still_have_their_waves() -> None:
    install = {"version": "0.16.2", "speaker": {"logLevel": "debug"}}
    assert waves(plan({}, {**OTHER, "install": install})) == waves(plan({}, OTHER))
    assert waves(plan({}, {"install": install})) == [], "the DaemonSet restarts them"
    assert waves(plan({"install": {"version": "0.16.1"}}, {})) == [], "and those of a release"


def test_a_stack_file_has_the_limits() -> None:
    found = configured(
        availability={"maxSessionsDown": 1, "byRack": {"b": {"maxSessionsDown": 2}}}
    ).availability
    assert found is not None
    assert (found.of_rack("a"), found.of_rack("b"), found.of_rack("")) == (1, 2, 1)
