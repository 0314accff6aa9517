"""Rules of the FRR modes: each node has one FRR, so its peers have to agree."""

from collections.abc import Callable, Hashable, Iterator

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import IntervalIndex, parse_interval, single_address
from metallb.algebra.meetings import Clash, Member, clashes, meeting_any
from metallb.algebra.selectors import Term
from metallb.preflight.advice import KEEPS_LAST, joined, key, other_mode
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.stacks import drops_source, sends_source
from metallb.problems.problem import Location
from metallb.releases import BgpMode, Release
from metallb.routing import BgpPeer, BgpPeerSpec
from metallb.routing.fields import since
from metallb.routing.modes import FIELD_MODES, in_order, uses

__all__: list[str] = []

_EVERY_NODE = (Term(),)
_COMPARES_NODES = Release(0, 16, 0)
"""First release that compares the peers of a node, rather than all peers of the cluster."""

_OTHER_FIELDS = tuple(
    f"{kind}.{name}"
    for kind, name in FIELD_MODES
    if kind == BgpPeer.kind and name != "source_address"
)
"""Fields of peers that some mode lacks; the source address has a rule of its own."""
_INSTEAD = {"local_asn": "write `{own}: {value}` in place of {name}"}

Group = Callable[[BgpPeerSpec], Hashable]


def _router_ids(case: Case) -> Iterator[Clash]:
    return _meetings(case, lambda _: None, lambda spec: spec.router_id or "")


def _addresses(case: Case) -> Iterator[Clash]:
    if not case.complete:
        return iter(())
    return _meetings(
        case, lambda spec: (same_address(spec.peer_address) or spec.interface, spec.vrf or ""), None
    )


def _asns(case: Case) -> Iterator[Clash]:
    return _meetings(case, lambda spec: spec.vrf or "", lambda spec: spec.my_asn)


def _meetings(case: Case, group: Group, attribute: Group | None) -> Iterator[Clash]:
    """Peers of one group that meet on a node and differ in the attribute (or are two, if None)."""
    if case.native:
        return
    apart = _looks_at_nodes(case)
    groups: dict[Hashable, list[Member]] = {}
    for index, peer in enumerate(case.routing.peers):
        terms = case.peer_terms[index] if apart else _EVERY_NODE
        value = index if attribute is None else attribute(peer.spec)
        groups.setdefault(group(peer.spec), []).append(Member(index, terms, value))
    for members in groups.values():
        yield from clashes(members)


def _pair(case: Case, clash: Clash) -> str:
    peers = case.routing.peers
    return f"peers {peers[clash.other].name} and {peers[clash.index].name}"


def _values(case: Case, clash: Clash, field: str) -> str:
    peers = case.routing.peers
    values = [getattr(peers[index].spec, field) for index in (clash.other, clash.index)]
    return " and ".join("none" if value is None else str(value) for value in values)


def _detail(case: Case, requirement: str) -> str:
    """The requirement, of the peers that the release at hand compares."""
    whose = "of a node" if _looks_at_nodes(case) else "of all nodes (before 0.16.0)"
    return f"{requirement.format(whose)}: {KEEPS_LAST} (MetalLB internal/config/validation.go)"


def _looks_at_nodes(case: Case) -> bool:
    return case.release >= _COMPARES_NODES


def _other_nodes(case: Case) -> str:
    """Until 0.16.0 MetalLB compares all peers of the cluster, whatever their nodes."""
    return "give the peers different nodes" if _looks_at_nodes(case) else ""


def _other_vrf(case: Case) -> str:
    known = case.release >= since(BgpPeerSpec, "vrf")
    return "put one of the peers into a VRF" if known else ""


@rule("F1", Severity.ERROR)
def one_router_id(case: Case) -> Iterator[Hit]:
    """Peers of one node differ in their router IDs.

    Requirement: In the FRR modes the peers of a node have one router ID, or none has one; before
    0.16.0 the peers of all nodes.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: use one router ID, remove it everywhere, or give the peers different nodes (0.16).
    Source: MetalLB internal/config/validation.go (peersCanRunOnSameNode).
    """
    for clash in _router_ids(case):
        if clash.certain:
            name = key(case, "router_id")
            yield Hit(
                case.at(case.routing.peers[clash.index], "router_id"),
                f"{_pair(case, clash)} differ in {name}: {_values(case, clash, 'router_id')}",
                _detail(case, "The peers {} have one router ID, or none has one"),
                joined(
                    f"remove {name} of every peer", "use one router ID for all", _other_nodes(case)
                ),
            )


@rule("F2", Severity.ERROR)
def one_peer_an_address(case: Case) -> Iterator[Hit]:
    """A node has two peers with one router address.

    Requirement: In the FRR modes a node has one peer for the address of a router (in one VRF),
    whatever the ports; before 0.16.0 all nodes together have one.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: write a router that racks share once, in metallb:platform.sharedRouters; for different
    routers with one address use native mode, or 0.16 or later with different nodes.
    Source: MetalLB internal/config/validation.go (PeerIdentifier); MetalLB issues 2958, 3094.
    """
    certain = [clash for clash in _addresses(case) if clash.certain]
    native = other_mode(case, BgpMode.NATIVE) if certain else ""
    detail = _detail(
        case,
        "The peers {} have routers of different addresses (in one VRF), whatever the ports",
    )
    for clash in certain:
        peer = case.routing.peers[clash.index]
        yield Hit(
            case.at(peer, "peer_address"),
            f"{_pair(case, clash)} have the same router "
            f"{peer.spec.peer_address or peer.spec.interface}",
            detail,
            _one_peer(case, clash, native),
        )


def _one_peer(case: Case, clash: Clash, native: str) -> str:
    """How two peers with one router address come to one a node.

    :param native: how to have MetalLB run in native mode, which compares ports as well.
    """
    one, other = (case.routing.peers[index] for index in (clash.other, clash.index))
    apart = not meeting_any([case.peer_terms[clash.other]], [case.peer_terms[clash.index]])
    if not apart:
        ports = one.spec.peer_port != other.spec.peer_port
        return joined("remove one of the two", _other_nodes(case), native if ports else "")
    once = case.stack.platform.one_peer_help if case.stack is not None else ""
    merged = once or "write one peer with the nodeSelectors of both"
    return joined(merged, "use MetalLB 0.16.0 or later", native)


@rule("F3", Severity.ERROR)
def one_own_asn(case: Case) -> Iterator[Hit]:
    """Peers of one node differ in their local AS numbers.

    Requirement: In the FRR modes the peers of a node (in one VRF) have one local AS number; before
    0.16.0 the peers of all nodes.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: use one local AS number, give the peers different nodes (0.16), or put one into a VRF.
    Source: MetalLB internal/config/validation.go (peersCanRunOnSameNode).
    """
    for clash in _asns(case):
        if clash.certain:
            name = key(case, "my_asn")
            yield Hit(
                case.at(case.routing.peers[clash.index], "my_asn"),
                f"{_pair(case, clash)} differ in {name}: {_values(case, clash, 'my_asn')}",
                _detail(case, "The peers {} have one local AS number (in one VRF)"),
                joined(f"use one {name}", _other_nodes(case), _other_vrf(case)),
            )


@rule("F4", Severity.WARNING)
def tell_nodes_apart(case: Case) -> Iterator[Hit]:
    """Peers that exclude each other may share a node.

    Requirement: In the FRR modes peers with one router address, or with different router IDs or
    local AS numbers, have node selectors that exclude each other.
    Why: MetalLB refuses the whole configuration as soon as one node carries the labels of both, and
    while it knows no node.
    Help: select by the same label with different values, or by host name.
    Source: MetalLB internal/config/validation.go (peersShareNode).
    """
    reasons = (
        (_router_ids(case), "router_id", "and differ in their router IDs"),
        (_addresses(case), "peer_address", "and have the same router"),
        (_asns(case), "my_asn", "and differ in their local AS numbers"),
    )
    for found, name, what in reasons:
        for clash in found:
            if not clash.certain:
                where = case.at(case.routing.peers[clash.index], name)
                yield Hit(where, f"{_pair(case, clash)} may share nodes, {what}")


@rule("F5", Severity.WARNING)
def adjacent_router(case: Case) -> Iterator[Hit]:
    """An external router is not on the network of the nodes, and ebgpMultiHop is not set.

    Requirement: In the FRR modes an external router is on the network of the nodes, or ebgpMultiHop
    is set.
    Why: FRR opens no external session to a router that is not directly connected.
    Help: set ebgpMultiHop: true, or complete metallb:kubernetes.nodeCidrs.
    Source: MetalLB issue 1980; RFC 4271, 5.1.3; native mode always takes several hops.
    """
    nodes = [network for network in case.networks if network.key == "nodeCidrs"]
    if case.native or not nodes:
        return
    index = IntervalIndex((parse_interval(network.text), network.text) for network in nodes)
    place = case.stack.platform.peer_place if case.stack is not None else "below metallb:bgp"
    for peer in case.routing.peers:
        spec = peer.spec
        if spec.ebgp_multi_hop or spec.peer_asn == spec.my_asn or spec.dynamic_asn == "internal":
            continue
        if case.is_on_node(peer):
            continue
        try:
            address = single_address(spec.peer_address or "")
        except ValueError:
            continue
        if index.hit(address) is None:
            yield Hit(
                case.at(peer, "peer_address"),
                f"router {spec.peer_address} is in none of the nodeCidrs",
                help=f"set `ebgpMultiHop: true` {place}, or add the network of the router to "
                f"{_NODES} if nodes are connected to it",
            )


_NODES = "metallb:kubernetes.nodeCidrs"


@rule("X1", Severity.ERROR)
def local_asn_external(case: Case) -> Iterator[Hit]:
    """An internal peer sets localASN.

    Requirement: localASN is for routers of another AS.
    Why: FRR presents no other AS number to a router of the nodes' own AS, and does not load its
    configuration.
    Help: remove localASN, or correct peerASN.
    Source: frr-k8s internal/controller/api_to_config.go; FRR documentation, local-as.
    """
    if case.native:
        return
    for peer in case.routing.peers:
        spec = peer.spec
        if spec.local_asn and (spec.peer_asn == spec.my_asn or spec.dynamic_asn == "internal"):
            yield Hit(
                case.at(peer, "local_asn"),
                f"localASN {spec.local_asn} is set for a router of the same AS {spec.my_asn}",
            )


@rule("X13", Severity.WARNING)
def exporter_reads_addresses(case: Case) -> Iterator[Hit]:
    """A peer in mode frr is unnumbered.

    Requirement: In mode frr every peer has an address.
    Why: MetalLB's exporter stops at a neighbor that is no address, and shows no session of a node
    that has one: alerts about sessions that are down never fire, and status does not know them.
    The sessions themselves are not affected.
    Help: use mode frr-k8s, whose exporter shows unnumbered sessions, or an address.
    Source: MetalLB internal/bgp/frr/parse.go (ParseNeighbours), as of 0.16.2; measured with 0.16.1.
    """
    if case.mode is not BgpMode.FRR:
        return
    for peer in case.routing.peers:
        if peer.spec.interface:
            yield Hit(
                case.at(peer, "interface"),
                f"mode frr shows no session of a node with unnumbered peer {peer.name}",
                help=joined(
                    other_mode(case, BgpMode.FRR_K8S),
                    f"write an address of the router in place of {key(case, 'interface')}",
                ),
            )


@rule("X2", Severity.ERROR)
def source_survives(case: Case) -> Iterator[Hit]:
    """A peer in mode frr-k8s has a source address.

    Requirement: In mode frr-k8s no session needs a source address.
    Why: MetalLB does not pass sourceAddress on to FRR, so sessions come from another address and
    get no answer.
    Help: use native mode, or route to the routers over the right address and set sourceAddress:
    false; or set it and keep raw FRRConfigurations beside the stack (docs/routers.md).
    Source: MetalLB internal/bgp/frrk8s/frrk8s.go (updateConfig), as of 0.16.1.
    """
    if not drops_source(case.mode):
        return
    sketched = case.stack is not None and not case.complete and sends_source(case.stack)
    if not sketched and not any(peer.spec.source_address for peer in case.routing.peers):
        return
    ways = _without_source(case)
    for peer in case.routing.peers:
        place, source = _source_place(case), peer.spec.source_address
        if place and (source or sketched):
            yield Hit(place, "mode frr-k8s ignores the source addresses", help=ways)
        elif source:
            where, wrong = case.at(peer, "source_address"), f"mode frr-k8s ignores {source}"
            yield Hit(where, f"{wrong} as source address", help=ways)


def _without_source(case: Case) -> str:
    """What to do about source addresses that are not passed on."""
    mode = other_mode(case, BgpMode.NATIVE, BgpMode.FRR)
    if case.stack is None:
        return joined(mode, "remove sourceAddress where nodes use that address anyway")
    off = (
        "set `sourceAddress: false` below metallb:bgp where nodes use these addresses anyway, or "
        "where FRRConfigurations of your own give them to FRR (docs/routers.md)"
    )
    return joined(mode, off)


def _source_place(case: Case) -> Location:
    """Metal's source addresses have one switch for all of them."""
    stack = case.stack
    return ("metallb:bgp", "sourceAddress") if stack is not None and sends_source(stack) else ()


@rule("X3", Severity.ERROR)
def peers_survive(case: Case) -> Iterator[Hit]:
    """A peer sets a field that the FRR mode ignores.

    Requirement: In mode frr-k8s no peer sets localASN.
    Why: MetalLB does not pass localASN on to FRR, so the router gets the usual AS number and
    refuses the session.
    Help: use mode frr, or a peer whose myASN is that number.
    Source: MetalLB internal/bgp/frrk8s/frrk8s.go (updateConfig); MetalLB pull request 3040.
    """
    if case.native:
        return
    for use in uses(case.held, *_OTHER_FIELDS):
        if use.item is None or case.mode in use.modes:
            continue
        name, value = key(case, use.field), getattr(use.item.spec, use.field)
        instead = _INSTEAD.get(use.field, "remove {name}").format(
            name=name, value=value, own=key(case, "my_asn")
        )
        yield Hit(
            case.at(use.item, use.field),
            f"mode {case.mode} ignores {name} {value}",
            help=joined(instead, other_mode(case, *in_order(use.modes))),
        )
