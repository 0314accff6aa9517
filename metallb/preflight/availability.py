"""Rules about `metallb:availability`: limits that no order of changes keeps."""

from collections import Counter
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
_LIMIT, _ANNOUNCERS = "maxSessionsDown", "minAnnouncers"
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


@rule("W7", Severity.ERROR)
def known_pools(case: Case) -> Iterator[Hit]:
    """Availability names a pool that BGP does not announce.

    Requirement: Every name below metallb:availability.byPool is that of a pool that BGP announces.
    Why: the limit of another name keeps nothing.
    Help: correct the name, or remove the entry.
    Source: docs/waves.md.
    """
    limits = _limits(case)
    if limits is None or not limits.by_pool or not case.complete:
        return
    announced = {each.name for each in case.site.pools} | set(case.block_sizes)
    for name in limits.by_pool:
        if name not in case.pool_names:
            known = ", ".join(sorted(case.pool_names))
            yield Hit(
                (_SECTION, "byPool", name),
                f"no pool has the name {quoted(name)}",
                help=f"use one of: {known}" if known else "",
            )
        elif name not in announced:
            yield Hit((_SECTION, "byPool", name), f"BGP does not announce pool {name}")


@rule("W8", Severity.ERROR)
def enough_announcers(case: Case) -> Iterator[Hit]:
    """A pool has fewer announcers than an update is to keep.

    Requirement: At least minAnnouncers nodes announce the pool.
    Why: an update can't keep what is not there, and would refuse every change of their peers.
    Help: write a lower number, or announce the pool from more nodes.
    Source: docs/waves.md.
    """
    for name, least, peers in _announcers(case):
        if len(peers) < least:
            place = (_SECTION, "byPool", name, _ANNOUNCERS)
            announced = f"{len(peers)} node{'s' * (len(peers) != 1)}"
            yield Hit(place, f"{_ANNOUNCERS} {least} is more than the {announced} of pool {name}")


@rule("W9", Severity.WARNING)
def one_peer_of_many(case: Case) -> Iterator[Hit]:
    """One peer object has the last sessions of too many announcers of a pool.

    Requirement: When the sessions of one peer end, at least minAnnouncers nodes announce the pool.
    Why: the sessions of an object end together, so that an update refuses each change of it that
    ends them.
    Help: announce the pool to a second router of the rack, or from more racks; or write a lower
    number.
    Source: docs/waves.md.
    """
    for name, least, peers in _announcers(case):
        alone = Counter(next(iter(own)) for own in peers.values() if len(own) == 1)
        peer, lost = max(alone.items(), key=lambda each: each[1], default=("", 0))
        left = len(peers) - lost
        if left < least <= len(peers):
            place = (_SECTION, "byPool", name, _ANNOUNCERS)
            yield Hit(
                place, f"BGPPeer {peer} alone has {lost} announcers of pool {name}: {left} left"
            )


def _announcers(case: Case) -> Iterator[tuple[str, int, Mapping[str, set[str]]]]:
    """Pools with a limit: name, limit, and for each node that announces the pool the peers that it
    announces it to. Pools with nodes by label are left out, as long as these are not counted."""
    limits = _limits(case)
    if limits is None or not limits.by_pool or not case.complete:
        return
    site = case.site
    for pool in site.pools:
        limit = limits.by_pool.get(pool.name)
        if limit is None:
            continue
        announcing = site.reaches[pool.reach].announcers
        peers: dict[str, set[str]] = {}
        for session in site.sessions:
            if session.node in announcing.get(session.router, ()):
                peers.setdefault(session.node, set()).add(session.peer.name)
        if not any(site.nodes[node].several for node in peers):
            yield pool.name, limit.min_announcers, peers


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
