"""A router's import filter, probed with the routes at the borders of what the pools announce.

Both are unions of aligned blocks with lengths, so that where they differ, they differ at a border
of one of them. The borders of the pools are probed: each difference found is one; a hole or an
island inside that touches no border of a pool is not found.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from metallb.algebra.addresses import address_at, bits_of
from metallb.routers.found import Accepts, Route
from metallb.routers.model import Communities, Entry, Term

__all__ = ["Findings", "filter_findings"]


@dataclass(frozen=True)
class Findings:
    """Routes in words.

    :ivar refused: those of the pools that the router does not take.
    :ivar taken: those of no pool that it takes.
    :ivar unknown: the filter has parts that are not understood.
    """

    refused: tuple[str, ...]
    taken: tuple[str, ...]
    unknown: bool


def filter_findings(entry: Entry, version: int, accepts: Accepts) -> Findings:
    """Where a filter differs from what the pools announce.

    :param accepts: the filter.
    """
    refused: dict[str, None] = {}
    taken: dict[str, None] = {}
    unknown = False
    for route, wanted in _probes(entry, version):
        verdict = accepts(route)
        if verdict is None:
            unknown = True
        elif verdict is not wanted:
            (refused if wanted else taken)[_words(entry, route, wanted=wanted)] = None
    return Findings(tuple(refused), tuple(taken), unknown)


def _probes(entry: Entry, version: int) -> Iterator[tuple[Route, bool]]:
    """Routes, and whether a node announces them."""
    bits = bits_of(version)
    every = Communities(
        tuple(sorted({each for term in entry.terms for each in term.communities.standard})),
        tuple(sorted({each for term in entry.terms for each in term.communities.large})),
    )
    seen: set[Route] = set()
    routes = [Route(version, 0, 0, every)]
    for term in entry.terms:
        for each in term.of(version):
            step = 1 << bits - each.length
            first, last = each.block.first, each.block.last + 1 - step
            own = term.communities
            routes += [Route(version, at, each.length, own) for at in (first, last)]
            routes += [Route(version, first, each.length, less) for less in _with_one_less(own)]
            around = [at for at in (first - step, last + step) if 0 <= at < 1 << bits]
            routes += [Route(version, at, each.length, every) for at in around]
            for length in (each.block_length - 1, each.length - 1, each.length + 1):
                if 0 <= length <= bits:
                    start = first >> bits - length << bits - length
                    routes.append(Route(version, start, length, every))
    for route in routes:
        if route not in seen:
            seen.add(route)
            yield route, any(_announces(term, route) for term in entry.terms)


def _with_one_less(own: Communities) -> Iterator[Communities]:
    for index in range(len(own.standard)):
        yield Communities(own.standard[:index] + own.standard[index + 1 :], own.large)
    for index in range(len(own.large)):
        yield Communities(own.standard, own.large[:index] + own.large[index + 1 :])


def _announces(term: Term, route: Route) -> bool:
    own, needed = route.communities, term.communities
    carried = set(needed.standard) <= set(own.standard) and set(needed.large) <= set(own.large)
    return carried and _has(term, route)


def _has(term: Term, route: Route) -> bool:
    return any(
        each.length == route.length and each.block.first <= route.first <= each.block.last
        for each in term.of(route.version)
    )


def _words(entry: Entry, route: Route, *, wanted: bool) -> str:
    """The prefix, with the communities where these matter."""
    prefix = f"{address_at(route.version, route.first)}/{route.length}"
    if wanted:
        return f"{prefix} with {_listed(route.communities)}" if route.communities else prefix
    needed = [term.communities for term in entry.terms if _has(term, route)]
    if not needed:
        return prefix
    less = Communities(
        tuple(sorted(set(needed[0].standard) - set(route.communities.standard))),
        tuple(sorted(set(needed[0].large) - set(route.communities.large))),
    )
    return f"{prefix} without {_listed(less)}"


def _listed(communities: Communities) -> str:
    words = [f"{a}:{b}" for a, b in communities.standard]
    return " ".join([*words, *(f"{a}:{b}:{c}" for a, b, c in communities.large)])
