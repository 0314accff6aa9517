"""What the waves of an update are made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from metallb.forecast.redials import Redial
from metallb.forecast.site import Ends, Session
from metallb.models.strict import StrictModel

__all__ = ["Announcers", "Kept", "Plan", "Step", "Wave"]


class Kept(StrictModel):
    """What is left of a pool that the stack file has a limit for."""

    pool: str
    """Name of the pool."""
    announcers: int
    """Nodes that announce it to a router meanwhile."""
    least: int
    """Nodes that have to: `minAnnouncers`, or all where there are fewer."""


class Wave(StrictModel):
    """Peers that change together; the next wave begins when their sessions are up again."""

    peers: tuple[str, ...]
    """Names of the BGPPeers after the change."""
    keys: tuple[str, ...] = ()
    """Names of the Secrets with MD5 keys that change with them."""
    sessions: int
    """How many sessions are down meanwhile."""
    seconds: int
    """How long each is down at most."""
    kept: tuple[Kept, ...] = ()
    """Pools that have a limit, and that the wave's sessions announce."""
    fault: str = ""
    """Why the wave takes more than the stack file permits, so that `up` refuses the change; empty
    where it does not."""


@dataclass(frozen=True)
class Announcers:
    """Nodes that announce a pool while a wave lasts.

    :ivar least: how many of them have to be there.
    :ivar left: the sessions by which each of them announces it, of which one is enough.
    """

    pool: str
    least: int
    left: Mapping[str, frozenset[Ends]]

    @property
    def shown(self) -> Kept:
        """As it is shown."""
        return Kept(pool=self.pool, announcers=len(self.left), least=self.least)


@dataclass(frozen=True)
class Step:
    """A wave with its sessions.

    :ivar redials: sessions that end and come back; `ended` those that do not.
    :ivar opened: new sessions of nodes that lose others.
    :ivar announcers: who announces the pools that have a limit, meanwhile.
    :ivar limit: keys of the limit that it breaks, below the section.
    """

    peers: tuple[str, ...]
    keys: tuple[str, ...]
    redials: tuple[Redial, ...]
    ended: tuple[Session, ...]
    opened: tuple[Session, ...]
    announcers: tuple[Announcers, ...] = ()
    fault: str = ""
    limit: tuple[str, ...] = ()

    @property
    def down(self) -> Counter[str]:
        """How many sessions each node lacks meanwhile."""
        return Counter(each.node for each in self.closed)

    @property
    def closed(self) -> tuple[Session, ...]:
        """Sessions that end, as they were."""
        return (*(each.before for each in self.redials), *self.ended)

    @property
    def awaited(self) -> tuple[Session, ...]:
        """Sessions that have to be up afterwards."""
        return (*(each.after for each in self.redials), *self.opened)

    @property
    def shown(self) -> Wave:
        """The wave as it is shown."""
        return Wave(
            peers=self.peers,
            keys=self.keys,
            sessions=len(self.closed),
            seconds=max((each.seconds for each in self.redials), default=0),
            kept=tuple(each.shown for each in self.announcers),
            fault=self.fault,
        )


@dataclass(frozen=True)
class Plan:
    """All waves of an update.

    :ivar opened: new sessions, of peers in no wave, of nodes that lose others: they have to be up
        before the first wave, and before the peers of `removed` are deleted.
    :ivar removed: names of former peers, which an update deletes at its end.
    :ivar leaving: the sessions that end with them.
    :ivar behind: for each peer that takes sessions over, the peers that make room for it.
    :ivar announcers: who announces the pools that have a limit, when all waves are over.
    """

    steps: tuple[Step, ...] = ()
    opened: tuple[Session, ...] = ()
    removed: tuple[str, ...] = ()
    leaving: tuple[Session, ...] = ()
    behind: Mapping[str, frozenset[str]] = field(default_factory=dict)
    announcers: tuple[Announcers, ...] = ()

    @property
    def broken(self) -> tuple[Step, ...]:
        """The waves that can't keep a limit."""
        return tuple(step for step in self.steps if step.fault)

    @property
    def faults(self) -> tuple[str, ...]:
        """Why they can't."""
        return tuple(step.fault for step in self.broken)
