"""What the rules look at: a routing configuration, and everything that is known around it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import Interval, interval_of
from metallb.algebra.meetings import meeting_any
from metallb.algebra.selectors import PEER, Term, hosts_of, terms_of
from metallb.platforms.facts import PlatformFacts
from metallb.preflight.places import ManifestPlaces, Places
from metallb.preflight.reach import SamePrefix, prefixes_of, reach
from metallb.problems.errors import MetalLBError
from metallb.problems.problem import Location, spelled
from metallb.releases import BgpMode, ConfigFormat, Release
from metallb.routing import (
    BgpAdvertisement,
    BgpPeer,
    IPAddressPool,
    LabelSelector,
    RoutingConfig,
)
from metallb.routing.base import OWN_LABELS, MetalLBObject
from metallb.routing.choosing import chosen_pools
from metallb.routing.foreign import Foreign
from metallb.routing.modes import Held
from metallb.stackfile import Source, StackConfig
from metallb.stackfile.clear_text import ClearText

if TYPE_CHECKING:
    from metallb.forecast.site import Site

__all__ = ["NODES", "Case", "Foreign", "Network", "Span"]

NODES = "the nodes"
"""Label of the networks that routers share with nodes."""


@dataclass(frozen=True)
class Span:
    """One entry of a pool's addresses, read."""

    pool: IPAddressPool
    index: int
    text: str
    interval: Interval


class Network(NamedTuple):
    """A network that pools must keep out of.

    :ivar key: its key below metallb:kubernetes.
    """

    key: str
    text: str
    label: str


@dataclass(frozen=True)
class Case:
    """One configuration under check. Immutable; what several rules need is worked out once.

    :ivar misfit: why the facts make no configuration of the stack file, where they do not.
    :ivar complete: whether peers have their addresses; they lack them until facts are known.
    :ivar max_prefixes: prefixes a router takes from one session, where that is known.
    :ivar clear_texts: credentials that are not encrypted in the stack file, where it was read.
    :ivar block_sizes: for pools whose addresses are not all known yet, how many more there will be.
    :ivar block_lengths: for such pools, the name and prefix length of each block of a known size.
    """

    routing: RoutingConfig
    release: Release
    mode: BgpMode
    places: Places = field(default_factory=ManifestPlaces)
    stack: StackConfig | None = None
    facts: PlatformFacts | None = None
    misfit: MetalLBError | None = None
    foreign: Foreign | None = None
    complete: bool = True
    max_prefixes: int | None = None
    ecmp_limit: int | None = None
    networks: tuple[Network, ...] = ()
    clear_texts: tuple[ClearText, ...] = ()
    block_sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    block_lengths: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def at(self, item: MetalLBObject, name: str, index: int | None = None) -> Location:
        """Where a field of an object is in the file."""
        return self.places.of(item, name, index)

    @property
    def native(self) -> bool:
        """Whether the speakers use MetalLB's own BGP."""
        return self.mode is BgpMode.NATIVE

    @property
    def frr(self) -> bool:
        """Whether FRR keeps the sessions, in either way."""
        return not self.native

    @property
    def in_configmap(self) -> bool:
        """Whether the release reads the ConfigMap."""
        return self.release.format is ConfigFormat.CONFIGMAP

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Every readable pool address, in the order of the file."""
        return tuple(self._spans())

    def _spans(self) -> Iterator[Span]:
        for pool in self.routing.pools:
            for index, text in enumerate(pool.spec.addresses):
                interval = interval_of(text)
                if interval is not None:
                    yield Span(pool, index, text, interval)

    @cached_property
    def spans_by_pool(self) -> Mapping[str, tuple[Span, ...]]:
        """Readable addresses by pool name."""
        found: dict[str, list[Span]] = defaultdict(list)
        for span in self.spans:
            found[span.pool.name].append(span)
        return {name: tuple(spans) for name, spans in found.items()}

    def families(self, pool: str) -> frozenset[int]:
        """IP versions of a pool's addresses; blocks that are not known yet are IPv4."""
        versions = {span.interval.version for span in self.spans_by_pool.get(pool, ())}
        if self.block_sizes.get(pool):
            versions.add(4)
        return frozenset(versions)

    @cached_property
    def everywhere(self) -> tuple[BgpAdvertisement, ...]:
        """Advertisements that name no pool, which stands for every pool."""
        return tuple(
            each
            for each in self.routing.advertisements
            if not each.spec.ip_address_pools and not each.spec.ip_address_pool_selectors
        )

    @cached_property
    def _by_pool(self) -> Mapping[str, tuple[BgpAdvertisement, ...]]:
        found: dict[str, dict[int, BgpAdvertisement]] = defaultdict(dict)
        labelled = self._pool_labels
        with_label: dict[tuple[str, str], list[str]] = defaultdict(list)
        for pool in self.routing.pools:
            for label in labelled.get(pool.name, {}).items():
                with_label[label].append(pool.name)
        for order, each in enumerate(self.routing.advertisements):
            for name in each.spec.ip_address_pools or ():
                found[name][order] = each
            for selector in each.spec.ip_address_pool_selectors or ():
                first = next(iter((selector.match_labels or {}).items()), None)
                for name in self.pool_names if first is None else with_label.get(first, ()):
                    if selector.matches(labelled.get(name, {})):
                        found[name][order] = each
        return {name: tuple(each.values()) for name, each in found.items()}

    @cached_property
    def site(self) -> "Site":
        """Sessions, and who announces what. Built, and imported, for the few rules that need it."""
        from metallb.forecast.build import Names, names_of, site_of
        from metallb.topology.build import racks_of

        names = Names() if self.stack is None else names_of(racks_of(self.stack))
        return site_of(self.routing, self.mode, self.release, names, labels=self._pool_labels)

    @cached_property
    def _pool_labels(self) -> Mapping[str, Mapping[str, str]]:
        if self.foreign:
            return self.foreign.pool_labels
        return {pool.name: {**pool.labels, **OWN_LABELS} for pool in self.routing.pools}

    @cached_property
    def layer2(self) -> frozenset[str]:
        """Names of the pools that an L2Advertisement chooses."""
        routing = self.routing
        return chosen_pools(routing.l2_advertisements, routing.pools, self._pool_labels)

    @cached_property
    def held(self) -> Held:
        """The configuration as the table of the BGP modes looks at it."""
        routing = self.routing
        announced = chosen_pools(routing.advertisements, routing.pools, self._pool_labels)
        if self._unchosen_ipv6 and routing.advertisements:
            announced = self.pool_names
        return Held(
            routing,
            announced,
            extras=bool(self.foreign and self.foreign.extras),
            frr_configuration=spelled(self.foreign.frr_configuration) if self.foreign else "",
        )

    @property
    def _unchosen_ipv6(self) -> bool:
        """Whether native mode refuses IPv6 even in a pool that BGP does not announce."""
        return not self.in_configmap and self.release < Release(0, 14, 9)

    def named_advertisements(self, pool: str) -> tuple[BgpAdvertisement, ...]:
        """Advertisements that choose this pool by name or label."""
        return self._by_pool.get(pool, ())

    def advertisements_of(self, pool: str) -> tuple[BgpAdvertisement, ...]:
        """Every advertisement of a pool."""
        return self.named_advertisements(pool) + self.everywhere

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Values of communities by the names that are defined."""
        return {
            alias.name or "": alias.value or ""
            for community in self.routing.communities
            for alias in community.spec.communities or ()
        }

    @cached_property
    def same_prefixes(self) -> tuple[SamePrefix, ...]:
        """Advertisements that announce the same prefixes of a pool."""
        return tuple(
            prefixes_of(self.routing, self.named_advertisements, self.everywhere, self.families)
        )

    @cached_property
    def _reaches(self) -> dict[int, tuple[Term, ...]]:
        return {id(each): reach(each.spec) for each in self.routing.advertisements}

    def reach(self, each: BgpAdvertisement) -> tuple[Term, ...]:
        """From which nodes, to which peers, for which Services an advertisement announces."""
        return self._reaches[id(each)]

    @cached_property
    def speakers(self) -> tuple[Term, ...] | None:
        """The nodes that run speakers; None where that is not ours to say, or every node does."""
        install = self.stack.install if self.stack is not None else None
        if install is None or install.source is Source.EXISTING:
            return None
        selector = install.speaker.selector
        return terms_of((selector,)) if selector != LabelSelector() else None

    @cached_property
    def _sessions(self) -> tuple[tuple[Term, ...], ...]:
        """For each peer the nodes that keep a session with it, and its name."""
        found = []
        for peer, terms in zip(self.routing.peers, self.peer_terms, strict=True):
            named = [term.with_values(PEER, (peer.name,)) for term in terms]
            if self.speakers is not None:
                running = (term.narrowed(each) for term in named for each in self.speakers)
                named = [term for term in running if term is not None]
            found.append(tuple(named))
        return tuple(found)

    def speaking(
        self, listed: Sequence[BgpAdvertisement], peers: Iterable[int] | None = None
    ) -> set[int]:
        """Which of some advertisements may be announced over any session, by index.

        :param peers: the peers that count, by index; all of them where left out.
        """
        chosen = range(len(self.routing.peers)) if peers is None else peers
        sessions = [self._sessions[index] for index in chosen]
        return meeting_any([self.reach(each) for each in listed], sessions)

    @cached_property
    def peer_texts(self) -> tuple[tuple[str, str], ...]:
        """For each peer its whole spec, and its password: equal where the peers are."""
        found = []
        for peer in self.routing.peers:
            password = self.routing.password_of(peer)
            spec = peer.spec.model_copy(
                update={
                    name: same_address(getattr(peer.spec, name))
                    for name in ("peer_address", "source_address")
                    if ":" in (getattr(peer.spec, name) or "")
                }
            )
            found.append((repr(spec), password.get_secret_value() if password is not None else ""))
        return tuple(found)

    @cached_property
    def peer_terms(self) -> tuple[tuple[Term, ...], ...]:
        """For each peer the nodes that keep it."""
        return tuple(terms_of(peer.spec.node_selectors) for peer in self.routing.peers)

    def is_on_node(self, peer: BgpPeer) -> bool:
        """Whether the file has the router of a peer as a daemon on each node."""
        return self.stack is not None and self.stack.platform.is_on_node(peer)

    @cached_property
    def peer_hosts(self) -> tuple[frozenset[str] | None, ...]:
        """For each peer its host names, where it is chosen by host name alone."""
        return tuple(hosts_of(peer.spec.node_selectors) for peer in self.routing.peers)

    @cached_property
    def peers_by_name(self) -> Mapping[str, BgpPeer]:
        """Peers by name."""
        return {peer.name: peer for peer in self.routing.peers}

    @cached_property
    def pool_names(self) -> frozenset[str]:
        """Names of all pools."""
        return frozenset(pool.name for pool in self.routing.pools)
