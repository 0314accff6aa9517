"""Rules about addresses that meet: pools with each other, with networks and with routers."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from metallb.preflight.case import Case, Span
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import (
    Interval,
    IntervalIndex,
    overlaps,
    parse_interval,
    single_address,
)
from metallb.preflight.registry import rule

__all__: list[str] = []


@rule("A2", Severity.ERROR)
def pools_apart(case: Case) -> Iterator[Hit]:
    """No two blocks or ranges overlap, in one pool or in two.

    Why: MetalLB refuses the whole configuration and goes on with the last one it liked.
    Remedy: shorten or remove one of the two.
    Source: MetalLB internal/config/config.go (poolsFor).
    """
    spans = case.spans
    for index, other in overlaps([span.interval for span in spans]):
        later, earlier = spans[max(index, other)], spans[min(index, other)]
        yield Hit(_at(case, later), f"{later.text} and {earlier.text} of pool {earlier.pool.name}")


@rule("A7", Severity.ERROR)
def pools_outside_networks(case: Case) -> Iterator[Hit]:
    """A pool lies outside the networks of nodes, pods and cluster IPs.

    Why: a Service gets an address that is taken, and announcing it draws away the traffic of a node
    or pod.
    Remedy: choose addresses outside that network.
    Source: MetalLB issues 364 and 2779 (its own check came with 0.15.0 and left with 0.15.1).
    """
    index = IntervalIndex(_networks(case))
    for span in case.spans:
        found = index.hit(span.interval)
        if found is not None:
            yield Hit(_at(case, span), f"{span.text} meets {found[1]}")


def _networks(case: Case) -> Iterator[tuple[Interval, str]]:
    # The models took these networks; one that could be passed over would switch this rule off.
    for network in case.networks:
        yield parse_interval(network.text), f"{network.text} of {network.label}"


@rule("A8", Severity.ERROR)
def pools_without_routers(case: Case) -> Iterator[Hit]:
    """A pool holds no address of a router, and none from which a node opens its sessions.

    Why: a Service would get an address that is taken, and announcing it cuts the session off.
    Remedy: leave that address out of the pool.
    Source: RFC 4271, 9.1.2.1; MetalLB issue 364.
    """
    yield from _pools_with_ends(case, by_itself=True)


@rule("X12", Severity.WARNING)
def named_pools_without_routers(case: Case) -> Iterator[Hit]:
    """A pool that gives out no address by itself holds none of a router or session either.

    Why: a Service that names the pool or the address gets it, and announcing it cuts the session
    off.
    Remedy: leave that address out of the pool.
    Source: RFC 4271, 9.1.2.1; MetalLB internal/allocator/allocator.go.
    """
    if case.foreign is not None:
        yield from _pools_with_ends(case, by_itself=False)


def _pools_with_ends(case: Case, *, by_itself: bool) -> Iterator[Hit]:
    ends = list(_session_ends(case))
    every = IntervalIndex(ends)
    # What avoidBuggyIPs leaves out is given to no Service.
    given = IntervalIndex((one, text) for one, text in ends if not _is_left_out(one))
    for span in case.spans:
        # A stack file is held to more than a file of somebody else, which MetalLB takes.
        if by_itself is not (span.pool.spec.auto_assign or case.foreign is None):
            continue
        found = (given if span.pool.spec.avoid_buggy_ips else every).hit(span.interval)
        if found is not None:
            rest = _without(span.interval, found[0])
            remedy = f"write {' and '.join(rest)}" if rest else "remove this entry"
            yield Hit(_at(case, span), f"{span.text} holds {found[1]}", remedy=remedy)


def _is_left_out(one: Interval) -> bool:
    return one.version == 4 and one.first & 255 in (0, 255)


def _without(interval: Interval, one: Interval) -> list[str]:
    """The ranges that are left of an interval without one of its addresses."""
    make = IPv4Address if interval.version == 4 else IPv6Address
    sides = ((interval.first, one.first - 1), (one.last + 1, interval.last))
    bits = 32 if interval.version == 4 else 128
    return [
        f"{make(first)}-{make(last)}" if first < last else f"{make(first)}/{bits}"
        for first, last in sides
        if first <= last
    ]


def _session_ends(case: Case) -> Iterator[tuple[Interval, str]]:
    for peer in case.routing.peers:
        if peer.spec.vrf:
            # The same address is another machine's in another VRF.
            continue
        ends = ((peer.spec.peer_address, "router"), (peer.spec.source_address, "source address"))
        for text, label in ends:
            try:
                one = single_address(text) if text else None
            except ValueError:
                continue
            if one is not None:
                yield one, f"the {label} {text} of peer {peer.name}"


def _at(case: Case, span: Span) -> str:
    return case.at(span.pool, "addresses", span.index)
