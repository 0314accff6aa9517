"""Rules about `metallb:availability`: limits that no order of changes keeps."""

from collections.abc import Iterator, Mapping

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.releases import BgpMode, Release
from metallb.stackfile import Source
from metallb.stackfile.availability import Availability

__all__: list[str] = []

_SECTION = "metallb:availability"
_LIMIT = "maxSessionsDown"
_BY_TLS = Release(0, 16, 0)
"""First release whose speakers serve metrics by TLS alone."""


@rule("W1", Severity.ERROR)
def one_object(case: Case) -> Iterator[Hit]:
    """Peers of one ConfigMap can't change one after the other.

    Requirement: metallb:availability is for releases that read custom resources.
    Why: a release up to 0.12 reads all peers from one ConfigMap, whose change reaches them at once.
    Help: remove the section, or update MetalLB.
    Source: MetalLB v0.12 speaker/bgp_controller.go (SetConfig).
    """
    if _limits(case) is not None and case.in_configmap:
        yield Hit((_SECTION,))


@rule("W2", Severity.ERROR)
def known_racks(case: Case) -> Iterator[Hit]:
    """Availability names a rack that does not exist.

    Requirement: Every name below metallb:availability.byRack is that of a rack of the stack file.
    Why: the limit of another name applies to no node.
    Help: correct the name, or remove the entry.
    Source: docs/waves.md.
    """
    limits = _limits(case)
    if limits is None or not limits.by_rack or not case.complete:
        return
    racks = {node.rack for node in case.site.nodes.values() if node.rack}
    for name in limits.by_rack:
        if name not in racks:
            known = ", ".join(sorted(racks))
            yield Hit(
                (_SECTION, "byRack", name),
                f"no rack has the name {quoted(name)}",
                help=f"use one of: {known}" if known else "",
            )


@rule("W3", Severity.ERROR)
def sessions_left(case: Case) -> Iterator[Hit]:
    """The limit leaves a node no session.

    Requirement: maxSessionsDown is less than the sessions of each node that has several.
    Why: a wave may then take all sessions of the node, and with them what it announces.
    Help: write a lower number, for one rack below metallb:availability.byRack.
    Source: docs/waves.md.
    """
    limits = _limits(case)
    if limits is None:
        return
    for rack, sizes in _by_rack(case).items():
        most = limits.of_rack(rack)
        node, least = min(
            ((node, size) for node, size in sizes.items() if size > 1),
            key=lambda each: each[1],
            default=("", 0),
        )
        if most >= least > 1:
            yield Hit(_place(limits, rack), f"{_LIMIT} {most} takes all {least} sessions of {node}")


@rule("W4", Severity.WARNING)
def several_routers(case: Case) -> Iterator[Hit]:
    """A node has one session, which every wave with its router takes down.

    Requirement: Nodes have sessions with two routers, where an update is to keep them announced.
    Why: no order of changes keeps a session of a node that has one; other racks can still keep the
    addresses announced (racksAtOnce).
    Help: add a second router to the rack, or change rack after rack with racksAtOnce.
    Source: docs/waves.md.
    """
    limits = _limits(case)
    if limits is None or limits.racks_at_once is not None:
        return
    for rack, sizes in _by_rack(case).items():
        alone = [node for node, size in sizes.items() if size == 1]
        if alone:
            more = f" and {len(alone) - 1} more" if len(alone) > 1 else ""
            yield Hit(_place(limits, rack), f"every wave takes the one session of {alone[0]}{more}")


@rule("W5", Severity.WARNING)
def readable_sessions(case: Case) -> Iterator[Hit]:
    """An update in waves can't read which sessions are up.

    Requirement: With metallb:availability the speakers' metrics can be read.
    Why: MetalLB serves them by TLS to a token that may read them, and up refuses a change whose
    sessions it can't await (E607).
    Help: write `monitoring: {serviceMonitor: true}` in metallb:install; docs/operations.md has the
    account for a MetalLB whose monitoring is made otherwise.
    Source: MetalLB v0.16 config/manifests (no tokenreviews in the plain manifests).
    """
    if _limits(case) is None or case.stack is None:
        return
    install = case.stack.install
    if install.source is Source.EXISTING or install.monitoring.service_monitor:
        return
    if case.release >= _BY_TLS and case.mode is not BgpMode.FRR_K8S:
        yield Hit((_SECTION,))


@rule("W6", Severity.WARNING)
def files_wait_for_nothing(case: Case) -> Iterator[Hit]:
    """Files that are written in place of a cluster's objects are applied without waves.

    Requirement: metallb:availability is for stacks whose objects up writes into a cluster.
    Why: whatever applies the files applies all peers at once, and waits for no session.
    Help: change one router a commit; `metallb impact` shows the waves.
    Source: docs/gitops.md.
    """
    if case.stack is None or case.stack.availability is None:
        return
    if case.stack.kubernetes.render_to is not None:
        yield Hit((_SECTION,), "files of renderTo are applied without waves")


def _limits(case: Case) -> Availability | None:
    return case.stack.availability if case.stack is not None else None


def _by_rack(case: Case) -> Mapping[str, Mapping[str, int]]:
    """How many sessions each node has, by rack; nothing before addresses are known."""
    found: dict[str, dict[str, int]] = {}
    for node, sessions in case.site.by_node.items() if case.complete else ():
        found.setdefault(case.site.nodes[node].rack, {})[node] = len(sessions)
    return found


def _place(limits: Availability, rack: str) -> Location:
    """The key of the limit of a rack."""
    own = ("byRack", rack) if rack in limits.by_rack else ()
    return (_SECTION, *own, _LIMIT)
