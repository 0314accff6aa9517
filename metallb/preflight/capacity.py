"""Rules about what routers can take: prefixes on a session, next hops for an address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from metallb.config import EquinixMetalPlatform
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.routing import BgpAdvertisement, IPAddressPool

__all__: list[str] = []

Lengths = Mapping[str | None, set[tuple[int, int]]]
"""IP versions and prefix lengths by peer; None stands for every peer."""
Counts = Mapping[tuple[int, str | None], int]
"""Prefixes by IP version and peer; None stands for what every peer gets."""


@rule("M1", Severity.WARNING)
def prefixes_of_session(case: Case) -> Iterator[Hit]:
    """A session announces no more prefixes than the router takes.

    Why: one Service too many shuts the session down, and on Equinix Metal only the support can
    raise it again.
    Remedy: set aggregationLength to the block's prefix length, so that it is one prefix however
    many Services use it.
    Source: Equinix Metal API (max_prefix, 10 by default); cloud-provider-equinix-metal issue 457.
    """
    limit = case.max_prefixes
    if limit is None:
        return
    totals: dict[tuple[int, str | None], int] = defaultdict(int)
    largest: tuple[int, IPAddressPool] | None = None
    everywhere = _announced(case.everywhere)
    for pool in case.routing.pools:
        counts = _counts(case, pool, everywhere)
        for key, count in counts.items():
            totals[key] += count
        most = max(counts.values(), default=0)
        if largest is None or most > largest[0]:
            largest = (most, pool)
    worst = max(
        (
            total + (totals.get((version, None), 0) if peer is not None else 0)
            for (version, peer), total in totals.items()
        ),
        default=0,
    )
    if largest is not None and worst > limit:
        share = "" if worst == largest[0] else f", {largest[0]} of them from this pool"
        yield Hit(largest[1].origin, f"up to {worst} prefixes{share}; the routers take {limit}")


def _announced(listed: Iterable[BgpAdvertisement]) -> Lengths:
    """IP versions and prefix lengths of routes, by peer."""
    lengths: dict[str | None, set[tuple[int, int]]] = defaultdict(set)
    for each in listed:
        for peer in each.spec.peers or (None,):
            lengths[peer].update(_lengths(each))
    return lengths


def _counts(case: Case, pool: IPAddressPool, everywhere: Lengths) -> Counts:
    """How many different prefixes a pool can put on a session."""
    lengths = {peer: set(found) for peer, found in everywhere.items()}
    for peer, found in _announced(case.named_advertisements(pool.name)).items():
        lengths.setdefault(peer, set()).update(found)
    counts: dict[tuple[int, str | None], int] = defaultdict(int)
    for peer, announced in lengths.items():
        # What every peer gets anyway is not counted a second time for a peer by name.
        for version, length in announced if peer is None else announced - lengths.get(None, set()):
            counts[(version, peer)] += _blocks(case, pool, version, length)
    return counts


def _lengths(each: BgpAdvertisement) -> tuple[tuple[int, int], ...]:
    four = min(max(each.spec.aggregation_length, 0), 32)
    return (4, four), (6, min(max(each.spec.aggregation_length_v6, 0), 128))


def _blocks(case: Case, pool: IPAddressPool, version: int, length: int) -> int:
    known = sum(
        span.interval.blocks(length)
        for span in case.spans_by_pool.get(pool.name, ())
        if span.interval.version == version
    )
    if version == 6:
        return known
    # A reserved block is an aligned power of two, so its size is enough to count with.
    return known + sum(
        max(1, size >> (32 - length)) for size in case.block_sizes.get(pool.name, ())
    )


@rule("M2", Severity.WARNING)
def next_hops_of_address(case: Case) -> Iterator[Hit]:
    """No more nodes announce an address than routers spread it over.

    Why: routers take so many equal routes and leave out the rest: those nodes get no traffic, and
    which ones changes.
    Remedy: announce from fewer nodes, or set ecmpLimit to what the routers can do.
    Source: RFC 2992; the routers' own documentation (maximum-paths).
    """
    limit = case.ecmp_limit
    if limit is None:
        return
    most = max(_node_counts(case), default=0)
    if most > limit:
        where = "metallb:bgp.ecmpLimit" if case.stack is not None else "peers"
        yield Hit(where, f"{most} nodes announce to one router, limit {limit}")


@rule("I16", Severity.WARNING)
def countable_next_hops(case: Case) -> Iterator[Hit]:
    """An ecmpLimit that is given can be compared with the number of nodes.

    Why: how many nodes carry a label is known to the cluster alone, so more of them than the
    routers spread an address over would not be noticed. Where ecmpLimit is left out nothing is
    compared, and nothing is said.
    Remedy: count the nodes of these peers and silence this with the number, name the nodes by host
    name, or leave ecmpLimit out.
    Source: RFC 2992; the product's own rule.
    """
    if case.ecmp_limit is None or not _limit_given(case):
        return
    if max(_node_counts(case), default=0) > case.ecmp_limit:
        # The nodes that are known are too many already.
        return
    unknown = [
        peer.name
        for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True)
        if hosts is None
    ]
    if unknown and case.metal is None:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        yield Hit(
            "metallb:bgp.ecmpLimit" if case.stack is not None else "peers",
            f"limit {case.ecmp_limit}; nodes by label at peer {', '.join(unknown[:3])}{more}",
        )


def _limit_given(case: Case) -> bool:
    """Whether the limit was written, rather than left at its default."""
    return case.stack is None or "ecmp_limit" in case.stack.bgp.model_fields_set


def _node_counts(case: Case) -> Iterator[int]:
    """Nodes that announce the same address, by router."""
    platform = case.stack.platform if case.stack is not None else None
    if isinstance(platform, EquinixMetalPlatform) and (
        not case.complete or not platform.asks_neighbors
    ):
        # A router a node: the routers behind them see all nodes.
        yield len(platform.nodes)
        return
    by_router: dict[str, set[str]] = defaultdict(set)
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        by_router[peer.spec.peer_address or peer.name] |= hosts or set()
    yield from (len(hosts) for hosts in by_router.values())
