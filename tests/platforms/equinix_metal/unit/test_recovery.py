"""How an interrupted update is read, case by case; the engine tests interrupt real ones."""

from typing import Any

import pytest

from metallb.platforms.equinix_metal.names import block_name, ownership_prefix, ownership_tag
from metallb.platforms.equinix_metal.recovery.blocks import (
    adopted_blocks,
    block_imports,
    leftover_blocks,
    replaced_blocks,
)
from metallb.platforms.equinix_metal.recovery.sessions import (
    interrupted_sessions,
    plan_sessions,
    sessions_in_question,
)
from metallb.platforms.equinix_metal.recovery.state import unread
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.problems.errors import PlatformError
from metallb.problems.problem import spelled
from metallb.repair.state import pending_creates, with_created
from metallb.stackfile import StackConfig, stack_config

A = "00000000-0000-4000-8000-00000000000a"
B = "00000000-0000-4000-8000-00000000000b"
C = "00000000-0000-4000-8000-00000000000c"
TAG = ownership_tag("metallb", "prod", "default")
TAGS = {"default": TAG}
PREFIX = ownership_prefix("metallb", "prod")


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


def nodes(*found: dict[str, Any]) -> EquinixMetalPlatform:
    own = platform()
    return EquinixMetalPlatform.model_validate(
        {
            "kind": "equinix-metal",
            "projectId": own.project_id,
            "metro": "ny",
            "nodes": list(found),
        }
    )


def held(key: str, session_id: str = "", device: str = "") -> dict[str, dict[str, Any]]:
    """A session in the engine's state; ids as `session` has them, unless others are given."""
    outputs = {"id": session_id or B, "deviceId": device or A, "addressFamily": "ipv4"}
    return {f"bgp-sessions-{key}-ipv4": outputs}


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
    assert block_imports(platform(), TAGS, {}, there) == {"default": A}
    assert block_imports(platform(), TAGS, {block_name("default"): {"id": A}}, there) == {}
    assert block_imports(platform(), TAGS, {}, there[1:]) == {}


def test_a_block_that_serves_under_another_name_is_never_imported_a_second_time() -> None:
    renamed = {block_name("main"): {"id": A}}
    with pytest.raises(PlatformError, match="has it as elastic-ip-main-block") as raised:
        block_imports(platform(), TAGS, renamed, [reserved()])
    assert raised.value.problem.code == "E306"
    assert "a name that no block of this stack has had" in raised.value.problem.help
    # One whose reply was lost carries the tag as well, and is not used yet.
    assert block_imports(platform(), TAGS, renamed, [reserved(), reserved(B)]) == {"default": B}


@pytest.mark.parametrize("adopted", [{"adoptId": A}, {"adoptTag": TAG}])
def test_a_block_that_the_stack_file_adopts_is_neither_imported_nor_released(
    adopted: dict[str, str],
) -> None:
    file = platform()
    both = stack_config(
        {
            "platform": {
                **file.model_dump(by_alias=True, mode="json", exclude={"elastic_ips"}),
                "elasticIps": {"default": {}, "main": adopted},
            },
            "addressPools": {"default": {"elasticIps": ["default", "main"]}},
        },
        source="a test",
    ).platform
    assert isinstance(both, EquinixMetalPlatform)
    with pytest.raises(PlatformError, match="the stack file adopts it as main"):
        block_imports(both, TAGS, {}, [reserved()])
    known = adopted_blocks(both, [reserved()])
    assert leftover_blocks(PREFIX, known, [reserved()]) == []


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        ([reserved(), reserved(B)], f"2 blocks were reserved as default: {A}.*{B}"),
        ([reserved(cidr=31)], "quantity 2, not 1"),
        ([reserved(global_ip=True)], "type global_ipv4, not public_ipv4"),
        ([reserved(state="pending", cidr=None)], "has not approved it"),
    ],
)
def test_a_block_that_can_not_be_imported_is_refused_with_a_way_out(
    there: list[dict[str, Any]], shown: str
) -> None:
    with pytest.raises(PlatformError, match=shown) as raised:
        block_imports(platform(), TAGS, {}, there)
    assert raised.value.problem.code == "E306"
    assert raised.value.problem.location == ("metallb:platform", "elasticIps", "default")
    assert "metallb recover STACK" in raised.value.problem.help


def test_a_leftover_carries_our_tag_and_is_not_in_the_state() -> None:
    there = [reserved(), reserved(B), reserved("c", tags=[])]
    assert [one["id"] for one in leftover_blocks(PREFIX, {A}, there)] == [B]


def test_open_sessions_are_reported_with_the_line_that_adopts_them() -> None:
    plan = plan_sessions(platform(), {}, [session("worker-1"), session("stranger")])
    (found,) = plan.problems
    assert (found.code, found.location) == ("E306", ("metallb:platform", "nodes", 1))
    assert "node worker-1" in found.summary
    assert f"bgpSessions: {{ipv4: {B}}}" in found.help
    assert "manageSessions" in found.help
    # Where the stack has sessions of its own, they would be given up as well.
    (found,) = plan_sessions(platform(), held("worker-0", C), [session("worker-1")]).problems
    assert f"bgpSessions: {{ipv4: {B}}}" in found.help
    assert "manageSessions" not in found.help
    assert not plan_sessions(platform(), held("worker-1"), [session("worker-1")]).problems
    assert not plan_sessions(platform(), {}, [session("worker-1", "ipv6")]).problems


def test_a_state_that_has_every_session_needs_no_call() -> None:
    both = held("worker-0") | held("worker-1", A)
    assert not sessions_in_question(platform(), both)
    assert sessions_in_question(platform(), held("worker-0"))
    by_id = nodes({"deviceId": A}, {"hostname": "worker-1"})
    assert not sessions_in_question(by_id, held(A) | held("worker-1", A))
    assert sessions_in_question(by_id, held(A, device=B) | held("worker-1", A)), "another device"
    line = nodes({"hostname": "worker-0", "bgpSessions": {"ipv4": B}}, {"hostname": "worker-1"})
    assert not sessions_in_question(line, both), "the line of a session that the state has"
    assert sessions_in_question(line, held("worker-0", A) | held("worker-1"))


def test_a_session_follows_its_device_to_the_nodes_new_name() -> None:
    named = nodes({"hostname": "web-0", "deviceId": A}, {"hostname": "worker-1", "deviceId": C})
    known = held("worker-0") | held("worker-1", C, device=C)
    plan = plan_sessions(named, known, [session("worker-0")])
    assert not plan.problems
    assert plan.former == {"bgp-sessions-web-0-ipv4": "bgp-sessions-worker-0-ipv4"}
    # A line that names it is no reason to import it: its old name would close it.
    line = nodes(
        {"hostname": "web-0", "deviceId": A, "bgpSessions": {"ipv4": B}},
        {"hostname": "worker-1", "deviceId": C},
    )
    plan = plan_sessions(line, known, [session("worker-0")])
    assert (plan.imports, plan.former) == (
        {},
        {"bgp-sessions-web-0-ipv4": "bgp-sessions-worker-0-ipv4"},
    )


def test_a_session_that_a_node_of_the_file_has_is_not_taken_from_it() -> None:
    named = nodes({"hostname": "web-0", "deviceId": A}, {"hostname": "worker-0"})
    (found,) = plan_sessions(named, held("worker-0"), [session("worker-0")]).problems
    assert (found.code, found.location) == ("E306", ("metallb:platform", "nodes", 0))
    assert "node web-0 is in the state as bgp-sessions-worker-0-ipv4" in found.summary
    assert "bgpSessions" not in found.help
    # Nor carried over twice.
    twice = nodes({"hostname": "web-0", "deviceId": A}, {"hostname": "web-1", "deviceId": A})
    plan = plan_sessions(twice, held("worker-0"), [session("worker-0")])
    assert list(plan.former) == ["bgp-sessions-web-0-ipv4"]
    assert [found.location for found in plan.problems] == [("metallb:platform", "nodes", 1)]


def test_a_session_of_another_device_under_the_nodes_name_counts_as_missing() -> None:
    named = nodes({"hostname": "worker-0", "deviceId": A})
    known = held("worker-0", C, device=C)
    (found,) = plan_sessions(named, known, [session("worker-0")]).problems
    assert f"bgpSessions: {{ipv4: {B}}}" in found.help
    line = nodes({"hostname": "worker-0", "deviceId": A, "bgpSessions": {"ipv4": B}})
    plan = plan_sessions(line, known, [session("worker-0")])
    assert (plan.imports, plan.problems) == ({"bgp-sessions-worker-0-ipv4": B}, [])


def test_a_line_of_a_session_that_is_gone_is_named_before_anything_is_made() -> None:
    line = nodes({"hostname": "worker-0", "bgpSessions": {"ipv4": C}})
    (found,) = plan_sessions(line, {}, []).problems
    place = ("metallb:platform", "nodes", 0, "bgpSessions", "ipv4")
    assert (found.code, found.location) == ("E302", place)
    assert C in found.summary
    assert f"remove {spelled(place)}" in found.help
    (found,) = plan_sessions(line, {}, [session("worker-0")]).problems
    assert B in found.summary
    assert f"bgpSessions: {{ipv4: {B}}}" in found.help
    (found,) = plan_sessions(line, held("worker-0"), [session("worker-0")]).problems
    assert f"remove {spelled(place)}" in found.help, "the one there is is in the state"


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
    (found,) = replaced_blocks(platform(), known)
    assert (found.code, found.location) == ("E506", ("metallb:platform", "elasticIps", "default"))
    assert f"147.75.40.46/32 would be replaced: {key}" in found.summary
    assert replaced_blocks(platform(protect=False), known) == []


def test_a_facility_in_place_of_a_metro_makes_another_block_and_a_metro_of_its_own_does_not() -> (
    None
):
    outputs = {"projectId": A, "quantity": 1.0, "type": "public_ipv4", "cidrNotation": "1.2.3.4/32"}
    by_metro = {block_name("default"): outputs | {"metro": "ny", "facility": None}}
    by_facility = {block_name("default"): outputs | {"metro": "ny", "facility": "ny5"}}
    (found,) = replaced_blocks(platform(facility="ny5"), by_metro)
    assert "facility ny5 in place of none" in found.summary
    assert replaced_blocks(platform(facility="ny5"), by_facility) == []
    # The provider computes a facility where none is given (provider 3.2.1).
    assert replaced_blocks(platform(), by_facility) == []


def test_a_block_that_waited_for_approval_is_read_before_it_is_touched() -> None:
    known = {block_name("default"): {"quantity": 0.0, "cidrNotation": "/0"}}
    (found,) = replaced_blocks(platform(protect=False), known)
    assert found.code == "E303"
    assert "waited for approval" in found.summary


def test_resources_without_properties_are_unread() -> None:
    known = {
        "read": {"quantity": 1.0, "cidrNotation": "147.75.40.46/32"},
        "block": {"quantity": 1.0},
        "session": {"defaultRoute": False},
        "up": {"defaultRoute": False, "status": "up"},
    }
    found = unread(known, "prod")
    assert [(each.code, each.summary.partition(" and ")[0]) for each in found] == [
        ("E502", f"the state has the id of {name}") for name in ("block", "session")
    ]


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


def test_a_replacement_that_was_made_stands_beside_the_old_one_that_waits_for_deletion() -> None:
    urn = "urn:pulumi:prod::metallb::bgp$x::bgp-sessions-worker-0-ipv4"
    inputs = {"__defaults": [], "deviceId": C, "addressFamily": "ipv4"}
    old = {"urn": urn, "id": A, "inputs": {"deviceId": A}, "outputs": {"id": A}, "parent": "p"}
    gone = {"urn": urn, "id": "x", "delete": True}
    (item,) = pending_creates(
        {
            "pending_operations": [
                {"type": "creating", "resource": {"urn": urn, "type": "t", "inputs": inputs}}
            ]
        }
    )
    made, waits, rest = with_created({"resources": [old, gone]}, item, B, {"id": B})["resources"]
    assert (made["id"], made["inputs"], made["parent"]) == (B, inputs, "p")
    assert made["outputs"] == {"id": B}
    assert (waits["id"], waits["delete"], rest) == (A, True, gone)
