"""How many resources nodes and blocks cost."""

from collections import Counter

import pytest

from lab.metal_api.enums import PeerKind
from lab.metal_api.seed import Seed, SeedAddress, fleet
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.program.test_counts import Sections, _kinds
from tests.support.programs import run_root, sections
from tests.support.record import Record


def _metal(stack: str, count: int) -> Record:
    seed: Seed = fleet(count)

    def edit(found: Sections) -> None:
        found["platform"]["nodes"] = [{"hostname": d.hostname} for d in seed.devices]
        found["bgp"]["ecmpLimit"] = 4096
        found["install"]["source"] = "existing"

    found = sections(stack, edit)
    return run_root(found, cloud=cloud_of(found, seed))


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
