"""Peers of Equinix Metal devices: gateways, neighbors, and what can't be used."""

from typing import Any

import pytest

from metallb.platforms.equinix_metal.devices import node_answer
from metallb.platforms.equinix_metal.facts import ProjectFacts
from metallb.platforms.equinix_metal.peers import metal_slots
from metallb.platforms.plan import routing_config
from metallb.problems.errors import ConfigError, PlatformError
from tests.platforms.equinix_metal.stacks import metal, metal_answers
from tests.unit.stacks import stack

PRIVATE = {"address": "10.64.43.11", "gateway": "10.64.43.10", "family": 4, "cidr": 31}
PUBLIC = {"address": "198.51.100.65", "gateway": "198.51.100.64", "family": 4, "cidr": 31}


def device(*networks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "d", "hostname": "worker-0", "state": "active", "networks": networks, **fields}


def neighbor(**fields: Any) -> dict[str, Any]:
    return {
        "addressFamily": 4,
        "customerAs": 65000,
        "customerIp": "10.64.43.11",
        "peerAs": 65530,
        "peerIps": ["169.254.255.2", "169.254.255.1"],
        "multihop": True,
        **fields,
    }


def neighbors_stack(**bgp: Any) -> Any:
    sections = metal(bgp=bgp)
    sections["platform"].update(peerSource="neighbors", nodes=[{"hostname": "worker-0"}])
    return stack(sections)


def test_the_private_gateway_is_the_peer_and_the_private_address_the_source() -> None:
    routing = routing_config(stack(metal()), metal_answers())
    assert [
        (p.name, p.spec.peer_address, p.spec.source_address, p.spec.node_selectors[0].match_labels)
        for p in routing.peers
        if p.spec.node_selectors
    ] == [
        ("worker-0", "10.64.0.10", "10.64.0.11", {"kubernetes.io/hostname": "worker-0"}),
        ("worker-1", "10.64.1.10", "10.64.1.11", {"kubernetes.io/hostname": "worker-1"}),
    ]


def test_peers_have_the_asns_and_the_hold_time_of_the_project_by_default() -> None:
    [peer, _] = routing_config(stack(metal()), metal_answers()).peers
    assert (peer.spec.my_asn, peer.spec.peer_asn) == (65000, 65530)
    assert str(peer.spec.hold_time) == "3s"


def test_the_order_of_nodes_in_the_file_does_not_matter() -> None:
    forward, backward = metal(), metal()
    backward["platform"]["nodes"].reverse()
    answers = metal_answers()
    assert routing_config(stack(forward), answers) == routing_config(stack(backward), answers)


def test_the_management_entry_is_chosen_among_several_private_ones() -> None:
    extra = {"address": "10.70.0.1", "gateway": "10.70.0.0", "family": 4, "cidr": 32}
    found = node_answer("worker-0", device(extra, PRIVATE, accessPrivateIpv4="10.64.43.11"))
    assert (found.private_address, found.private_gateway) == ("10.64.43.11", "10.64.43.10")


def test_a_public_entry_is_never_taken_for_the_private_one() -> None:
    found = node_answer("worker-0", device({**PUBLIC, "public": True}, PRIVATE))
    assert found.private_gateway == "10.64.43.10"


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (device({**PUBLIC, "public": True}), "has no private IPv4 address"),
        (device({**PRIVATE, "gateway": ""}), "has no gateway"),
        (device(PRIVATE, state="provisioning"), "is provisioning"),
        (device({**PRIVATE, "family": 6}), "has no private IPv4 address"),
    ],
)
def test_a_device_that_cannot_keep_a_session_is_named_with_the_reason(
    found: dict[str, Any], shown: str
) -> None:
    with pytest.raises(PlatformError) as caught:
        node_answer("worker-0", found)
    assert caught.value.problem.code == "E303"
    assert f"device worker-0 {shown}" in caught.value.problem.summary
    assert caught.value.problem.help


def test_neighbors_give_one_peer_a_router_with_multihop_and_sorted_addresses() -> None:
    chosen = neighbors_stack()
    answers = ProjectFacts.of(
        {"worker-0": node_answer("worker-0", device(PRIVATE), [neighbor()])},
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )
    peers = routing_config(chosen, answers).peers
    assert [(p.name, p.spec.peer_address, p.spec.ebgp_multi_hop) for p in peers] == [
        ("worker-0-1", "169.254.255.1", True),
        ("worker-0-2", "169.254.255.2", True),
    ]
    assert {p.spec.source_address for p in peers} == {"10.64.43.11"}


def test_which_objects_there_are_is_known_before_any_call() -> None:
    chosen = neighbors_stack()
    slots = metal_slots(chosen, chosen.platform)
    answers = ProjectFacts.of(
        {"worker-0": node_answer("worker-0", device(PRIVATE), [neighbor()])},
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )
    assert [s.name for s in slots] == [p.name for p in routing_config(chosen, answers).peers]


@pytest.mark.parametrize(
    ("entries", "help"),
    [
        ([neighbor(peerIps=["10.64.43.10"])], "peersPerNode: 1"),
        ([neighbor(md5Enabled=True)], "metallb:bgp.password"),
        ([], "BGP is enabled"),
        ([neighbor(addressFamily=6)], "BGP is enabled"),
    ],
)
def test_neighbors_that_do_not_fit_the_file_are_refused_with_a_help(
    entries: list[dict[str, Any]], help: str
) -> None:
    answers = ProjectFacts.of(
        {"worker-0": node_answer("worker-0", device(PRIVATE), entries)},
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )
    with pytest.raises(PlatformError) as caught:
        routing_config(neighbors_stack(), answers)
    assert caught.value.problem.location == ("metallb:platform", "nodes", 0)
    assert "device worker-0" in caught.value.problem.summary
    assert help in caught.value.problem.help


def test_a_device_without_a_gateway_is_fine_where_its_neighbors_are_the_routers() -> None:
    answers = ProjectFacts.of(
        {"worker-0": node_answer("worker-0", device({**PRIVATE, "gateway": ""}), [neighbor()])},
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )
    peers = routing_config(neighbors_stack(), answers).peers
    assert {p.spec.peer_address for p in peers} == {"169.254.255.1", "169.254.255.2"}


V6 = neighbor(
    addressFamily=6,
    customerIp="2001:db8:40:4600::1",
    peerIps=["fc00::e", "fc00::f"],
)


def dual_stack(platform: Any = None, *nodes: Any, **bgp: Any) -> Any:
    sections = metal(bgp=bgp)
    sections["platform"].update(
        peerSource="neighbors",
        addressFamilies=["ipv4", "ipv6"],
        nodes=[
            {"hostname": f"worker-{i}", **({"peersPerNode": one} if one else {})}
            for i, one in enumerate(nodes or (None,))
        ],
        **({"peersPerNode": platform} if platform else {}),
    )
    return stack(sections)


def gateway_site(hosts: int = 1) -> ProjectFacts:
    """One IPv4 router a node, the gateway, and two IPv6 ones."""
    v4 = neighbor(peerIps=["10.64.43.10"], multihop=False)
    return ProjectFacts.of(
        {
            f"worker-{i}": node_answer(
                f"worker-{i}", device(PRIVATE, hostname=f"worker-{i}"), [v4, V6]
            )
            for i in range(hosts)
        },
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )


@pytest.mark.parametrize(
    ("platform", "node"),
    [
        ({"ipv4": 1}, None),
        ({"ipv4": 1, "ipv6": 2}, None),
        (None, {"ipv4": 1}),
        (1, {"ipv6": 2}),
        (2, {"ipv4": 1}),
    ],
)
def test_families_may_have_different_numbers_of_routers(platform: Any, node: Any) -> None:
    peers = routing_config(dual_stack(platform, node), gateway_site()).peers
    assert [(p.name, p.spec.peer_address) for p in peers] == [
        ("worker-0-1", "10.64.43.10"),
        ("worker-0-ipv6-1", "fc00::e"),
        ("worker-0-ipv6-2", "fc00::f"),
    ]


@pytest.mark.parametrize("platform", [None, 1, 2])
def test_a_wrong_number_is_reported_with_the_right_one_of_each_family(platform: Any) -> None:
    with pytest.raises(PlatformError) as caught:
        routing_config(dual_stack(platform), gateway_site())
    assert "peersPerNode: {ipv4: 1, ipv6: 2}" in caught.value.problem.help


def test_without_source_addresses_the_nodes_common_number_holds() -> None:
    chosen = dual_stack(None, {"ipv4": 1}, {"ipv4": 1}, sourceAddress=False)
    assert [p.name for p in routing_config(chosen, gateway_site(2)).peers] == [
        "router-1",
        "router-ipv6-1",
        "router-ipv6-2",
    ]


def test_without_source_addresses_the_number_is_set_for_all_nodes() -> None:
    with pytest.raises(PlatformError) as caught:
        routing_config(dual_stack(None, None, None, sourceAddress=False), gateway_site(2))
    assert caught.value.problem.location == ("metallb:platform", "nodes")
    assert caught.value.problem.help.endswith("below metallb:platform, and none at the nodes")


@pytest.mark.parametrize("value", [9, -1, {"ipv4": 0}, {"ipv5": 1}, "two", [1]])
def test_a_wrong_number_of_routers_is_one_problem_with_its_key(value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        dual_stack(value)
    [problem] = caught.value.problems
    assert problem.location[:2] == ("metallb:platform", "peersPerNode")


def test_without_source_addresses_all_nodes_share_one_peer_a_router() -> None:
    sections = metal(bgp={"sourceAddress": False})
    sections["platform"]["peerSource"] = "neighbors"
    answers = ProjectFacts.of(
        {
            f"worker-{i}": node_answer(
                f"worker-{i}", device(PRIVATE, hostname=f"worker-{i}"), [neighbor()]
            )
            for i in range(2)
        },
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )
    peers = routing_config(stack(sections), answers).peers
    assert [p.name for p in peers] == ["router-1", "router-2"]
    for peer in peers:
        [selector] = peer.spec.node_selectors or ()
        [condition] = selector.match_expressions or ()
        assert condition.values == ("worker-0", "worker-1")


def test_a_node_known_by_its_device_id_is_selected_by_the_devices_host_name() -> None:
    key = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
    sections = metal()
    sections["platform"]["nodes"] = [{"deviceId": key}]
    answers = ProjectFacts.of(
        {key: node_answer(key, device(PRIVATE))},
        {"default": {"id": "b", "cidr_notation": "147.75.40.46/32"}},
    )
    [peer] = routing_config(stack(sections), answers).peers
    assert peer.name == key
    assert [s.words() for s in peer.spec.node_selectors or ()] == ["worker-0"]


@pytest.mark.parametrize("field", ["peerAs", "customerAs"])
@pytest.mark.parametrize("number", [-5, 99_999_999_999, True, "x"])
def test_a_neighbor_with_an_impossible_as_number_is_reported(field: str, number: Any) -> None:
    with pytest.raises(PlatformError) as caught:
        node_answer("worker-0", device(PRIVATE), [neighbor(**{field: number})])
    assert caught.value.problem.code == "E303"
    assert f"device worker-0 has an unusable {field}" in caught.value.problem.summary


@pytest.mark.parametrize("count", [0, 9])
def test_a_number_of_routers_that_no_setting_takes_is_not_advised(count: int) -> None:
    routers = [f"169.254.255.{n + 1}" for n in range(count)]
    node = node_answer("worker-0", device(PRIVATE), [neighbor(peerIps=routers)])
    answers = ProjectFacts.of({"worker-0": node}, metal_answers().blocks)
    with pytest.raises(PlatformError) as caught:
        routing_config(neighbors_stack(), answers)
    assert f"device worker-0 has {count} BGP routers" in caught.value.problem.summary
    assert "peersPerNode" not in caught.value.problem.help
