"""Rules of native mode: what MetalLB's own BGP implementation can't do."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.communities import (
    MAX_COMMUNITIES,
    CommunityValue,
    community_fault,
    is_large,
    values_of,
)
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.reach import SamePrefix
from metallb.preflight.registry import rule
from metallb.preflight.terms import PEER, Term
from metallb.preflight.timing import seconds
from metallb.releases import Release

__all__: list[str] = []

_FRR_FIELDS = (
    "bfd_profile",
    "vrf",
    "connect_time",
    "enable_graceful_restart",
    "disable_mp",
    "dual_stack_address_family",
    "dynamic_asn",
    "interface",
    "local_asn",
)
_ASKS_ADVERTISED = Release(0, 14, 9)
_MERGES_COMMUNITIES = Release(0, 16, 0)
_MAX_WAYS = 256


@rule("N1", Severity.ERROR)
def no_frr_fields(case: Case) -> Iterator[Hit]:
    """In native mode a peer sets no field that only FRR understands.

    Why: MetalLB refuses the whole configuration and goes on with the last one it liked.
    Remedy: remove the field, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (DiscardFRROnly).
    """
    if case.frr:
        return
    for peer in case.routing.peers:
        for name in _FRR_FIELDS:
            if getattr(peer.spec, name):
                yield Hit(case.at(peer, name), f"{name} of peer {peer.name}")
        if seconds(peer.spec.keepalive_time):
            yield Hit(case.at(peer, "keepalive_time"), str(peer.spec.keepalive_time))


@rule("N2", Severity.ERROR)
def no_bfd_profiles(case: Case) -> Iterator[Hit]:
    """In native mode there is no BFD profile, used or not.

    Why: MetalLB refuses the whole configuration for one BFDProfile object.
    Remedy: remove the profiles, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (DiscardFRROnly).
    """
    if case.native:
        for profile in case.routing.bfd_profiles:
            yield Hit(profile.origin, f"profile {profile.name}")


@rule("N3", Severity.ERROR)
def no_ipv6_pools(case: Case) -> Iterator[Hit]:
    """In native mode no pool that BGP announces holds IPv6 addresses.

    Why: MetalLB refuses the whole configuration; before 0.14.9 even for a pool that nothing
    announces.
    Remedy: remove the IPv6 block, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (findIPv6BGPAdvertisement).
    """
    if case.frr or not case.routing.advertisements:
        return
    strict = case.release < _ASKS_ADVERTISED
    for span in case.spans:
        announced = strict or case.everywhere or case.named_advertisements(span.pool.name)
        if span.interval.version == 6 and announced:
            yield Hit(case.at(span.pool, "addresses", span.index), span.text)


@rule("N4", Severity.ERROR)
def no_large_communities(case: Case) -> Iterator[Hit]:
    """In native mode no community is a large one.

    Why: MetalLB refuses the whole configuration, even where no advertisement uses the name.
    Remedy: use asn:number, or set bgpMode: frr-k8s with source: helm.
    Source: MetalLB internal/config/validation.go (findNonLegacyCommunity).
    """
    if case.frr:
        return
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            value = alias.value or ""
            if is_large(value) and not community_fault(value):
                yield Hit(case.at(community, "communities", index), value)
    for each in case.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            if is_large(value) and not community_fault(value):
                yield Hit(case.at(each, "communities", index), value)


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
    if case.frr:
        return
    for peer in case.routing.peers:
        try:
            address = ipaddress.ip_address(peer.spec.peer_address or "")
        except ValueError:
            continue
        if address.version == 6:
            yield Hit(case.at(peer, "peer_address"), str(address))
