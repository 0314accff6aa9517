"""Which nodes keep the sessions of a peer, and which of them announce which pools to whom."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metallb.algebra.addresses import bits_of
from metallb.algebra.intervals import readable
from metallb.algebra.selectors import (
    HOSTNAME_LABEL,
    Domain,
    Selector,
    Term,
    chooses,
    meets_any,
    terms_of,
)
from metallb.forecast.site import Node, PoolReach, Reach, Session, Tier, Worth
from metallb.releases import BgpMode
from metallb.routing import BgpAdvertisement, BgpPeer, LabelSelector, RoutingConfig
from metallb.routing.choosing import chooses_pool
from metallb.topology.nodes import KnownNode, KnownNodes

__all__ = ["Members", "is_internal", "reaches_of"]

_EVERY = (LabelSelector(),)
_EXCLUSION = "node.kubernetes.io/exclude-from-external-load-balancers"
_USUAL_PREFERENCE = 100
"""LOCAL_PREF of a route that comes without one (the routers' usual default; RFC 4271, 5.1.5)."""
Carried = Callable[[BgpPeer], frozenset[int]]
"""IP versions that the sessions of a peer carry."""
_ByWorth = Mapping[str, Mapping[Worth, frozenset[str]]]
"""Nodes by router and by what their routes are worth."""


@dataclass
class Members:
    """Which nodes a peer has. Each selector is looked up once.

    :ivar racks: names of groups by host name, or by the words of a label selector.
    :ivar known: the cluster's nodes, where they were read.
    :ivar counts: how many nodes a label selector chooses, by group or by the selector's words.
    :ivar speakers: chooses the nodes that run speakers.
    :ivar excluded: whether nodes that are labelled so announce nothing.
    :ivar nodes: those that were found, by name.
    """

    racks: Mapping[str, str]
    known: KnownNodes | None
    counts: Mapping[str, int]
    speakers: Selector
    excluded: bool
    nodes: dict[str, Node] = field(default_factory=dict)
    _terms: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    _labels: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _chosen: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def of(self, peer: BgpPeer) -> Iterator[Node]:
        """The nodes of a peer."""
        for selector in peer.spec.node_selectors or _EVERY:
            hosts = selector.hosts
            if hosts is None:
                yield from self._by_label(selector)
            else:
                yield from filter(None, map(self._by_name, hosts))

    def chosen(self, selectors: Sequence[LabelSelector] | None) -> frozenset[str] | None:
        """Names of the nodes that announce what node selectors choose; None where all do.

        Labels that are not known may be any.
        """
        away = frozenset(self._away()) if self.excluded else frozenset()
        if not selectors:
            return frozenset(self.nodes) - away if away else None
        terms = terms_of(selectors)
        return frozenset(
            name
            for name in self.nodes
            if name not in away
            and (
                any(chooses(each, self._labels[name]) for each in selectors)
                if name in self._labels
                else any(meets_any(term, self._terms[name]) for term in terms)
            )
        )

    def _away(self) -> Iterator[str]:
        return (name for name, labels in self._labels.items() if _EXCLUSION in labels)

    def _by_name(self, host: str) -> Node | None:
        if host not in self.nodes:
            known = self.known.by_host.get(host) if self.known is not None else None
            if known is not None and not chooses(self.speakers, known.labels):
                return None
            self._keep(Node(host, self.racks.get(host, "")), known, _of_host(host))
        return self.nodes[host]

    def _keep(self, node: Node, known: KnownNode | None, *terms: Term) -> None:
        self.nodes[node.name] = node
        if known is not None:
            self._labels[node.name] = {HOSTNAME_LABEL: known.host, **known.labels}
        self._terms[node.name] = terms

    def _by_label(self, selector: LabelSelector) -> tuple[Node, ...]:
        words = selector.words()
        if words not in self._chosen:
            self._chosen[words] = tuple(self._made(selector, words))
        return self._chosen[words]

    def _made(self, selector: LabelSelector, words: str) -> Iterator[Node]:
        rack = self.racks.get(words, "")
        chosen = self.known.chosen(selector, self.speakers) if self.known is not None else []
        for known in chosen:
            self._keep(Node(known.host, self.racks.get(known.host, rack)), known)
            yield self.nodes[known.host]
        if chosen:
            return
        count = self.counts.get(rack) or self.counts.get(words)
        listed = [f"{rack or words}#{number}" for number in range(1, (count or 0) + 1)]
        if self.known is not None and not listed:
            return
        for name in listed or [words]:
            self._keep(Node(name, rack, several=not listed), None, *terms_of((selector,)))
            yield self.nodes[name]


def _of_host(host: str) -> Term:
    return Term(((HOSTNAME_LABEL, Domain(frozenset((host,)), others=False, absent=False)),))


def reaches_of(
    routing: RoutingConfig,
    labels: Mapping[str, Mapping[str, str]],
    sessions: Sequence[Session],
    members: Members,
    carried: Carried,
    mode: BgpMode,
) -> tuple[tuple[PoolReach, ...], tuple[Reach, ...]]:
    """The pools that are announced, and the different ways in which they are.

    :param labels: of the pools, by their names.
    :param sessions: all of the site.
    :param members: with the nodes of all peers.
    """
    return _Reaches(routing, labels, sessions, members, carried, mode).all()


class _Reaches:
    """Works each way of announcing out once: a large site has few of them."""

    def __init__(
        self,
        routing: RoutingConfig,
        labels: Mapping[str, Mapping[str, str]],
        sessions: Sequence[Session],
        members: Members,
        carried: Carried,
        mode: BgpMode,
    ) -> None:
        self._labels = labels
        self._routing, self._members, self._carried, self._mode = routing, members, carried, mode
        self._by_peer: dict[str, list[Session]] = {}
        for session in sessions:
            self._by_peer.setdefault(session.peer.name, []).append(session)
        self._parts: dict[tuple[object, ...], _Part] = {}
        self._ways: dict[tuple[tuple[object, ...], ...], int] = {}
        self._found: list[Reach] = []
        self._aliases = {
            alias.name or "": alias.value or ""
            for community in routing.communities
            for alias in community.spec.communities or ()
        }

    def all(self) -> tuple[tuple[PoolReach, ...], tuple[Reach, ...]]:
        """Every pool that has an advertisement, by IP version where the versions differ."""
        by_name: dict[str, list[BgpAdvertisement]] = {}
        others: list[BgpAdvertisement] = []
        for each in self._routing.advertisements:
            if each.spec.ip_address_pool_selectors or not each.spec.ip_address_pools:
                others.append(each)
                continue
            for name in each.spec.ip_address_pools:
                by_name.setdefault(name, []).append(each)
        pools: list[PoolReach] = []
        for pool in self._routing.pools:
            own = self._labels.get(pool.name, {})
            listed = [
                *by_name.get(pool.name, ()),
                *(each for each in others if chooses_pool(each, pool.name, own)),
            ]
            versions = {each.version for each in readable(pool.spec.addresses)}
            alike: dict[int, tuple[int, ...]] = {}
            for version in sorted(versions) if listed else ():
                reach = self._reach(listed, version)
                same = (one for one in alike if self._found[one].tiers == self._found[reach].tiers)
                reach = next(same, reach)
                alike[reach] = (*alike.get(reach, ()), version)
            pools += [PoolReach(pool.name, reach, each) for reach, each in alike.items()]
        return tuple(pools), tuple(self._found)

    def _reach(self, listed: Iterable[BgpAdvertisement], version: int) -> int:
        """Index of the way in which some advertisements announce addresses of an IP version."""
        ways = {self._way(each, version): each for each in listed}
        whole = tuple(sorted(ways, key=repr))
        if whole not in self._ways:
            for way, each in ways.items():
                if way not in self._parts:
                    self._parts[way] = self._part(each, version)
            self._ways[whole] = len(self._found)
            self._found.append(Reach(_tiers([self._parts[way] for way in whole])))
        return self._ways[whole]

    def _part(self, each: BgpAdvertisement, version: int) -> "_Part":
        chosen = self._members.chosen(each.spec.node_selectors)
        found: dict[str, dict[Worth, set[str]]] = {}
        for name in dict.fromkeys(each.spec.peers or ()) or self._by_peer:
            own = self._by_peer.get(name, ())
            if not own or version not in self._carried(own[0].peer):
                continue
            worth = _worth(each, own[0].peer, version, self._mode)
            for session in own:
                if chosen is None or session.node in chosen:
                    by_worth = found.setdefault(session.router, {})
                    by_worth.setdefault(worth, set()).add(session.node)
        return _Part(
            {
                router: {worth: frozenset(nodes) for worth, nodes in by_worth.items()}
                for router, by_worth in found.items()
            },
            self._communities(each),
        )

    def _communities(self, each: BgpAdvertisement) -> tuple[str, ...]:
        """By their values."""
        listed = each.spec.communities or ()
        return tuple(sorted({self._aliases.get(one, one) for one in listed}))

    def _way(self, each: BgpAdvertisement, version: int) -> tuple[object, ...]:
        """What decides from where to where an advertisement announces, what its routes are worth,
        and what else they have."""
        spec = each.spec
        selectors = tuple(map(repr, spec.node_selectors or ()))
        peers = tuple(sorted(spec.peers or ()))
        attributes = spec.local_pref or 0, spec.as_path_prepend or 0, self._communities(each)
        return peers, selectors, version, _spare(each, version), *attributes


@dataclass(frozen=True)
class _Part:
    """What one advertisement announces.

    :ivar routes: nodes by router.
    :ivar communities: what every route of it has.
    """

    routes: _ByWorth
    communities: tuple[str, ...]


def _spare(each: BgpAdvertisement, version: int) -> int:
    spec = each.spec
    length = spec.aggregation_length if version == 4 else spec.aggregation_length_v6
    return max(bits_of(version) - length, 0)


def _worth(each: BgpAdvertisement, peer: BgpPeer, version: int, mode: BgpMode) -> Worth:
    """What a router makes of a route. LOCAL_PREF counts within an AS alone; the native speaker
    sends 0 where none is set, FRR sends its default (MetalLB internal/bgp/native/messages.go)."""
    internal = is_internal(peer)
    preference = _USUAL_PREFERENCE
    if internal:
        unset = 0 if mode is BgpMode.NATIVE else _USUAL_PREFERENCE
        preference = each.spec.local_pref or unset
    path = (each.spec.as_path_prepend or 0) + (not internal)
    return _spare(each, version), -preference, path, internal


def is_internal(peer: BgpPeer) -> bool:
    """Whether a peer is in the cluster's own AS, as far as its object has it."""
    spec = peer.spec
    return spec.my_asn == spec.peer_asn or spec.dynamic_asn == "internal"


def _tiers(parts: Sequence[_Part]) -> Mapping[str, tuple[Tier, ...]]:
    """The tiers of each router, the best first."""
    if len(parts) == 1 and all(len(by_worth) == 1 for by_worth in parts[0].routes.values()):
        own = parts[0].communities
        return {
            router: tuple(
                _tier(worth, nodes, frozenset({(own, nodes)}) if own else frozenset())
                for worth, nodes in by_worth.items()
            )
            for router, by_worth in parts[0].routes.items()
        }
    union: dict[str, dict[Worth, frozenset[str]]] = {}
    communities: dict[tuple[str, Worth], dict[str, set[str]]] = {}
    for part in parts:
        for router, by_worth in part.routes.items():
            listed = union.setdefault(router, {})
            for worth, nodes in by_worth.items():
                listed[worth] = listed.get(worth, frozenset()) | nodes
                for node in nodes if part.communities else ():
                    by_node = communities.setdefault((router, worth), {})
                    by_node.setdefault(node, set()).update(part.communities)
    return {
        router: tuple(
            _tier(worth, listed[worth], _grouped(communities.get((router, worth), {})))
            for worth in sorted(listed)
        )
        for router, listed in union.items()
    }


def _tier(
    worth: Worth,
    nodes: frozenset[str],
    communities: frozenset[tuple[tuple[str, ...], frozenset[str]]],
) -> Tier:
    spare, preference, path, internal = worth
    return Tier(spare, nodes, -preference, path, internal, communities)


def _grouped(
    by_node: Mapping[str, set[str]],
) -> frozenset[tuple[tuple[str, ...], frozenset[str]]]:
    """Nodes by their communities; routes of one prefix have those of all their advertisements."""
    found: dict[tuple[str, ...], set[str]] = {}
    for node, values in by_node.items():
        found.setdefault(tuple(sorted(values)), set()).add(node)
    return frozenset((values, frozenset(nodes)) for values, nodes in found.items())
