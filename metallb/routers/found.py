"""What a router has, as far as its configuration or its state shows it, in no router's words.

A value that is None is not known, and is not compared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from metallb.algebra.intervals import Interval
from metallb.routers.model import Communities

__all__ = ["Accepts", "FoundBfd", "FoundNeighbor", "FoundRouter", "Limit", "Route", "Seen"]

T = TypeVar("T")


@dataclass(frozen=True)
class Seen(Generic[T]):
    """A value, and the line that has it; 0 where no single line does."""

    value: T
    line: int = 0


@dataclass(frozen=True)
class Route:
    """A route as a node announces it.

    :ivar network: the prefix's first address as a number, and its length.
    """

    version: int
    first: int
    length: int
    communities: Communities = field(default_factory=Communities)


Accepts = Callable[[Route], bool | None]
"""Whether a router takes a route; None where its filter is not understood."""


@dataclass(frozen=True)
class Limit:
    """Prefixes of a session after which the router acts.

    :ivar count: None without a limit, or with one that only warns.
    """

    count: int | None


@dataclass(frozen=True)
class FoundNeighbor:
    """A neighbor of the router, or the neighbors that it takes from a range.

    :ivar name: its address, range or protocol as the router writes it.
    :ivar remote: where connections come from.
    :ivar remote_asn: AS number; `internal` and `external` as FRR and BIRD have them.
    :ivar key: whether there is an MD5 key; a placeholder is none.
    :ivar placeholder: whether the key is the one that generated files have in a key's place.
    :ivar bfd: intervals for sending and receiving in milliseconds, and the multiplier, each as far
        as it is known; a value of None is a neighbor without BFD.
    :ivar families: IP versions that are active.
    :ivar accepts: the inbound filter by IP version.
    :ivar exports: whether it sends routes; None where that depends on filters.
    :ivar state: such as `Established`; None in a configuration.
    :ivar reason: what the router says of a session that is down.
    """

    name: str
    remote: Interval
    line: int = 0
    local_asn: Seen[int] | None = None
    remote_asn: Seen[int | str] | None = None
    local_address: str = ""
    port: Seen[int] | None = None
    hold: Seen[int] | None = None
    key: Seen[bool] | None = None
    placeholder: bool = False
    bfd: "Seen[FoundBfd | None] | None" = None
    multihop: Seen[bool] | None = None
    graceful_restart: Seen[bool] | None = None
    families: Seen[frozenset[int]] | None = None
    limits: Mapping[int, Seen[Limit]] = field(default_factory=dict)
    accepts: Mapping[int, Seen[Accepts]] = field(default_factory=dict)
    exports: Seen[bool] | None = None
    state: Seen[str] | None = None
    reason: str = ""

    @property
    def dynamic(self) -> bool:
        """Whether it is a range."""
        return self.remote.size > 1


@dataclass(frozen=True)
class FoundBfd:
    """Values of a BFD session; None where the router's default holds."""

    transmit: int | None = None
    receive: int | None = None
    multiplier: int | None = None


@dataclass(frozen=True)
class FoundRouter:
    """All of a file.

    :ivar form: what the file is, such as `FRR configuration`.
    :ivar asns: AS numbers of the router.
    :ivar paths: next hops for one address, by IP version and whether sessions are internal.
    """

    form: str
    neighbors: tuple[FoundNeighbor, ...]
    asns: frozenset[int] = frozenset()
    paths: Mapping[tuple[int, bool], Seen[int]] = field(default_factory=dict)
