"""How many resources a stack file costs: engine time goes with their number."""

from collections import Counter
from typing import Any

import pytest

from lab.metal_api.enums import PeerKind
from lab.metal_api.seed import Seed, SeedAddress, fleet
from tests.support.programs import cloud_of, run_root, sections
from tests.support.record import Record

Sections = dict[str, Any]


def _kinds(record: Record) -> Counter[str]:
    return Counter(item.kind for item in record.resources)


def _racks(racks: int, nodes: int, routers: int, **more: Any) -> Sections:
    """A static stack file with this many racks, nodes a rack and routers a rack."""

    def edit(found: Sections) -> None:
        found["platform"] = {
            "kind": "static",
            "racks": [
                {
                    "name": f"rack-{rack:02d}",
                    "nodes": [f"node-{rack:02d}-{node:02d}" for node in range(nodes)],
                    "routers": [
                        {"name": f"tor-{n}", "address": f"10.{rack}.0.{n}", "asn": 64600 + rack}
                        for n in range(1, routers + 1)
                    ],
                }
                for rack in range(racks)
            ],
            **more,
        }
        found["kubernetes"] = {"renderTo": "build/racks"}
        found["install"]["source"] = "existing"

    return sections("onprem", edit)


def _metal(stack: str, count: int) -> Record:
    seed: Seed = fleet(count)

    def edit(found: Sections) -> None:
        found["platform"]["nodes"] = [{"hostname": d.hostname} for d in seed.devices]
        found["bgp"]["ecmpLimit"] = 4096
        found["install"]["source"] = "existing"

    found = sections(stack, edit)
    return run_root(found, cloud=cloud_of(found, seed))


@pytest.mark.parametrize(
    ("racks", "nodes", "routers"), [(25, 40, 2), (3, 2, 1)], ids=["1000-nodes", "6-nodes"]
)
def test_racks_and_routers_count_and_nodes_do_not(racks: int, nodes: int, routers: int) -> None:
    kinds = _kinds(run_root(_racks(racks, nodes, routers)))
    assert kinds["BGPPeer"] == racks * routers


def test_a_thousand_nodes_cost_no_resource_more_than_ten() -> None:
    large, small = run_root(_racks(5, 200, 2)), run_root(_racks(5, 2, 2))
    assert {item.urn for item in large.resources} == {item.urn for item in small.resources}
    peer = large.one("BGPPeer", "routing-bgppeer-rack-00-tor-1").inputs
    selector = peer.at("spec.nodeSelectors")[0]["matchExpressions"][0]
    assert selector["operator"] == "In"
    assert len(selector["values"]) == 200, "all nodes of the rack are in the one object"


def test_a_router_that_racks_share_is_one_peer_and_a_further_rack_changes_no_name() -> None:
    def shared(racks: int) -> Record:
        found = _racks(racks, 2, 2)
        routers = {each.pop("name"): each for each in found["platform"]["racks"][0]["routers"]}
        for rack in found["platform"]["racks"]:
            rack["routers"], rack["sharedRouters"] = [], list(routers)
        found["platform"]["sharedRouters"] = routers
        return run_root(found)

    two, three = shared(2), shared(3)
    assert _kinds(two)["BGPPeer"] == 2, "two routers in all"
    assert {item.urn for item in three.resources} == {item.urn for item in two.resources}
    peer = three.one("BGPPeer", "routing-bgppeer-tor-1").inputs
    hosts = peer.at("spec.nodeSelectors")[0]["matchExpressions"][0]["values"]
    assert len(hosts) == 6, "the nodes of all three racks"


def test_peers_that_are_not_shared_cost_one_object_a_node_and_router() -> None:
    kinds = _kinds(run_root(_racks(2, 3, 2, sharedPeers=False)))
    assert kinds["BGPPeer"] == 2 * 3 * 2


@pytest.mark.parametrize(("stack", "a_node"), [("demo", 2), ("seed", 1)])
def test_a_metal_node_costs_a_session_and_a_peer_and_the_old_format_the_session_only(
    stack: str, a_node: int
) -> None:
    few, many = _metal(stack, 2), _metal(stack, 12)
    assert len(many.resources) - len(few.resources) == 10 * a_node
    assert _kinds(many)["BgpSession"] == 12
    assert len(many.calls_of("getDevice")) == 12, "one look-up a node"


def test_the_old_format_is_one_object_whatever_the_number_of_nodes() -> None:
    record = _metal("seed", 12)
    assert _kinds(record)["BGPPeer"] == 0
    assert len(record.below(record.one("RoutingConfiguration"))) == 1


@pytest.mark.parametrize(("per_node", "source", "peers"), [(2, True, 12), (2, False, 2)])
def test_peers_of_two_routers_are_one_a_node_and_router_unless_they_are_all_alike(
    per_node: int, source: bool, peers: int
) -> None:
    def edit(found: Sections) -> None:
        found["bgp"]["sourceAddress"] = source
        found["install"]["source"] = "existing"

    found = sections("demo", edit)
    seed = fleet(6)
    devices = [each.model_copy(update={"peers": PeerKind.TOR}) for each in seed.devices]
    seed = seed.model_copy(update={"devices": devices})
    found["platform"]["nodes"] = [{"hostname": d.hostname} for d in seed.devices]
    found["platform"] |= {"peerSource": "neighbors", "peersPerNode": per_node}
    record = run_root(found, cloud=cloud_of(found, seed))
    assert _kinds(record)["BGPPeer"] == peers
    assert len(record.calls_of("getDeviceBgpNeighbors")) == 6


def test_a_pool_costs_itself_and_its_advertisements() -> None:
    def edit(found: Sections) -> None:
        found["install"]["source"] = "existing"
        found["addressPools"]["more"] = {
            "addresses": ["198.51.100.32/28"],
            "advertisements": {"default": {}, "wide": {"aggregationLength": 28}},
        }

    def plain_edit(found: Sections) -> None:
        found["install"]["source"] = "existing"

    more, plain = _kinds(run_root("onprem", edit)), _kinds(run_root("onprem", plain_edit))
    assert more - plain == Counter({"IPAddressPool": 1, "BGPAdvertisement": 2})


def test_a_block_and_its_pool_cost_four_resources() -> None:
    def plain_edit(found: Sections) -> None:
        found["install"]["source"] = "existing"

    def edit(found: Sections) -> None:
        plain_edit(found)
        found["platform"]["elasticIps"]["more"] = {"quantity": 2}
        found["addressPools"]["more"] = {"elasticIps": ["more"], "autoAssign": False}

    more, plain = _kinds(run_root("demo", edit)), _kinds(run_root("demo", plain_edit))
    assert more - plain == Counter(
        {"ElasticIpBlock": 1, "ReservedIpBlock": 1, "IPAddressPool": 1, "BGPAdvertisement": 1}
    )


def test_two_families_are_two_sessions_a_node() -> None:
    def edit(found: Sections) -> None:
        found["install"] |= {"source": "helm", "bgpMode": "frr-k8s"}
        found["platform"] |= {"peerSource": "neighbors", "addressFamilies": ["ipv4", "ipv6"]}
        found["bgp"]["sourceAddress"] = False
        found["preflight"] = {"ignore": [{"id": "M13", "reason": "another route to the routers"}]}

    seed = fleet(3)
    devices = [
        each.model_copy(update={"peers": PeerKind.TOR, "public_ipv6": _ipv6(number)})
        for number, each in enumerate(seed.devices)
    ]
    seed = seed.model_copy(update={"devices": devices})
    found = sections("demo", edit)
    found["platform"]["nodes"] = [{"hostname": device.hostname} for device in devices]
    kinds = _kinds(run_root(found, cloud=cloud_of(found, seed)))
    assert kinds["BgpSession"] == 3 * 2
    assert kinds["BGPPeer"] == 2 * 2, "two routers a family, the same for every node"


def _ipv6(number: int) -> SeedAddress:
    at = f"2001:db8:40:4600::{number * 2:x}"
    return SeedAddress.model_validate(
        {"address": f"2001:db8:40:4600::{number * 2 + 1:x}/127", "gateway": at}
    )
