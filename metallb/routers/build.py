"""From a stack file, and the platform's facts, to every router's half of the sessions. Pure.

Nodes are neighbors by address where their addresses are known: the source address of their peer,
the platform's facts, or the cluster's own list of nodes. Others are a range of the nodes' networks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from metallb.algebra.addresses import address_of
from metallb.algebra.intervals import interval_of
from metallb.platforms.base import PeerSlot
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config, slots_of
from metallb.releases import BgpMode
from metallb.routers.model import Bfd, End, Entry, Half, Range, Settings
from metallb.routers.prefixes import Announcements
from metallb.routing import BgpPeer, BgpPeerSpec, LabelSelector, RoutingConfig
from metallb.routing.sessions import NATIVE_HOLD, families_of
from metallb.stackfile import StackConfig
from metallb.topology.build import racks_of
from metallb.topology.model import Rack, Router
from metallb.topology.names import boxes, plain_name
from metallb.topology.nodes import KnownNodes

__all__ = ["halves_of", "without_half"]


def halves_of(
    stack: StackConfig, facts: PlatformFacts | None = None, nodes: KnownNodes | None = None
) -> tuple[Half, ...]:
    """Every router's half, sorted by name, but for those of `without_half`.

    :param facts: of the platform, where it looks any up.
    :param nodes: the cluster's nodes, where they were read.
    :raises PlatformError: the facts do not fit the stack file.
    """
    known = facts or PlatformFacts()
    routing = routing_config(stack, known)
    shown = racks_of(stack, facts)
    peers = _peers_of(shown, routing)
    routers = {
        router.key: router
        for rack in shown
        for router in rack.routers
        if not _reason(stack, peers[router.key].values())
    }
    sources = _Sources(stack, known, nodes, Announcements(routing))
    return tuple(
        _half(stack, routing, sources, name, [(each, peers[each.key]) for each in listed])
        for name, listed in boxes(routers.values())
    )


def without_half(stack: StackConfig, facts: PlatformFacts | None = None) -> Mapping[str, str]:
    """Why there is no half of some routers, by name.

    :raises PlatformError: the facts do not fit the stack file.
    """
    shown = racks_of(stack, facts)
    peers = _peers_of(shown, routing_config(stack, facts or PlatformFacts()))
    found = {plain_name(key): _reason(stack, listed.values()) for key, listed in peers.items()}
    return {name: reason for name, reason in sorted(found.items()) if reason}


def _peers_of(shown: Iterable[Rack], routing: RoutingConfig) -> Mapping[str, Mapping[str, BgpPeer]]:
    """The peers of each router, by the router's key and their names."""
    peers: dict[str, dict[str, BgpPeer]] = defaultdict(dict)
    by_name = {peer.name: peer for peer in routing.peers}
    for rack in shown:
        for session in rack.sessions:
            peers[session.router][session.peer] = by_name[session.peer]
    return peers


def _reason(stack: StackConfig, peers: Iterable[BgpPeer]) -> str:
    """Why the half of a router can't be written; empty where it can."""
    for peer in peers:
        if peer.spec.interface is not None:
            return "its sessions are unnumbered, so that its interfaces are not known"
        if stack.platform.is_on_node(peer):
            return "it is a daemon on each node (onNode)"
        if not peer.spec.peer_asn:
            return "its AS number is not in the stack file (dynamicAsn)"
    return ""


def _half(
    stack: StackConfig,
    routing: RoutingConfig,
    sources: "_Sources",
    name: str,
    listed: Sequence[tuple[Router, Mapping[str, BgpPeer]]],
) -> Half:
    entries = tuple(
        _entry(stack, routing, sources, router, tuple(peers.values())) for router, peers in listed
    )
    # A range also takes nodes that join later.
    ranges = any(entry.ranges for entry in entries)
    nodes = None if ranges else len({end.node for entry in entries for end in entry.ends})
    limit = stack.bgp.ecmp_limit
    return Half(
        name=name,
        asn=entries[0].settings[0].router_asn,
        entries=entries,
        max_prefixes=stack.max_prefixes,
        paths=limit if nodes is None else min(nodes, limit),
        nodes=nodes,
    )


def _entry(
    stack: StackConfig,
    routing: RoutingConfig,
    sources: "_Sources",
    router: Router,
    peers: Sequence[BgpPeer],
) -> Entry:
    ends: list[End] = []
    ranges: dict[tuple[tuple[str, ...], Settings], Range] = {}
    for peer in peers:
        settings = _settings(stack, routing, peer.spec)
        for nodes, by_label, address in sources.of(peer, router.address):
            if address:
                ends.append(End(nodes, address, settings, peer.name, peer.origin))
                continue
            blocks = sources.blocks(router.address)
            before = ranges.get((blocks, settings))
            who = nodes if before is None else f"{before.nodes}, {nodes}"
            label = by_label or bool(before and before.by_label)
            ranges[(blocks, settings)] = Range(who, label, blocks, settings, peer.name, peer.origin)
    bare = Entry(
        key=router.key,
        address=router.address,
        ends=tuple(sorted(ends, key=lambda end: (end.node, end.address))),
        ranges=tuple(ranges.values()),
    )
    return replace(bare, terms=sources.announcements.terms_for(peers, bare.families))


def _settings(stack: StackConfig, routing: RoutingConfig, spec: BgpPeerSpec) -> Settings:
    native = stack.install.bgp_mode is BgpMode.NATIVE
    hold = int(spec.hold_time.seconds) if spec.hold_time is not None else None
    if hold is None and native:
        hold = NATIVE_HOLD
    keepalive = int(spec.keepalive_time.seconds) if spec.keepalive_time is not None else None
    if keepalive is None and hold is not None:
        keepalive = hold // 3
    secret = spec.password_secret.name if spec.password_secret is not None else None
    return Settings(
        node_asn=spec.my_asn,
        router_asn=spec.peer_asn or 0,
        port=spec.peer_port,
        hold=hold,
        keepalive=keepalive,
        key=secret or "",
        multihop=bool(spec.ebgp_multi_hop) or (native and _elsewhere(stack, spec)),
        bfd=_bfd(routing, spec.bfd_profile),
        graceful_restart=bool(spec.enable_graceful_restart),
        families=families_of(spec, stack.install.release, native=native),
    )


def _elsewhere(stack: StackConfig, spec: BgpPeerSpec) -> bool:
    """Whether the router's address is for certain in no network of the nodes.

    The native speaker reaches it anyway; the router has to allow more than one hop.
    """
    version = _version(spec.peer_address or "")
    address = address_of(spec.peer_address)
    if address is None or spec.my_asn == spec.peer_asn:
        return False
    networks = [each for each in map(interval_of, stack.kubernetes.node_cidrs) if each]
    same = [each for each in networks if each.version == version]
    return bool(same) and not any(each.holds(address) for each in same)


def _bfd(routing: RoutingConfig, profile: str | None) -> Bfd | None:
    for each in routing.bfd_profiles:
        if each.name == profile:
            spec = each.spec
            return Bfd(
                profile=each.name,
                receive=spec.receive_interval,
                transmit=spec.transmit_interval,
                multiplier=spec.detect_multiplier,
                echo=bool(spec.echo_mode),
                passive=bool(spec.passive_mode),
                minimum_ttl=spec.minimum_ttl,
            )
    return None


@dataclass(frozen=True)
class _Sources:
    """Where addresses of nodes, and what they announce, come from."""

    stack: StackConfig
    facts: PlatformFacts
    nodes: KnownNodes | None
    announcements: Announcements

    @cached_property
    def _slots(self) -> Mapping[str, PeerSlot]:
        return {slot.name: slot for slot in slots_of(self.stack)}

    def of(self, peer: BgpPeer, router: str) -> Iterator[tuple[str, bool, str]]:
        """The nodes of a peer: host name or selector, whether it is one, and the address."""
        version = _version(router)
        everything = (LabelSelector(),)
        for selector in peer.spec.node_selectors or everything:
            for host in selector.hosts or ():
                yield host, False, self._address(peer, host, router, version)
            if selector.hosts is not None:
                continue
            speakers = self.stack.install.speaker.selector
            chosen = self.nodes.chosen(selector, speakers) if self.nodes is not None else []
            for node in chosen:
                yield node.host, False, node.address(version)
            if not chosen:
                yield selector.words(), True, ""

    def _address(self, peer: BgpPeer, host: str, router: str, version: int) -> str:
        if peer.spec.source_address:
            return peer.spec.source_address
        slot = self._slots.get(peer.name)
        for key in slot.nodes if slot is not None else ():
            fact = self.facts.nodes[key]
            for session in fact.sessions if fact.hostname == host else ():
                if session.peer_address == router and session.source_address:
                    return session.source_address
        known = self.nodes.by_host.get(host) if self.nodes is not None else None
        return known.address(version) if known is not None else ""

    def blocks(self, router: str) -> tuple[str, ...]:
        """Networks of the nodes: those with the router in them, or else all of its IP version."""
        address = address_of(router)
        listed = [
            (text, interval)
            for text in self.stack.kubernetes.node_cidrs
            if (interval := interval_of(text)) and interval.version == _version(router)
        ]
        near = [text for text, interval in listed if address and interval.holds(address)]
        return tuple(near or (text for text, _ in listed))


def _version(address: str) -> int:
    found = address_of(address)
    return 4 if found is None else found.version
