"""How many nodes announce a pool while peers change in waves.

A node announces a pool as long as one of its sessions carries it. What one wave ends and brings
back is away during that wave alone, so that the order of waves changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from metallb.forecast.site import Ends, Session, Site
from metallb.forecast.steps import Announcers, Step
from metallb.stackfile.availability import Availability

__all__ = ["Floor", "Room", "floors_of"]

_Peers = tuple[str, ...]
"""Names of peers that change together; none for sessions that no wave ends."""
_Announcing = Mapping[str, frozenset[str]]
"""Nodes by router."""


@dataclass(frozen=True)
class Floor:
    """A pool that keeps a number of announcers.

    :ivar wanted: that of the stack file, and `least` that which can be kept.
    :ivar sessions: by which each node announces the pool, by the peers that change with them.
    """

    pool: str
    wanted: int
    sessions: Mapping[str, Mapping[_Peers, frozenset[Ends]]]

    @property
    def least(self) -> int:
        """As many as there have to be; all, where there are fewer."""
        return min(self.wanted, len(self.sessions))

    @cached_property
    def nodes_of(self) -> Mapping[_Peers, tuple[str, ...]]:
        """Nodes by the peers that they announce the pool to."""
        found: dict[_Peers, list[str]] = {}
        for node, by_peers in self.sessions.items():
            for peers in by_peers:
                found.setdefault(peers, []).append(node)
        return {peers: tuple(nodes) for peers, nodes in found.items()}

    def left(self, closed: Collection[_Peers] = ()) -> Announcers:
        """Who announces the pool while the sessions of some peers are down."""
        left = {
            node: frozenset().union(*(ends for peers, ends in own.items() if peers not in closed))
            for node, own in self.sessions.items()
        }
        return Announcers(
            self.pool, self.least, {node: ends for node, ends in left.items() if ends}
        )


@dataclass
class Room:
    """What a wave that is being filled leaves of the pools.

    :ivar closed: for each pool, how many of a node's groups of peers are in the wave.
    :ivar lost: for each pool, nodes that do not announce it meanwhile.
    """

    floors: Sequence[Floor]
    closed: list[Counter[str]] = field(init=False)
    lost: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.closed = [Counter() for _ in self.floors]
        self.lost = [0 for _ in self.floors]

    def short(self, peers: _Peers) -> Floor | None:
        """A pool of which too little would be left with these peers besides; None without one."""
        for number, floor in enumerate(self.floors):
            lost = self.lost[number] + len(self._losing(number, peers))
            if lost and len(floor.sessions) - lost < floor.least:
                return floor
        return None

    def take(self, peers: _Peers) -> None:
        """Peers that are in the wave now."""
        for number, floor in enumerate(self.floors):
            self.lost[number] += len(self._losing(number, peers))
            self.closed[number].update(floor.nodes_of.get(peers, ()))

    def _losing(self, number: int, peers: _Peers) -> list[str]:
        """Nodes whose last sessions with the pool are with these peers."""
        floor, closed = self.floors[number], self.closed[number]
        return [
            node
            for node in floor.nodes_of.get(peers, ())
            if closed[node] + 1 == len(floor.sessions[node])
        ]


def floors_of(
    before: Site,
    after: Site,
    limits: Availability,
    atoms: Iterable[Step],
    opened: Iterable[Session],
    living: Callable[[str], bool],
) -> tuple[Floor, ...]:
    """The pools that have a limit; of both IP versions, each by itself where they differ.

    :param atoms: peers that change together, with their sessions.
    :param opened: new sessions that are up before the first wave.
    :param living: whether a node has any session.
    """
    if not limits.by_pool:
        return ()
    listed = list(atoms)
    moving = {each.ends for step in listed for each in (*step.closed, *step.awaited)}
    new = {each.ends for each in opened}
    former = {each.ends: each for each in before.sessions}
    steady = [
        (former.get(each.ends, each), each)
        for each in after.sessions
        if each.ends not in moving
        and living(each.node)
        and (each.ends in former or each.ends in new)
    ]
    found = []
    for name, limit in limits.by_pool.items():
        for had, has in dict.fromkeys(_reaches(name, before, after)):
            one, other = before.reaches[had].announcers, after.reaches[has].announcers
            sessions: dict[str, dict[_Peers, frozenset[Ends]]] = {}
            for step in listed:
                olds = _by_node(step.closed, one)
                for node, ends in _by_node(step.awaited, other).items():
                    if node in olds:
                        sessions.setdefault(node, {})[step.peers] = ends | olds[node]
            for old, session in steady:
                if (old is session or _announces(old, one)) and _announces(session, other):
                    own = sessions.setdefault(session.node, {})
                    own[()] = own.get((), frozenset()) | {session.ends}
            found.append(Floor(name, limit.min_announcers, sessions))
    return tuple(found)


def _reaches(pool: str, before: Site, after: Site) -> Iterator[tuple[int, int]]:
    """Ways in which a pool is announced before and after, one an IP version."""
    for version in (4, 6):
        pair = [
            each.reach
            for site in (before, after)
            for each in site.pools
            if each.name == pool and version in each.versions
        ]
        if len(pair) == 2:
            yield pair[0], pair[1]


def _announces(session: Session, announcing: _Announcing) -> bool:
    return session.node in announcing.get(session.router, ())


def _by_node(sessions: Iterable[Session], announcing: _Announcing) -> dict[str, frozenset[Ends]]:
    """Sessions that announce, by node."""
    found: dict[str, frozenset[Ends]] = {}
    for each in sessions:
        if _announces(each, announcing):
            found[each.node] = found.get(each.node, frozenset()) | {each.ends}
    return found
