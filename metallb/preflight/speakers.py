"""Rules about which nodes run a speaker, and which nodes belong to which rack."""

from collections.abc import Iterator

from metallb.config import Rack, StaticPlatform
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.nodes import Member, clashes
from metallb.preflight.registry import rule
from metallb.preflight.selecting import selector_faults
from metallb.preflight.terms import Meeting, Term, meeting, terms_of
from metallb.routing import LabelSelector
from metallb.routing.selectors import HOSTNAME_LABEL, LabelSelectorRequirement

__all__: list[str] = []

_SPEAKERS = "metallb:install.speaker.nodeSelectors"


@rule("I1", Severity.ERROR)
def speakers_where_peers_are(case: Case) -> Iterator[Hit]:
    """Speakers run on every node that has a peer.

    Why: a session is kept by the speaker of its node; without one the peer stays down and nothing
    is announced there.
    Remedy: select speakers by a label that all ingress nodes carry.
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
        words = _selector(case).words()
        names = ", ".join(sorted(missing)[:4])
        more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
        yield Hit(_SPEAKERS, f"speakers on {words} only; peers at {names}{more}")


@rule("I14", Severity.ERROR)
def speakers_in_every_rack(case: Case) -> Iterator[Hit]:
    """A rack's nodeSelectors agree with those of the speakers.

    Why: no node carries two values of one label, so no node of the rack has a speaker, and none of
    its sessions comes up.
    Remedy: select speakers by a label that the nodes of all racks carry, or correct the rack's.
    Source: MetalLB speaker/bgp_controller.go (syncPeers): each pod of the DaemonSet keeps the
    sessions of its own node.
    """
    chosen = case.speakers
    if chosen is None:
        return
    for index, rack in enumerate(_racks(case)):
        for term in terms_of((_labels(rack),)) if rack.node_selectors else ():
            if term.hosts is None and not _share(term, chosen):
                where = f"metallb:platform.racks[{index}].nodeSelectors"
                key = _contradiction(rack, _selector(case))
                yield Hit(
                    f"{where}.{key}" if key else where,
                    f"rack {rack.name} on {_labels(rack).words()}, speakers on "
                    f"{_selector(case).words()}",
                )


@rule("I15", Severity.WARNING)
def racks_apart(case: Case) -> Iterator[Hit]:
    """Racks choose different nodes, by their nodeSelectors and their host names.

    Why: a node of two racks opens sessions to the routers of both, also to those that it is not
    connected to.
    Remedy: select racks by one label with different values; where the nodes do have the routers of
    both, write one rack with all of them.
    Source: Kubernetes documentation, Labels and Selectors (a selector of fewer labels chooses
    more).
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
                f"metallb:platform.racks[{clash.index}].{key}",
                f"rack {later.name} on {_labels(later).words()}, rack {earlier.name} on "
                f"{_labels(earlier).words()}",
            )


@rule("I17", Severity.ERROR)
def peers_have_nodes(case: Case) -> Iterator[Hit]:
    """A peer's nodeSelectors can choose a node.

    Why: conditions that contradict each other hold for no node, so no node opens the session.
    Remedy: keep one of the conditions, or write them as two entries, either of which will do.
    Source: MetalLB speaker/bgp_controller.go (syncPeers); Kubernetes documentation, Labels and
    Selectors (all conditions of one have to hold).
    """
    for peer, terms in zip(case.routing.peers, case.peer_terms, strict=True):
        selectors = peer.spec.node_selectors or ()
        if not terms and not any(selector_faults(selectors)):
            words = "; ".join(selector.words() for selector in selectors)
            yield Hit(case.at(peer, "node_selectors"), f"peer {peer.name} on {words}")


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
    """The rack's label of which the speakers want another value."""
    wanted = speakers.match_labels or {}
    return next(
        (key for key, value in rack.node_selectors.items() if wanted.get(key, value) != value), ""
    )
