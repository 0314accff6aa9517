"""Rules of native mode: what MetalLB's own BGP implementation can't do."""

from collections import defaultdict
from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.communities import (
    MAX_COMMUNITIES,
    CommunityValue,
    values_of,
)
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.reach import SamePrefix
from metallb.preflight.registry import rule
from metallb.preflight.terms import PEER, Term
from metallb.releases import BgpMode, Release
from metallb.routing.modes import FIELD_MODES, uses

__all__: list[str] = []

_PEER_FIELDS = tuple(
    f"{kind}.{name}"
    for (kind, name), modes in FIELD_MODES.items()
    if kind == "BGPPeer" and BgpMode.NATIVE not in modes
)
_ASKS_ADVERTISED = Release(0, 14, 9)
_MERGES_COMMUNITIES = Release(0, 16, 0)
_MAX_WAYS = 256


def _hits(case: Case, *features: str) -> Iterator[Hit]:
    """Every place in which the configuration uses what native mode lacks."""
    if case.frr:
        return
    for use in uses(case.held, *features):
        if use.item is not None:
            where = case.at(use.item, use.field, use.index) if use.field else use.item.origin
            yield Hit(where, use.seen)


@rule("N1", Severity.ERROR)
def no_frr_fields(case: Case) -> Iterator[Hit]:
    """In native mode a peer sets no field that only FRR understands.

    Why: MetalLB refuses the whole configuration and keeps the last one that it accepted.
    Remedy: remove the field, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (DiscardFRROnly).
    """
    yield from _hits(case, *_PEER_FIELDS)


@rule("N2", Severity.ERROR)
def no_bfd_profiles(case: Case) -> Iterator[Hit]:
    """In native mode there is no BFD profile, used or not.

    Why: MetalLB refuses the whole configuration for one BFDProfile object.
    Remedy: remove the profiles, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (DiscardFRROnly).
    """
    yield from _hits(case, "BFD profile")


@rule("N3", Severity.ERROR)
def no_ipv6_pools(case: Case) -> Iterator[Hit]:
    """In native mode no pool that BGP announces holds IPv6 addresses.

    Why: MetalLB refuses the whole configuration; before 0.14.9 even for a pool that nothing
    announces.
    Remedy: remove the IPv6 block, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (findIPv6BGPAdvertisement).
    """
    yield from _hits(case, "IPv6 pool")


@rule("N4", Severity.ERROR)
def no_large_communities(case: Case) -> Iterator[Hit]:
    """In native mode no community is a large one.

    Why: MetalLB refuses the whole configuration, even where no advertisement uses the name.
    Remedy: use asn:number, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (findNonLegacyCommunity).
    """
    yield from _hits(case, "large community")


@rule("N5", Severity.ERROR)
def native_limits(case: Case) -> Iterator[Hit]:
    """In native mode a route carries at most 63 communities, and there is no bgpextras.

    Why: a session that is to send more sends no change any more; from 0.16 on a route carries those
    of all advertisements of its prefix. The ConfigMap bgpextras is for FRR alone.
    Remedy: use fewer communities, and remove the ConfigMap.
    Source: MetalLB internal/bgp/native/native.go (validate, mergeCommunities);
    internal/config/validation.go (DiscardFRROnly).
    """
    if case.frr:
        return
    sent = {id(each): values_of(case, each) for each in case.routing.advertisements}
    for each in case.routing.advertisements:
        count = len(sent[id(each)])
        if count > MAX_COMMUNITIES:
            yield Hit(case.at(each, "communities"), f"{count} communities")
    if case.release >= _MERGES_COMMUNITIES:
        for group in case.same_prefixes:
            yield from _merged(case, group, [sent[id(each)] for each in group.listed])
    if case.foreign is not None and case.foreign.extras:
        yield Hit(case.foreign.extras, "content under the key extras")


def _merged(case: Case, group: SamePrefix, sent: list[frozenset[CommunityValue]]) -> Iterator[Hit]:
    """Routes whose advertisements have too many communities together, though none has alone."""
    if group.version != 4 or max(map(len, sent)) > MAX_COMMUNITIES:
        return
    if len(frozenset[CommunityValue]().union(*sent)) <= MAX_COMMUNITIES:
        return
    for together in _together(case, group):
        count = len(frozenset[CommunityValue]().union(*(sent[index] for index in together)))
        if count > MAX_COMMUNITIES:
            last = group.listed[max(together)]
            others = [group.listed[index].name for index in sorted(together)[:-1]]
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            yield Hit(
                case.at(last, "communities"),
                f"{count} communities together with {', '.join(others[:3])}{more} "
                f"(pool {group.pool.name})",
            )
            return


def _together(case: Case, group: SamePrefix) -> Iterator[tuple[int, ...]]:
    """Advertisements that one node sends to one peer for certain: for each way to be reached, those
    that reach all of it."""
    ways: dict[Term, set[int]] = defaultdict(set)
    for index, each in enumerate(group.listed):
        for term in case.reach(each):
            for name in each.spec.peers or ("",):
                way = term.with_values(PEER, (name,)) if name else term
                ways[way].add(index)
    # More ways than these to reach one pool are not written by hand.
    compared = list(ways.items())[:_MAX_WAYS]
    for way, _ in compared:
        found = {index for other, listed in compared if way.within(other) for index in listed}
        yield tuple(sorted(found))


@rule("N6", Severity.ERROR)
def no_ipv6_router(case: Case) -> Iterator[Hit]:
    """In native mode a router has an IPv4 address.

    Why: native mode announces IPv4 routes only, and over an IPv6 session it has no next hop to put
    into them.
    Remedy: peer with the router's IPv4 address, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/bgp/native/native.go and messages.go (encodePathAttrs); RFC 4271,
    5.1.3.
    """
    yield from _hits(case, "IPv6 router")
