"""What a failure of nodes, routers and racks does to pools, next hops and flows.

Nothing else is taken to fail, and what is left is taken to work.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from metallb.forecast import hashing
from metallb.forecast.site import Site, Tier, next_hops
from metallb.models.strict import StrictModel

__all__ = ["Element", "Failure", "Kind", "Loss", "elements", "fail", "fail_all", "fail_pairs"]


class Kind(StrEnum):
    """What may fail."""

    NODE = "node"
    ROUTER = "router"
    RACK = "rack"
    """Its nodes, and the routers that no other rack has."""


@dataclass(frozen=True, order=True)
class Element:
    """Something that may fail."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Loss(StrictModel):
    """Pools that lose next hops at a router."""

    pools: tuple[str, ...]
    """Names of the pools."""
    router: str
    """Name of the router."""
    before: int
    """Next hops that the router spreads an address over."""
    after: int
    """The same after the failure; 0 where the router has no route any more."""
    moved: float
    """Share of the flows that get another node with plain hashing by thresholds (RFC 2992) at the
    most, those of the lost nodes among them."""
    resilient: float
    """The same where routers hash resiliently: the flows of the lost nodes alone."""


class Failure(StrictModel):
    """What the failure of some elements does."""

    failed: tuple[str, ...]
    """What fails, such as `node a1`."""
    sessions: int
    """Number of sessions that end."""
    unreachable: tuple[str, ...]
    """Pools that no router has a route for any more; of a pool of both IP versions, for one."""
    without_route: tuple[Loss, ...]
    """Pools that a router that is left has no route for any more, though others may."""
    narrowed: tuple[Loss, ...]
    """Pools that a router that is left spreads over fewer nodes, or over others."""
    before: int
    """Next hops of the pool and router that loses the largest share."""
    after: int
    """The same after the failure."""
    moved: float
    """The largest share of flows that move with plain hashing."""
    resilient: float
    """The same with resilient hashing."""
    seconds: float | None
    """Until routers have noticed at the most: hold time, or BFD's detection time, and FRR's time
    for a graceful restart where the stack file has it. 0 where no router that is left has anything
    to notice, None where nothing notices: a hold time of 0 without BFD."""


def elements(site: Site) -> tuple[Element, ...]:
    """Everything that may fail alone: nodes, routers, and racks where there are several.

    A label selector whose nodes are not counted is no single node, and so left out.
    """
    nodes = [Element(Kind.NODE, each.name) for each in site.nodes.values() if not each.several]
    routers = [Element(Kind.ROUTER, name) for name in site.by_router]
    racks = [Element(Kind.RACK, name) for name in site.by_rack] if len(site.by_rack) > 1 else []
    return (*nodes, *routers, *racks)


def fail_all(site: Site) -> Iterator[Failure]:
    """Every single failure."""
    for each in elements(site):
        yield fail(site, (each,))


def fail_pairs(site: Site) -> Iterator[Failure]:
    """Failures of two elements that take more pools away than both of them one by one."""
    alone = {each: _taken(fail(site, (each,))) for each in elements(site)}
    for one, other in combinations(alone, 2):
        found = fail(site, (one, other))
        if _taken(found) - alone[one] - alone[other]:
            yield found


def _taken(failure: Failure) -> set[str]:
    return set(failure.unreachable)


def fail(site: Site, failed: Sequence[Element]) -> Failure:
    """What the failure of some elements at once does."""
    nodes, routers = _parts(site, failed)
    touched: dict[str, None] = {}
    ended = 0
    seconds = 0.0
    for node in nodes:
        for session in site.by_node.get(node, ()):
            ended += 1
            if session.router not in routers:
                touched[session.router] = None
                seconds = max(seconds, session.detection)
    for router in routers:
        ended += sum(1 for session in site.by_router.get(router, ()) if session.node not in nodes)
    losses = [
        loss
        for router in touched
        for reach in site.reaches_at.get(router, ())
        if (loss := _loss(site, reach, router, nodes)) is not None
    ]
    worst = max(losses, key=lambda loss: loss.moved, default=None)
    return Failure.model_construct(
        failed=tuple(map(str, failed)),
        sessions=ended,
        unreachable=tuple(dict.fromkeys(_unreachable(site, nodes, routers))),
        without_route=tuple(loss for loss in losses if not loss.after),
        narrowed=tuple(loss for loss in losses if loss.after),
        before=worst.before if worst else 0,
        after=worst.after if worst else 0,
        moved=worst.moved if worst else 0.0,
        resilient=max((loss.resilient for loss in losses), default=0.0),
        seconds=seconds if math.isfinite(seconds) else None,
    )


def _parts(site: Site, failed: Iterable[Element]) -> tuple[set[str], set[str]]:
    """Names of the nodes and of the routers that fail."""
    nodes: set[str] = set()
    routers: set[str] = set()
    for each in failed:
        if each.kind is Kind.NODE:
            nodes.add(each.name)
        elif each.kind is Kind.ROUTER:
            routers.add(each.name)
        else:
            nodes.update(site.by_rack.get(each.name, ()))
            own = site.racks.get(each.name, frozenset())
            routers.update(router for router in own if len(site.racks_of(router)) == 1)
    return nodes, routers


def _loss(site: Site, reach: int, router: str, nodes: set[str]) -> Loss | None:
    tiers = site.reaches[reach].tiers[router]
    had = next_hops(tiers)
    lost = len(had & nodes) if len(nodes) > 1 else sum(1 for node in nodes if node in had)
    if not lost:
        return None
    if lost == len(had):
        # Nodes whose routes were worth less take over every flow, where there are any.
        before, after = site.width(lost), site.width(len(next_hops(tiers, nodes)))
        share = moved = 1.0
    else:
        before, after = site.width(len(had)), site.width(len(had) - lost)
        # Where the router has more next hops than it uses, others take the places of the lost ones.
        gone = min(lost, before)
        share = round(gone / before, 4)
        moved = hashing.moved(before, gone, after - before + gone)
    return Loss.model_construct(
        pools=site.pools_of[reach],
        router=router,
        before=before,
        after=after,
        moved=moved,
        resilient=share,
    )


def _unreachable(site: Site, nodes: set[str], routers: set[str]) -> Iterator[str]:
    """Pools that were announced, and that nothing announces to any router any more."""
    touched: dict[int, None] = {}
    for node in nodes:
        for session in site.by_node.get(node, ()):
            for reach in site.reaches_at.get(session.router, ()):
                touched[reach] = None
    for router in routers:
        for reach in site.reaches_at.get(router, ()):
            touched[reach] = None
    for reach in touched:
        if not _left(site.reaches[reach].tiers, nodes, routers):
            yield from site.pools_of[reach]


def _left(tiers: Mapping[str, Sequence[Tier]], nodes: set[str], routers: set[str]) -> bool:
    """Whether any router that is left has an announcer that is left."""
    return any(
        router not in routers and not all(tier.nodes <= nodes for tier in listed)
        for router, listed in tiers.items()
    )
