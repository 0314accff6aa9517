"""Section `metallb:availability`: how many sessions an update may take down at once."""

from typing import Annotated

from pydantic import AfterValidator, Field

from metallb.models.strict import WHOLE_NUMBER
from metallb.stackfile.base import DnsLabel, Duration, InvalidValue, Section

__all__ = ["Availability", "PoolAvailability", "RackAvailability"]

_SHORTEST = 1


def _timeout(value: Duration) -> Duration:
    if value.seconds < _SHORTEST:
        rule = "A session takes a moment to open, so that every update would stop."
        raise InvalidValue("is too short", rule, "write 30s or more", shows=True)
    return value


_Limit = Annotated[int, Field(ge=1, le=1024), WHOLE_NUMBER]


class RackAvailability(Section):
    """What is different for the nodes of one rack."""

    max_sessions_down: _Limit
    """Sessions of each node of the rack that may be down at once."""


class PoolAvailability(Section):
    """What an update keeps of one pool, and so of every Service with an address of it."""

    min_announcers: Annotated[int, Field(ge=1, le=100_000), WHOLE_NUMBER]
    """Nodes that announce the pool to a router at any time of an update. A Service of policy Local
    is announced by those of them that have an endpoint."""


class Availability(Section):
    """`up` changes peers in waves, and waits after each until its sessions are established again.
    Left out, it changes all of them at once."""

    max_sessions_down: _Limit
    """Sessions of each node that may be down at once. With 1, the routers of a rack change one
    after the other."""
    racks_at_once: _Limit | None = None
    """Racks whose sessions may be down at once. Left out, those of every rack: a wave has a router
    of each."""
    session_timeout: Annotated[Duration, AfterValidator(_timeout)] | None = None
    """How long `up` waits for the sessions of a wave. Left out, the longest time that `impact`
    shows, and a minute."""
    by_rack: dict[DnsLabel, RackAvailability] = {}
    """Racks that differ, by name."""
    by_pool: dict[DnsLabel, PoolAvailability] = {}
    """Pools that keep a number of announcers, by name."""

    def of_rack(self, rack: str) -> int:
        """Sessions of a node of a rack that may be down at once."""
        own = self.by_rack.get(rack)
        return self.max_sessions_down if own is None else own.max_sessions_down
