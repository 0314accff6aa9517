"""Rules about the limits of routers: prefixes on a session, next hops for an address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from metallb.preflight.advice import key, names
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.problem import Location
from metallb.routing import BgpAdvertisement, IPAddressPool

__all__: list[str] = []

Lengths = Mapping[str | None, set[tuple[int, int]]]
"""IP versions and prefix lengths by peer; None is every peer."""
Counts = Mapping[tuple[int, str | None], int]
"""Prefixes by IP version and peer; None is what every peer gets."""


@rule("M1", Severity.WARNING)
def prefixes_of_session(case: Case) -> Iterator[Hit]:
    """A session can announce more prefixes than the router accepts.

    Requirement: A session announces no more prefixes than the router accepts.
    Why: one Service too many shuts the session down, and with some providers only their support can
    start it again.
    Help: set aggregationLength to the block's prefix length, so that it is one prefix however many
    Services use it.
    Source: RFC 4271, 6.7; RFC 4486, 4 (Maximum Number of Prefixes Reached).
    """
    limit = case.max_prefixes
    if limit is None:
        return
    totals: dict[tuple[int, str | None], int] = defaultdict(int)
    largest: tuple[int, IPAddressPool] | None = None
    everywhere = _announced(case.everywhere)
    for pool in case.routing.pools:
        counts = _counts(case, pool, everywhere)
        for session, count in counts.items():
            totals[session] += count
        most = max(counts.values(), default=0)
        if largest is None or most > largest[0]:
            largest = (most, pool)
    worst, version = max(
        (
            (total + (totals.get((version, None), 0) if peer is not None else 0), version)
            for (version, peer), total in totals.items()
        ),
        default=(0, 4),
    )
    if largest is not None and worst > limit:
        most, pool = largest
        share = "" if worst == most else f" ({most} of pool {pool.name})"
        yield Hit(
            pool.origin,
            f"a session can carry {worst} prefixes{share}, but its router accepts {limit}",
            help=_fewer_prefixes(case, version),
        )


def _fewer_prefixes(case: Case, version: int) -> str:
    """What to do about too many prefixes, in the words of the file at hand."""
    field = "aggregation_length" if version == 4 else "aggregation_length_v6"
    length = key(case, field, BgpAdvertisement.kind)
    more = "--max-prefixes" if case.stack is None else "maxPrefixes of metallb:bgp"
    return (
        f"set {length} of the pool's advertisements to the prefix length of its blocks, so that a "
        f"block is one prefix; or set {more} to what the routers accept"
    )


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
    """More nodes announce an address than the routers have next hops for.

    Requirement: No more nodes announce an address than the routers have equal next hops for.
    Why: routers use no more equal routes than that; the nodes of the others get no traffic, and
    which nodes these are changes.
    Help: announce from fewer nodes, or set ecmpLimit to what the routers support.
    Source: RFC 2992; the routers' own documentation (maximum-paths).
    """
    limit = case.ecmp_limit
    if limit is None:
        return
    most = max(_node_counts(case), default=0)
    if most > limit:
        yield Hit(
            _limit_place(case),
            f"{most} nodes announce to one router, which uses {limit} next hops",
            help=f"announce from at most {limit} nodes, or set {_limit_key(case)} to what the "
            "routers support",
        )


@rule("I16", Severity.WARNING)
def countable_next_hops(case: Case) -> Iterator[Hit]:
    """ecmpLimit can't be compared with the number of nodes.

    Requirement: Where ecmpLimit is set, peers choose their nodes by host name.
    Why: only the cluster knows how many nodes carry a label, so that more of them than the routers
    have next hops for are not noticed. Where ecmpLimit is left out, nothing is compared.
    Help: count the nodes of these peers and ignore I16 with the number as the reason, choose the
    nodes by host name, or remove ecmpLimit.
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
    if unknown and (case.stack is None or not case.stack.platform.looks_up):
        who = f"peers {names(unknown)} choose" if unknown[1:] else f"peer {unknown[0]} chooses"
        count = "count the nodes of these peers"
        if case.stack is not None:
            count += " and ignore I16 with the number as the reason"
        yield Hit(
            _limit_place(case),
            f"ecmpLimit {case.ecmp_limit} is not checked: {who} nodes by label",
            help=f"{count}, choose the nodes by host name, or leave {_limit_key(case)} out",
        )


def _limit_key(case: Case) -> str:
    return "--ecmp-limit" if case.stack is None else "ecmpLimit of metallb:bgp"


def _limit_place(case: Case) -> Location:
    return ("metallb:bgp", "ecmpLimit") if case.stack is not None else ("peers",)


def _limit_given(case: Case) -> bool:
    """Whether the limit was written, rather than left at its default."""
    return case.stack is None or "ecmp_limit" in case.stack.bgp.model_fields_set


def _node_counts(case: Case) -> Iterator[int]:
    """Nodes that announce the same address, by router."""
    if case.stack is not None:
        all_nodes = case.stack.platform.announcing_nodes(complete=case.complete)
        if all_nodes is not None:
            yield all_nodes
            return
    by_router: dict[str, set[str]] = defaultdict(set)
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        if case.is_on_node(peer):
            # A router of each node has one next hop.
            continue
        by_router[peer.spec.peer_address or peer.name] |= hosts or set()
    yield from (len(hosts) for hosts in by_router.values())
