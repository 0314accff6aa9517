"""From a configuration to its site: nodes by name where they are known, and who announces what.

A Service is taken to be announced by every node that may announce its pool, as it is with
externalTrafficPolicy Cluster; with Local, by those of them that have an endpoint.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import readable
from metallb.algebra.selectors import HOSTNAME_LABEL, Domain, Selector, Term, meets_any, terms_of
from metallb.forecast.site import Node, PoolReach, Reach, Session, Site
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.releases import BgpMode, Release
from metallb.routing import BgpAdvertisement, BgpPeer, LabelSelector, RoutingConfig
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.sessions import families_of, hold_time
from metallb.stackfile import StackConfig
from metallb.topology.build import racks_of
from metallb.topology.model import Rack
from metallb.topology.names import router_names
from metallb.topology.nodes import KnownNodes

__all__ = ["Names", "names_of", "site_of", "site_of_stack"]

_BFD_INTERVAL, _BFD_MULTIPLIER = 300, 3
"""Milliseconds and packets of a BFD profile that leaves them out (MetalLB BFDProfile, FRR bfdd)."""
_EVERY = (LabelSelector(),)
Carried = Callable[[BgpPeer], frozenset[int]]
"""IP versions that the sessions of a peer carry."""


@dataclass(frozen=True)
class Names:
    """What people call things of a configuration, whose objects have addresses and selectors alone.

    :ivar routers: names of routers by the names of their peers.
    :ivar addresses: the same by address, where one router alone has it.
    :ivar racks: names of groups by host name, or by the words of a label selector.
    :ivar own: names of the routers of each group.
    """

    routers: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    racks: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)

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
    )


def site_of_stack(
    stack: StackConfig,
    facts: PlatformFacts | None = None,
    nodes: KnownNodes | None = None,
    counts: Mapping[str, int] | None = None,
) -> Site:
    """The site of a stack file.

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
        limit=stack.bgp.ecmp_limit,
    )


def site_of(
    routing: RoutingConfig,
    mode: BgpMode,
    release: Release,
    names: Names,
    *,
    nodes: KnownNodes | None = None,
    counts: Mapping[str, int] | None = None,
    speakers: Selector | None = None,
    limit: int = 16,
) -> Site:
    """The site of a configuration.

    :param speakers: what chooses the nodes that run speakers; None chooses all.
    """
    members = _Members(names, nodes, counts or {}, speakers or LabelSelector())
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
        for node in members.of(peer):
            made = Session(node.name, router, address, peer, hold, detection)
            sessions.setdefault(made.ends, made)
    kept = tuple(sessions.values())
    native = mode is BgpMode.NATIVE
    carried = {
        peer.name: frozenset(families_of(peer.spec, release, native=native))
        for peer in routing.peers
    }
    pools, reaches = _reaches(routing, kept, members, lambda peer: carried[peer.name])
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
    )


def _detection(profile: BfdProfileSpec | None, hold: int) -> float:
    if profile is None:
        return float(hold)
    interval = max(
        profile.receive_interval or _BFD_INTERVAL, profile.transmit_interval or _BFD_INTERVAL
    )
    return (profile.detect_multiplier or _BFD_MULTIPLIER) * interval / 1000


@dataclass
class _Members:
    """Which nodes a peer has. Each selector is looked up once."""

    names: Names
    known: KnownNodes | None
    counts: Mapping[str, int]
    speakers: Selector
    nodes: dict[str, Node] = field(default_factory=dict)
    terms: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    _chosen: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def of(self, peer: BgpPeer) -> Iterator[Node]:
        for selector in peer.spec.node_selectors or _EVERY:
            hosts = selector.hosts
            if hosts is None:
                yield from self._by_label(selector)
                continue
            for host in hosts:
                if host not in self.nodes:
                    self.terms[host] = (_of_host(host),)
                    self.nodes[host] = Node(host, self.names.racks.get(host, ""))
                yield self.nodes[host]

    def _by_label(self, selector: LabelSelector) -> tuple[Node, ...]:
        words = selector.words()
        if words not in self._chosen:
            self._chosen[words] = tuple(self._made(selector, words))
            self.nodes.update((node.name, node) for node in self._chosen[words])
        return self._chosen[words]

    def _made(self, selector: LabelSelector, words: str) -> Iterator[Node]:
        rack = self.names.racks.get(words, "")
        chosen = self.known.chosen(selector, self.speakers) if self.known is not None else []
        for node in chosen:
            labels = {HOSTNAME_LABEL: node.host, **node.labels}
            self.terms[node.host] = (_of_labels(labels),)
            yield Node(node.host, self.names.racks.get(node.host, rack))
        if chosen:
            return
        count = self.counts.get(rack) or self.counts.get(words)
        listed = [f"{rack or words}#{number}" for number in range(1, (count or 0) + 1)]
        for name in listed or [words]:
            self.terms[name] = terms_of((selector,))
            yield Node(name, rack, several=not listed)


def _of_host(host: str) -> Term:
    return Term(((HOSTNAME_LABEL, Domain(frozenset((host,)), others=False, absent=False)),))


def _of_labels(labels: Mapping[str, str]) -> Term:
    return Term(
        tuple(
            (key, Domain(frozenset((value,)), others=False, absent=False))
            for key, value in sorted(labels.items())
        )
    )


def _reaches(
    routing: RoutingConfig, sessions: Sequence[Session], members: _Members, carried: Carried
) -> tuple[tuple[PoolReach, ...], tuple[Reach, ...]]:
    """The pools that are announced, and the different ways in which they are."""
    by_peer: dict[str, list[Session]] = {}
    for session in sessions:
        by_peer.setdefault(session.peer.name, []).append(session)
    everywhere = [each for each in routing.advertisements if _of_all(each)]
    named: dict[str, list[BgpAdvertisement]] = {}
    for each in routing.advertisements:
        for name in each.spec.ip_address_pools or ():
            named.setdefault(name, []).append(each)
    ways: dict[tuple[object, ...], int] = {}
    found: list[Reach] = []
    pools: list[PoolReach] = []
    parts: dict[tuple[object, ...], dict[str, set[str]]] = {}
    for pool in routing.pools:
        families = {each.version for each in readable(pool.spec.addresses)}
        listed = [*named.get(pool.name, ()), *everywhere]
        keys = {_way(each, families): each for each in listed}
        if not keys:
            continue
        whole = tuple(sorted(keys, key=repr))
        if whole not in ways:
            ways[whole] = len(found)
            union: dict[str, set[str]] = {}
            for way, each in keys.items():
                if way not in parts:
                    parts[way] = _announcers(each, families, by_peer, members, carried)
                for router, nodes in parts[way].items():
                    union.setdefault(router, set()).update(nodes)
            found.append(Reach({router: frozenset(nodes) for router, nodes in union.items()}))
        pools.append(PoolReach(pool.name, ways[whole]))
    return tuple(pools), tuple(found)


def _of_all(each: BgpAdvertisement) -> bool:
    return not each.spec.ip_address_pools and not each.spec.ip_address_pool_selectors


def _way(each: BgpAdvertisement, families: Iterable[int]) -> tuple[object, ...]:
    """What decides from where to where an advertisement announces."""
    selectors = tuple(map(repr, each.spec.node_selectors or ()))
    return (tuple(sorted(each.spec.peers or ())), selectors, tuple(sorted(families)))


def _announcers(
    each: BgpAdvertisement,
    families: Iterable[int],
    by_peer: Mapping[str, Sequence[Session]],
    members: _Members,
    carried: Carried,
) -> dict[str, set[str]]:
    terms = terms_of(each.spec.node_selectors) if each.spec.node_selectors else None
    chosen: set[str] | None = None
    if terms is not None:
        chosen = {
            name
            for name, own in members.terms.items()
            if any(meets_any(term, own) for term in terms)
        }
    versions = set(families)
    found: dict[str, set[str]] = {}
    for name in each.spec.peers or by_peer:
        for session in by_peer.get(name, ()):
            if (chosen is None or session.node in chosen) and versions & carried(session.peer):
                found.setdefault(session.router, set()).add(session.node)
    return found
