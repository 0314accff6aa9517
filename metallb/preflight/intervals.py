"""Address intervals: what a block or a range covers, and which of them overlap, in n log n."""

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from metallb.problems.escape import quoted
from metallb.routing.addresses import same_address

__all__ = [
    "Interval",
    "IntervalIndex",
    "correction",
    "overlaps",
    "parse_interval",
    "prefix_lengths",
    "shortest_length",
    "single_address",
]

_BITS = {4: 32, 6: 128}


@dataclass(frozen=True, order=True)
class Interval:
    """Addresses from `first` to `last`, both included, of one address family."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Number of addresses."""
        return self.last - self.first + 1

    def blocks(self, length: int) -> int:
        """Number of aligned blocks of a prefix length that hold one of the addresses."""
        shift = _BITS[self.version] - length
        return (self.last >> shift) - (self.first >> shift) + 1


@lru_cache(maxsize=65536)
def parse_interval(text: str) -> Interval:
    """What MetalLB reads: a block in CIDR notation, or two addresses joined by a hyphen.

    Host bits are ignored, as MetalLB does; zones are refused, as Go does.

    :raises ValueError: with what is wrong, as words that follow the text.
    """
    if "-" in text:
        left, _, right = text.partition("-")
        first, last = _address(left), _address(right)
        if first.version != last.version:
            msg = "starts in one address family and ends in the other"
            raise ValueError(msg)
        if int(first) > int(last):
            msg = "runs backwards"
            raise ValueError(msg)
        return Interval(first.version, int(first), int(last))
    if any(sign.isspace() for sign in text):
        # Go trims the two ends of a range, and nothing of a block.
        msg = "has a space in it"
        raise ValueError(msg)
    address, slash, length = text.partition("/")
    if not slash:
        msg = "has no prefix length" if _is_address(text) else "is neither a block nor a range"
        raise ValueError(msg)
    base = _address(address)
    bits = _BITS[base.version]
    if base.version == 4 and ":" in address:
        msg = "is a block of IPv4 addresses in IPv6 notation"
        raise ValueError(msg)
    if not (length.isascii() and length.isdigit() and len(length) <= 3 and int(length) <= bits):
        msg = f"has a prefix length that is not a number from 0 to {bits}"
        raise ValueError(msg)
    shift = bits - int(length)
    start = int(base) >> shift << shift
    return Interval(base.version, start, start + (1 << shift) - 1)


def correction(text: str) -> str:
    """What was probably meant by a text that can't be read; empty where that is not known."""
    return next((each for each in _corrections(text) if _is_readable(each)), "")


def _corrections(text: str) -> Iterator[str]:
    bare = re.sub(r"\s*([/-])\s*", r"\1", text.strip())
    yield bare
    first, hyphen, last = bare.partition("-")
    if hyphen:
        yield f"{last}-{first}"
    address, slash, length = bare.partition("/")
    four = same_address(address)
    if not slash:
        yield f"{four}/{128 if ':' in four else 32}"
    elif four != address and length.isdecimal() and int(length) >= 96:
        # The prefix length of an IPv4 address in IPv6 notation counts 96 bits more.
        yield f"{four}/{int(length) - 96}"


def _is_readable(text: str) -> bool:
    try:
        parse_interval(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65536)
def single_address(text: str) -> Interval:
    """The interval of one address.

    :raises ValueError: no address.
    """
    address = _address(text)
    return Interval(address.version, int(address), int(address))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    text = text.strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        msg = f"holds {quoted(text)}, which is not an IP address"
        raise ValueError(msg) from None
    if "%" in text:
        msg = "has a zone"
        raise ValueError(msg)
    mapped = getattr(address, "ipv4_mapped", None)
    # Go's net.ParseIP makes no difference between ::ffff:10.0.0.1 and 10.0.0.1.
    return mapped or address


def prefix_lengths(interval: Interval) -> Iterator[int]:
    """Prefix lengths of the blocks that make up the interval, as MetalLB splits a range."""
    bits = _BITS[interval.version]
    position = interval.first
    while position <= interval.last:
        aligned = (position & -position).bit_length() - 1 if position else bits
        fits = (interval.last - position + 1).bit_length() - 1
        step = min(aligned, fits)
        yield bits - step
        position += 1 << step


@lru_cache(maxsize=65536)
def shortest_length(interval: Interval) -> int:
    """Prefix length of the largest of those blocks, by which MetalLB judges an aggregation."""
    return min(prefix_lengths(interval))


def overlaps(intervals: Sequence[Interval]) -> Iterator[tuple[int, int]]:
    """Overlapping intervals by index: each one that runs into an earlier start, with whose.

    A sorted sweep: of the intervals so far only the one that reaches furthest matters.
    """
    order = sorted(
        range(len(intervals)),
        key=lambda i: (intervals[i].version, intervals[i].first, -intervals[i].last, i),
    )
    furthest = -1
    for index in order:
        here = intervals[index]
        if furthest >= 0:
            there = intervals[furthest]
            if there.version == here.version and here.first <= there.last:
                yield index, furthest
                if here.last <= there.last:
                    continue
        furthest = index


class IntervalIndex:
    """Finds an interval that overlaps a given one, in log n."""

    def __init__(self, intervals: Iterable[tuple[Interval, str]]) -> None:
        self._entries = sorted(intervals)
        self._starts = [(each.version, each.first) for each, _ in self._entries]
        self._furthest: list[int] = []
        best = -1
        for position, (each, _) in enumerate(self._entries):
            if best < 0 or self._reaches(each) > self._reaches(self._entries[best][0]):
                best = position
            self._furthest.append(best)

    def hit(self, interval: Interval) -> tuple[Interval, str] | None:
        """Some entry that shares an address with the interval."""
        position = bisect_right(self._starts, (interval.version, interval.last)) - 1
        if position < 0:
            return None
        entry = self._entries[self._furthest[position]]
        found = entry[0]
        return entry if found.version == interval.version and found.last >= interval.first else None

    @staticmethod
    def _reaches(interval: Interval) -> tuple[int, int]:
        return interval.version, interval.last
