"""Peers of racks with host names or labels; nothing is looked up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metallb.platforms.base import Key
from metallb.platforms.peering import AtLevel, common_spec, object_name
from metallb.platforms.static.section import Rack, SharedRouter, StaticNode, StaticPlatform
from metallb.problems.problem import Location
from metallb.routing import BgpPeer, LabelSelector, hosts_selector
from metallb.routing.peers import BgpPeerSpec
from metallb.routing.stack_keys import Level, fields_set
from metallb.stackfile.stack import StackConfig

__all__ = [
    "FormerPeer",
    "RackRouter",
    "former_peers",
    "has_own_fields",
    "rack_routers",
    "router_keys",
    "session_peer",
    "static_peers",
]

_PLATFORM = "metallb:platform"


@dataclass(frozen=True)
class RackRouter:
    """A router as the nodes of a rack see it.

    :ivar label: its name in the stack file, or its address.
    :ivar name: name of its peer object, and the start of the names of peers of single nodes.
    :ivar origin: keys of the router in the stack file.
    :ivar rack: the rack that it is of; None for one that racks share.
    """

    router: SharedRouter
    label: str
    name: str
    origin: Location
    rack: Rack | None = None

    @property
    def shared(self) -> bool:
        """Whether racks share it."""
        return self.rack is None

    def levels(self, node: StaticNode | None) -> tuple[AtLevel, ...]:
        """What sets fields of its peers besides `metallb:bgp`, the nearest last.

        :param node: the node of a peer of one node.
        """
        found: list[AtLevel] = [(Level.RACK, self.rack)] if self.rack is not None else []
        found.append((Level.ROUTER, self.router))
        if node is not None:
            found.append((Level.NODE, node))
        return tuple(found)


def rack_routers(platform: StaticPlatform, index: int) -> tuple[RackRouter, ...]:
    """The routers of a rack: its own ones, and those that it shares with other racks."""
    rack = platform.racks[index]
    own = (
        RackRouter(
            router,
            router.name or router.end,
            object_name(rack.name, router.name or router.end),
            (_PLATFORM, "racks", index, "routers", position),
            rack,
        )
        for position, router in enumerate(rack.routers)
    )
    shared = (
        RackRouter(platform.shared_routers[name], name, name, (_PLATFORM, "sharedRouters", name))
        for name in rack.shared_routers
    )
    return (*own, *shared)


def session_peer(
    stack: StackConfig, platform: StaticPlatform, router: RackRouter, node: StaticNode | None
) -> str:
    """Name of the peer object that keeps the session of a node, or of a rack's labelled nodes."""
    if node is None or (platform.shared_peers and not has_own_fields(stack, node)):
        return router.name
    return object_name(router.name, node.hostname)


def static_peers(stack: StackConfig, platform: StaticPlatform) -> tuple[BgpPeer, ...]:
    """One peer a rack and router, and one for each shared router; one a node for nodes that set
    fields of their own, or where `sharedPeers` is false. Sorted by name.

    A peer's name depends on its own rack and router alone. A shared router's nodes are listed in
    the order of the racks' names, so that moving a rack in the file changes no object.
    """
    found: dict[str, list[tuple[Rack, RackRouter]]] = {}
    plain: list[tuple[Rack, RackRouter]] = []
    order = sorted(range(len(platform.racks)), key=lambda index: platform.racks[index].name)
    for index in order:
        rack = platform.racks[index]
        for router in rack_routers(platform, index):
            if router.shared:
                found.setdefault(router.name, []).append((rack, router))
            else:
                plain.append((rack, router))
    peers = [peer for rack, router in plain for peer in _peers(stack, platform, [rack], router)]
    for members in found.values():
        racks = [rack for rack, _ in members]
        peers += _peers(stack, platform, racks, members[0][1])
    return tuple(sorted(peers, key=lambda peer: peer.name))


def router_keys(platform: StaticPlatform) -> Iterator[Key]:
    """Every router's own MD5 key.

    Two routers can come to one name; the rules look for that, since a Secret holds one key.
    """
    once: set[Location] = set()
    for index in range(len(platform.racks)):
        for each in rack_routers(platform, index):
            if each.router.password is not None and each.origin not in once:
                once.add(each.origin)
                yield Key((*each.origin, "password"), _password_name(each), each.router.password)


def _peers(
    stack: StackConfig, platform: StaticPlatform, racks: Sequence[Rack], router: RackRouter
) -> Iterator[BgpPeer]:
    nodes = {node.hostname: node for rack in racks for node in rack.nodes}
    alike = [
        host
        for host, node in nodes.items()
        if session_peer(stack, platform, router, node) == router.name
    ]
    selectors = [hosts_selector(alike)] if alike else []
    for rack in racks:
        if rack.by_label and rack.selector not in selectors:
            selectors.append(rack.selector)
    if selectors:
        yield _peer(stack, router, router.name, selectors, None)
    together = frozenset(alike)
    for host, node in nodes.items():
        if host not in together:
            own = object_name(router.name, host)
            yield _peer(stack, router, own, [hosts_selector([host])], node)


def has_own_fields(stack: StackConfig, node: StaticNode) -> bool:
    """Whether a node sets a field of its peers, so that they are of it alone."""
    if len(node.model_fields_set) == 1:
        return False
    unused = () if stack.bgp.source_address else ("source_address",)
    return any(name not in unused for name, _ in fields_set(node, Level.NODE))


def _peer(
    stack: StackConfig,
    found: RackRouter,
    name: str,
    selectors: Iterable[LabelSelector],
    node: StaticNode | None,
) -> BgpPeer:
    spec = common_spec(
        stack,
        *found.levels(node),
        own_secret=_password_name(found),
        node_selectors=tuple(selectors),
    )
    return BgpPeer(name=name, spec=spec, origin=found.origin)


def _password_name(router: RackRouter) -> str:
    return object_name("bgp-password", router.name)


@dataclass(frozen=True)
class FormerPeer:
    """Peers of several racks that version 1 wrote as one object, since only their nodes differ.

    :ivar name: name of that object: the first rack's, by name.
    :ivar peers: the peers that stand in its place.
    """

    name: str
    peers: tuple[BgpPeer, ...]


_ALIKE = tuple(name for name in BgpPeerSpec.model_fields if name != "node_selectors")


def former_peers(stack: StackConfig, platform: StaticPlatform) -> tuple[FormerPeer, ...]:
    """The objects of version 1 that stood for several racks, for stacks that may still have them.

    A router's own MD5 key had a Secret of its own, so that its peer was never merged.
    """
    if not platform.shared_peers:
        return ()
    groups: dict[tuple[Any, ...], list[BgpPeer]] = {}
    rack_of: Mapping[Location, str] = {
        router.origin: rack.name
        for index, rack in enumerate(platform.racks)
        for router in rack_routers(platform, index)
        if not router.shared
    }
    listed = [peer for peer in static_peers(stack, platform) if peer.origin in rack_of]
    for peer in sorted(listed, key=lambda peer: rack_of[peer.origin]):
        groups.setdefault(tuple(getattr(peer.spec, name) for name in _ALIKE), []).append(peer)
    return tuple(
        FormerPeer(group[0].name, tuple(group))
        for group in groups.values()
        if len({rack_of[peer.origin] for peer in group}) > 1
    )
