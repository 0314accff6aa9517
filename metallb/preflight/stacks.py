"""The case of a stack file: complete with the platform's facts, a sketch without them."""

from collections.abc import Sequence, Set

from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.config.clear_text import ClearText
from metallb.errors import MetalLBError
from metallb.platforms import Answers, is_usable, metal_slots, routing_config
from metallb.platforms.peering import common_spec, passwords
from metallb.platforms.plan import advertisements, bfd_profiles, communities, pool
from metallb.preflight.case import NODES, Case, Network
from metallb.preflight.places import StackPlaces
from metallb.releases import BgpMode
from metallb.routing import BgpPeer, LabelSelector, RoutingConfig, hosts_selector

__all__ = ["drops_source", "sends_source", "stack_case"]

_DEVICE_LABEL = "metal.equinix.com/device-id"
"""In place of a host name in the sketch; no node carries it and no object has it."""


def stack_case(
    stack: StackConfig, answers: Answers | None, clear_texts: tuple[ClearText, ...] = ()
) -> Case:
    """What the rules look at. Without answers, Metal's peers lack their addresses."""
    platform = stack.platform
    complete, misfit, block_sizes, block_lengths = True, None, {}, {}
    if isinstance(platform, EquinixMetalPlatform):
        routing, complete, misfit = _metal(stack, platform, answers)
        if not complete:
            block_sizes = _block_sizes(stack, platform)
            block_lengths = _block_lengths(stack, platform)
    else:
        routing = routing_config(stack, Answers())
    return Case(
        routing=routing,
        release=stack.install.release,
        mode=stack.install.bgp_mode,
        places=StackPlaces(stack),
        stack=stack,
        answers=answers,
        misfit=misfit,
        complete=complete,
        max_prefixes=stack.max_prefixes,
        ecmp_limit=stack.bgp.ecmp_limit,
        networks=_networks(stack),
        clear_texts=clear_texts,
        block_sizes=block_sizes,
        block_lengths=block_lengths,
    )


def _metal(
    stack: StackConfig, platform: EquinixMetalPlatform, answers: Answers | None
) -> tuple[RoutingConfig, bool, MetalLBError | None]:
    """The configuration, whether it is complete, and why the answers do not make it so."""
    misfit = None
    # Without its facts a node has no peer; only rules about devices report it.
    if answers is not None and all(
        is_usable(answers.nodes[node.key], routed=not platform.uses_neighbors)
        for node in platform.nodes
        if node.key in answers.nodes
    ):
        try:
            return _complete(stack, platform, answers), True, None
        except MetalLBError as error:
            misfit = error
    return _sketch(stack, platform), False, misfit


def _complete(
    stack: StackConfig, platform: EquinixMetalPlatform, answers: Answers
) -> RoutingConfig:
    """The whole configuration.

    :raises MetalLBError: why these answers make none of this stack file.
    """
    for position, node in enumerate(platform.nodes):
        if node.key not in answers.nodes:
            raise MetalLBError(
                f"the platform's facts have no node {node.key}",
                code="E402",
                location=("metallb:platform", "nodes", position),
                detail="A peer is made of the recorded facts of its node",
                help="run `metallb up` and then `metallb record`, or remove the node from the "
                "stack file",
            )
    for name, settings in stack.address_pools.items():
        for index, block in enumerate(settings.elastic_ips):
            if block not in answers.blocks:
                raise MetalLBError(
                    f"the platform's facts have no block {block}",
                    code="E402",
                    location=("metallb:addressPools", name, "elasticIps", index),
                    detail="A pool's addresses are the recorded facts of its blocks",
                    help="run `metallb up` and then `metallb record`, or remove the block from "
                    "the pool",
                )
    return routing_config(stack, answers)


def _sketch(stack: StackConfig, platform: EquinixMetalPlatform) -> RoutingConfig:
    """The configuration as far as the file has it: peers without addresses."""
    hosts = {node.hostname for node in platform.nodes if node.hostname is not None}
    peers = tuple(
        BgpPeer(
            name=slot.name,
            spec=common_spec(stack, node_selectors=_selectors(hosts, slot.node_keys)),
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


def _selectors(hosts: Set[str], node_keys: Sequence[str]) -> tuple[LabelSelector, ...]:
    """Nodes by host name; a device known by its id alone has a host name that is not known yet."""
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


def _block_lengths(
    stack: StackConfig, platform: EquinixMetalPlatform
) -> dict[str, tuple[tuple[str, int], ...]]:
    """Prefix lengths by the file; of an adopted block only where its quantity is written."""
    return {
        name: tuple(
            (block, 33 - platform.elastic_ips[block].quantity.bit_length())
            for block in settings.elastic_ips
            if not platform.elastic_ips[block].adopted
            or "quantity" in platform.elastic_ips[block].model_fields_set
        )
        for name, settings in stack.address_pools.items()
        if settings.elastic_ips
    }


def _networks(stack: StackConfig) -> tuple[Network, ...]:
    listed = (
        ("nodeCidrs", NODES, stack.kubernetes.node_cidrs),
        ("podCidrs", "the pods", stack.kubernetes.pod_cidrs),
        ("serviceCidrs", "the cluster IPs", stack.kubernetes.service_cidrs),
    )
    return tuple(Network(key, text, label) for key, label, texts in listed for text in texts)


def sends_source(stack: StackConfig) -> bool:
    """Whether sessions of this stack are opened from an address that the platform knows."""
    platform = stack.platform
    return isinstance(platform, EquinixMetalPlatform) and stack.bgp.source_address


def drops_source(mode: BgpMode) -> bool:
    """Whether a mode loses the source address (internal/bgp/frrk8s/frrk8s.go)."""
    return mode is BgpMode.FRR_K8S
