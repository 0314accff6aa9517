"""Rules about pools that one node, router or rack carries alone, where the stack has others.

A site that has one of them and no other is a person's own choice, and no finding.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.problem import Location

if TYPE_CHECKING:
    from metallb.forecast.site import Site

__all__: list[str] = []


@rule("H1", Severity.WARNING)
def announcing_nodes(case: Case) -> Iterator[Hit]:
    """One node alone announces a pool.

    Requirement: A pool is announced by more than one node, where several nodes keep sessions.
    Why: while that node is away, restarts or is drained, no address of the pool is reachable.
    Help: announce the pool from more nodes (nodeSelectors and peers of its advertisements).
    Source: MetalLB speaker/bgp_controller.go (ShouldAnnounce); `metallb whatif` shows the failure.
    """
    site = _narrow(case)
    if site is None or len(site.by_node) < 2:
        return
    for place, pool, routers in _announced(case, site):
        nodes = {node for announcing in routers.values() for node in announcing}
        if len(nodes) == 1 and not site.nodes[next(iter(nodes))].several:
            yield Hit(place, f"node {next(iter(nodes))} alone announces pool {pool}")


@rule("H2", Severity.WARNING)
def announced_to_routers(case: Case) -> Iterator[Hit]:
    """One router alone gets the routes of a pool.

    Requirement: A pool is announced to more than one router, where the nodes have several.
    Why: while that router is away or its sessions are down, no address of the pool is reachable.
    Help: announce the pool to more routers (peers of its advertisements).
    Source: RFC 4271, 9.1; `metallb whatif` shows the failure.
    """
    site = _narrow(case)
    if site is None or len(site.by_router) < 2:
        return
    for place, pool, routers in _announced(case, site):
        if len(routers) == 1:
            yield Hit(place, f"router {next(iter(routers))} alone gets the routes of pool {pool}")


@rule("H3", Severity.WARNING)
def announcing_racks(case: Case) -> Iterator[Hit]:
    """The nodes of one rack alone announce a pool.

    Requirement: A pool is announced from more than one rack, where the stack has several.
    Why: a rack loses its power or its routers as a whole, and every address of the pool with it.
    Help: announce the pool from more racks (nodeSelectors and peers of its advertisements).
    Source: the product's own rule; `metallb whatif` shows the failure.
    """
    site = _narrow(case)
    if site is None or len(site.by_rack) < 2:
        return
    for place, pool, routers in _announced(case, site):
        nodes = {node for announcing in routers.values() for node in announcing}
        racks = {site.nodes[node].rack for node in nodes}
        # One node alone is H1's.
        if len(racks) == 1 and (len(nodes) > 1 or site.nodes[next(iter(nodes))].several):
            yield Hit(place, f"rack {next(iter(racks))} alone announces pool {pool}")


def _narrow(case: Case) -> "Site | None":
    """The site, where advertisements choose nodes or peers: others reach everything."""
    listed = case.routing.advertisements
    if not any(each.spec.peers or each.spec.node_selectors for each in listed):
        return None
    return case.site


def _announced(
    case: Case, site: "Site"
) -> Iterator[tuple[Location, str, dict[str, frozenset[str]]]]:
    """The pools that reach any router: place, name, and announcing nodes by router."""
    origins = {pool.name: pool.origin for pool in case.routing.pools}
    for pool in site.pools:
        routers = dict(site.reaches[pool.reach].announcers)
        if routers:
            yield origins[pool.name], pool.name, routers
