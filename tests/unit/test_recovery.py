"""What is understood of an interrupted update, case by case; the engine tests do the real thing."""

from typing import Any

import pytest

from metallb.answers.record import recorded_answers
from metallb.config import (
    AddressFamily,
    EquinixMetalPlatform,
    PeerSource,
    StackConfig,
    stack_config,
)
from metallb.errors import AnswersError, PlatformError
from metallb.recovery import (
    LockOwner,
    block_imports,
    block_name,
    interrupted_sessions,
    leftover_blocks,
    lock_owners,
    ownership_tag,
    pending_creates,
    replaced_blocks,
    session_conflicts,
    unlocked,
    unread,
)

A = "00000000-0000-4000-8000-00000000000a"
B = "00000000-0000-4000-8000-00000000000b"
TAG = ownership_tag("metallb", "prod", "default")
TAGS = {"default": TAG}


def stack(**block: Any) -> StackConfig:
    return stack_config(
        {
            "platform": {
                "kind": "equinix-metal",
                "projectId": A,
                "metro": "ny",
                "nodes": [{"hostname": "worker-0"}, {"hostname": "worker-1"}],
                "elasticIps": {"default": block},
            },
            "addressPools": {"default": {"elasticIps": ["default"]}},
        },
        source="a test",
    )


def platform(**block: Any) -> EquinixMetalPlatform:
    found = stack(**block).platform
    assert isinstance(found, EquinixMetalPlatform)
    return found


def reserved(block_id: str = A, **changes: Any) -> dict[str, Any]:
    return {"id": block_id, "tags": [TAG], "network": "147.75.40.46", "cidr": 32, **changes}


def session(hostname: str, family: str = "ipv4", session_id: str = B) -> dict[str, Any]:
    return {"id": session_id, "address_family": family, "device": {"hostname": hostname, "id": A}}


def test_a_block_is_imported_only_where_the_state_lacks_it_and_the_tag_is_ours() -> None:
    there = [reserved(), reserved(B, tags=["metallb:metallb/other/default"])]
    assert block_imports(platform(), TAGS, (), there) == {"default": A}
    assert block_imports(platform(), TAGS, {block_name("default")}, there) == {}
    assert block_imports(platform(), TAGS, (), there[1:]) == {}


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([reserved(), reserved(B)], f"2 blocks that were reserved for it: {A}.*{B}"),
        ([reserved(cidr=31)], "with 2 addresses"),
        ([reserved(global_ip=True)], "with type global_ipv4"),
        ([reserved(state="pending", cidr=None)], "has not approved yet"),
    ],
)
def test_a_block_that_can_not_be_imported_is_refused_with_a_way_out(
    there: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(PlatformError, match=said) as raised:
        block_imports(platform(), TAGS, (), there)
    assert "python -m metallb recover STACK" in raised.value.remedy


def test_a_leftover_carries_our_tag_and_is_not_in_the_state() -> None:
    there = [reserved(), reserved(B), reserved("c", tags=[])]
    assert [one["id"] for one in leftover_blocks(TAGS, {A}, there)] == [B]


def test_open_sessions_are_told_with_the_line_that_adopts_them() -> None:
    (told,) = session_conflicts(platform(), (), [session("worker-1"), session("stranger")])
    assert told.where == "metallb:platform.nodes[1] (worker-1)"
    assert f"bgpSessions: {{ipv4: {B}}}" in told.remedy
    known = {"bgp-sessions-worker-1-ipv4"}
    assert session_conflicts(platform(), known, [session("worker-1")]) == []
    assert session_conflicts(platform(), (), [session("worker-1", "ipv6")]) == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"quantity": 2.0}, "quantity"),
        ({"metro": "sv"}, "metro"),
        ({"type": "global_ipv4"}, "type"),
    ],
)
def test_a_protected_block_of_another_kind_would_be_replaced(
    changes: dict[str, Any], key: str
) -> None:
    outputs = {
        "projectId": A,
        "quantity": 1.0,
        "metro": "NY",
        "type": "public_ipv4",
        "cidrNotation": "147.75.40.46/32",
    }
    known = {block_name("default"): outputs}
    assert replaced_blocks(platform(), known) == []
    known = {block_name("default"): outputs | changes}
    (told,) = replaced_blocks(platform(), known)
    assert told.seen.startswith(key)
    assert "147.75.40.46/32 would be lost" in told.rule
    assert replaced_blocks(platform(protect=False), known) == []


def test_a_block_that_waited_for_approval_is_read_before_it_is_touched() -> None:
    known = {block_name("default"): {"quantity": 0.0, "cidrNotation": "/0"}}
    (told,) = replaced_blocks(platform(protect=False), known)
    assert "waited for approval" in told.seen


def test_resources_without_what_the_provider_says_of_them_are_unread() -> None:
    known = {
        "read": {"quantity": 1.0, "cidrNotation": "147.75.40.46/32"},
        "block": {"quantity": 1.0},
        "session": {"defaultRoute": False},
        "up": {"defaultRoute": False, "status": "up"},
    }
    assert [told.where for told in unread(known, "prod")] == ["block", "session"]


def test_a_session_that_was_being_opened_and_exists_is_ours() -> None:
    urn = "urn:pulumi:prod::metallb::bgp$x::bgp-sessions-worker-0-ipv4"
    creating = {
        "type": "creating",
        "resource": {
            "urn": urn,
            "type": "equinix-metal:index/bgpSession:BgpSession",
            "inputs": {"deviceId": A, "addressFamily": "ipv4"},
        },
    }
    deleting = {**creating, "type": "deleting"}
    pending = pending_creates({"pending_operations": [creating, deleting]})
    assert [item.name for item in pending] == ["bgp-sessions-worker-0-ipv4"]
    assert interrupted_sessions(pending, [session("worker-0")]) == {urn: B}
    assert interrupted_sessions(pending, [session("worker-0", "ipv6")]) == {}


def test_only_locks_of_dead_processes_of_this_machine_may_be_removed() -> None:
    text = "locks/a.json: created by root@vm (pid 12) at x\nb.json: created by ann@box.lan (pid 9)"
    owners = lock_owners(text)
    assert owners == (LockOwner("root", "vm", 12), LockOwner("ann", "box.lan", 9))
    assert unlocked(owners[:1], host="vm", alive=())
    assert not unlocked(owners[:1], host="vm", alive=(12,))
    assert not unlocked(owners, host="vm", alive=())
    assert not unlocked((), host="vm", alive=())


def test_answers_are_read_from_the_components_outputs_and_missing_ones_are_named() -> None:
    node = {
        "hostname": "worker-0",
        "deviceId": A,
        "state": "active",
        "privateAddress": "10.1.0.6",
        "privateGateway": "10.1.0.1",
        "neighbors": None,
    }
    nodes = {"type": "metallb:index:BgpPeers", "urn": "u::bgp", "outputs": {"nodes": {}}}
    block = {
        "type": "metallb:index:ElasticIpBlock",
        "urn": "u::elastic-ip-default",
        "outputs": {"block_id": B, "cidr_notation": "147.75.40.46/32"},
    }
    nodes["outputs"] = {"nodes": {"worker-0": node}}
    with pytest.raises(AnswersError, match="a state without device worker-1") as raised:
        recorded_answers({"resources": [nodes, block]}, stack(), "prod")
    assert "python -m metallb up prod" in raised.value.remedy
    nodes["outputs"] = {"nodes": {"worker-0": node, "worker-1": node}}
    answers = recorded_answers({"resources": [nodes, block]}, stack(), "prod")
    (network,) = answers.devices["worker-0"].networks
    assert (network.gateway, network.cidr, network.public) == ("10.1.0.1", 29, False)
    assert answers.blocks["default"].cidr_notation == "147.75.40.46/32"


def test_answers_are_recorded_once_an_update_has_asked_for_the_neighbors_of_each_family() -> None:
    told = {
        "addressFamily": 4,
        "customerAs": 65000,
        "customerIp": "10.1.0.6",
        "peerAs": 65530,
        "peerIps": ["169.254.255.1"],
    }
    # A device whose neighbors are its routers may have no gateway.
    node = {"hostname": "worker-0", "deviceId": A, "privateAddress": "10.1.0.6"}

    def state(neighbors: Any) -> dict[str, Any]:
        nodes = {key: {**node, "neighbors": neighbors} for key in ("worker-0", "worker-1")}
        return {
            "resources": [
                {"type": "metallb:index:BgpPeers", "urn": "u::bgp", "outputs": {"nodes": nodes}},
                {
                    "type": "metallb:index:ElasticIpBlock",
                    "urn": "u::elastic-ip-default",
                    "outputs": {"block_id": B, "cidr_notation": "147.75.40.46/32"},
                },
            ]
        }

    chosen = stack()
    asking = chosen.platform.model_copy(update={"peer_source": PeerSource.NEIGHBORS})
    both = asking.model_copy(update={"address_families": tuple(AddressFamily)})
    with pytest.raises(AnswersError, match="BGP neighbors of device worker-0") as raised:
        recorded_answers(state(None), chosen.model_copy(update={"platform": asking}), "prod")
    assert "python -m metallb up prod" in raised.value.remedy
    with pytest.raises(AnswersError, match="ipv6 neighbor of device worker-1"):
        recorded_answers(state([told]), chosen.model_copy(update={"platform": both}), "prod")
    answers = recorded_answers(
        state([told]), chosen.model_copy(update={"platform": asking}), "prod"
    )
    assert answers.devices["worker-1"].bgp_neighbors
