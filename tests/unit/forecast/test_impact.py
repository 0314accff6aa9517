"""What a change does to sessions, next hops and addresses."""

from typing import Any

import pytest

from metallb.forecast.impact import Way, impact_of
from metallb.forecast.redials import EFFECTS, NAME, PASSWORD
from metallb.routing import BgpPeerSpec
from tests.unit.forecast.sites import FRR, TWO_RACKS, impact, rack, racks, redialled, site

OF_RACK_A = {(node, f"a-tor-{number}") for node in ("a1", "a2") for number in (1, 2)}
EVERY = OF_RACK_A | {(node, f"b-tor-{number}") for node in ("b1", "b2") for number in (1, 2)}
JOINED = racks(rack("a", "a1", "a2", "a3"), rack("b", "b1", "b2", network=2))


def test_the_same_file_touches_nothing() -> None:
    found = impact({}, {})
    assert found.nothing
    assert (found.kept, found.redials) == (8, 0)


def test_a_node_by_name_resets_its_whole_rack_and_no_other() -> None:
    found = impact({}, JOINED)
    assert redialled(found) == OF_RACK_A
    assert {group.fields for group in found.redialled} == {("nodeSelectors",)}
    assert {(node, each.router) for each in found.opened for node in each.nodes} == {
        ("a3", "a-tor-1"),
        ("a3", "a-tor-2"),
    }
    assert found.kept == 4


def test_the_pools_of_that_rack_have_no_route_until_its_sessions_are_back() -> None:
    found = impact({}, JOINED)
    assert {(each.router, each.before, each.meanwhile, each.after) for each in found.narrowed} == {
        ("a-tor-1", 2, 0, 3),
        ("a-tor-2", 2, 0, 3),
    }
    assert {each.pools for each in found.unreachable} == {("public",)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            racks(rack("a", nodeSelectors={"rack": "a"}), rack("b", "b1", network=2)),
            racks(rack("a", nodeSelectors={"rack": "a"}), rack("b", "b1", network=2)),
        ),
        (
            racks(rack("a", "a1", "a2"), sharedPeers=False),
            racks(rack("a", "a1", "a2", "a3"), sharedPeers=False),
        ),
    ],
    ids=["by label", "one object a node"],
)
def test_the_other_ways_that_are_advised_reset_nothing(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    (advice,) = impact({}, JOINED).advice
    assert advice.way is Way.MEMBERSHIP
    assert "label" in advice.help
    assert impact(before, after).redials == 0


def test_another_rack_resets_nothing() -> None:
    third = racks(*TWO_RACKS["platform"]["racks"], rack("c", "c1", network=3))
    found = impact({}, third)
    assert found.redials == 0
    assert sum(len(group.nodes) for group in found.opened) == 2


@pytest.mark.parametrize(
    "bgp",
    [{"holdTime": "9s"}, {"routerId": "10.0.0.9"}, {"password": "k"}, {"ebgpMultiHop": True}],
    ids=str,
)
def test_native_mode_redials_for_any_field_of_all_peers(bgp: dict[str, Any]) -> None:
    found = impact({}, {"bgp": bgp})
    assert redialled(found) == EVERY
    assert [advice.way for advice in found.advice] == [Way.ORDER]


def test_what_is_left_out_and_what_is_false_are_one() -> None:
    assert impact({}, {"bgp": {"ebgpMultiHop": False}}).redials == 0


def test_another_key_redials_and_is_not_shown() -> None:
    found = impact({"bgp": {"password": "one"}}, {"bgp": {"password": "two"}})
    assert redialled(found) == EVERY
    assert {group.fields for group in found.redialled} == {("password",)}
    assert "two" not in found.model_dump_json()


def test_one_router_with_another_hold_time_leaves_the_others_alone() -> None:
    changed = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))
    changed["platform"]["racks"][0]["routers"][0]["holdTime"] = "9s"
    found = impact({}, changed)
    assert redialled(found) == {("a1", "a-tor-1"), ("a2", "a-tor-1")}
    assert found.advice == ()


def test_another_name_of_a_rack_redials_its_sessions_and_the_former_name_is_advised() -> None:
    renamed = racks(rack("z", "a1", "a2"), rack("b", "b1", "b2", network=2))
    found = impact({}, renamed)
    assert found.redials == 4
    assert {group.fields for group in found.redialled} == {(NAME,)}
    assert [advice.way for advice in found.advice] == [Way.NAME]


OWN = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))
OWN["platform"]["racks"][0]["nodes"] = ["a1", {"hostname": "a2", "holdTime": "9s"}]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (racks(rack("z", "a1", "a2"), rack("b", "b1", "b2", network=2)), {"a1", "a2"}),
        (OWN, {"a2"}),
    ],
    ids=["another name", "a peer of one node"],
)
def test_the_frr_modes_take_a_peer_in_the_place_of_another_one(
    after: dict[str, Any], expected: set[str]
) -> None:
    found = impact({}, after, **FRR)
    assert {node for node, _ in redialled(found)} == expected
    assert [each.way for each in found.advice] == [Way.NAME]


def test_the_frr_modes_refuse_a_peer_whose_sessions_another_one_has_until_the_end() -> None:
    back = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))
    (advice,) = [each for each in impact(OWN, back, **FRR).advice if each.way is Way.TWICE]
    assert advice.peers == ("a-tor-1", "a-tor-2")
    assert "up fails" in advice.help
    assert Way.TWICE not in {each.way for each in impact(OWN, back).advice}


def test_the_config_map_has_no_names_of_peers() -> None:
    renamed = racks(rack("z", "a1", "a2"), rack("b", "b1", "b2", network=2))
    assert impact({}, renamed, install={"version": "0.12.1"}).redials == 0


def test_a_move_to_another_router_is_advised_to_go_by_a_second_object() -> None:
    alone = racks(rack("a", "a1", "a2", routers=1))
    moved = racks({**rack("a", "a1", "a2", routers=1)})
    moved["platform"]["racks"][0]["routers"][0]["address"] = "10.1.0.9"
    found = impact(alone, moved)
    assert found.redials == 0
    assert [advice.way for advice in found.advice] == [Way.MOVE]
    both = racks(rack("a", "a1", "a2", routers=1))
    both["platform"]["racks"][0]["routers"].append({"name": "tor-9", "address": "10.1.0.9"})
    first = impact(alone, both)
    assert (first.redials, first.ended, first.narrowed) == (0, (), ())


def test_addresses_that_no_pool_announces_any_more_are_named_with_their_services() -> None:
    before = {"addressPools": {"public": {"addresses": ["203.0.113.0/28"]}}}
    after = {"addressPools": {"public": {"addresses": ["203.0.113.0/29", "203.0.113.15/32"]}}}
    services = {"default/web": ["203.0.113.9"], "default/api": ["203.0.113.1"]}
    found = impact_of(site(**before), site(**after), services=services)
    assert found.addresses == ("203.0.113.8-203.0.113.14",)
    assert found.services == ("default/web 203.0.113.9",)
    assert found.redials == 0


def test_a_pool_that_moves_to_another_name_takes_no_address_away() -> None:
    pools = {"addressPools": {"other": {"addresses": ["203.0.113.0/28"]}}}
    assert impact({}, pools).addresses == ()


def test_a_pool_that_is_announced_from_fewer_nodes_is_narrowed_for_good() -> None:
    by_host = [{"matchLabels": {"kubernetes.io/hostname": "a1"}}]
    pool = {
        "addresses": ["203.0.113.0/28"],
        "advertisements": {"default": {"nodeSelectors": by_host}},
    }
    found = impact({}, {"addressPools": {"public": pool}})
    assert found.redials == 0
    hops = {(each.router, each.meanwhile, each.after) for each in found.narrowed}
    assert hops == {("a-tor-1", 1, 1), ("a-tor-2", 1, 1), ("b-tor-1", 0, 0), ("b-tor-2", 0, 0)}


@pytest.mark.parametrize(
    "install", [{"version": "0.16.1"}, {"version": "0.16.2", **FRR["install"]}], ids=str
)
def test_another_program_redials_everything(install: dict[str, Any]) -> None:
    found = impact({}, {"install": install})
    assert redialled(found) == EVERY
    assert {group.fields for group in found.redialled} == {("speaker",)}


@pytest.mark.parametrize(
    ("bgp", "expected"),
    [
        ({"holdTime": "9s"}, set()),
        ({"connectTime": "5s"}, set()),
        ({"ebgpMultiHop": True}, EVERY),
        ({"peerAsn": 65531}, EVERY),
        ({"password": "k"}, EVERY),
        ({"routerId": "10.0.0.9"}, EVERY),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else ("all" if each else "none"),
)
def test_the_frr_modes_reset_by_field(bgp: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert redialled(impact({}, {"bgp": bgp}, **FRR)) == expected


def test_another_port_resets_the_sessions_of_one_of_the_frr_modes() -> None:
    port = {"bgp": {"peerPort": 1179}}
    frr = {"install": {**FRR["install"], "bgpMode": "frr"}}
    assert redialled(impact({}, port, **FRR)) == EVERY
    assert redialled(impact({}, port, **frr)) == set()


def test_a_field_of_frrs_whole_instance_resets_the_nodes_other_sessions() -> None:
    changed = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))
    changed["platform"]["racks"][0]["routers"][0]["routerId"] = "10.0.0.9"
    assert redialled(impact({}, changed, **FRR)) == OF_RACK_A


def before_the_mended_reload(mode: str, version: str = "0.15.2") -> dict[str, Any]:
    """Peers with ebgpMultiHop, on a release whose FRR resets them at each reload."""
    install = {"version": version, "source": "existing", "bgpMode": mode}
    return {"install": install, "bgp": {"ebgpMultiHop": True}}


@pytest.mark.parametrize("mode", ["frr", "frr-k8s"])
def test_a_reload_of_an_older_frr_resets_all_multihop_sessions_of_the_node(mode: str) -> None:
    changed = racks(rack("a", "a1", "a2"), rack("b", "b1", "b2", network=2))
    changed["platform"]["racks"][0]["routers"][0]["holdTime"] = "9s"
    found = impact({}, changed, **before_the_mended_reload(mode))
    assert redialled(found) == OF_RACK_A
    assert {group.fields for group in found.redialled} == {("reload",)}
    assert redialled(impact({}, changed, **before_the_mended_reload(mode, "0.15.3"))) == set()


def test_a_reload_of_an_older_frr_also_comes_with_an_advertisement() -> None:
    common = before_the_mended_reload("frr")
    pool = {"addresses": ["203.0.113.0/28"], "advertisements": {"all": {"communities": ["1:2"]}}}
    assert redialled(impact({}, {"addressPools": {"default": pool}}, **common)) == EVERY
    assert redialled(impact({}, {}, **common)) == set()


def test_a_node_by_name_resets_nothing_in_the_frr_modes() -> None:
    found = impact({}, JOINED, **FRR)
    assert (found.redials, found.narrowed) == (0, ())


def test_a_bfd_profile_that_is_taken_away_leaves_the_router_without_its_bfd_session() -> None:
    fast = {"bfdProfiles": {"fast": {"receiveInterval": 100}}}
    with_it = {"bgp": {**fast, "bfdProfile": "fast"}}
    assert redialled(impact(with_it, {"bgp": fast}, **FRR)) == EVERY
    assert redialled(impact({"bgp": fast}, with_it, **FRR)) == set()


def test_every_effect_is_that_of_a_field_that_a_peer_has() -> None:
    assert set(EFFECTS) <= set(BgpPeerSpec.model_fields) | {NAME, PASSWORD}


def test_the_longest_time_has_the_hold_time_in_it() -> None:
    assert impact({}, {"bgp": {"holdTime": "90s"}}).seconds == 191
    slow = impact({}, {"bgp": {"ebgpMultiHop": True, "connectTime": "5s"}}, **FRR)
    assert slow.seconds == 3 + 5


def test_a_selector_whose_nodes_are_not_known_is_named() -> None:
    by_label = racks(rack("a", nodeSelectors={"rack": "a"}))
    found = impact(by_label, {**by_label, "bgp": {"holdTime": "9s"}})
    assert found.uncounted == ("rack=a",)
    assert found.redials == 2
