"""Peers of racks: how many objects there are, and what they are called."""

from typing import Any

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing import BgpPeer
from tests.unit.stacks import stack, static


def rack(name: str, nodes: list[Any], *routers: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "nodes": nodes, "routers": list(routers)}


def peers(
    *racks: dict[str, Any], bgp: dict[str, Any] | None = None, **platform: Any
) -> list[BgpPeer]:
    sections = static(platform={"kind": "static", "racks": list(racks), **platform}, bgp=bgp or {})
    return list(routing_config(stack(sections), PlatformFacts()).peers)


TOR_1 = {"name": "tor-1", "address": "10.1.0.1", "asn": 64601}
TOR_2 = {"name": "tor-2", "address": "10.1.0.2", "asn": 64601}


def hosts(peer: BgpPeer) -> list[str]:
    return [selector.words() for selector in peer.spec.node_selectors or ()]


def test_a_rack_of_many_nodes_is_one_peer_a_router() -> None:
    found = peers(rack("a", [f"n{i}" for i in range(40)], TOR_1, TOR_2))
    assert [p.name for p in found] == ["a-tor-1", "a-tor-2"]
    assert hosts(found[0])[0].count("n") == 40


def test_routers_of_two_racks_are_two_peers_whatever_their_address() -> None:
    found = peers(rack("a", ["a1"], TOR_1), rack("b", ["b1"], TOR_1))
    assert [(p.name, hosts(p)) for p in found] == [("a-tor-1", ["a1"]), ("b-tor-1", ["b1"])]


def test_the_order_of_racks_nodes_and_routers_changes_no_peer() -> None:
    one = rack("a", ["a1", "a2"], TOR_1, TOR_2)
    two = rack("b", ["b1"], TOR_1)
    labelled = [
        {"name": name, "nodeSelectors": {"rack": name}, "routers": [TOR_2]} for name in ("c", "d")
    ]
    turned = rack("a", ["a2", "a1"], TOR_2, TOR_1)
    before = peers(one, two, *labelled)
    after = peers(*reversed(labelled), two, turned)
    assert [(p.name, p.spec) for p in after] == [(p.name, p.spec) for p in before]


def test_a_router_that_racks_use_differently_is_two_peers() -> None:
    found = peers(rack("a", ["a1"], TOR_1), rack("b", ["b1"], {**TOR_1, "holdTime": "9s"}))
    assert [p.name for p in found] == ["a-tor-1", "b-tor-1"]


def test_nodes_with_source_addresses_have_a_peer_each() -> None:
    nodes = ["a1", {"hostname": "a2", "sourceAddress": "10.1.0.12"}]
    found = peers(rack("a", nodes, TOR_1))
    assert [(p.name, p.spec.source_address, hosts(p)) for p in found] == [
        ("a-tor-1", None, ["a1"]),
        ("a-tor-1-a2", "10.1.0.12", ["a2"]),
    ]


def test_the_switch_turns_source_addresses_off() -> None:
    nodes = ["a1", {"hostname": "a2", "sourceAddress": "10.1.0.12"}]
    found = peers(rack("a", nodes, TOR_1), bgp={"sourceAddress": False})
    assert [(p.name, p.spec.source_address, hosts(p)) for p in found] == [
        ("a-tor-1", None, ["a1, a2"])
    ]


def test_without_shared_peers_adding_a_node_changes_no_other_object() -> None:
    before = peers(rack("a", ["a1", "a2"], TOR_1, TOR_2), sharedPeers=False)
    after = peers(rack("a", ["a1", "a2", "a3"], TOR_1, TOR_2), sharedPeers=False)
    assert len(before) == 4
    assert [p for p in after if p in before] == before


def test_a_rack_by_label_keeps_the_label_even_when_empty() -> None:
    labelled = {"name": "b", "nodeSelectors": {"rack": "b", "ingress": ""}, "routers": [TOR_1]}
    [peer] = peers(labelled)
    [selector] = peer.spec.node_selectors or ()
    assert selector.match_labels == {"rack": "b", "ingress": ""}


def test_a_router_overrides_what_all_sessions_have_in_common() -> None:
    [peer] = peers(
        rack("a", ["a1"], {**TOR_1, "holdTime": "30s", "port": 1179, "myAsn": 64999}),
        bgp={"holdTime": "9s", "myAsn": 64512},
    )
    assert (peer.spec.peer_port, peer.spec.my_asn) == (1179, 64999)
    assert str(peer.spec.hold_time) == "30s"


def test_a_router_says_for_itself_whether_it_carries_both_address_families() -> None:
    both = {"dualStackAddressFamily": True}
    racks = [rack("a", ["a1"], TOR_1, {**TOR_2, "dualStackAddressFamily": False})]
    made = [peer.spec.to_manifest() for peer in peers(*racks, bgp=both)]
    assert [spec.get("dualStackAddressFamily") for spec in made] == [True, None]
    made = [peer.spec.to_manifest() for peer in peers(rack("a", ["a1"], TOR_1, {**TOR_2, **both}))]
    assert [spec.get("dualStackAddressFamily") for spec in made] == [None, True]


def test_a_router_without_an_asn_has_the_common_one_and_is_named_by_its_address() -> None:
    [peer] = peers(rack("a", ["a1"], {"address": "2001:db8::1"}), bgp={"peerAsn": 64700})
    assert (peer.name, peer.spec.peer_asn) == ("a-2001-db8--1", 64700)


def test_each_routers_password_has_a_secret_of_its_own_and_the_rest_share_one() -> None:
    sections = static(
        platform={
            "kind": "static",
            "racks": [rack("a", ["a1"], {**TOR_1, "password": "own-key-1"}, TOR_2)],
        },
        bgp={"password": "common-key"},
    )
    routing = routing_config(stack(sections), PlatformFacts())
    assert {name: value.get_secret_value() for name, value in routing.passwords.items()} == {
        "bgp-password": "common-key",
        "bgp-password-a-tor-1": "own-key-1",
    }
    assert [p.spec.password_secret.name for p in routing.peers if p.spec.password_secret] == [
        "bgp-password-a-tor-1",
        "bgp-password",
    ]
