"""From a configuration to its site: nodes by name where they are known, and who announces what.

A Service is taken to be announced by every node that may announce its pool, as it is with
externalTrafficPolicy Cluster; with Local, by those of them that have an endpoint.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import readable
from metallb.algebra.selectors import Selector
from metallb.forecast.announcing import Members, reaches_of
from metallb.forecast.objects import template_of
from metallb.forecast.site import Session, Site
from metallb.installation import speaker
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.releases import HONOURS_EXCLUSION, BgpMode, Release
from metallb.routing import BgpPeer, LabelSelector, RoutingConfig
from metallb.routing.base import OWN_LABELS
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.sessions import families_of, hold_time
from metallb.stackfile import StackConfig
from metallb.stackfile.install import Install, Source
from metallb.topology.build import racks_of
from metallb.topology.model import Rack
from metallb.topology.names import router_names
from metallb.topology.nodes import KnownNodes

__all__ = ["Names", "names_of", "site_of", "site_of_stack"]

_BFD_INTERVAL, _BFD_MULTIPLIER = 300, 3
"""Milliseconds and packets of a BFD profile that leaves them out (MetalLB BFDProfile, FRR bfdd)."""
_RESTART = 120
"""Seconds for which routers keep the routes of a node that may be restarting gracefully: what FRR
proposes (bgpd, BGP_DEFAULT_RESTART_TIME; RFC 4724, 4.2)."""


@dataclass(frozen=True)
class Names:
    """What people call things of a configuration, whose objects have addresses and selectors alone.

    :ivar routers: names of routers by the names of their peers.
    :ivar addresses: the same by address, where one router alone has it.
    :ivar racks: names of groups by host name, or by the words of a label selector.
    :ivar own: names of the routers of each group.
    :ivar counts: how many nodes the labels of a group choose, where the stack file has it.
    """

    routers: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    racks: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def router(self, peer: BgpPeer) -> str:
        """The router of a peer: its name, or the address."""
        address = same_address(peer.spec.peer_address) or peer.spec.interface or peer.name
        return self.routers.get(peer.name) or self.addresses.get(address) or address


def names_of(racks: Sequence[Rack]) -> Names:
    """The names that a stack file has."""
    routers = [router for rack in racks for router in rack.routers]
    by_key = router_names(routers)
    addresses: dict[str, set[str]] = {}
    for router in routers:
        addresses.setdefault(same_address(router.address), set()).add(by_key[router.key])
    return Names(
        routers={
            session.peer: by_key[session.router] for rack in racks for session in rack.sessions
        },
        addresses={
            address: next(iter(names))
            for address, names in addresses.items()
            if address and len(names) == 1
        },
        racks={node.name: rack.name for rack in racks for node in rack.nodes},
        own={rack.name: frozenset(by_key[router.key] for router in rack.routers) for rack in racks},
        counts={rack.name: node.count for rack in racks for node in rack.nodes if node.count},
    )


def site_of_stack(
    stack: StackConfig,
    facts: PlatformFacts | None = None,
    nodes: KnownNodes | None = None,
    counts: Mapping[str, int] | None = None,
) -> Site:
    """The site of a stack file, with the speakers that it installs.

    :param facts: of the platform, where it looks any up.
    :param nodes: the cluster's nodes, where they were read.
    :param counts: how many nodes a label selector chooses, by rack or by the selector's words.
    :raises PlatformError: the facts do not fit the stack file.
    """
    return site_of(
        routing_config(stack, facts or PlatformFacts()),
        stack.install.bgp_mode,
        stack.install.release,
        names_of(racks_of(stack, facts)),
        nodes=nodes,
        counts=counts,
        speakers=stack.install.speaker.selector,
        ignore_exclude_lb=stack.install.speaker.ignore_exclude_lb,
        limit=stack.bgp.ecmp_limit,
        template=_template(stack.install),
    )


def _template(install: Install) -> Mapping[str, Any] | None:
    return template_of(speaker(install)) if install.source is Source.BUILTIN else None


def site_of(
    routing: RoutingConfig,
    mode: BgpMode,
    release: Release,
    names: Names,
    *,
    nodes: KnownNodes | None = None,
    counts: Mapping[str, int] | None = None,
    speakers: Selector | None = None,
    ignore_exclude_lb: bool = False,
    limit: int = 16,
    template: Mapping[str, Any] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> Site:
    """The site of a configuration.

    :param counts: how many nodes a label selector chooses; goes before what the stack file has.
    :param labels: of the pools, by their names; None takes those that a stack writes.
    :param speakers: what chooses the nodes that run speakers; None chooses all.
    :param template: the speakers' Pod template, where it is to be compared.
    :param ignore_exclude_lb: whether speakers announce from nodes that are labelled not to.
    """
    members = Members(
        names.racks,
        nodes,
        {**(names.counts if nodes is None else {}), **(counts or {})},
        speakers or LabelSelector(),
        excluded=release >= HONOURS_EXCLUSION and not ignore_exclude_lb,
    )
    profiles = {each.name: each.spec for each in routing.bfd_profiles}
    sessions: dict[tuple[str, tuple[str, str]], Session] = {}
    for peer in routing.peers:
        router = names.router(peer)
        address = (
            same_address(peer.spec.peer_address) or peer.spec.interface or "",
            peer.spec.vrf or "",
        )
        hold = hold_time(peer.spec, mode)
        detection = _detection(profiles.get(peer.spec.bfd_profile or ""), hold)
        if peer.spec.enable_graceful_restart and mode is not BgpMode.NATIVE:
            detection += _RESTART
        for node in members.of(peer):
            made = Session(node.name, router, address, peer, hold, detection)
            sessions.setdefault(made.ends, made)
    kept = tuple(sessions.values())
    native = mode is BgpMode.NATIVE
    carried = {
        peer.name: frozenset(families_of(peer.spec, release, native=native))
        for peer in routing.peers
    }
    own = {pool.name: {**pool.labels, **OWN_LABELS} for pool in routing.pools}
    labels = own if labels is None else labels
    pools, reaches = reaches_of(
        routing, labels, kept, members, lambda peer: carried[peer.name], mode
    )
    listed = {pool.name for pool in pools}
    return Site(
        routing=routing,
        mode=mode,
        release=release,
        nodes=members.nodes,
        sessions=kept,
        pools=pools,
        reaches=reaches,
        limit=limit,
        racks=names.own,
        announced=tuple(
            interval
            for pool in routing.pools
            if pool.name in listed
            for interval in readable(pool.spec.addresses)
        ),
        speaker=template,
        labels=labels,
    )


def _detection(profile: BfdProfileSpec | None, hold: int) -> float:
    if profile is None:
        return float(hold) if hold else math.inf
    interval = max(
        profile.receive_interval or _BFD_INTERVAL, profile.transmit_interval or _BFD_INTERVAL
    )
    detection = (profile.detect_multiplier or _BFD_MULTIPLIER) * interval / 1000
    return min(detection, hold) if hold else detection
