"""What the picture shows: racks, nodes, routers, sessions, pools. Never a secret."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

__all__ = [
    "Announcement",
    "Mark",
    "Node",
    "Pool",
    "Rack",
    "Router",
    "Session",
    "Topology",
    "count",
]


class Mark(StrEnum):
    """What a picture shows of something in another colour."""

    NONE = ""
    FAILED = "failed"
    AT_RISK = "at risk"


@dataclass(frozen=True)
class Node:
    """One node, or all nodes that a label selects.

    :ivar selector: the name is a label selector.
    :ivar count: how many nodes the selector means; None where that is not known.
    """

    name: str
    selector: bool = False
    count: int | None = None
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class Router:
    """One BGP router. `address` is empty where only the platform will tell it."""

    key: str
    name: str
    address: str
    asn: int
    mark: Mark = Mark.NONE

    @property
    def system(self) -> str:
        """Its AS number in words; that of a session with dynamicAsn is not known."""
        return f"AS {self.asn}" if self.asn else "AS not known"

    @property
    def label(self) -> str:
        """Name and address, without saying the same twice."""
        shown = self.address or "read at update"
        return shown if self.name in ("", self.address) else f"{self.name} {shown}"


@dataclass(frozen=True)
class Session:
    """One BGP session between a node and a router.

    :ivar md5: whether it has a TCP MD5 key; the key itself is never here.
    :ivar peer: name of the BGPPeer object behind it.
    """

    node: str
    router: str
    local_asn: int
    peer: str
    source_address: str = ""
    md5: bool = False
    bfd: str = ""


@dataclass(frozen=True)
class Rack:
    """Nodes and the routers they peer with, if any: layer 2 needs none.

    :ivar own_routers: each node has a router of its own, rather than the rack having some.
    """

    name: str
    nodes: tuple[Node, ...]
    routers: tuple[Router, ...]
    sessions: tuple[Session, ...]
    own_routers: bool = False

    def routers_of(self, node: str) -> tuple[Router, ...]:
        """The routers of one node."""
        keys = {session.router for session in self.sessions_of(node)}
        found = {place: router for key in keys for place, router in self._by_key.get(key, ())}
        return tuple(found[place] for place in sorted(found))

    def sessions_of(self, node: str) -> tuple[Session, ...]:
        """The sessions of one node."""
        return tuple(self._by_node.get(node, ()))

    # A rack may hold all nodes of a stack, so no node looks through the sessions of all.
    @cached_property
    def _by_node(self) -> dict[str, list[Session]]:
        found: dict[str, list[Session]] = {}
        for session in self.sessions:
            found.setdefault(session.node, []).append(session)
        return found

    @cached_property
    def _by_key(self) -> dict[str, list[tuple[int, Router]]]:
        found: dict[str, list[tuple[int, Router]]] = {}
        for place, router in enumerate(self.routers):
            found.setdefault(router.key, []).append((place, router))
        return found

    @property
    def summary(self) -> str:
        """Its nodes and sessions, as far as it has any."""
        sessions = self.sessions_words if self.routers else "no router"
        return f"{self.nodes_words}, {sessions}"

    @property
    def by_label(self) -> bool:
        """Whether a label selects the nodes, so that their number is not known here."""
        return any(node.selector for node in self.nodes)

    @property
    def nodes_words(self) -> str:
        """How many nodes it has."""
        return "nodes by label" if self.by_label else count(len(self.nodes), "node")

    @property
    def sessions_words(self) -> str:
        """How many sessions it has; each node where the nodes are not counted."""
        return count(len(self.sessions), "session") + (" a node" if self.by_label else "")


@dataclass(frozen=True)
class Announcement:
    """One way in which a pool is announced; empty texts mean no limit.

    :ivar lengths: prefix lengths, of IPv4 and IPv6 as far as the pool has such addresses.
    :ivar layer2: whether nodes answer for the addresses by ARP and NDP, rather than BGP.
    :ivar interfaces: those on which they answer.
    """

    name: str
    lengths: tuple[int, ...]
    peers: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    layer2: bool = False
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pool:
    """One address pool.

    :ivar size: number of addresses; None where a block is not known yet.
    """

    name: str
    blocks: tuple[str, ...]
    size: int | None
    auto_assign: bool
    announcements: tuple[Announcement, ...]
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class Topology:
    """One stack's whole picture."""

    stack: str
    version: str
    mode: str
    racks: tuple[Rack, ...]
    pools: tuple[Pool, ...]

    @property
    def nodes(self) -> int:
        """Number of nodes that are named."""
        return sum(1 for rack in self.racks for node in rack.nodes if not node.selector)

    @property
    def selectors(self) -> int:
        """Number of label selectors that stand for nodes."""
        return sum(1 for rack in self.racks for node in rack.nodes if node.selector)

    @property
    def sessions(self) -> int:
        """Number of sessions; a selector counts as one node."""
        return sum(len(rack.sessions) for rack in self.racks)

    @property
    def routers(self) -> int:
        """Number of routers; one that racks share counts once."""
        return len({router.key for rack in self.racks for router in rack.routers})

    def headline(self) -> str:
        """The counts in one line."""
        selectors = f" + {count(self.selectors, 'label selector')}" if self.selectors else ""
        return ", ".join(
            (
                f"MetalLB {self.version} {self.mode}",
                count(len(self.racks), "rack"),
                f"{count(self.nodes, 'node')}{selectors}",
                count(self.routers, "router"),
                count(self.sessions, "session"),
                count(len(self.pools), "pool"),
            )
        )


def count(number: int, word: str) -> str:
    """A number and what it counts."""
    return f"{number} {word}{'s' if number != 1 else ''}"
