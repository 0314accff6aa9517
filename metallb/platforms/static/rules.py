"""Rules about racks: their nodes, speakers, source addresses and shared routers."""

from collections.abc import Iterator

from metallb.algebra.meetings import Member, clashes
from metallb.algebra.selectors import HOSTNAME_LABEL, meets_any, terms_of
from metallb.platforms.static.section import Rack, StaticPlatform
from metallb.preflight.advice import nodes_of
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
    Help: remove sourceAddress from the node, or set `sourceAddress: true` below metallb:bgp.
    Source: the product's own rule.
    """
    stack = case.stack
    if stack is None or stack.bgp.source_address:
        return
    if not isinstance(stack.platform, StaticPlatform):
        return
    # In frr-k8s no peer can have one.
    help = "remove sourceAddress from the node" if case.mode is BgpMode.FRR_K8S else ""
    for position, rack in enumerate(stack.platform.racks):
        for index, node in enumerate(rack.nodes):
            if node.source_address is not None:
                yield Hit(
                    ("metallb:platform", "racks", position, "nodes", index, "sourceAddress"),
                    f"source address {node.source_address} is not used: sourceAddress of "
                    "metallb:bgp is false",
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
        for term in terms_of((_labels(rack),)) if rack.node_selectors else ():
            if term.hosts is None and not meets_any(term, chosen):
                where: Location = ("metallb:platform", "racks", index, "nodeSelectors")
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
    if not any(rack.node_selectors for rack in racks):
        return
    # Racks of host names are compared with each other by a rule of their own.
    members = [
        Member(index, terms_of((_labels(rack),)), index, "" if rack.node_selectors else "names")
        for index, rack in enumerate(racks)
    ]
    for clash in clashes(members):
        if clash.certain:
            later, earlier = racks[clash.index], racks[clash.other]
            key = "nodeSelectors" if later.node_selectors else "nodes"
            yield Hit(
                ("metallb:platform", "racks", clash.index, key),
                f"racks {earlier.name} ({nodes_of(_labels(earlier))}) and {later.name} "
                f"({nodes_of(_labels(later))}) share nodes",
            )


def _racks(case: Case) -> tuple[Rack, ...]:
    platform = case.stack.platform if case.stack is not None else None
    return platform.racks if isinstance(platform, StaticPlatform) else ()


def _labels(rack: Rack) -> LabelSelector:
    """What chooses a rack's nodes."""
    if rack.node_selectors:
        return LabelSelector(match_labels=dict(rack.node_selectors))
    hosts = tuple(node.hostname for node in rack.nodes)
    condition = LabelSelectorRequirement(key=HOSTNAME_LABEL, operator="In", values=hosts)
    return LabelSelector(match_expressions=(condition,))


def _contradiction(rack: Rack, speakers: LabelSelector) -> str:
    """The rack's label that speakers have with another value."""
    theirs = speakers.match_labels or {}
    return next(
        (key for key, value in rack.node_selectors.items() if theirs.get(key, value) != value), ""
    )
