"""The resources of a project in an update, and its facts."""

from functools import partial
from typing import Any

import pulumi

from metallb.components.guard import guarded
from metallb.platforms.equinix_metal.client import find_block_by_tag
from metallb.platforms.equinix_metal.components.bgp_peers import BgpPeers, IngressNode
from metallb.platforms.equinix_metal.components.bgp_sessions import DeviceSession
from metallb.platforms.equinix_metal.components.elastic_ips import (
    ElasticIpBlock,
    ElasticIpBlockArgs,
)
from metallb.platforms.equinix_metal.facts import Device, ProjectFacts, ReservedBlock
from metallb.platforms.equinix_metal.leftovers import Leftovers, find_leftovers
from metallb.platforms.equinix_metal.names import session_key
from metallb.platforms.equinix_metal.project import ask_bgp, refuse_without_bgp
from metallb.platforms.equinix_metal.recovery.sessions import HeldSession
from metallb.platforms.equinix_metal.section import ElasticIp, EquinixMetalPlatform
from metallb.platforms.plan import slots_of
from metallb.platforms.provisioned import Provisioned, Run
from metallb.preflight import check_facts, refuse
from metallb.stackfile.stack import StackConfig

__all__ = ["elastic_ip_name", "provision"]

_ONE_DEVICE = "M5"
"""The rule about two nodes that are one device."""


def elastic_ip_name(block: str) -> str:
    """Resource name of a block's component."""
    return f"elastic-ip-{block}"


def provision(stack: StackConfig, platform: EquinixMetalPlatform, run: Run) -> Provisioned:
    """Reserve the blocks, open the sessions, and look the devices up.

    :raises MetalLBError: what earlier updates left has to be decided about first, or the project
        has no BGP. Nothing is registered then.
    """
    token = pulumi.Config("equinix-metal").get("authToken")
    leftovers = find_leftovers(platform, token, run.read_state)
    refuse_without_bgp(stack, ask_bgp(platform, leftovers, token), run.source)
    blocks = _elastic_ips(platform, leftovers, token)
    nodes = _ingress_nodes(stack, platform, leftovers, run.source)
    return Provisioned(
        nodes=nodes.answers,
        blocks={name: _facts(block) for name, block in blocks.items()},
        together=nodes.known,
        former_peers=_former_peers(stack, platform, leftovers),
    )


def _facts(block: ElasticIpBlock) -> pulumi.Output[ReservedBlock]:
    found = pulumi.Output.all(block.block_id, block.cidr_notation, block.adopted_metro)
    return found.apply(
        lambda values: ReservedBlock(ids=(values[0],), cidrs=(values[1],), place=values[2])
    )


def _former_peers(
    stack: StackConfig, platform: EquinixMetalPlatform, leftovers: Leftovers
) -> dict[str, str]:
    """Former names of the peers of nodes that are called otherwise now.

    A node's old peer leaves before the new one comes: a speaker with both would open two sessions
    from one address to one router.
    """
    found: dict[str, str] = {}
    slots = slots_of(stack)
    for node in platform.nodes:
        for former in set(leftovers.former_keys(node).values()):
            for slot in slots:
                if slot.nodes == (node.key,) and slot.name.startswith(node.key):
                    found[slot.name] = former + slot.name.removeprefix(node.key)
    return found


def _elastic_ips(
    platform: EquinixMetalPlatform, leftovers: Leftovers, token: str | None
) -> dict[str, ElasticIpBlock]:
    """The blocks by name."""
    blocks = {}
    for name, settings in sorted(platform.elastic_ips.items()):
        args = _block_args(platform, settings, token)
        if not settings.adopted:
            args["tags"] = [*settings.tags, leftovers.tag(name)]
            import_id = leftovers.import_id(name)
            if import_id is not None:
                args["import_id"] = import_id
        blocks[name] = ElasticIpBlock(elastic_ip_name(name), args)
        if not settings.adopted:
            leftovers.watch(name, blocks[name].block_id)
    return blocks


def _block_args(
    platform: EquinixMetalPlatform, settings: ElasticIp, token: str | None
) -> ElasticIpBlockArgs:
    args: ElasticIpBlockArgs = {
        "project_id": platform.project_id,
        "quantity": settings.quantity,
        "type": settings.type.value,
        "protect": settings.protect,
        "retain_on_delete": settings.retain_on_delete,
    }
    if settings.adopt_id is not None:
        args["adopt_id"] = settings.adopt_id
    if settings.adopt_tag is not None:
        args["adopt_id"] = find_block_by_tag(platform.project_id, settings.adopt_tag, token)
    if settings.type.value.startswith("public"):
        if settings.facility or (platform.facility and not settings.metro):
            args["facility"] = settings.facility or str(platform.facility)
        else:
            args["metro"] = settings.metro or str(platform.metro)
    if settings.description is not None:
        args["description"] = settings.description
    return args


def _ingress_nodes(
    stack: StackConfig, platform: EquinixMetalPlatform, leftovers: Leftovers, source: str
) -> BgpPeers:
    """The ingress nodes, with their sessions."""
    nodes: list[IngressNode] = []
    for node in platform.nodes:
        entry: IngressNode = {"key": node.key}
        if node.hostname is not None:
            entry["hostname"] = node.hostname
        if node.device_id is not None:
            entry["device_id"] = node.device_id
        import_ids = leftovers.session_imports(node)
        if import_ids:
            entry["import_ids"] = import_ids
        former_keys = leftovers.former_keys(node)
        if former_keys:
            entry["former_keys"] = former_keys
        nodes.append(entry)
    return BgpPeers(
        "bgp",
        {
            "project_id": platform.project_id,
            "nodes": nodes,
            "address_families": [family.value for family in platform.address_families],
            "manage_sessions": platform.manage_sessions,
            "sessions_to_leave": [_left(session) for session in leftovers.sessions_to_leave()],
            "confirm": partial(_confirmed, stack, platform, leftovers, source),
            "ask_neighbors": platform.uses_neighbors,
            "check_devices": False,
        },
    )


def _confirmed(
    stack: StackConfig,
    platform: EquinixMetalPlatform,
    leftovers: Leftovers,
    source: str,
    key: str,
    device_id: str,
) -> Any:
    """Accept a device that was found by its host name, unless another node has its id.

    Both would open the one session of the device; the API refuses the second one in other words.
    """
    if any(node.device_id == device_id for node in platform.nodes):
        same = {
            node.key: Device(id=device_id, hostname=node.key, private_address="")
            for node in platform.nodes
            if node.key == key or node.device_id == device_id
        }
        found = check_facts(stack, ProjectFacts(nodes=same))
        guarded(refuse)([each for each in found if each.code == _ONE_DEVICE], source=source)
    return leftovers.confirm(key, device_id)


def _left(session: HeldSession) -> DeviceSession:
    return {
        "key": str(session_key(session.name)),
        "device_id": session.device_id,
        "address_family": session.family,
    }
