"""From the stack file and the platform's answers to MetalLB's own objects."""

from collections.abc import Awaitable, Mapping
from typing import Any

import pulumi

from metallb.components import BgpPeers, ElasticIpBlock
from metallb.components.arguments import sound
from metallb.components.routing_configuration import RoutingObject
from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.guard import guarded
from metallb.leftovers import Leftovers
from metallb.platforms import NodeAnswer, PeerSlot, metal_peer, metal_slots
from metallb.platforms.plan import pool, renamed_objects
from metallb.routing import RoutingConfig

__all__ = ["routing_objects"]


def routing_objects(
    stack: StackConfig,
    known: RoutingConfig,
    blocks: Mapping[str, ElasticIpBlock],
    nodes: BgpPeers | None,
    leftovers: Leftovers | None,
    passed: Awaitable[None],
) -> list[RoutingObject]:
    """Every object; which there are follows from the stack file, what they say from the answers.

    :param known: what needs no answer (`metallb.platforms.plan.static_routing`).
    :param passed: fails where the answers break a rule. Peers wait for it, so that a fault is
        reported by its rule alone.
    """
    renamed = renamed_objects(stack)
    objects: list[RoutingObject] = [_object(item) for item in known.objects()]
    if nodes is not None and isinstance(stack.platform, EquinixMetalPlatform):
        slots = metal_slots(stack, stack.platform)
        objects += [
            {"kind": "BGPPeer", "name": slot.name, "spec": _peer_spec(stack, slot, nodes, passed)}
            for slot in slots
        ]
        renamed |= _renamed_peers(stack.platform, slots, leftovers)
    for name in sorted(stack.address_pools):
        cidrs = [blocks[block].cidr_notation for block in stack.address_pools[name].elastic_ips]
        objects.append(
            {"kind": "IPAddressPool", "name": name, "spec": _pool_spec(stack, name, cidrs)}
        )
    for item in objects:
        former = renamed.get((item["kind"], item["name"]))
        if former is not None:
            item["renamed_from"] = former
    return objects


def _renamed_peers(
    platform: EquinixMetalPlatform, slots: tuple[PeerSlot, ...], leftovers: Leftovers | None
) -> dict[tuple[str, str], str]:
    """Former names of the peers of nodes that are called otherwise now.

    A node's old peer leaves before the new one comes: a speaker with both would open two sessions
    from one address to one router.
    """
    found: dict[tuple[str, str], str] = {}
    for node in platform.nodes:
        for former in set(leftovers.former_keys(node).values() if leftovers else ()):
            for slot in slots:
                if slot.node_keys == (node.key,) and slot.name.startswith(node.key):
                    found["BGPPeer", slot.name] = former + slot.name.removeprefix(node.key)
    return found


def _pool_spec(
    stack: StackConfig, name: str, cidrs: list[pulumi.Output[str]]
) -> pulumi.Output[dict[str, Any]]:
    return sound(
        pulumi.Output.all(*cidrs).apply(lambda found: pool(stack, name, found).spec.to_manifest())
    )


def _peer_spec(
    stack: StackConfig, slot: PeerSlot, nodes: BgpPeers, passed: Awaitable[None]
) -> pulumi.Output[Any]:
    answers = [nodes.answers[key] for key in slot.node_keys]
    made = guarded(metal_peer)

    async def spec(found: list[NodeAnswer]) -> dict[str, Any]:
        await passed
        return made(stack, slot, found).spec.to_manifest()

    if len(answers) == 1:
        return sound(answers[0].apply(lambda found: spec([found])))
    return sound(pulumi.Output.all(*answers).apply(spec))


def _object(item: Any) -> RoutingObject:
    return {"kind": item.kind, "name": item.name, "spec": item.spec.to_manifest()}
