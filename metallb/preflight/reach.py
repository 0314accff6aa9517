"""Whom an advertisement reaches: nodes, peers and Services as one term, and who meets whom."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from metallb.algebra.selectors import PEER, Term, meets_any, service_terms, terms_of
from metallb.routing import BgpAdvertisement, BgpAdvertisementSpec, IPAddressPool, RoutingConfig

__all__ = ["LENGTHS", "SamePrefix", "meets_services", "prefixes_of", "reach", "served_by"]

LENGTHS: Mapping[int, str] = {4: "aggregation_length", 6: "aggregation_length_v6"}
"""By IP version the field that says how long announced prefixes are."""

_MAX_EVERYWHERE = 16


def reach(spec: BgpAdvertisementSpec) -> tuple[Term, ...]:
    """From which nodes, to which peers, for which Services an advertisement announces.

    Empty where it can't announce anything.
    """
    found = terms_of(spec.node_selectors)
    if spec.peers:
        found = tuple(term.with_values(PEER, spec.peers) for term in found)
    if spec.service_selectors:
        services = service_terms(spec.service_selectors)
        found = tuple(term.joined(each) for term in found for each in services)
    return found


class SamePrefix(NamedTuple):
    """Advertisements that announce the same prefixes of a pool, in the order of the file."""

    pool: IPAddressPool
    version: int
    listed: tuple[BgpAdvertisement, ...]


def prefixes_of(
    routing: RoutingConfig,
    named_of: Callable[[str], Sequence[BgpAdvertisement]],
    everywhere: Sequence[BgpAdvertisement],
    families_of: Callable[[str], frozenset[int]],
) -> Iterator[SamePrefix]:
    """By pool and IP version, each group of two advertisements or more; equal groups once.

    :param named_of: the advertisements that choose a pool by name or label.
    :param everywhere: those of every pool.
    :param families_of: the IP versions of a pool.
    """
    checked: set[Hashable] = set()
    position = {id(each): order for order, each in enumerate(routing.advertisements)}
    for pool in routing.pools:
        named, families = named_of(pool.name), families_of(pool.name)
        served = served_by(pool)
        group = (tuple(id(each) for each in named), families, served)
        if len(named) + len(everywhere) < 2 or group in checked:
            continue
        checked.add(group)
        # Beside the pool's own ones not all that are for every pool, where those are absurdly many.
        general = everywhere[:_MAX_EVERYWHERE] if named else everywhere
        listed = [each for each in (*named, *general) if meets_services(each, served)]
        for version in sorted(families):
            length = attrgetter(f"spec.{LENGTHS[version]}")
            for _, same in groupby(sorted(listed, key=length), key=length):
                found = tuple(sorted(same, key=lambda each: position[id(each)]))
                if len(found) > 1:
                    yield SamePrefix(pool, version, found)


def served_by(pool: IPAddressPool) -> tuple[Term, ...] | None:
    """The Services that get addresses of the pool, where their labels decide."""
    allocation = pool.spec.service_allocation
    if allocation is None or not allocation.service_selectors:
        return None
    return service_terms(allocation.service_selectors)


def meets_services(each: BgpAdvertisement, served: tuple[Term, ...] | None) -> bool:
    """Whether an advertisement may choose any of the Services."""
    if served is None or not each.spec.service_selectors:
        return True
    return any(meets_any(term, served) for term in service_terms(each.spec.service_selectors))
