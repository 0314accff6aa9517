"""The case of a stack file: complete with the platform's facts, a sketch without them."""

from collections.abc import Mapping

from metallb.platforms.base import PeerSlot
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.peering import common_spec, passwords
from metallb.platforms.plan import (
    advertisements,
    bfd_profiles,
    communities,
    pool,
    routing_config,
    slots_of,
)
from metallb.preflight.case import NODES, Case, Network
from metallb.preflight.places import StackPlaces
from metallb.problems.errors import MetalLBError
from metallb.releases import BgpMode
from metallb.routing import BgpPeer, BgpPeerSpec, LabelSelector, RoutingConfig, hosts_selector
from metallb.routing.fields import declared
from metallb.stackfile.clear_text import ClearText
from metallb.stackfile.stack import StackConfig

__all__ = ["drops_source", "sends_source", "stack_case"]

_NODE_LABEL = "metallb-bare-metal/node"
"""In place of a host name in the sketch; no node carries it and no object has it."""
_ASN_OF_NODES, _ASN_OF_ROUTERS = 64496, 64497
"""In place of AS numbers that only the platform's facts have (RFC 5398: for documentation)."""


def stack_case(
    stack: StackConfig, facts: PlatformFacts | None, clear_texts: tuple[ClearText, ...] = ()
) -> Case:
    """What the rules look at. Without facts, peers that depend on them lack their addresses."""
    routing, complete, misfit = _routing(stack, facts)
    planned = stack.platform.planned_blocks
    blocks = {
        name: settings.of_platform
        for name, settings in stack.address_pools.items()
        if settings.of_platform and not complete
    }
    return Case(
        routing=routing,
        release=stack.install.release,
        mode=stack.install.bgp_mode,
        places=StackPlaces(stack, facts),
        stack=stack,
        facts=facts,
        misfit=misfit,
        complete=complete,
        max_prefixes=stack.max_prefixes,
        ecmp_limit=stack.bgp.ecmp_limit,
        networks=_networks(stack),
        clear_texts=clear_texts,
        block_sizes={
            name: tuple(planned[block].size for block in used) for name, used in blocks.items()
        },
        # Of addresses that are looked up only where their number is written.
        block_lengths={
            name: tuple(
                (block, 33 - planned[block].size.bit_length())
                for block in used
                if planned[block].certain
            )
            for name, used in blocks.items()
        },
    )


def _routing(
    stack: StackConfig, facts: PlatformFacts | None
) -> tuple[RoutingConfig, bool, MetalLBError | None]:
    """The configuration, whether it is complete, and why the facts do not make it so."""
    platform = stack.platform
    if not platform.looks_up:
        return routing_config(stack, PlatformFacts()), True, None
    misfit = None
    # Without its facts a node has no peer; only rules about nodes report it.
    if facts is not None and platform.is_usable(facts):
        try:
            return _complete(stack, facts), True, None
        except MetalLBError as error:
            misfit = error
    return _sketch(stack), False, misfit


def _complete(stack: StackConfig, facts: PlatformFacts) -> RoutingConfig:
    """The whole configuration.

    :raises MetalLBError: why these facts make none of this stack file.
    """
    for slot in slots_of(stack):
        for key in slot.nodes:
            if key not in facts.nodes:
                raise MetalLBError(
                    f"the platform's facts have no node {key}",
                    code="E402",
                    location=slot.origin,
                    detail="A peer is made of the recorded facts of its node",
                    help="run `metallb up` and then `metallb snapshot`, or remove the node "
                    "from the stack file",
                )
    for name, settings in stack.address_pools.items():
        for index, block in enumerate(settings.of_platform):
            if block not in facts.blocks:
                raise MetalLBError(
                    f"the platform's facts have no block {block}",
                    code="E402",
                    location=("metallb:addressPools", name, settings.platform_key, index),
                    detail="A pool's addresses are the recorded facts of its blocks",
                    help="run `metallb up` and then `metallb snapshot`, or remove the block "
                    "from the pool",
                )
    return routing_config(stack, facts)


def _sketch(stack: StackConfig) -> RoutingConfig:
    """The configuration as far as the file has it: peers without addresses."""
    platform = stack.platform
    hosts = platform.planned_nodes
    peers = tuple(
        slot.known
        or BgpPeer(
            name=slot.name,
            spec=common_spec(
                stack,
                my_asn=stack.my_asn or _ASN_OF_NODES,
                peer_asn=stack.peer_asn or _ASN_OF_ROUTERS,
                node_selectors=_selectors(hosts, slot),
            ),
            origin=slot.origin,
        )
        for slot in slots_of(stack)
    )
    return RoutingConfig(
        peers=peers,
        pools=tuple(pool(stack, name, []) for name in sorted(stack.address_pools)),
        advertisements=advertisements(stack),
        bfd_profiles=bfd_profiles(stack),
        communities=communities(stack),
        passwords=passwords(stack) | {key.secret: key.password for key in platform.passwords()},
    )


def _selectors(hosts: Mapping[str, str | None], slot: PeerSlot) -> tuple[LabelSelector, ...]:
    """Nodes by host name; one whose host name is not known yet by a label of ours."""
    known = [host for key in slot.nodes if (host := hosts[key]) is not None]
    others = tuple(
        LabelSelector(match_labels={_NODE_LABEL: key}) for key in slot.nodes if hosts[key] is None
    )
    return ((hosts_selector(known),) if known else ()) + others


def _networks(stack: StackConfig) -> tuple[Network, ...]:
    listed = (
        ("nodeCidrs", NODES, stack.kubernetes.node_cidrs),
        ("podCidrs", "the pods", stack.kubernetes.pod_cidrs),
        ("serviceCidrs", "the cluster IPs", stack.kubernetes.service_cidrs),
    )
    return tuple(Network(key, text, label) for key, label, texts in listed for text in texts)


def sends_source(stack: StackConfig) -> bool:
    """Whether sessions of this stack are opened from an address that the platform knows."""
    return stack.platform.looks_up and stack.bgp.source_address


def drops_source(mode: BgpMode) -> bool:
    """Whether a mode loses the source address."""
    return mode not in declared(BgpPeerSpec, "source_address").modes
