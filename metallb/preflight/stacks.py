"""The case of a stack file: complete once the platform has answered, a sketch before."""

from collections.abc import Sequence

from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.errors import MetalLBError
from metallb.platforms import Answers, metal_slots, routing_config
from metallb.platforms.peering import common_spec, passwords
from metallb.platforms.plan import advertisements, bfd_profiles, communities, pool
from metallb.preflight.case import Case, Network
from metallb.preflight.places import StackPlaces
from metallb.releases import BgpMode
from metallb.routing import BgpPeer, LabelSelector, RoutingConfig, hosts_selector

__all__ = ["answers_misfit", "drops_source", "sends_source", "stack_case"]

_DEVICE_LABEL = "metal.equinix.com/device-id"
"""Stands for a host name in the sketch; no node carries it and no object is written with it."""


def stack_case(stack: StackConfig, answers: Answers | None) -> Case:
    """What the rules look at. Without answers, Metal's peers lack their addresses."""
    platform = stack.platform
    complete, block_sizes = True, {}
    if not isinstance(platform, EquinixMetalPlatform):
        routing = routing_config(stack, Answers())
    elif answers is None or answers_misfit(stack, answers) is not None:
        routing, complete = _sketch(stack, platform), False
        block_sizes = _block_sizes(stack, platform)
    else:
        routing = routing_config(stack, answers)
    return Case(
        routing=routing,
        release=stack.install.release,
        mode=stack.install.bgp_mode,
        places=StackPlaces(stack),
        stack=stack,
        answers=answers,
        complete=complete,
        max_prefixes=stack.max_prefixes,
        ecmp_limit=stack.bgp.ecmp_limit,
        networks=_networks(stack),
        block_sizes=block_sizes,
    )


def answers_misfit(stack: StackConfig, answers: Answers) -> MetalLBError | None:
    """Why these answers make no configuration of this stack file, if they do not."""
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return None
    for position, node in enumerate(platform.nodes):
        if node.key not in answers.nodes:
            return MetalLBError(
                where=f"metallb:platform.nodes[{position}]",
                seen="no answer about this node",
                rule="the platform answers about every node",
                remedy="add the node to the answers, or take it out of the stack file",
            )
    for name, settings in stack.address_pools.items():
        for index, block in enumerate(settings.elastic_ips):
            if block not in answers.blocks:
                return MetalLBError(
                    where=f"metallb:addressPools.{name}.elasticIps[{index}]",
                    seen="no answer about this block",
                    rule="the platform answers about every block",
                    remedy="add the block to the answers, or take it out of the pool",
                )
    try:
        routing_config(stack, answers)
    except MetalLBError as error:
        return error
    return None


def _sketch(stack: StackConfig, platform: EquinixMetalPlatform) -> RoutingConfig:
    """The configuration as far as the file tells it: peers without addresses."""
    peers = tuple(
        BgpPeer(
            name=slot.name,
            spec=common_spec(stack, node_selectors=_selectors(platform, slot.node_keys)),
            origin=slot.origin,
        )
        for slot in metal_slots(stack, platform)
    )
    return RoutingConfig(
        peers=peers,
        pools=tuple(pool(stack, name, []) for name in sorted(stack.address_pools)),
        advertisements=advertisements(stack),
        bfd_profiles=bfd_profiles(stack),
        communities=communities(stack),
        passwords=passwords(stack),
    )


def _selectors(
    platform: EquinixMetalPlatform, node_keys: Sequence[str]
) -> tuple[LabelSelector, ...]:
    """Nodes by host name; a device known by its id alone has a host name that is not known yet."""
    hosts = {node.hostname for node in platform.nodes if node.hostname is not None}
    known = [key for key in node_keys if key in hosts]
    others = tuple(
        LabelSelector(match_labels={_DEVICE_LABEL: key}) for key in node_keys if key not in hosts
    )
    return ((hosts_selector(known),) if known else ()) + others


def _block_sizes(stack: StackConfig, platform: EquinixMetalPlatform) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(platform.elastic_ips[block].quantity for block in settings.elastic_ips)
        for name, settings in stack.address_pools.items()
        if settings.elastic_ips
    }


def _networks(stack: StackConfig) -> tuple[Network, ...]:
    listed = (
        ("nodeCidrs", "the nodes", stack.kubernetes.node_cidrs),
        ("podCidrs", "the pods", stack.kubernetes.pod_cidrs),
        ("serviceCidrs", "the cluster IPs", stack.kubernetes.service_cidrs),
    )
    return tuple(
        Network(f"metallb:kubernetes.{key}[{index}]", text, label)
        for key, label, texts in listed
        for index, text in enumerate(texts)
    )


def sends_source(stack: StackConfig) -> bool:
    """Whether sessions of this stack are opened from an address that is still to be asked for."""
    platform = stack.platform
    return isinstance(platform, EquinixMetalPlatform) and stack.bgp.source_address


def drops_source(mode: BgpMode) -> bool:
    """Whether a mode loses the source address (internal/bgp/frrk8s/frrk8s.go)."""
    return mode is BgpMode.FRR_K8S
