"""What racks, routers and nodes set for their peers, and how nodes are chosen by label."""

from typing import Any

import pytest

from metallb.installation import controller, helm_values, speaker
from metallb.inventory.stack import inventory_of
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError
from metallb.routing import BgpPeer
from tests.unit.stacks import stack, static

MADE = {"speaker": speaker, "controller": controller}


def rack(*nodes: Any, **keys: Any) -> dict[str, Any]:
    routers = keys.pop("routers", [{"name": "tor", "address": "10.1.0.1"}])
    chosen = {"nodes": list(nodes)} if nodes else {}
    return {"name": "a", **chosen, "routers": routers, **keys}


def peers(*racks: dict[str, Any], **bgp: Any) -> dict[str, BgpPeer]:
    sections = static(platform={"kind": "static", "racks": list(racks)}, bgp=bgp)
    found = routing_config(stack(sections), PlatformFacts()).peers
    return {peer.name: peer for peer in found}


def hosts(peer: BgpPeer) -> list[str]:
    return [host for each in peer.spec.node_selectors or () for host in each.hosts or ()]


def test_a_node_with_a_router_id_has_a_peer_of_its_own() -> None:
    found = peers(rack("a1", {"hostname": "a2", "routerId": "192.0.2.2"}, "a3"))
    assert {name: hosts(each) for name, each in found.items()} == {
        "a-tor": ["a1", "a3"],
        "a-tor-a2": ["a2"],
    }
    assert found["a-tor"].spec.router_id is None
    assert found["a-tor-a2"].spec.router_id == "192.0.2.2"


def test_a_node_without_keys_of_its_own_shares_the_peer() -> None:
    assert list(peers(rack("a1", {"hostname": "a2"}))) == ["a-tor"]


def test_a_source_address_of_a_rack_by_label_is_of_its_peer() -> None:
    chosen = {"nodeSelectors": {"role": "edge"}, "sourceAddress": "10.1.0.9"}
    (found,) = peers(rack(**chosen)).values()
    assert found.spec.source_address == "10.1.0.9"
    (without,) = peers(rack(**chosen), sourceAddress=False).values()
    assert without.spec.source_address is None


def test_a_node_reaches_two_routers_from_two_addresses() -> None:
    routers = [
        {
            "name": f"tor-{number}",
            "address": f"10.{number}.0.1",
            "sourceAddress": f"10.{number}.0.9",
        }
        for number in (1, 2)
    ]
    found = peers(rack("a1", routers=routers))
    assert [each.spec.source_address for each in found.values()] == ["10.1.0.9", "10.2.0.9"]


def test_labels_and_conditions_choose_the_nodes_of_a_rack() -> None:
    conditions = [
        {"key": "rack", "operator": "NotIn", "values": ["b", "c"]},
        {"key": "edge", "operator": "Exists"},
    ]
    (found,) = peers(rack(nodeSelectors={"zone": "z"}, matchExpressions=conditions)).values()
    (selector,) = found.to_manifest("n")["spec"]["nodeSelectors"]
    assert selector == {"matchLabels": {"zone": "z"}, "matchExpressions": conditions}


@pytest.mark.parametrize(
    ("condition", "where", "code"),
    [
        ({"key": "rack", "operator": "NotIn"}, "values", "E111"),
        ({"key": "rack", "operator": "Exists", "values": ["b"]}, "values", "E111"),
        ({"key": "rack", "operator": "Surrounds"}, "operator", "E105"),
        ({"key": "a b", "operator": "Exists"}, "key", "E105"),
    ],
)
def test_a_condition_that_kubernetes_does_not_have_is_refused(
    condition: dict[str, Any], where: str, code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        peers(rack(matchExpressions=[condition]))
    (problem,) = caught.value.problems
    assert (problem.code, problem.location[-1]) == (code, where)


@pytest.mark.parametrize(
    ("router", "code", "key"),
    [
        ({}, "E103", "address"),
        ({"address": "10.1.0.1", "interface": "eth1"}, "E111", "interface"),
        ({"interface": "Eth_1"}, "E111", "interface"),
    ],
)
def test_a_router_has_an_address_or_an_interface(
    router: dict[str, Any], code: str, key: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        peers(rack("a1", routers=[router]))
    (problem,) = caught.value.problems
    assert (problem.code, problem.location[-1]) == (code, key)


def test_an_unnumbered_session_is_named_after_its_interface() -> None:
    (found,) = peers(rack("a1", routers=[{"interface": "eth1", "dynamicAsn": "external"}])).values()
    assert found.name == "a-eth1"
    assert (found.spec.interface, found.spec.peer_address) == ("eth1", None)
    assert (found.spec.dynamic_asn, found.spec.peer_asn) == ("external", None)


def test_a_dynamic_as_number_is_one_that_is_not_missing() -> None:
    routers = [{"address": "10.1.0.1", "dynamicAsn": "external"}]
    assert len(peers(rack("a1", routers=routers), peerAsn=None)) == 1


def test_a_secret_made_elsewhere_is_referred_to_and_not_made() -> None:
    routers = [
        {"name": "one", "address": "10.1.0.1", "passwordSecret": "made-elsewhere"},
        {"name": "two", "address": "10.1.0.2"},
    ]
    sections = static(
        platform={"kind": "static", "racks": [rack("a1", routers=routers)]},
        bgp={"password": "Example12345"},
    )
    made = stack(sections)
    found = routing_config(made, PlatformFacts())
    references = {
        each.name: each.spec.password_secret.name
        for each in found.peers
        if each.spec.password_secret is not None
    }
    assert references == {"a-one": "made-elsewhere", "a-two": "bgp-password"}
    secrets = [each.name for each in inventory_of(made).objects if each.kind == "Secret"]
    assert "bgp-password" in secrets
    assert "made-elsewhere" not in secrets


def test_labels_of_a_pool_are_on_its_object() -> None:
    pools = {
        "public": {"addresses": ["203.0.113.0/28"], "labels": {"tier": "front", "app": "other"}}
    }
    made = stack(static(addressPools=pools))
    (found,) = [each for each in inventory_of(made).objects if each.kind == "IPAddressPool"]
    assert found.labels["tier"] == "front"
    assert found.labels["app"] == "metallb"


def test_an_advertisement_chooses_further_pools_by_label() -> None:
    chosen = [{"matchLabels": {"tier": "front"}}]
    pools = {
        "public": {
            "addresses": ["203.0.113.0/28"],
            "advertisements": {"default": {"ipAddressPoolSelectors": chosen}},
        },
        "front": {
            "addresses": ["198.51.100.0/28"],
            "labels": {"tier": "front"},
            "advertisements": {},
        },
    }
    made = stack(static(addressPools=pools))
    (spec,) = [
        each.to_manifest("n")["spec"]
        for each in routing_config(made, PlatformFacts()).advertisements
    ]
    assert spec["ipAddressPools"] == ["public"]
    assert spec["ipAddressPoolSelectors"] == chosen
    # It is announced, without an advertisement of its own.
    assert "B10" not in {each.code for each in check_stack(made)}
    del pools["front"]["labels"]
    assert "B10" in {each.code for each in check_stack(stack(static(addressPools=pools)))}


@pytest.mark.parametrize("workload", ["speaker", "controller"])
def test_conditions_of_a_workload_are_its_node_affinity(workload: str) -> None:
    condition = {"key": "rack", "operator": "NotIn", "values": ["b"]}
    install = {"version": "0.16.2", workload: {"matchExpressions": [condition]}}
    kind = "DaemonSet" if workload == "speaker" else "Deployment"
    (found,) = [
        each
        for each in MADE[workload](stack(static(install=install)).install)
        if each["kind"] == kind
    ]
    affinity = found["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
    terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms == [{"matchExpressions": [condition]}]


def test_the_chart_gets_conditions_of_speakers_for_both_daemons() -> None:
    condition = {"key": "rack", "operator": "Exists"}
    install = {
        "version": "0.16.2",
        "source": "helm",
        "bgpMode": "frr-k8s",
        "speaker": {"matchExpressions": [condition]},
    }
    values = helm_values(stack(static(install=install)).install)
    for part in (values["speaker"], values["frr-k8s"]["frrk8s"]):
        assert "rack" in str(part["affinity"])


def test_speakers_outside_a_rack_are_found_by_conditions() -> None:
    install = {
        "version": "0.16.2",
        "speaker": {"matchExpressions": [{"key": "rack", "operator": "NotIn", "values": ["a"]}]},
    }
    chosen = rack(nodeSelectors={"rack": "a"})
    sections = static(platform={"kind": "static", "racks": [chosen]}, install=install)
    found = {each.code: each for each in check_stack(stack(sections))}
    assert found["I14"].location == ("metallb:platform", "racks", 0, "nodeSelectors")


def test_only_a_rack_by_label_has_a_number_of_nodes() -> None:
    with pytest.raises(ConfigError) as caught:
        peers(rack("a1", nodeCount=2))
    (problem,) = caught.value.problems
    assert (problem.code, problem.location[-1]) == ("E111", "nodeCount")
    assert peers(rack(nodeSelectors={"rack": "a"}, nodeCount=2)) == peers(
        rack(nodeSelectors={"rack": "a"})
    )
