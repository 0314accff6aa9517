"""What a change does to routes: who announces them with which attributes, and which flows move."""

from collections.abc import Iterator, Mapping, Sequence

from metallb.algebra.addresses import bits_of
from metallb.forecast import hashing
from metallb.forecast.announcing import is_internal
from metallb.forecast.site import Site, Tier, next_hops
from metallb.models.strict import StrictModel
from metallb.routing import BgpAdvertisementSpec
from metallb.routing.choosing import chooses_pool
from metallb.routing.fields import manifest_key

__all__ = ["LOCAL_PREF", "Rerouting", "Route", "Unsent", "paired", "rerouted", "unsent"]

LOCAL_PREF = manifest_key(BgpAdvertisementSpec, "local_pref")
Paired = Mapping[tuple[int, int | None], Mapping[str, tuple[int, ...]]]
"""IP versions of pools, by the indexes of their reaches before and after a change."""


class Route(StrictModel):
    """Routes for an address that are alike to a router."""

    nodes: tuple[str, ...]
    """Names of the nodes that announce them."""
    rank: int
    """1 for what the router uses; the next ones take over where all of these are gone."""
    lengths: tuple[int, ...]
    """Lengths of the prefixes, IPv4 first where the pool has both versions."""
    local_pref: int | None
    """LOCAL_PREF within an AS; null where the router is of another one, to which it is not sent."""
    as_path: int
    """Length of the AS path."""
    communities: tuple[str, ...]
    """Communities by value."""


class Rerouting(StrictModel):
    """Pools whose routes at some routers change."""

    pools: tuple[str, ...]
    """Names of the pools."""
    routers: tuple[str, ...]
    """Names of the routers."""
    former: tuple[Route, ...]
    """Routes before the change; empty where the routers have none."""
    present: tuple[Route, ...]
    """Routes after it."""
    moved: float
    """Share of the flows that get another node with plain hashing by thresholds (RFC 2992), at the
    most; 1 where all of them lose their route."""
    resilient: float
    """The same where routers hash resiliently."""


class Unsent(StrictModel):
    """A change of an attribute that is not sent to a router."""

    field: str
    """The field of a BGPAdvertisement: `localPref`."""
    pools: tuple[str, ...]
    """Names of the pools."""
    routers: tuple[str, ...]
    """Routers of another AS (RFC 4271, 5.1.5)."""


def paired(before: Site, after: Site) -> Paired:
    """The pools of a site with the way in which they are announced after a change."""
    later = {(pool.name, version): pool.reach for pool in after.pools for version in pool.versions}
    found: dict[tuple[int, int | None], dict[str, tuple[int, ...]]] = {}
    for pool in before.pools:
        for version in pool.versions:
            pools = found.setdefault((pool.reach, later.get((pool.name, version))), {})
            pools[pool.name] = (*pools.get(pool.name, ()), version)
    return found


def rerouted(before: Site, after: Site, pairs: Paired) -> Iterator[Rerouting]:
    """Every pool that is announced before and after, and otherwise.

    :param pairs: of `paired`.
    """
    for (old, new), pools in pairs.items():
        if new is None:
            continue
        had, has = before.reaches[old].tiers, after.reaches[new].tiers
        alike: dict[tuple[tuple[Tier, ...], tuple[Tier, ...]], list[str]] = {}
        for router in dict.fromkeys((*had, *has)):
            pair = (had.get(router, ()), has.get(router, ()))
            if pair[0] != pair[1]:
                alike.setdefault(pair, []).append(router)
        by_versions: dict[tuple[int, ...], list[str]] = {}
        for pool, versions in pools.items():
            by_versions.setdefault(versions, []).append(pool)
        for (former, present), routers in alike.items():
            moved, resilient = _flows(before, after, former, present)
            for versions, names in by_versions.items():
                yield Rerouting(
                    pools=tuple(names),
                    routers=tuple(routers),
                    former=tuple(_routes(former, versions)),
                    present=tuple(_routes(present, versions)),
                    moved=moved,
                    resilient=resilient,
                )


def _flows(
    before: Site, after: Site, former: Sequence[Tier], present: Sequence[Tier]
) -> tuple[float, float]:
    """Shares of flows that move, by plain and by resilient hashing."""
    had, has = next_hops(former), next_hops(present)
    if not had or had == has:
        return 0.0, 0.0
    width, then = before.width(len(had)), after.width(len(has))
    # Which next hops a router uses where it has more than it takes is its own choice.
    stay = max(0, min(width - len(had - has), then - len(has - had)))
    counts = width, width - stay, then - stay
    return hashing.moved(*counts), hashing.moved_resiliently(*counts)


def _routes(tiers: Sequence[Tier], versions: Sequence[int]) -> Iterator[Route]:
    for rank, tier in enumerate(tiers, 1):
        listed = sorted((values, tuple(sorted(nodes))) for values, nodes in tier.communities)
        plain = tier.nodes.difference(*(nodes for _, nodes in tier.communities))
        for values, nodes in (*([((), tuple(sorted(plain)))] if plain else []), *listed):
            yield Route(
                nodes=nodes,
                rank=rank,
                lengths=tuple(bits_of(version) - tier.spare for version in versions),
                local_pref=tier.preference if tier.internal else None,
                as_path=tier.path,
                communities=values,
            )


def unsent(before: Site, after: Site) -> Iterator[Unsent]:
    """Changes of localPref that routers of another AS do not hear of."""
    former = {each.name: each.spec.local_pref for each in before.routing.advertisements}
    external = {
        router: {session.peer.name for session in sessions if not is_internal(session.peer)}
        for router, sessions in after.by_router.items()
    }
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for each in after.routing.advertisements:
        if each.name not in former or former[each.name] == each.spec.local_pref:
            continue
        named = set(each.spec.peers or ())
        routers = tuple(
            router for router, peers in external.items() if (peers & named if named else peers)
        )
        for pool in after.routing.pools if routers else ():
            if chooses_pool(each, pool.name, after.labels.get(pool.name, {})):
                found.setdefault(routers, {})[pool.name] = None
    for routers, pools in found.items():
        yield Unsent(field=LOCAL_PREF, pools=tuple(pools), routers=routers)
