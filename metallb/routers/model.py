"""A router's half of its sessions with the nodes, in no router's words. Holds no key."""

from dataclasses import dataclass
from functools import cached_property

from metallb.algebra.addresses import bits_of
from metallb.algebra.intervals import Interval
from metallb.problems.problem import Location

__all__ = [
    "MOST_PREFIXES",
    "Admitted",
    "Bfd",
    "Communities",
    "End",
    "Entry",
    "Half",
    "Range",
    "Settings",
    "Term",
]

MOST_PREFIXES = 10_000
"""The highest limit that is written by itself: pools of IPv6 have more addresses than a router has
room for, and a Service takes one."""


@dataclass(frozen=True, order=True)
class Communities:
    """Communities that a route carries (RFC 1997, RFC 8092), sorted.

    :ivar standard: pairs of 16-bit numbers.
    :ivar large: triples of 32-bit numbers.
    """

    standard: tuple[tuple[int, int], ...] = ()
    large: tuple[tuple[int, int, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.standard or self.large)


@dataclass(frozen=True, order=True)
class Admitted:
    """Prefixes of one length within one aligned block.

    :ivar block: the block.
    :ivar length: length of the prefixes, at least that of the block.
    """

    block: Interval
    length: int

    @property
    def version(self) -> int:
        """IP version."""
        return self.block.version

    @property
    def block_length(self) -> int:
        """Prefix length of the block."""
        return bits_of(self.version) - (self.block.size.bit_length() - 1)

    @property
    def count(self) -> int:
        """Number of prefixes."""
        return self.block.blocks(self.length)


@dataclass(frozen=True)
class Term:
    """Prefixes that the router takes where they carry some communities.

    :ivar name: names the advertisements that announce them.
    :ivar communities: those that every such route carries.
    :ivar prefixes: sorted, none within another of the same length.
    """

    name: str
    communities: Communities
    prefixes: tuple[Admitted, ...]

    def of(self, version: int) -> tuple[Admitted, ...]:
        """The prefixes of an IP version."""
        return tuple(each for each in self.prefixes if each.version == version)


@dataclass(frozen=True)
class Bfd:
    """What the node does in a BFD session (RFC 5880); None leaves a value to its FRR.

    :ivar receive, transmit: intervals in milliseconds.
    :ivar passive: the node waits for the router to begin.
    :ivar minimum_ttl: of packets over several hops.
    """

    profile: str
    receive: int | None = None
    transmit: int | None = None
    multiplier: int | None = None
    echo: bool = False
    passive: bool = False
    minimum_ttl: int | None = None


@dataclass(frozen=True)
class Settings:
    """What sessions have in common.

    :ivar node_asn, router_asn: AS numbers of the two ends.
    :ivar port: TCP port on which the router listens.
    :ivar hold, keepalive: seconds that the node proposes; None where it leaves them to MetalLB.
    :ivar key: name of the Secret with the MD5 key; empty without one.
    :ivar families: IP versions that the sessions carry.
    """

    node_asn: int
    router_asn: int
    port: int = 179
    hold: int | None = None
    keepalive: int | None = None
    key: str = ""
    multihop: bool = False
    bfd: Bfd | None = None
    graceful_restart: bool = False
    families: tuple[int, ...] = (4,)

    @property
    def internal(self) -> bool:
        """Whether both ends are in one AS (iBGP)."""
        return self.node_asn == self.router_asn


@dataclass(frozen=True)
class End:
    """A node's end of a session, by its address.

    :ivar origin: the router's place in the stack file.
    :ivar peer: name of the BGPPeer object.
    """

    node: str
    address: str
    settings: Settings
    peer: str
    origin: Location


@dataclass(frozen=True)
class Range:
    """Ends whose addresses are not known one by one, within networks of the nodes.

    :ivar nodes: who they are: host names, or a label selector.
    :ivar by_label: nodes are chosen by label, so that their number is not known either.
    :ivar blocks: networks in CIDR notation; none where no network of the nodes is known.
    """

    nodes: str
    by_label: bool
    blocks: tuple[str, ...]
    settings: Settings
    peer: str
    origin: Location


@dataclass(frozen=True)
class Entry:
    """One address of a router with the sessions that nodes open to it.

    :ivar key: names it: rack and router, or the router's address.
    :ivar ends: sorted by node.
    :ivar terms: what comes over these sessions.
    """

    key: str
    address: str
    ends: tuple[End, ...]
    ranges: tuple[Range, ...]
    terms: tuple[Term, ...] = ()

    @property
    def settings(self) -> tuple[Settings, ...]:
        """The different settings of its sessions."""
        found = [end.settings for end in self.ends] + [each.settings for each in self.ranges]
        return tuple(dict.fromkeys(found))

    @property
    def families(self) -> tuple[int, ...]:
        """IP versions that its sessions carry."""
        return tuple(sorted({family for each in self.settings for family in each.families}))

    def own_blocks(self, each: Range) -> tuple[str, ...]:
        """The networks of a range from which the router takes sessions with its settings: a
        network is of one range alone, the first."""
        return tuple(block for block in each.blocks if self._settings_of[block] == each.settings)

    @cached_property
    def _settings_of(self) -> dict[str, Settings]:
        found: dict[str, Settings] = {}
        for each in self.ranges:
            for block in each.blocks:
                found.setdefault(block, each.settings)
        return found

    @cached_property
    def counts(self) -> dict[int, int]:
        """How many prefixes one node can announce, by IP version that the sessions carry."""
        found = {}
        for version in self.families:
            different = {each for term in self.terms for each in term.of(version)}
            found[version] = sum(each.count for each in _outermost(different))
        return found


def _outermost(prefixes: set[Admitted]) -> list[Admitted]:
    """Those that lie in no other of the same length: each prefix counts once."""
    found: list[Admitted] = []
    for each in sorted(prefixes, key=lambda p: (p.length, p.version, p.block.first, -p.block.last)):
        last = found[-1] if found else None
        if last is None or last.length != each.length or not last.block.covers(each.block):
            found.append(each)
    return found


@dataclass(frozen=True)
class Half:
    """One router's half of all its sessions.

    :ivar entries: one an address; two where it is reached by IPv4 and by IPv6.
    :ivar max_prefixes: prefixes that the router takes from a session, where the stack file has it.
    :ivar paths: next hops that it spreads an address over.
    :ivar nodes: number of nodes that announce to it; None where a range takes them.
    """

    name: str
    asn: int
    entries: tuple[Entry, ...]
    max_prefixes: int | None
    paths: int
    nodes: int | None

    @property
    def several_asns(self) -> bool:
        """Whether routes of different AS paths are of equal worth."""
        found = {each.node_asn for entry in self.entries for each in entry.settings}
        return len(found) > 1

    @property
    def settings(self) -> tuple[Settings, ...]:
        """The different settings of all sessions."""
        return tuple(dict.fromkeys(each for entry in self.entries for each in entry.settings))

    @property
    def families(self) -> tuple[int, ...]:
        """IP versions that its sessions carry."""
        return tuple(sorted({family for each in self.entries for family in each.families}))

    def limit(self, entry: Entry, version: int) -> int:
        """Prefixes after which a session ends: what the stack file has, or what can come."""
        return self.max_prefixes or min(max(entry.counts.get(version, 0), 1), MOST_PREFIXES)
