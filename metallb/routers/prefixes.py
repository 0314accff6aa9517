"""The prefixes that advertisements announce to a router, and their communities. Pure.

A pool's block or range is announced as the prefixes of the aggregation length that hold one of its
addresses (MetalLB speaker/bgp_controller.go, SetBalancer: the address under a mask of that length).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metallb.algebra.addresses import bits_of
from metallb.algebra.intervals import Interval, merged, prefix_lengths, readable
from metallb.algebra.selectors import meets_any, terms_of
from metallb.routers.model import Admitted, Communities, Term
from metallb.routing import BgpAdvertisement, BgpPeer, RoutingConfig
from metallb.routing.choosing import chooses_pool

__all__ = ["Announcements", "admitted", "communities_of"]

_STANDARD = re.compile(r"(\d+):(\d+)")
_LARGE = re.compile(r"large:(\d+):(\d+):(\d+)")


@dataclass(frozen=True)
class _Announced:
    """An advertisement, with what it announces of each IP version."""

    advertisement: BgpAdvertisement
    communities: Communities
    prefixes: Mapping[int, tuple[Admitted, ...]]


class Announcements:
    """What the advertisements of a configuration announce, worked out once for all routers."""

    def __init__(self, routing: RoutingConfig) -> None:
        aliases = {
            alias.name or "": alias.value or ""
            for each in routing.communities
            for alias in each.spec.communities or ()
        }
        self._all = [
            _Announced(
                each,
                communities_of(each.spec.communities or (), aliases),
                {v: tuple(admitted(_intervals(routing, each, v), each)) for v in (4, 6)},
            )
            for each in routing.advertisements
        ]
        self._terms: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[Term, ...]] = {}

    def terms_for(self, peers: Sequence[BgpPeer], families: Iterable[int]) -> tuple[Term, ...]:
        """What some peers' sessions bring, one term for each advertisement; equal ones once.

        :param families: IP versions that the sessions carry.
        """
        versions = tuple(sorted(families))
        numbers = tuple(
            number
            for number, each in enumerate(self._all)
            if any(_reaches(each.advertisement, peer) for peer in peers)
        )
        if (numbers, versions) not in self._terms:
            self._terms[numbers, versions] = self._made(numbers, versions)
        return self._terms[numbers, versions]

    def _made(self, numbers: Iterable[int], versions: Iterable[int]) -> tuple[Term, ...]:
        found: dict[tuple[Communities, tuple[Admitted, ...]], Term] = {}
        for number in numbers:
            one = self._all[number]
            prefixes = tuple(each for version in versions for each in one.prefixes[version])
            if prefixes:
                term = Term(one.advertisement.name, one.communities, prefixes)
                found.setdefault((one.communities, prefixes), term)
        return tuple(found.values())


def _reaches(advertisement: BgpAdvertisement, peer: BgpPeer) -> bool:
    """Whether an advertisement may be announced to a peer."""
    names = advertisement.spec.peers
    if names and peer.name not in names:
        return False
    if not advertisement.spec.node_selectors:
        return True
    nodes = terms_of(peer.spec.node_selectors)
    return any(meets_any(each, nodes) for each in terms_of(advertisement.spec.node_selectors))


def _intervals(
    routing: RoutingConfig, advertisement: BgpAdvertisement, version: int
) -> list[Interval]:
    texts = [
        text
        for pool in routing.pools
        if chooses_pool(advertisement, pool.name, pool.labels)
        for text in pool.spec.addresses
    ]
    return [each for each in readable(texts) if each.version == version]


def admitted(intervals: Iterable[Interval], advertisement: BgpAdvertisement) -> list[Admitted]:
    """The prefixes of an advertisement within some intervals, in the fewest aligned blocks."""
    found = []
    for version, length in (
        (4, min(max(advertisement.spec.aggregation_length, 0), 32)),
        (6, min(max(advertisement.spec.aggregation_length_v6, 0), 128)),
    ):
        shift = bits_of(version) - length
        widened = (
            Interval(version, each.first >> shift << shift, ((each.last >> shift) + 1 << shift) - 1)
            for each in intervals
            if each.version == version
        )
        for whole in merged(widened):
            found += [Admitted(block, length) for block in _aligned(whole)]
    return found


def _aligned(whole: Interval) -> Iterable[Interval]:
    first = whole.first
    for length in prefix_lengths(whole):
        last = first + (1 << bits_of(whole.version) - length) - 1
        yield Interval(whole.version, first, last)
        first = last + 1


def communities_of(texts: Iterable[str], aliases: Mapping[str, str]) -> Communities:
    """Communities by value or by name; what is neither is left to the rules of `check`."""
    standard: set[tuple[int, int]] = set()
    large: set[tuple[int, int, int]] = set()
    for text in texts:
        value = aliases.get(text, text)
        if match := _STANDARD.fullmatch(value):
            standard.add((int(match[1]), int(match[2])))
        elif match := _LARGE.fullmatch(value):
            large.add((int(match[1]), int(match[2]), int(match[3])))
    return Communities(tuple(sorted(standard)), tuple(sorted(large)))
