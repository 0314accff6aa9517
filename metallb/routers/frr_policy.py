"""FRR's prefix lists, community lists and route maps, evaluated for one route.

Source: FRR's user guide (filter, routemap). What is not understood makes no verdict.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from metallb.algebra.addresses import bits_of
from metallb.algebra.intervals import Interval, interval_of
from metallb.routers.found import Route

__all__ = ["Policies"]

_PREFIX_LIST = re.compile(
    r"(ip|ipv6) prefix-list (\S+)(?: seq (\d+))? (permit|deny) (\S+)(?: ge (\d+))?(?: le (\d+))?"
    r"(?: ge (\d+))?"
)
_COMMUNITY_LIST = re.compile(
    r"(?:bgp|ip) (large-)?community-list(?: standard)? (\S+)(?: seq (\d+))? (permit|deny) (.+)"
)
_ROUTE_MAP = re.compile(r"route-map (\S+) (permit|deny) (\d+)")
_OF_PREFIXES = re.compile(r"(ip|ipv6) address prefix-list (\S+)")
_OF_COMMUNITIES = re.compile(r"(large-)?community (\S+)( exact-match)?")
_WELL_KNOWN = {
    "graceful-shutdown": (65535, 0),
    "blackhole": (65535, 666),
    "no-export": (65535, 65281),
    "no-advertise": (65535, 65282),
    "local-AS": (65535, 65283),
}
_HARMLESS = ("set ", "description ", "!")


@dataclass
class _Entry:
    """One entry of a route map."""

    permits: bool
    matches: list[str] = field(default_factory=list)
    other: bool = False


@dataclass(frozen=True)
class _Prefixes:
    """One entry of a prefix list."""

    permits: bool
    within: Interval
    lengths: tuple[int, int]

    def holds(self, route: Route) -> bool:
        prefix = _interval(route)
        low, high = self.lengths
        return self.within.covers(prefix) and low <= route.length <= high


def _interval(route: Route) -> Interval:
    size = 1 << bits_of(route.version) - route.length
    return Interval(route.version, route.first, route.first + size - 1)


class Policies:
    """The named lists of one configuration, filled line by line."""

    def __init__(self) -> None:
        self._prefixes: dict[tuple[int, str], dict[int, _Prefixes]] = {}
        self._communities: dict[tuple[bool, str], list[tuple[bool, frozenset[tuple[int, ...]]]]]
        self._communities = {}
        self._unread: set[tuple[bool, str]] = set()
        self._maps: dict[str, dict[int, _Entry]] = {}
        self._open: _Entry | None = None

    def take(self, line: str) -> bool:
        """Whether a line belongs to a list or a route map, and is kept."""
        if match := _PREFIX_LIST.fullmatch(line):
            self._prefix_list(match)
        elif match := _COMMUNITY_LIST.fullmatch(line):
            self._community_list(match)
        elif match := _ROUTE_MAP.fullmatch(line):
            entry = _Entry(match[2] == "permit")
            self._maps.setdefault(match[1], {})[int(match[3])] = entry
            self._open = entry
            return True
        elif self._open is not None and line.startswith("match "):
            self._open.matches.append(line.removeprefix("match "))
            return True
        elif self._open is not None and line.startswith(("on-match", "call ", "continue")):
            self._open.other = True
            return True
        else:
            inside = self._open is not None and line.startswith(_HARMLESS)
            self._open = self._open if inside else None
            return inside
        self._open = None
        return True

    def _prefix_list(self, match: re.Match[str]) -> None:
        version = 4 if match[1] == "ip" else 6
        entries = self._prefixes.setdefault((version, match[2]), {})
        number = int(match[3]) if match[3] else max(entries, default=0) + 5
        bits = bits_of(version)
        if match[5] == "any":
            whole = Interval(version, 0, (1 << bits) - 1)
            entries[number] = _Prefixes(match[4] == "permit", whole, (0, bits))
            return
        block = interval_of(match[5])
        if block is None:
            return
        own = bits - (block.size.bit_length() - 1)
        low = int(match[6] or match[8] or 0) or own
        high = int(match[7]) if match[7] else (bits if match[6] or match[8] else own)
        entries[number] = _Prefixes(match[4] == "permit", block, (low, high))

    def _community_list(self, match: re.Match[str]) -> None:
        key = (bool(match[1]), match[2])
        values = set()
        for text in match[5].split():
            numbers = _WELL_KNOWN.get(text) or tuple(
                int(part) for part in text.split(":") if part.isdecimal()
            )
            if len(numbers) != (3 if match[1] else 2):
                self._unread.add(key)
                return
            values.add(numbers)
        self._communities.setdefault(key, []).append((match[4] == "permit", frozenset(values)))

    def prefix_list(self, name: str, route: Route) -> bool:
        """Whether a prefix list permits a route; one that is not there permits none."""
        entries = self._prefixes.get((route.version, name), {})
        for number in sorted(entries):
            if entries[number].holds(route):
                return entries[number].permits
        return False

    def route_map(self, name: str, route: Route) -> bool | None:
        """Whether a route map permits a route; one that is not there permits none."""
        entries = self._maps.get(name, {})
        for number in sorted(entries):
            entry = entries[number]
            verdicts = list(self._matches(entry, route))
            if False in verdicts:
                continue
            if None in verdicts or entry.other:
                return None
            return entry.permits
        return False

    def denies_all(self, name: str) -> bool:
        """Whether a route map has no entry that permits."""
        return not any(entry.permits for entry in self._maps.get(name, {}).values())

    def prefix_list_denies_all(self, name: str) -> bool:
        """Whether a prefix list has no entry that permits."""
        return not any(
            each.permits
            for version in (4, 6)
            for each in self._prefixes.get((version, name), {}).values()
        )

    def _matches(self, entry: _Entry, route: Route) -> Iterator[bool | None]:
        for text in entry.matches:
            if match := _OF_PREFIXES.fullmatch(text):
                version = 4 if match[1] == "ip" else 6
                yield route.version == version and self.prefix_list(match[2], route)
            elif match := _OF_COMMUNITIES.fullmatch(text):
                yield self._of_communities(match, route)
            else:
                yield None

    def _of_communities(self, match: re.Match[str], route: Route) -> bool | None:
        key = (bool(match[1]), match[2])
        if key in self._unread:
            return None
        of_route = route.communities.large if match[1] else route.communities.standard
        own: frozenset[tuple[int, ...]] = frozenset(of_route)
        for permits, values in self._communities.get(key, []):
            if own == values if match[3] else values <= own:
                return permits
        return False
