"""Rules about a peer by itself: AS numbers, addresses, selectors, and peers said twice."""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.routing import BgpPeerSpec

__all__: list[str] = []

_RESERVED_ASNS = {
    23456: "AS_TRANS, RFC 6793",
    65535: "RFC 7300",
    4294967295: "RFC 7300",
}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=65536)
def _ip(text: str | None) -> Address | None:
    try:
        # Go's net.ParseIP reads no zone.
        return ipaddress.ip_address(text or "") if "%" not in (text or "") else None
    except ValueError:
        return None


def _is_nobodys(address: Address) -> bool:
    """Whether no machine can have the address on a network (RFC 6890, RFC 5771)."""
    if address.is_unspecified or address.is_multicast or address.is_loopback:
        return True
    return address.version == 4 and (address.is_reserved or int(address) >> 24 == 0)


def _unreadable(where: str, text: str) -> Hit:
    """No address; one with a space in it, which is easily overlooked, by its own words."""
    bare = "".join(text.split())
    if _ip(bare) is None:
        return Hit(where, repr(text))
    return Hit(
        where,
        repr(text),
        rule="a space stands in the address, and MetalLB refuses the whole configuration for it",
        remedy=f"write {bare}",
    )


def _is_internal(spec: BgpPeerSpec) -> bool:
    return spec.dynamic_asn == "internal" or spec.peer_asn == spec.my_asn


@rule("P1", Severity.ERROR)
def own_asn(case: Case) -> Iterator[Hit]:
    """A peer's own AS number is not zero.

    Why: MetalLB refuses the whole configuration and goes on with the last one it liked.
    Remedy: set the AS number of the nodes, such as 65000.
    Source: MetalLB internal/config/config.go (peerFromCR); RFC 7607.
    """
    for peer in case.routing.peers:
        if peer.spec.my_asn == 0:
            yield Hit(case.at(peer, "my_asn"), "0")


@rule("P2", Severity.ERROR)
def router_asn(case: Case) -> Iterator[Hit]:
    """A peer has exactly one of a router AS number and dynamicASN.

    Why: MetalLB refuses the whole configuration and goes on with the last one it liked.
    Remedy: set peerASN (not zero), or dynamicASN: internal or external, and not both.
    Source: MetalLB internal/config/config.go (peerFromCR).
    """
    for peer in case.routing.peers:
        if peer.spec.peer_asn and peer.spec.dynamic_asn:
            yield Hit(case.at(peer, "peer_asn"), f"peer {peer.name} has both")
        elif not peer.spec.peer_asn and not peer.spec.dynamic_asn:
            yield Hit(case.at(peer, "peer_asn"), f"peer {peer.name} has neither")


@rule("P3", Severity.ERROR)
def internal_multihop(case: Case) -> Iterator[Hit]:
    """A peer in our own AS does not set ebgpMultiHop.

    Why: MetalLB refuses the combination, except with dynamicASN: internal, where it does nothing.
    Remedy: remove ebgpMultiHop: internal sessions may take several hops anyway.
    Source: MetalLB internal/config/config.go (peerFromCR).
    """
    for peer in case.routing.peers:
        if peer.spec.ebgp_multi_hop and _is_internal(peer.spec):
            yield Hit(case.at(peer, "ebgp_multi_hop"), f"AS {peer.spec.my_asn} on both sides")


@rule("P4", Severity.ERROR)
def router_address(case: Case) -> Iterator[Hit]:
    """A peer has exactly one of an IP address and an interface.

    Why: MetalLB refuses the whole configuration; it does not resolve host names.
    Remedy: write the router's IP address; names of interfaces are for unnumbered sessions in the
    FRR modes.
    Source: MetalLB internal/config/config.go (peerFromCR).
    """
    if not case.complete:
        return
    for peer in case.routing.peers:
        where = case.at(peer, "peer_address")
        if peer.spec.peer_address and peer.spec.interface:
            yield Hit(where, f"peer {peer.name} has both")
        elif not peer.spec.peer_address and not peer.spec.interface:
            yield Hit(where, f"peer {peer.name} has neither")
        elif peer.spec.peer_address and _ip(peer.spec.peer_address) is None:
            yield _unreadable(where, peer.spec.peer_address)


@rule("P5", Severity.ERROR)
def session_addresses(case: Case) -> Iterator[Hit]:
    """A router ID is an IPv4 address, and a source address one that a node can have, of the
    router's family.

    Why: MetalLB takes others, and then its native speaker panics on the router ID, or no session
    comes up.
    Remedy: write an IPv4 router ID other than 0.0.0.0, and the node's own address as source.
    Source: MetalLB internal/bgp/native/messages.go; RFC 4271, 4.2.
    """
    for peer in case.routing.peers:
        router_id, source = _ip(peer.spec.router_id), _ip(peer.spec.source_address)
        if peer.spec.router_id is not None and (
            router_id is None or router_id.version != 4 or int(router_id) == 0
        ):
            yield _unreadable(case.at(peer, "router_id"), peer.spec.router_id)
        if peer.spec.source_address is None:
            continue
        where = case.at(peer, "source_address")
        router = _ip(peer.spec.peer_address)
        if source is None:
            yield _unreadable(where, peer.spec.source_address)
        elif _is_nobodys(source) and not (case.native and source.is_loopback):
            yield Hit(where, f"source {source}, which no node has")
        elif router is not None and router.version != source.version:
            yield Hit(where, f"source {source} towards router {router}")


@rule("P9", Severity.ERROR)
def peer_selectors(case: Case) -> Iterator[Hit]:
    """A peer's node selectors are valid, and none says what another says.

    Why: MetalLB refuses the whole configuration for one selector that is repeated or not valid.
    Remedy: correct or remove the selector; label keys and values are those of Kubernetes.
    Source: MetalLB internal/config/config.go (validateLabelSelectorDuplicate).
    """
    for peer in case.routing.peers:
        for index, fault in selector_faults(peer.spec.node_selectors):
            yield Hit(case.at(peer, "node_selectors", index), fault)


@rule("P12", Severity.ERROR)
def equal_peers(case: Case) -> Iterator[Hit]:
    """No two peers say the same.

    Why: every node of such a pair opens two sessions to one router, which closes one after the
    other.
    Remedy: remove one of the two.
    Source: MetalLB internal/config/config.go (peersFor); MetalLB issue 705.
    """
    if not case.complete:
        return
    peers = case.routing.peers
    for index, earlier in repeated(case.peer_texts):
        yield Hit(peers[index].origin, f"peers {peers[earlier].name} and {peers[index].name}")


@rule("P18", Severity.ERROR)
def reachable_router(case: Case) -> Iterator[Hit]:
    """A router's address is one that a node can connect to.

    Why: nothing ever answers at such an address, and the session never comes up.
    Remedy: write the router's own address on the network that it shares with the nodes.
    Source: RFC 6890, RFC 5771; a link-local IPv6 address needs its interface (FRR modes).
    """
    for peer in case.routing.peers:
        address = _ip(peer.spec.peer_address)
        if address is None:
            continue
        where = case.at(peer, "peer_address")
        if address.is_loopback and case.frr:
            yield Hit(
                where,
                str(address),
                rule="the router is on the node itself, and in the FRR modes FRR keeps no session"
                " with another daemon of its own host",
                remedy="use native mode, or peer with a router on the network",
            )
        elif address.is_loopback:
            continue
        elif _is_nobodys(address) or (address.version == 6 and address.is_link_local):
            yield Hit(where, str(address))


@rule("X10", Severity.WARNING)
def router_on_the_node(case: Case) -> Iterator[Hit]:
    """A router at a loopback address is a routing daemon on the node itself.

    Why: every node that keeps the session needs such a daemon (BIRD, FRR), listening on that
    address and port; without one the node announces nothing.
    Remedy: leave it where every node runs the daemon, or write the router's own address.
    Source: MetalLB internal/bgp/native/native.go (dialMD5): speakers use the host's network.
    """
    if case.frr:
        return
    for peer in case.routing.peers:
        address = _ip(peer.spec.peer_address)
        if address is not None and address.is_loopback:
            seen = f"{address} port {peer.spec.peer_port}"
            yield Hit(case.at(peer, "peer_address"), seen)


@rule("X11", Severity.WARNING)
def source_on_the_node(case: Case) -> Iterator[Hit]:
    """A session from a loopback address reaches a daemon of the same node alone.

    Why: the node that has the router's address can answer it, and every other node's session never
    comes up.
    Remedy: leave it where the router's address is the node's own, or write the node's address on
    the network as the source.
    Source: MetalLB internal/bgp/native/native.go (dialMD5); Linux,
    Documentation/networking/ip-sysctl (route_localnet).
    """
    if case.frr:
        return
    for peer in case.routing.peers:
        router, source = _ip(peer.spec.peer_address), _ip(peer.spec.source_address)
        if source is not None and source.is_loopback and not (router and router.is_loopback):
            yield Hit(case.at(peer, "source_address"), f"{source} towards router {router}")


@rule("P19", Severity.ERROR)
def own_router(case: Case) -> Iterator[Hit]:
    """A node's source address is not the router's address.

    Why: a node can't keep a session with itself.
    Remedy: write the router's address at the router, and the node's at the node.
    Source: RFC 4271, 8; MetalLB website, concepts/bgp.
    """
    for peer in case.routing.peers:
        address = _ip(peer.spec.peer_address)
        if address is None or address.is_loopback:
            continue
        if address == _ip(peer.spec.source_address):
            yield Hit(case.at(peer, "peer_address"), f"{address} on both sides")


@rule("P26", Severity.WARNING)
def reserved_asns(case: Case) -> Iterator[Hit]:
    """AS numbers are none that the RFCs set aside.

    Why: routers drop routes, or refuse the session, with AS 23456, 65535 or 4294967295.
    Remedy: use an AS number of your own, or a private one (64512 to 65534).
    Source: RFC 6793 (AS_TRANS), RFC 7300, RFC 6996.
    """
    for peer in case.routing.peers:
        for name in ("my_asn", "peer_asn", "local_asn"):
            number = getattr(peer.spec, name)
            if number in _RESERVED_ASNS:
                yield Hit(case.at(peer, name), f"{number} ({_RESERVED_ASNS[number]})")
