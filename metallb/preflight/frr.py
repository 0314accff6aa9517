"""Rules of the FRR modes: one FRR a node, so peers of a node have to agree."""

from collections.abc import Callable, Hashable, Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import IntervalIndex, parse_interval, single_address
from metallb.preflight.nodes import Clash, Member, clashes
from metallb.preflight.registry import rule
from metallb.preflight.stacks import drops_source, sends_source
from metallb.preflight.terms import Term
from metallb.releases import BgpMode, Release
from metallb.routing import BgpPeerSpec
from metallb.routing.addresses import same_address

__all__: list[str] = []

_EVERY_NODE = (Term(),)

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
    # Until 0.16.0 MetalLB compared all peers of the cluster, whatever their nodes.
    apart = case.release >= Release(0, 16, 0)
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


@rule("F1", Severity.ERROR)
def one_router_id(case: Case) -> Iterator[Hit]:
    """In the FRR modes all peers of a node have the same router ID, or none has one.

    Why: MetalLB refuses the whole configuration; before 0.16.0 it compares the peers of all nodes.
    Remedy: use one router ID, leave it out everywhere, or give the peers different nodes (0.16).
    Source: MetalLB internal/config/validation.go (peersCanRunOnSameNode).
    """
    peers = case.routing.peers
    for clash in _router_ids(case):
        if clash.certain:
            values = " and ".join(
                peers[i].spec.router_id or "none" for i in (clash.other, clash.index)
            )
            where = case.at(peers[clash.index], "router_id")
            yield Hit(where, f"{_pair(case, clash)}: {values}")


@rule("F2", Severity.ERROR)
def one_peer_an_address(case: Case) -> Iterator[Hit]:
    """In the FRR modes a node has one peer to a router's address (in one VRF).

    Why: MetalLB refuses the whole configuration, even where ports differ; before 0.16.0 it compares
    the peers of all nodes.
    Remedy: write a router that racks share once, in metallb:platform.sharedRouters; for different
    routers with one address use native mode, or 0.16 or later with different nodes.
    Source: MetalLB internal/config/validation.go (PeerIdentifier); MetalLB issues 2958, 3094.
    """
    for clash in _addresses(case):
        if clash.certain:
            peer = case.routing.peers[clash.index]
            yield Hit(
                case.at(peer, "peer_address"),
                f"{_pair(case, clash)} to {peer.spec.peer_address or peer.spec.interface}",
            )


@rule("F3", Severity.ERROR)
def one_own_asn(case: Case) -> Iterator[Hit]:
    """In the FRR modes all peers of a node (in one VRF) have the same AS number on our side.

    Why: MetalLB refuses the whole configuration; before 0.16.0 it compares the peers of all nodes.
    Remedy: use one AS number, give the peers different nodes (0.16), or put one into a VRF.
    Source: MetalLB internal/config/validation.go (peersCanRunOnSameNode).
    """
    peers = case.routing.peers
    for clash in _asns(case):
        if clash.certain:
            values = " and ".join(str(peers[i].spec.my_asn) for i in (clash.other, clash.index))
            yield Hit(case.at(peers[clash.index], "my_asn"), f"{_pair(case, clash)}: {values}")


@rule("F4", Severity.WARNING)
def tell_nodes_apart(case: Case) -> Iterator[Hit]:
    """In the FRR modes peers that disagree choose nodes that can be told apart.

    Why: MetalLB refuses the configuration once one node carries the labels of both, or while it
    knows no node.
    Remedy: select by the same label with different values, or by host name.
    Source: MetalLB internal/config/validation.go (peersShareNode).
    """
    reasons = (
        (_router_ids(case), "router_id", "router IDs"),
        (_addresses(case), "peer_address", "routers' addresses"),
        (_asns(case), "my_asn", "AS numbers"),
    )
    for found, name, what in reasons:
        for clash in found:
            if not clash.certain:
                where = case.at(case.routing.peers[clash.index], name)
                yield Hit(where, f"{_pair(case, clash)} disagree in their {what}")


@rule("F5", Severity.WARNING)
def adjacent_router(case: Case) -> Iterator[Hit]:
    """In the FRR modes an external router is on the nodes' network, or ebgpMultiHop is set.

    Why: FRR opens no external session to a router that is not directly connected.
    Remedy: set ebgpMultiHop: true, or complete metallb:kubernetes.nodeCidrs.
    Source: MetalLB issue 1980; RFC 4271, 5.1.3; native mode always takes several hops.
    """
    nodes = [network for network in case.networks if network.where.startswith(_NODES)]
    if case.native or not nodes:
        return
    index = IntervalIndex((parse_interval(network.text), network.text) for network in nodes)
    for peer in case.routing.peers:
        spec = peer.spec
        if spec.ebgp_multi_hop or spec.peer_asn == spec.my_asn or spec.dynamic_asn == "internal":
            continue
        try:
            address = single_address(spec.peer_address or "")
        except ValueError:
            continue
        if index.hit(address) is None:
            yield Hit(case.at(peer, "peer_address"), f"{spec.peer_address} is in no nodeCidrs")


_NODES = "metallb:kubernetes.nodeCidrs"


@rule("X1", Severity.ERROR)
def local_asn_external(case: Case) -> Iterator[Hit]:
    """localASN is for routers of another AS.

    Why: FRR refuses to show another AS number to a router of our own AS, and its configuration is
    not loaded.
    Remedy: remove localASN, or correct peerASN.
    Source: frr-k8s internal/controller/api_to_config.go; FRR documentation, local-as.
    """
    if case.native:
        return
    for peer in case.routing.peers:
        spec = peer.spec
        if spec.local_asn and (spec.peer_asn == spec.my_asn or spec.dynamic_asn == "internal"):
            yield Hit(case.at(peer, "local_asn"), str(spec.local_asn))


@rule("X2", Severity.ERROR)
def source_survives(case: Case) -> Iterator[Hit]:
    """In mode frr-k8s no session needs a source address.

    Why: MetalLB does not hand sourceAddress on to FRR, so sessions come from another address and
    get no answer.
    Remedy: use native mode, or route to the routers over the right address and set sourceAddress:
    false.
    Source: MetalLB internal/bgp/frrk8s/frrk8s.go (updateConfig), seen in 0.16.1.
    """
    if not drops_source(case.mode):
        return
    for peer in case.routing.peers:
        if peer.spec.source_address:
            yield Hit(_source_place(case) or case.at(peer, "source_address"), "a source address")
            continue
        if case.stack is not None and not case.complete and sends_source(case.stack):
            yield Hit(_source_place(case), "a source address")


def _source_place(case: Case) -> str:
    """Metal's source addresses have one switch for all of them."""
    stack = case.stack
    return "metallb:bgp.sourceAddress" if stack is not None and sends_source(stack) else ""


@rule("X3", Severity.ERROR)
def local_asn_survives(case: Case) -> Iterator[Hit]:
    """In mode frr-k8s no peer sets localASN.

    Why: MetalLB does not hand localASN on to FRR, so the router sees the usual AS number and
    refuses the session.
    Remedy: use mode frr, or a peer whose myASN is that number.
    Source: MetalLB internal/bgp/frrk8s/frrk8s.go (updateConfig); MetalLB pull request 3040.
    """
    if case.mode is not BgpMode.FRR_K8S:
        return
    for peer in case.routing.peers:
        if peer.spec.local_asn:
            yield Hit(case.at(peer, "local_asn"), str(peer.spec.local_asn))
