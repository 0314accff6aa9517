"""Rules about racks: their nodes, speakers, source addresses and shared routers."""

from collections.abc import Iterator

from metallb.algebra.meetings import Member, clashes
from metallb.algebra.selectors import HOSTNAME_LABEL, meets_any, terms_of
from metallb.platforms.static.section import Rack, StaticPlatform
from metallb.preflight.advice import near, nodes_of
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated
from metallb.preflight.speakers import speaker_selector
from metallb.problems.problem import Location
from metallb.releases import BgpMode
from metallb.routing import LabelSelector
from metallb.routing.selectors import LabelSelectorRequirement

__all__: list[str] = []


@rule("M4", Severity.WARNING)
def one_rack_a_host(case: Case) -> Iterator[Hit]:
    """A host is in two racks.

    Requirement: A host name is in one rack.
    Why: a node in two racks peers with the routers of both, and those of the other rack are rarely
    in reach.
    Help: remove it from one rack; where the node is connected to both, ignore M4.
    Source: the product's own rule.
    """
    platform = case.stack.platform if case.stack is not None else None
    if not isinstance(platform, StaticPlatform):
        return
    listed: list[tuple[Location, str, str]] = [
        (("metallb:platform", "racks", position, "nodes", index), node.hostname, rack.name)
        for position, rack in enumerate(platform.racks)
        for index, node in enumerate(rack.nodes)
    ]
    for index, earlier in repeated(host for _, host, _ in listed):
        where, host, rack = listed[index]
        yield Hit(where, f"host {host} is in rack {listed[earlier][2]} and in rack {rack}")


@rule("M22", Severity.WARNING)
def used_sources(case: Case) -> Iterator[Hit]:
    """A node's source address is not used.

    Requirement: A node has a source address only where sessions are opened from it.
    Why: with sourceAddress false in metallb:bgp no peer has a source address, and that of the node
    changes nothing.
    Help: remove this sourceAddress, or set `sourceAddress: true` below metallb:bgp.
    Source: the product's own rule.
    """
    stack = case.stack
    if stack is None or stack.bgp.source_address:
        return
    if not isinstance(stack.platform, StaticPlatform):
        return
    # In frr-k8s no peer can have one.
    help = "remove this sourceAddress" if case.mode is BgpMode.FRR_K8S else ""
    for where, address in stack.platform.source_addresses():
        yield Hit(
            where,
            f"source address {address} is not used: sourceAddress of metallb:bgp is false",
            help=help,
        )


@rule("M25", Severity.WARNING)
def used_shared_routers(case: Case) -> Iterator[Hit]:
    """No rack refers to a shared router.

    Requirement: A shared router is in the sharedRouters of at least one rack.
    Why: no node peers with it otherwise, and no object is written for it.
    Help: add its name to the sharedRouters of the racks whose nodes peer with it, or remove it.
    Source: the product's own rule.
    """
    platform = case.stack.platform if case.stack is not None else None
    if not isinstance(platform, StaticPlatform):
        return
    used = {name for rack in platform.racks for name in rack.shared_routers}
    for name in platform.shared_routers:
        if name not in used:
            yield Hit(
                ("metallb:platform", "sharedRouters", name),
                f"no rack refers to shared router {name}",
                help=f"add {name} to the sharedRouters of the racks whose nodes peer with it, or "
                "remove it",
            )


@rule("I14", Severity.ERROR)
def speakers_in_every_rack(case: Case) -> Iterator[Hit]:
    """No node of a rack has a speaker.

    Requirement: The nodeSelectors of a rack do not contradict those of the speakers.
    Why: no node carries two values of one label, so no session of the rack comes up.
    Help: select speakers by a label that the nodes of all racks carry, or correct the rack's.
    Source: MetalLB speaker/bgp_controller.go (syncPeers): each pod of the DaemonSet keeps the
    sessions of its own node.
    """
    chosen = case.speakers
    if chosen is None:
        return
    for index, rack in enumerate(_racks(case)):
        for term in terms_of((_labels(rack),)) if rack.by_label else ():
            if term.hosts is None and not meets_any(term, chosen):
                where: Location = ("metallb:platform", "racks", index, rack.key_of_nodes)
                key = _contradiction(rack, speaker_selector(case))
                yield Hit(
                    (*where, key) if key else where,
                    f"no speaker runs in rack {rack.name}: it is on {nodes_of(_labels(rack))}, "
                    f"speakers are on {nodes_of(speaker_selector(case))}",
                )


@rule("I15", Severity.WARNING)
def racks_apart(case: Case) -> Iterator[Hit]:
    """Two racks share nodes.

    Requirement: Racks have different nodes, by their nodeSelectors and their host names.
    Why: a node of two racks opens sessions to the routers of both, also to those that it is not
    connected to.
    Help: select racks by one label with different values; where the nodes do have the routers of
    both, write one rack with all of them.
    Source: Kubernetes documentation, Labels and Selectors: a selector of fewer labels chooses
    more.
    """
    racks = _racks(case)
    if not any(rack.by_label for rack in racks):
        return
    # Racks of host names are compared with each other by a rule of their own.
    members = [
        Member(index, terms_of((_labels(rack),)), index, "" if rack.by_label else "names")
        for index, rack in enumerate(racks)
    ]
    for clash in clashes(members):
        if clash.certain:
            later, earlier = racks[clash.index], racks[clash.other]
            yield Hit(
                ("metallb:platform", "racks", clash.index, later.key_of_nodes),
                f"racks {earlier.name} ({nodes_of(_labels(earlier))}) and {later.name} "
                f"({nodes_of(_labels(later))}) share nodes",
            )


@rule("L14", Severity.WARNING)
def answering_nodes(case: Case) -> Iterator[Hit]:
    """Layer 2 names a node that is in no rack.

    Requirement: The nodes of a pool's layer2 are in racks, where racks list theirs by host name.
    Why: no node may have the name, and then nothing answers for the addresses.
    Help: correct the name, or ignore L14 where the node has no rack.
    Source: the product's own rule.
    """
    racks = _racks(case)
    if case.stack is None or any(rack.node_selectors for rack in racks):
        return
    known = {node.hostname for rack in racks for node in rack.nodes}
    for pool, settings in case.stack.address_pools.items():
        for key, each in settings.layer2.items() if known else ():
            for index, host in enumerate(each.nodes):
                if host not in known:
                    meant = near(host, known)
                    yield Hit(
                        ("metallb:addressPools", pool, "layer2", key, "nodes", index),
                        f"no rack has node {host}",
                        help=f"write {meant}, or ignore L14 where {host} has no rack"
                        if meant
                        else "",
                    )


@rule("L15", Severity.WARNING)
def racks_with_routers(case: Case) -> Iterator[Hit]:
    """A rack has no router beside a pool that BGP announces.

    Requirement: A rack has a router where BGP announces a pool.
    Why: the nodes of a rack without routers announce none of the pools of BGP.
    Help: add its routers, or ignore L15 where its nodes are for pools of layer 2.
    Source: the product's own rule.
    """
    if not case.routing.advertisements:
        return
    for index, rack in enumerate(_racks(case)):
        if not rack.routers and not rack.shared_routers:
            at: Location = ("metallb:platform", "racks", index, "routers")
            yield Hit(at, f"rack {rack.name} has no router, and BGP announces a pool")


def _racks(case: Case) -> tuple[Rack, ...]:
    platform = case.stack.platform if case.stack is not None else None
    return platform.racks if isinstance(platform, StaticPlatform) else ()


def _labels(rack: Rack) -> LabelSelector:
    """What chooses a rack's nodes."""
    if rack.by_label:
        return rack.selector
    hosts = tuple(node.hostname for node in rack.nodes)
    condition = LabelSelectorRequirement(key=HOSTNAME_LABEL, operator="In", values=hosts)
    return LabelSelector(match_expressions=(condition,))


def _contradiction(rack: Rack, speakers: LabelSelector) -> str:
    """The rack's label that speakers have with another value."""
    theirs = speakers.match_labels or {}
    return next(
        (key for key, value in rack.node_selectors.items() if theirs.get(key, value) != value), ""
    )
