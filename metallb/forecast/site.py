"""Who keeps sessions with whom, and which nodes announce which pools to which routers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from metallb.algebra.intervals import Interval
from metallb.releases import BgpMode, ConfigFormat, Release
from metallb.routing import BgpPeer, RoutingConfig

__all__ = ["Announcers", "Node", "PoolReach", "Reach", "Session", "Site"]

Announcers = Mapping[str, frozenset[str]]
"""Names of nodes by the name of the router that they announce to."""


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
    :ivar detection: seconds until a silent end is noticed (hold time, or BFD's detection time).
    """

    node: str
    router: str
    address: tuple[str, str]
    peer: BgpPeer
    hold: int
    detection: float

    @property
    def ends(self) -> tuple[str, tuple[str, str]]:
        """What makes it the same session after a change."""
        return self.node, self.address


@dataclass(frozen=True)
class Reach:
    """From where to where some pools are announced, all of them alike.

    :ivar everywhere: names of all nodes that announce them to any router.
    """

    announcers: Announcers

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """Names of all nodes that announce to any router."""
        return frozenset().union(*self.announcers.values())


@dataclass(frozen=True)
class PoolReach:
    """One pool that BGP announces.

    :ivar reach: index in the site's reaches.
    """

    name: str
    reach: int


@dataclass(frozen=True)
class Site:
    """A whole configuration with its sessions.

    :ivar limit: next hops that routers spread an address over.
    :ivar racks: names of the groups, each with the names of its routers.
    :ivar announced: addresses that some pool announces.
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
            for router in reach.announcers:
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
