"""Rules about addresses that meet: pools with each other, with networks and with routers."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from metallb.config import StaticPlatform
from metallb.preflight.case import NODES, Case, Span
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import (
    Interval,
    IntervalIndex,
    overlaps,
    parse_interval,
    single_address,
)
from metallb.preflight.registry import rule
from metallb.routing import BgpPeer

__all__: list[str] = []

_ROUTER, _SOURCE = "router", "source address"
_LONGEST_WITH_BROADCAST = 30
"""Both addresses of a /31 are machines' (RFC 3021), and the one of a /32 is."""


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
        for _, label, text in _ends_of(case, peer):
            yield single_address(text), f"the {label} {text} of peer {peer.name}"


@rule("A18", Severity.ERROR)
def host_of_a_network(case: Case) -> Iterator[Hit]:
    """A router's address, and a node's source address, is one that a machine of its network has.

    Why: the first address of an IPv4 network is the network's own and the last one its broadcast
    address: nothing answers there, and the session never comes up.
    Remedy: write the address of the machine itself; where the link is a /31, list that /31 in
    metallb:kubernetes.nodeCidrs as well.
    Source: RFC 1122, 3.2.1.3; RFC 3021.
    """
    # Equinix Metal hands out /31s of one block, whose first address is a gateway.
    if case.stack is None or not isinstance(case.stack.platform, StaticPlatform):
        return
    networks = _Networks(case.stack.kubernetes.node_cidrs)
    for where, label, text in _ends(case):
        fault = networks.fault(text)
        if fault:
            wrong = "no machine can have this address, so the session never comes up"
            yield Hit(where, f"{label} {text}, {fault}", wrong)


class _Networks:
    """IPv4 networks, of which the smallest around an address counts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._starts: dict[int, set[int]] = defaultdict(set)
        for text in texts:
            network = ipaddress.ip_network(text)
            if network.version == 4:
                self._starts[network.prefixlen].add(int(network.network_address))
        self._lengths = sorted(self._starts, reverse=True)

    def fault(self, text: str) -> str:
        """Why no machine has the address; empty where one can."""
        end = single_address(text)
        for length in self._lengths if end.version == 4 else ():
            network = ipaddress.IPv4Network((end.first, length), strict=False)
            if int(network.network_address) not in self._starts[length]:
                continue
            if length <= _LONGEST_WITH_BROADCAST:
                if end.first == int(network.network_address):
                    return f"the address of network {network} itself"
                if end.first == int(network.broadcast_address):
                    return f"the broadcast address of {network}"
            return ""
        return ""


@rule("A19", Severity.ERROR)
def ends_outside_the_cluster(case: Case) -> Iterator[Hit]:
    """A router's address, and a node's source address, is no pod's and no cluster IP.

    Why: a node routes those networks into the cluster, so it never reaches a router there, and no
    node has such an address.
    Remedy: correct the address, or the network in metallb:kubernetes.
    Source: Kubernetes documentation, cluster networking.
    """
    index = IntervalIndex(
        (parse_interval(each.text), f"{each.text} of {each.label}")
        for each in case.networks
        if each.label != NODES
    )
    for where, label, text in _ends(case):
        found = index.hit(single_address(text))
        if found is not None:
            wrong = (
                "lies in a network of the cluster's own, which a node routes into the cluster: the "
                "session never comes up"
            )
            yield Hit(where, f"{label} {text}, inside {found[1]}", wrong)


def _ends(case: Case) -> Iterator[tuple[str, str, str]]:
    platform = case.stack.platform if case.stack is not None else None
    static = platform if isinstance(platform, StaticPlatform) else None
    for peer in case.routing.peers:
        for where, label, text in _ends_of(case, peer):
            # A node of a rack has a key of its own, however many sessions are opened from it.
            if label == _ROUTER or static is None:
                yield where, label, text
    for position, rack in enumerate(static.racks if static is not None else ()):
        for index, node in enumerate(rack.nodes):
            if node.source_address is not None:
                where = f"metallb:platform.racks[{position}].nodes[{index}].sourceAddress"
                yield where, _SOURCE, node.source_address


def _ends_of(case: Case, peer: BgpPeer) -> Iterator[tuple[str, str, str]]:
    """Place, kind and text of each readable address at either end of a peer's sessions."""
    for name, label in (("peer_address", _ROUTER), ("source_address", _SOURCE)):
        text = getattr(peer.spec, name)
        try:
            single_address(text or "")
        except ValueError:
            continue
        yield case.at(peer, name), label, text


def _at(case: Case, span: Span) -> str:
    return case.at(span.pool, "addresses", span.index)
