"""Rules about addresses that meet: pools with each other, with networks and with routers."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from metallb.algebra.intervals import (
    Interval,
    IntervalIndex,
    overlaps,
    parse_interval,
    shortest_length,
    single_address,
)
from metallb.preflight.advice import joined
from metallb.preflight.case import NODES, Case, Network, Span
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.problem import Location
from metallb.routing import BgpPeer

__all__: list[str] = []

_Place = Callable[[], Location]
"""Looks up where an address is, for the few that are wrong."""
_OUTSIDE = "choose addresses outside that network"
_ONE = "remove one of the two"
_MOST_HOLES = 4
"""Addresses that a help leaves out of a range one by one."""
_ROUTER, _SOURCE = "router", "source address"
_LONGEST_WITH_BROADCAST = 30
"""Both addresses of a /31 are machines' (RFC 3021), and the one of a /32 is."""


@rule("A2", Severity.ERROR)
def pools_apart(case: Case) -> Iterator[Hit]:
    """Two blocks of addresses overlap.

    Requirement: Blocks and ranges do not overlap, in one pool or in two.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: shorten or remove one of the two.
    Source: MetalLB internal/config/config.go (poolsFor).
    """
    spans = case.spans
    for index, other in overlaps([span.interval for span in spans]):
        later, earlier = spans[max(index, other)], spans[min(index, other)]
        same = later.pool.name == earlier.pool.name
        whose = "of the same pool" if same else f"of pool {earlier.pool.name}"
        pairs = ((later, earlier), (earlier, later))
        inner = next((x for x, y in pairs if same and y.interval.covers(x.interval)), None)
        fixed = _block(case, later) or _block(case, earlier)
        help = f"remove {_entry(case, inner)}" if inner else _ONE if fixed else ""
        wrong = f"{_shown(case, later)} overlaps {_shown(case, earlier)} {whose}"
        yield Hit(_at(case, later), wrong, help=help)


@rule("A7", Severity.ERROR)
def pools_outside_networks(case: Case) -> Iterator[Hit]:
    """A pool overlaps a network of nodes, pods or cluster IPs.

    Requirement: A pool lies outside the networks of pods and cluster IPs, and outside those of
    nodes, unless layer 2 announces it.
    Why: a Service gets an address that is in use, and its route draws away the traffic of a node or
    pod.
    Help: choose addresses outside that network.
    Source: MetalLB issues 364 and 2779; MetalLB checks this itself in 0.15.0 alone.
    """
    # The models read these networks before; to skip one here would switch this rule off.
    index = IntervalIndex((parse_interval(each.text), _words(each)) for each in case.networks)
    # Clients find an address of layer 2 in the network that they share with the nodes.
    others = IntervalIndex(
        (parse_interval(each.text), _words(each)) for each in case.networks if each.label != NODES
    )
    keys = _keys(case)
    for span in case.spans:
        found = (others if span.pool.name in case.layer2 else index).hit(span.interval)
        if found is not None:
            own = f"remove {_entry(case, span)}" if _block(case, span) else _OUTSIDE
            help = joined(own, f"correct {keys[found[1]]}")
            yield Hit(_at(case, span), f"{_shown(case, span)} overlaps {found[1]}", help=help)


def _words(network: Network) -> str:
    return f"{network.text} of {network.label}"


def _keys(case: Case) -> Mapping[str, str]:
    """Where a network is in the stack file."""
    return {_words(each): f"metallb:kubernetes.{each.key}" for each in case.networks}


@rule("A8", Severity.ERROR)
def pools_without_routers(case: Case) -> Iterator[Hit]:
    """A pool holds the address of a router or of a session's end.

    Requirement: A pool holds no address of a router, and none from which a node opens its sessions.
    Why: a Service would get an address that is in use, and its route cuts the session off.
    Help: leave that address out of the pool.
    Source: RFC 4271, 9.1.2.1; MetalLB issue 364.
    """
    yield from _pools_with_ends(case, by_itself=True)


@rule("X12", Severity.WARNING)
def named_pools_without_routers(case: Case) -> Iterator[Hit]:
    """A pool that gives out no address by itself holds one of a router or session.

    Requirement: A pool holds no address of a router or of a session's end, even with autoAssign
    false.
    Why: a Service that names the pool or the address gets it, and its route cuts the session off.
    Help: leave that address out of the pool.
    Source: RFC 4271, 9.1.2.1; MetalLB internal/allocator/allocator.go.
    """
    if case.foreign is not None:
        yield from _pools_with_ends(case, by_itself=False)


def _pools_with_ends(case: Case, *, by_itself: bool) -> Iterator[Hit]:
    every: dict[Interval, str] = {}
    for one, text in _session_ends(case):
        every.setdefault(one, text)
    ends = sorted(every)
    # What avoidBuggyIPs leaves out is given to no Service.
    given = [one for one in ends if not one.left_out]
    for span in case.spans:
        # A stack file is held to more than a foreign file, which MetalLB takes.
        if by_itself is not (span.pool.spec.auto_assign or case.foreign is None):
            continue
        found = _inside(given if span.pool.spec.avoid_buggy_ips else ends, span.interval)
        if found:
            wrong = f"{_shown(case, span)} holds {_listed([every[one] for one in found])}"
            yield Hit(_at(case, span), wrong, help=_keeping_out(case, span, found))


def _listed(ends: Sequence[str]) -> str:
    """Ends of sessions in words, the first of many."""
    rest = f"{len(ends) - 1} more routers or source addresses"
    return " and ".join(ends) if len(ends) < 3 else f"{ends[0]} and {rest}"


def _inside(ends: Sequence[Interval], interval: Interval) -> Sequence[Interval]:
    """Those of some sorted addresses that are in an interval."""
    first = Interval(interval.version, interval.first, interval.first)
    last = Interval(interval.version, interval.last, interval.last)
    return ends[bisect_left(ends, first) : bisect_right(ends, last)]


def _keeping_out(case: Case, span: Span, found: Sequence[Interval]) -> str:
    rest = _without(span.interval, found)
    if _block(case, span) or not rest:
        return f"remove {_entry(case, span)}"
    many = len(found) > _MOST_HOLES
    return "leave those addresses out of the pool" if many else f"write {' and '.join(rest)}"


def _without(interval: Interval, holes: Sequence[Interval]) -> list[str]:
    """The ranges that are left of an interval without some of its addresses, which are sorted."""
    return [
        one.block if one.size == 1 else f"{one.first_address}-{one.last_address}"
        for one in interval.without(holes)
    ]


def _session_ends(case: Case) -> Iterator[tuple[Interval, str]]:
    for peer in case.routing.peers:
        if peer.spec.vrf:
            # The same address is another machine's in another VRF.
            continue
        for _, label, text in _ends_of(case, peer):
            yield single_address(text), f"{label} {text} of peer {peer.name}"


@rule("A18", Severity.ERROR)
def host_of_a_network(case: Case) -> Iterator[Hit]:
    """A router or node has a network or broadcast address.

    Requirement: A router's address, and a node's source address, is neither the first nor the last
    of its IPv4 network.
    Why: nothing answers at a network's own address or at its broadcast address, and the session
    never comes up.
    Help: write the address of the router or node; where the link is a /31, add that /31 to
    metallb:kubernetes.nodeCidrs.
    Source: RFC 1122, 3.2.1.3; RFC 3021.
    """
    # A platform knows its own links: of a /31 the first address may be a gateway.
    if case.stack is None or case.stack.platform.looks_up:
        return
    networks = _Networks(case.stack.kubernetes.node_cidrs)
    for place, label, text in _ends(case):
        fault = networks.fault(text)
        if fault:
            machine = "router" if label == _ROUTER else "node"
            link = "where the link is a /31, add that /31 to metallb:kubernetes.nodeCidrs"
            help = f"write the address of the {machine}; {link}"
            yield Hit(place(), f"{label} {text} is {fault}", help=help)


class _Networks:
    """IPv4 networks, of which the smallest around an address counts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._starts: dict[int, set[int]] = defaultdict(set)
        for text in texts:
            network = parse_interval(text)
            if network.version == 4:
                self._starts[shortest_length(network)].add(network.first)
        self._lengths = sorted(self._starts, reverse=True)

    def fault(self, text: str) -> str:
        """Why no machine has the address; empty where one can."""
        end = single_address(text)
        for length in self._lengths if end.version == 4 else ():
            network = parse_interval(f"{end.first_address}/{length}")
            if network.first not in self._starts[length]:
                continue
            if length <= _LONGEST_WITH_BROADCAST:
                if end.first == network.first:
                    return f"the network address of {network.block}"
                if end.first == network.last:
                    return f"the broadcast address of {network.block}"
            return ""
        return ""


@rule("A19", Severity.ERROR)
def ends_outside_the_cluster(case: Case) -> Iterator[Hit]:
    """A router or node has an address of a pod or cluster IP.

    Requirement: A router's address, and a node's source address, is outside the networks of pods
    and cluster IPs.
    Why: a node routes those networks into the cluster, so it never reaches a router there, and no
    node has an address of them.
    Help: correct the address, or the network below metallb:kubernetes.
    Source: Kubernetes documentation, cluster networking.
    """
    index = IntervalIndex(
        (parse_interval(each.text), _words(each)) for each in case.networks if each.label != NODES
    )
    keys = _keys(case)
    for place, label, text in _ends(case):
        found = index.hit(single_address(text))
        if found is not None:
            # Addresses that a platform assigned can't be corrected.
            looked_up = case.stack is not None and case.stack.platform.looks_up
            own = "" if looked_up else "correct the address"
            help = joined(own, f"correct {keys[found[1]]}")
            yield Hit(place(), f"{label} {text} is inside {found[1]}", help=help)


def _ends(case: Case) -> Iterator[tuple[_Place, str, str]]:
    platform = case.stack.platform if case.stack is not None else None
    in_section = platform is not None and not platform.looks_up
    for peer in case.routing.peers:
        for place, label, text in _ends_of(case, peer):
            # A node has a key of its own in the section, however many sessions are opened from it.
            if label == _ROUTER or not in_section:
                yield place, label, text
    if platform is not None and in_section:
        for where, address in platform.source_addresses():
            yield partial(tuple, where), _SOURCE, address


def _ends_of(case: Case, peer: BgpPeer) -> Iterator[tuple[_Place, str, str]]:
    """Place, kind and text of each readable address at either end of a peer's sessions."""
    for name, label in (("peer_address", _ROUTER), ("source_address", _SOURCE)):
        text = getattr(peer.spec, name)
        try:
            single_address(text or "")
        except ValueError:
            continue
        yield partial(case.at, peer, name), label, text


def _block(case: Case, span: Span) -> str:
    """Name of the reserved block that an address range is, where the file has that name alone."""
    if case.stack is None:
        return ""
    pool = case.stack.address_pools[span.pool.name]
    match _at(case, span):
        case (_, _, key, int(index)) if key == pool.platform_key:
            return pool.of_platform[index]
    return ""


def _entry(case: Case, span: Span) -> str:
    """An entry of a pool as the file has it."""
    block = _block(case, span)
    return f"block {block} from the pool" if block else span.text


def _shown(case: Case, span: Span) -> str:
    """The same with its addresses."""
    block = _block(case, span)
    return f"{span.text} (block {block})" if block else span.text


def _at(case: Case, span: Span) -> Location:
    return case.at(span.pool, "addresses", span.index)
