"""How many resources a stack file costs: engine time goes with their number."""

from collections import Counter
from typing import Any

import pytest

from tests.support.programs import run_root, sections
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
