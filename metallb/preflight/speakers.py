"""Rules about which nodes run a speaker, and which nodes belong to which rack."""

from collections.abc import Iterable, Iterator

from metallb.algebra.selectors import HOSTNAME_LABEL, meets_any
from metallb.preflight.advice import names, nodes_of
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import selector_faults
from metallb.routing import LabelSelector

__all__ = ["speaker_selector"]

_SPEAKERS = ("metallb:install", "speaker")


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
        if not meets_any(term.with_values(HOSTNAME_LABEL, (host,)), chosen)
    }
    if missing:
        yield Hit(
            (*_SPEAKERS, _key_of_nodes(case)),
            f"no speaker runs on {names(sorted(missing))}: speakers are on "
            f"{nodes_of(speaker_selector(case))} only",
            help="select speakers by a label that these nodes carry as well",
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


def speaker_selector(case: Case) -> LabelSelector:
    """What chooses the nodes of speakers."""
    return case.stack.install.speaker.selector if case.stack is not None else LabelSelector()


def _key_of_nodes(case: Case) -> str:
    """The key that chooses them."""
    selector = speaker_selector(case)
    only_conditions = selector.match_expressions and not selector.match_labels
    return "matchExpressions" if only_conditions else "nodeSelectors"
