"""What the forecast says of every router's table, for Services that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from ipaddress import ip_network

from lab.forecast.drawing import Offer
from metallb.algebra.addresses import bits_of
from metallb.forecast.site import Site

__all__ = ["Predicted", "Table", "Tables", "differences", "predicted"]

Table = Mapping[str, frozenset[str]]
"""Names of the nodes that are next hops, by prefix."""
Tables = Mapping[str, Table]
"""Tables by router."""


@dataclass(frozen=True)
class Predicted:
    """Next hops of one prefix.

    :ivar width: how many of the nodes the router takes.
    """

    nodes: frozenset[str]
    width: int

    def holds(self, nodes: Set[str]) -> bool:
        """Whether a router's next hops are these."""
        return nodes <= self.nodes and len(nodes) == self.width


def predicted(
    site: Site,
    offers: Iterable[tuple[Offer, str, frozenset[str]]],
    without: Set[str] = frozenset(),
    stopped: Set[str] = frozenset(),
) -> Mapping[str, Mapping[str, Predicted]]:
    """Every route of every router.

    :param offers: Services, their addresses, and names of the nodes with an endpoint.
    :param without: nodes that announce nothing.
    :param stopped: routers that do not run.
    """
    serving: dict[tuple[str, str, int], set[str]] = {}
    for offer, address, places in offers:
        own = set(places) if offer.local else set(site.nodes)
        for pool in site.pools:
            if pool.name != offer.pool or offer.version not in pool.versions:
                continue
            for router, tiers in site.reaches[pool.reach].tiers.items():
                for spare in {tier.spare for tier in tiers}:
                    length = bits_of(offer.version) - spare
                    prefix = str(ip_network(f"{address}/{length}", strict=False))
                    key = (router, prefix, pool.reach)
                    serving.setdefault(key, set()).update(own)
    found: dict[str, dict[str, Predicted]] = {router: {} for router in site.by_router}
    for (router, prefix, reach), nodes in serving.items():
        length = int(prefix.partition("/")[2])
        spare = bits_of(6 if ":" in prefix else 4) - length
        for tier in site.reaches[reach].tiers[router]:
            left = (tier.nodes & nodes) - without
            if tier.spare == spare and left and router not in stopped:
                found[router][prefix] = Predicted(frozenset(left), site.width(len(left)))
                break
    return found


def differences(expected: Mapping[str, Mapping[str, Predicted]], real: Tables) -> list[str]:
    """What is otherwise than predicted, one line a route."""
    lines = []
    for router in sorted({*expected, *real}):
        ours, theirs = expected.get(router, {}), real.get(router, {})
        for prefix in sorted({*ours, *theirs}):
            wanted, has = ours.get(prefix), theirs.get(prefix, frozenset())
            if wanted is None or not wanted.holds(has):
                words = f"{wanted.width} of {sorted(wanted.nodes)}" if wanted else "no route"
                lines.append(f"{router} {prefix}: {words} predicted, {sorted(has)} there")
    return lines
