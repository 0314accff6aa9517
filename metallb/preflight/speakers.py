"""Rules about which nodes run a speaker, and which nodes belong to which rack."""

from collections.abc import Iterable, Iterator

from metallb.config import Rack, StaticPlatform
from metallb.preflight.advice import names, nodes_of
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.nodes import Member, clashes
from metallb.preflight.registry import rule
from metallb.preflight.selecting import selector_faults
from metallb.preflight.terms import Meeting, Term, meeting, terms_of
from metallb.problems.problem import Location
from metallb.routing import LabelSelector
from metallb.routing.selectors import HOSTNAME_LABEL, LabelSelectorRequirement

__all__: list[str] = []

_SPEAKERS = ("metallb:install", "speaker", "nodeSelectors")


@rule("I1", Severity.ERROR)
def speakers_where_peers_are(case: Case) -> Iterator[Hit]:
    """No speaker runs on a node that has a peer.

    Requirement: A speaker runs on every node that has a peer.
    Why: a session is kept by the speaker of its node; without one the peer stays down and nothing
    is announced there.
    Help: select speakers by a label that all ingress nodes carry.
    Source: MetalLB speaker/bgp_controller.go (syncPeers): each pod of the DaemonSet keeps the
    sessions of its own node.
    """
    chosen = case.speakers
    if chosen is None:
        return
    missing = {
        host
        for terms in case.peer_terms
        for term in terms
        for host in term.hosts or ()
        if not _share(term.with_values(HOSTNAME_LABEL, (host,)), chosen)
    }
    if missing:
        yield Hit(
            _SPEAKERS,
            f"no speaker runs on {names(sorted(missing))}: speakers are on "
            f"{nodes_of(_selector(case))} only",
            help="select speakers by a label that these nodes carry as well",
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
            if term.hosts is None and not _share(term, chosen):
                where: Location = ("metallb:platform", "racks", index, "nodeSelectors")
                key = _contradiction(rack, _selector(case))
                yield Hit(
                    (*where, key) if key else where,
                    f"no speaker runs in rack {rack.name}: it is on {nodes_of(_labels(rack))}, "
                    f"speakers are on {nodes_of(_selector(case))}",
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


@rule("I17", Severity.ERROR)
def peers_have_nodes(case: Case) -> Iterator[Hit]:
    """The nodeSelectors of a peer match no node.

    Requirement: At least one of a peer's nodeSelectors can match a Linux node.
    Why: conditions that contradict each other hold for no node, so no node opens the session.
    Help: keep one of the conditions, or write them as two entries, of which one has to hold.
    Source: MetalLB speaker/bgp_controller.go (syncPeers); Kubernetes documentation, Labels and
    Selectors: all conditions of one have to hold.
    """
    for peer, terms in zip(case.routing.peers, case.peer_terms, strict=True):
        selectors = peer.spec.node_selectors or ()
        if not terms and not any(selector_faults(selectors)):
            words = "; ".join(nodes_of(selector) for selector in selectors)
            yield Hit(
                case.at(peer, "node_selectors"),
                f"peer {peer.name} has no node: none can match {words}",
                help=_to_a_node(case, selectors),
            )


def _to_a_node(case: Case, selectors: Iterable[LabelSelector]) -> str:
    """What to do about selectors that match no node."""
    several = any(
        len(each.match_labels or ()) + len(each.match_expressions or ()) > 1 for each in selectors
    )
    if several and case.stack is None:
        return ""
    whose = "nodeSelectors" if case.stack is None else "nodeSelectors of the rack"
    return f"correct the {whose}: every node has a host name, and speakers run on Linux alone"


def _selector(case: Case) -> LabelSelector:
    labels = case.stack.install.speaker.node_selectors if case.stack is not None else {}
    return LabelSelector(match_labels=dict(labels))


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


def _share(term: Term, others: tuple[Term, ...]) -> bool:
    return any(meeting(term, other) is not Meeting.NEVER for other in others)


def _contradiction(rack: Rack, speakers: LabelSelector) -> str:
    """The rack's label that speakers have with another value."""
    theirs = speakers.match_labels or {}
    return next(
        (key for key, value in rack.node_selectors.items() if theirs.get(key, value) != value), ""
    )
