"""Rules about a peer by itself: AS numbers, addresses, selectors, and peers that are equal."""

from collections.abc import Iterator

from metallb.algebra.addresses import Address, address_of
from metallb.preflight.advice import KEEPS_LAST, joined, key, other_mode
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.problems.escape import quoted
from metallb.releases import BgpMode
from metallb.routing import BgpPeer, BgpPeerSpec
from metallb.routing.fields import since

__all__: list[str] = []

_RESERVED_ASNS = {
    23456: "AS_TRANS, RFC 6793",
    65535: "RFC 7300",
    4294967295: "RFC 7300",
}
_READS = "MetalLB internal/config/config.go"
_UNNUMBERED = since(BgpPeerSpec, "interface")
_DYNAMIC = since(BgpPeerSpec, "dynamic_asn")


def _unusable(address: Address) -> str:
    """Why no machine can have the address on a network (RFC 6890, RFC 5771); empty if one can."""
    if address.is_unspecified:
        return "is the unspecified address"
    if address.is_multicast:
        return "is a multicast address"
    if address.is_loopback:
        return "is a loopback address"
    if address.version == 4 and int(address) >> 24 == 0:
        return "is in 0.0.0.0/8, where no host has an address"
    if address.version == 4 and address.is_reserved:
        return "is a reserved address"
    return ""


def _unreadable(what: str, text: str) -> tuple[str, str]:
    """What is wrong with a text that is no address, and what to do where that is known."""
    bare = "".join(text.split())
    if bare != text and address_of(bare) is not None:
        return f"{what} {quoted(text)} has a space in it", f"write {bare}"
    address, percent, _ = text.partition("%")
    if percent and address_of(address) is not None:
        return f"{what} {quoted(text)} has a zone", ""
    return f"{what} {quoted(text)} is not an IP address", ""


def _is_internal(spec: BgpPeerSpec) -> bool:
    return spec.dynamic_asn == "internal" or spec.peer_asn == spec.my_asn


@rule("P1", Severity.ERROR)
def own_asn(case: Case) -> Iterator[Hit]:
    """The local AS number of a peer is 0.

    Requirement: A local AS number is 1 to 4294967295.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: set the AS number of the nodes, such as 65000.
    Source: MetalLB internal/config/config.go (peerFromCR); RFC 7607.
    """
    for peer in case.routing.peers:
        if peer.spec.my_asn == 0:
            yield Hit(case.at(peer, "my_asn"), "local AS number is 0")


@rule("P2", Severity.ERROR)
def router_asn(case: Case) -> Iterator[Hit]:
    """A peer has no AS number of its router, or two settings for it.

    Requirement: A peer has either an AS number of its router, which is not 0, or dynamicASN.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: set one of peerASN and dynamicASN, and remove the other.
    Source: MetalLB internal/config/config.go (peerFromCR).
    """
    for peer in case.routing.peers:
        spec, asn = peer.spec, key(case, "peer_asn")
        if spec.peer_asn and spec.dynamic_asn:
            wrong = f"both {asn} {spec.peer_asn} and dynamicASN {spec.dynamic_asn} are set"
            one = "one of the two" if case.frr else "dynamicASN, which native mode does not have"
            yield Hit(case.at(peer, "peer_asn"), wrong, help=f"remove {one}")
        elif not spec.peer_asn and not spec.dynamic_asn:
            wrong = f"{asn} is 0" if spec.peer_asn == 0 else f"{asn} is missing"
            dynamic = case.frr and case.release >= _DYNAMIC
            ways = joined(
                f"write the AS number of the router as {asn}",
                "set dynamicASN to internal or external in its place" if dynamic else "",
            )
            yield Hit(case.at(peer, "peer_asn"), wrong, help=ways)


@rule("P3", Severity.ERROR)
def internal_multihop(case: Case) -> Iterator[Hit]:
    """An internal peer sets ebgpMultiHop.

    Requirement: A peer in the AS of the nodes does not set ebgpMultiHop.
    Why: MetalLB refuses the combination, except with dynamicASN: internal, where it has no effect.
    Help: set ebgpMultiHop to false, or correct the AS numbers; internal sessions may take several
    hops anyway.
    Source: MetalLB internal/config/config.go (peerFromCR); RFC 4271, 5.1.3.
    """
    multihop = key(case, "ebgp_multi_hop")
    for peer in case.routing.peers:
        if not peer.spec.ebgp_multi_hop or not _is_internal(peer.spec):
            continue
        internal = (
            "dynamicASN: internal"
            if peer.spec.dynamic_asn == "internal"
            else f"AS {peer.spec.my_asn} at both ends"
        )
        yield Hit(
            case.at(peer, "ebgp_multi_hop"),
            f"{multihop} is set for an internal session ({internal})",
            help=f"set `{multihop}: false`, or correct the AS numbers; internal sessions may take "
            "several hops anyway",
        )


@rule("P4", Severity.ERROR)
def router_address(case: Case) -> Iterator[Hit]:
    """A peer has no IP address of its router.

    Requirement: A peer has either the IP address of its router, or the interface of an unnumbered
    session.
    Why: MetalLB resolves no host names, and refuses the whole configuration.
    Help: write the IP address of the router.
    Source: MetalLB internal/config/config.go (peerFromCR).
    """
    if not case.complete:
        return
    unnumbered = case.frr and case.release >= _UNNUMBERED
    for peer in case.routing.peers:
        text, interface = peer.spec.peer_address or "", peer.spec.interface or ""
        if text and interface:
            wrong = f"both peerAddress {text} and interface {interface} are set"
            one = "remove one of the two" if unnumbered else "remove interface"
            yield Hit(case.at(peer, "peer_address"), wrong, help=one)
        elif not text and not interface:
            ways = joined(
                "write the IP address of the router",
                "the interface of an unnumbered session" if unnumbered else "",
            )
            wrong = f"{key(case, 'peer_address')} is missing"
            yield Hit(case.at(peer, "peer_address"), wrong, help=ways)
        elif text and address_of(text) is None:
            wrong, help_ = _unreadable("router address", text)
            detail = f"MetalLB resolves no host names, and reads no zones: {KEEPS_LAST} ({_READS})"
            help_ = help_ or _without_zone(text, unnumbered=unnumbered)
            yield Hit(case.at(peer, "peer_address"), wrong, detail, help_)


def _without_zone(text: str, *, unnumbered: bool) -> str:
    bare, percent, zone = text.partition("%")
    address = address_of(bare) if percent else None
    if address is None:
        return ""
    if not address.is_link_local:
        return f"write {address}"
    unique = "write an address of the router that is not link-local"
    return joined(unique, f"set `interface: {zone}` in place of the address" if unnumbered else "")


@rule("P5", Severity.ERROR)
def session_addresses(case: Case) -> Iterator[Hit]:
    """A router ID or a source address can't be used.

    Requirement: A router ID is an IPv4 address other than 0.0.0.0, and a source address one that a
    node can have, of the address family of the router.
    Why: MetalLB takes other ones, but its native speaker panics on such a router ID, and no session
    comes up from such a source address.
    Help: write an IPv4 address as router ID, and an address of the node as source address.
    Source: MetalLB internal/bgp/native/messages.go; RFC 4271, 4.2.
    """
    for peer in case.routing.peers:
        yield from _router_ids(case, peer)
        yield from _sources(case, peer)


def _router_ids(case: Case, peer: BgpPeer) -> Iterator[Hit]:
    text = peer.spec.router_id
    if text is None:
        return
    where, address = case.at(peer, "router_id"), address_of(text)
    own = f"or remove {key(case, 'router_id')}: each node then uses an address of its own"
    any_ipv4 = f"write an IPv4 address, {own}"
    if address is None:
        wrong, help_ = _unreadable("router ID", text)
        detail = f"A router ID is an IPv4 address: {KEEPS_LAST} ({_READS}; RFC 4271, 4.2)"
        yield Hit(where, wrong, detail, help_ or any_ipv4)
        return
    detail = (
        "A router ID is an IPv4 address other than 0.0.0.0: MetalLB takes others, and then its "
        "native speaker panics, or routers refuse the session (MetalLB "
        "internal/bgp/native/messages.go; RFC 4271, 4.2 and 6.2)"
    )
    if address.version != 4:
        yield Hit(where, f"router ID {text} is an IPv6 address", detail, any_ipv4)
    elif int(address) == 0:
        yield Hit(where, f"router ID {text} is the unspecified address", detail, any_ipv4)


def _sources(case: Case, peer: BgpPeer) -> Iterator[Hit]:
    text = peer.spec.source_address
    if text is None:
        return
    where = case.at(peer, "source_address")
    source, router = address_of(text), address_of(peer.spec.peer_address)
    detail = (
        "A source address is one that the node has on the network, of the address family of the "
        "router: no session comes up from another one (RFC 6890; RFC 5771)"
    )
    if source is None:
        wrong, help_ = _unreadable("source address", text)
        detail = f"A source address is an IP address: {KEEPS_LAST} ({_READS})"
        yield Hit(where, wrong, detail, help_ or "write an IP address of the node")
        return
    wrong = "" if case.native and source.is_loopback else _unusable(source)
    if wrong:
        yield Hit(where, f"source address {source} {wrong}", detail, "write an address of the node")
    elif router is not None and router.version != source.version:
        yield Hit(
            where,
            f"source address {source} is IPv{source.version}, but router {router} is "
            f"IPv{router.version}",
            detail,
            f"write an IPv{router.version} address of the node",
        )


@rule("P9", Severity.ERROR)
def peer_selectors(case: Case) -> Iterator[Hit]:
    """A node selector of a peer is not valid, or repeats another one.

    Requirement: The node selectors of a peer are valid label selectors, and differ.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: correct or remove the selector; label keys and values are those of Kubernetes.
    Source: MetalLB internal/config/config.go (validateLabelSelectorDuplicate).
    """
    for peer in case.routing.peers:
        for index, fault in selector_faults(peer.spec.node_selectors):
            yield Hit(case.at(peer, "node_selectors", index), f"node selector: {fault}")


@rule("P12", Severity.ERROR)
def equal_peers(case: Case) -> Iterator[Hit]:
    """Two peers are equal.

    Requirement: Peers differ in more than their names.
    Why: every node of such a pair opens two sessions to one router, which closes one after the
    other; MetalLB 0.12 and the FRR modes refuse the whole configuration.
    Help: remove one of the two.
    Source: MetalLB internal/config/config.go (peersFor); MetalLB issue 705.
    """
    if not case.complete:
        return
    peers = case.routing.peers
    for index, earlier in repeated(case.peer_texts):
        first, second = peers[earlier], peers[index]
        yield Hit(second.origin, f"peers {first.name} and {second.name} are equal")


@rule("P18", Severity.ERROR)
def reachable_router(case: Case) -> Iterator[Hit]:
    """The address of a router is one that no node can connect to.

    Requirement: The address of a router is a unicast address on a network that nodes reach.
    Why: no router answers at such an address, and the session never comes up.
    Help: write the address of the router on the network that it shares with the nodes.
    Source: RFC 6890; RFC 5771; RFC 4007, 6.
    """
    for peer in case.routing.peers:
        address = address_of(peer.spec.peer_address)
        if address is None or (address.is_loopback and not case.frr):
            continue
        wrong = _unusable(address)
        if address.is_loopback:
            yield Hit(
                case.at(peer, "peer_address"),
                f"router address {address} {wrong}",
                "In the FRR modes FRR keeps no session with another daemon of its own host "
                "(FRR documentation, bgp)",
                joined("peer with a router on the network", other_mode(case, BgpMode.NATIVE)),
            )
        elif wrong:
            yield Hit(case.at(peer, "peer_address"), f"router address {address} {wrong}")
        elif address.version == 6 and address.is_link_local:
            unnumbered = case.frr and case.release >= _UNNUMBERED
            yield Hit(
                case.at(peer, "peer_address"),
                f"router address {address} is link-local, and its interface is unknown",
                "A link-local address is valid on one interface, and a peer has no key for both: "
                "no session comes up (RFC 4007, 6)",
                joined(
                    "write an address of the router that is not link-local",
                    "set the interface of the node in place of peerAddress" if unnumbered else "",
                ),
            )


@rule("X10", Severity.WARNING)
def router_on_the_node(case: Case) -> Iterator[Hit]:
    """The address of a router is a loopback address.

    Requirement: A router at a loopback address is a routing daemon on each node that peers with it.
    Why: without a daemon (BIRD, FRR) that listens on that address and port a node announces
    nothing.
    Help: write the address of the router on the network; in a stack file a router with `onNode:
    true` is such a daemon.
    Source: MetalLB internal/bgp/native/native.go (dialMD5): speakers use the network of the host.
    """
    if case.frr:
        return
    for peer in case.routing.peers:
        address = address_of(peer.spec.peer_address)
        if address is not None and address.is_loopback:
            if case.is_on_node(peer):
                continue
            wrong = f"router address {address} (port {peer.spec.peer_port}) is the node itself"
            ways = joined(
                "write the address of the router on the network",
                "set `onNode: true` at the router where every node runs such a daemon"
                if case.stack is not None
                else "change nothing where every node runs such a daemon",
            )
            yield Hit(case.at(peer, "peer_address"), wrong, help=ways)


@rule("X11", Severity.WARNING)
def source_on_the_node(case: Case) -> Iterator[Hit]:
    """A session is opened from a loopback address to a router on the network.

    Requirement: A session from a loopback address goes to a daemon on the same node.
    Why: only the node that has the address of the router can answer; the session of every other
    node never comes up.
    Help: write an address that the node has on the network as source address, unless the address
    of the router is one of the node's own.
    Source: MetalLB internal/bgp/native/native.go (dialMD5); Linux,
    Documentation/networking/ip-sysctl (route_localnet).
    """
    if case.frr:
        return
    for peer in case.routing.peers:
        router, source = address_of(peer.spec.peer_address), address_of(peer.spec.source_address)
        if source is not None and source.is_loopback and not (router and router.is_loopback):
            towards = f", but router {router} is not" if router is not None else ""
            wrong = f"source address {source} is a loopback address{towards}"
            yield Hit(case.at(peer, "source_address"), wrong)


@rule("P19", Severity.ERROR)
def own_router(case: Case) -> Iterator[Hit]:
    """The address of a router is the source address of the node.

    Requirement: Both ends of a session have addresses of their own.
    Why: a node can't keep a session with itself.
    Help: correct the address that is wrong: that of the router, or that of the node.
    Source: RFC 4271, 8; MetalLB website, concepts/bgp.
    """
    for peer in case.routing.peers:
        address = address_of(peer.spec.peer_address)
        if address is None or address.is_loopback:
            continue
        if address == address_of(peer.spec.source_address):
            wrong = f"router address {address} is also the source address of the node"
            yield Hit(case.at(peer, "peer_address"), wrong)


@rule("P26", Severity.WARNING)
def reserved_asns(case: Case) -> Iterator[Hit]:
    """An AS number is a reserved one.

    Requirement: AS numbers are none that the RFCs reserve.
    Why: routers drop routes, or refuse the session, with AS 23456, 65535 or 4294967295.
    Help: use an AS number of your own, or a private one: 64512 to 65534, or 4200000000 to
    4294967294.
    Source: RFC 6793 (AS_TRANS); RFC 7300; RFC 6996.
    """
    for peer in case.routing.peers:
        for name in ("my_asn", "peer_asn", "local_asn"):
            number = getattr(peer.spec, name)
            if number in _RESERVED_ASNS:
                wrong = f"AS number {number} is reserved ({_RESERVED_ASNS[number]})"
                yield Hit(case.at(peer, name), wrong)
