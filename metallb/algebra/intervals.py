"""Blocks and ranges as intervals of addresses: what they cover, and which overlap, in n log n."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from metallb.algebra.addresses import Address, address_at, address_of, bits_of, parse_address

__all__ = [
    "Fault",
    "Interval",
    "IntervalIndex",
    "UnreadableInterval",
    "block_of",
    "interval_of",
    "merged",
    "overlaps",
    "parse_interval",
    "prefix_lengths",
    "readable",
    "same_blocks",
    "shortest_length",
    "single_address",
]


class Fault(Enum):
    """Why a text is neither a block nor a range."""

    ADDRESS = "holds a text that is no address"
    BACKWARDS = "runs backwards"
    FAMILIES = "starts in one address family and ends in the other"
    SPACE = "has a space in it"
    NO_LENGTH = "has no prefix length"
    NOTATION = "is neither a block nor a range"
    MAPPED = "is a block of IPv4 addresses in IPv6 notation"
    LENGTH = "has a prefix length that is not a number from 0 to {}"


class UnreadableInterval(ValueError):
    """A text that is neither a block nor a range; its message follows the text.

    :ivar fault: why.
    """

    def __init__(self, fault: Fault, message: str = "") -> None:
        super().__init__(message or fault.value)
        self.fault = fault


class Interval(NamedTuple):
    """Addresses from `first` to `last`, both included, of one address family."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Number of addresses."""
        return self.last - self.first + 1

    @property
    def left_out(self) -> int:
        """Number of addresses that `avoidBuggyIPs` leaves out: IPv4 ones that end in .0 or .255."""
        if self.version != 4:
            return 0
        zeros = (self.last >> 8) - (self.first - 1 >> 8)
        ends = (self.last + 1 >> 8) - (self.first >> 8)
        return zeros + ends

    @property
    def block(self) -> str:
        """The block in CIDR notation, of an interval that is one block; empty for another one."""
        length = bits_of(self.version) - (self.size.bit_length() - 1)
        if self.size & (self.size - 1) or self.first & (self.size - 1):
            return ""
        return f"{self.first_address}/{length}"

    @property
    def first_address(self) -> Address:
        """The lowest address."""
        return address_at(self.version, self.first)

    @property
    def last_address(self) -> Address:
        """The highest address."""
        return address_at(self.version, self.last)

    def holds(self, address: Address) -> bool:
        """Whether an address is one of them."""
        return address.version == self.version and self.first <= int(address) <= self.last

    def covers(self, other: "Interval") -> bool:
        """Whether all addresses of another interval are among them."""
        same = self.version == other.version
        return same and self.first <= other.first and other.last <= self.last

    def blocks(self, length: int) -> int:
        """Number of aligned blocks of a prefix length that hold one of the addresses."""
        shift = bits_of(self.version) - length
        return (self.last >> shift) - (self.first >> shift) + 1

    def without(self, holes: Sequence["Interval"]) -> list["Interval"]:
        """What is left without some parts of it, which are sorted and apart."""
        starts = [self.first, *(hole.last + 1 for hole in holes)]
        ends = [*(hole.first - 1 for hole in holes), self.last]
        sides = zip(starts, ends, strict=True)
        return [Interval(self.version, first, last) for first, last in sides if first <= last]


@lru_cache(maxsize=65536)
def parse_interval(text: str) -> Interval:
    """What MetalLB reads: a block in CIDR notation, or two addresses joined by a hyphen.

    Host bits are ignored, as MetalLB does; zones are refused, as Go does.

    :raises UnreadableInterval: with what is wrong, as words that follow the text.
    """
    if "-" in text:
        left, _, right = text.partition("-")
        first, last = _end(left), _end(right)
        if first.version != last.version:
            raise UnreadableInterval(Fault.FAMILIES)
        if int(first) > int(last):
            raise UnreadableInterval(Fault.BACKWARDS)
        return Interval(first.version, int(first), int(last))
    if any(sign.isspace() for sign in text):
        # Go trims the two ends of a range, and nothing of a block.
        raise UnreadableInterval(Fault.SPACE)
    address, slash, length = text.partition("/")
    if not slash:
        known = address_of(text) is not None
        raise UnreadableInterval(Fault.NO_LENGTH if known else Fault.NOTATION)
    base = _end(address)
    if base.version == 4 and ":" in address:
        raise UnreadableInterval(Fault.MAPPED)
    bits = bits_of(base.version)
    if not (length.isascii() and length.isdigit() and len(length) <= 3 and int(length) <= bits):
        raise UnreadableInterval(Fault.LENGTH, Fault.LENGTH.value.format(bits))
    shift = bits - int(length)
    start = int(base) >> shift << shift
    return Interval(base.version, start, start + (1 << shift) - 1)


def _end(text: str) -> Address:
    try:
        return parse_address(text.strip())
    except ValueError as error:
        raise UnreadableInterval(Fault.ADDRESS, str(error)) from None


def interval_of(text: str) -> Interval | None:
    """The interval of a block or a range; None for what is neither."""
    try:
        return parse_interval(text)
    except UnreadableInterval:
        return None


def readable(texts: Iterable[str]) -> list[Interval]:
    """The intervals of those texts that are blocks or ranges."""
    return [each for each in map(interval_of, texts) if each is not None]


@lru_cache(maxsize=65536)
@lru_cache(maxsize=65536)
def single_address(text: str) -> Interval:
    """The interval of one address.

    :raises ValueError: no address.
    """
    address = parse_address(text.strip())
    return Interval(address.version, int(address), int(address))


def block_of(text: str) -> str:
    """A block by its first address, as MetalLB reads it; what is no block stays as it is."""
    interval = None if "-" in text else interval_of(text)
    if interval is None:
        return text
    address, _, length = text.partition("/")
    same = int(parse_address(address)) == interval.first
    return text if same else f"{interval.first_address}/{length}"


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The fewest intervals that hold the same addresses, sorted."""
    found: list[Interval] = []
    for each in sorted(intervals):
        last = found[-1] if found else None
        if last is None or last.version != each.version or each.first > last.last + 1:
            found.append(each)
        elif each.last > last.last:
            found[-1] = Interval(each.version, last.first, each.last)
    return found


def same_blocks(texts: Iterable[str]) -> tuple[tuple[Interval, ...], tuple[str, ...]]:
    """Equal for equal sets of addresses, whether written as blocks or as ranges.

    What is neither stays as it is.
    """
    read = {text: interval_of(text) for text in texts}
    unread = sorted(text for text, interval in read.items() if interval is None)
    return tuple(merged(each for each in read.values() if each is not None)), tuple(unread)


def prefix_lengths(interval: Interval) -> Iterator[int]:
    """Prefix lengths of the blocks that make up the interval, as MetalLB splits a range."""
    bits = bits_of(interval.version)
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
