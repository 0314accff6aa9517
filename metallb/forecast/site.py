"""Who keeps sessions with whom, and which nodes announce which pools to which routers."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from metallb.algebra.intervals import Interval
from metallb.releases import BgpMode, ConfigFormat, Release
from metallb.routing import BgpPeer, RoutingConfig

__all__ = ["Ends", "Node", "PoolReach", "Reach", "Session", "Site", "Tier", "Worth", "next_hops"]

Ends = tuple[str, tuple[str, str]]
"""What identifies a session: node, and what it connects to."""
Worth = tuple[int, int, int, bool]
"""What a router compares, the best first: bits that the prefix leaves out, LOCAL_PREF with its sign
changed, length of the AS path, and whether the session is internal (RFC 4271, 9.1.2.2)."""


@dataclass(frozen=True)
class Node:
    """One node, or all nodes of a label selector whose number is not known.

    :ivar rack: the group of nodes that it is of; empty where no group is known.
    :ivar several: the name is a label selector.
    """

    name: str
    rack: str = ""
    several: bool = False


@dataclass(frozen=True)
class Session:
    """One session of a node.

    :ivar router: name of the router.
    :ivar address: what the node connects to: address or interface, and VRF.
    :ivar detection: seconds until routers drop the routes of a node that falls silent, at the most:
        hold time or BFD's detection time, and the time for a graceful restart. Infinite without
        either.
    """

    node: str
    router: str
    address: tuple[str, str]
    peer: BgpPeer
    hold: int
    detection: float

    @property
    def ends(self) -> Ends:
        """What makes it the same session after a change."""
        return self.node, self.address


@dataclass(frozen=True)
class Tier:
    """Nodes whose routes for an address are of equal worth to a router.

    :ivar spare: bits of an address that the prefix leaves out: 0 for /32 and /128.
    :ivar preference: LOCAL_PREF, as the router has it; the usual one where the session is external.
    :ivar path: length of the AS path.
    :ivar internal: the sessions are within an AS, where LOCAL_PREF is sent (RFC 4271, 5.1.5).
    :ivar communities: of the routes that have any, with the nodes that announce these.
    """

    spare: int
    nodes: frozenset[str]
    preference: int
    path: int
    internal: bool
    communities: frozenset[tuple[tuple[str, ...], frozenset[str]]] = frozenset()

    @property
    def worth(self) -> Worth:
        """What decides between this tier and others."""
        return self.spare, -self.preference, self.path, self.internal


@dataclass(frozen=True)
class Reach:
    """From where to where some pools are announced, all of them alike.

    :ivar tiers: by router the nodes that announce to it. Each address goes to the first tier of
        which a node is left: that of the longest prefix, then of the highest LOCAL_PREF, then of
        the shortest AS path, then of external sessions (RFC 4271, 9.1).
    """

    tiers: Mapping[str, tuple[Tier, ...]]

    @cached_property
    def announcers(self) -> Mapping[str, frozenset[str]]:
        """Names of all nodes that announce to a router, by the router's name."""
        return {
            router: frozenset().union(*(tier.nodes for tier in tiers))
            for router, tiers in self.tiers.items()
        }


_NONE: frozenset[str] = frozenset()


def next_hops(tiers: Iterable[Tier], without: AbstractSet[str] = _NONE) -> frozenset[str]:
    """The nodes over which a router spreads an address; empty where it has no route.

    :param without: nodes that announce nothing.
    """
    for tier in tiers:
        left = tier.nodes - without if without else tier.nodes
        if left:
            return left
    return _NONE


@dataclass(frozen=True)
class PoolReach:
    """One pool that BGP announces.

    :ivar reach: index in the site's reaches.
    :ivar versions: IP versions of the addresses that are announced so; a pool of both has two
        entries where they differ.
    """

    name: str
    reach: int
    versions: tuple[int, ...]


@dataclass(frozen=True)
class Site:
    """A whole configuration with its sessions.

    :ivar limit: next hops that routers spread an address over.
    :ivar racks: names of the groups, each with the names of its routers.
    :ivar announced: addresses that some pool announces.
    :ivar labels: of the pools, by their names.
    :ivar speaker: the Pod template of the speakers' DaemonSet; None where it is not known here.
    """

    routing: RoutingConfig
    mode: BgpMode
    release: Release
    nodes: Mapping[str, Node]
    sessions: tuple[Session, ...]
    pools: tuple[PoolReach, ...]
    reaches: tuple[Reach, ...]
    limit: int = 16
    racks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    announced: tuple[Interval, ...] = ()
    speaker: Mapping[str, Any] | None = None
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def native(self) -> bool:
        """Whether speakers keep the sessions themselves."""
        return self.mode is BgpMode.NATIVE

    @property
    def by_name(self) -> bool:
        """Whether the name of a peer is part of what MetalLB compares: a ConfigMap has none."""
        return self.release.format is not ConfigFormat.CONFIGMAP

    @cached_property
    def by_node(self) -> Mapping[str, tuple[Session, ...]]:
        """Sessions by node."""
        return _grouped((each.node, each) for each in self.sessions)

    @cached_property
    def by_router(self) -> Mapping[str, tuple[Session, ...]]:
        """Sessions by router."""
        return _grouped((each.router, each) for each in self.sessions)

    @cached_property
    def by_rack(self) -> Mapping[str, tuple[str, ...]]:
        """Names of nodes by rack."""
        found: dict[str, list[str]] = {}
        for node in self.nodes.values():
            if node.rack:
                found.setdefault(node.rack, []).append(node.name)
        return {rack: tuple(nodes) for rack, nodes in found.items()}

    @cached_property
    def pools_of(self) -> tuple[tuple[str, ...], ...]:
        """Names of pools by the index of their reach."""
        found: list[list[str]] = [[] for _ in self.reaches]
        for pool in self.pools:
            found[pool.reach].append(pool.name)
        return tuple(map(tuple, found))

    @cached_property
    def reaches_at(self) -> Mapping[str, tuple[int, ...]]:
        """Indexes of the reaches that are announced to a router."""
        found: dict[str, list[int]] = {}
        for index, reach in enumerate(self.reaches):
            for router in reach.tiers:
                found.setdefault(router, []).append(index)
        return {router: tuple(indexes) for router, indexes in found.items()}

    def racks_of(self, router: str) -> tuple[str, ...]:
        """Names of the racks that have a router."""
        return self._racks_of.get(router, ())

    @cached_property
    def _racks_of(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for rack, routers in self.racks.items():
            for router in routers:
                found.setdefault(router, []).append(rack)
        return {router: tuple(racks) for router, racks in found.items()}

    def width(self, nodes: int) -> int:
        """Next hops that a router uses of so many nodes."""
        return min(nodes, self.limit)


def _grouped(pairs: Iterable[tuple[str, Session]]) -> Mapping[str, tuple[Session, ...]]:
    found: dict[str, list[Session]] = {}
    for key, session in pairs:
        found.setdefault(key, []).append(session)
    return {key: tuple(sessions) for key, sessions in found.items()}
