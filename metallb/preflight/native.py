"""Rules of native mode: what MetalLB's own BGP implementation can't do."""

import ipaddress
from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.communities import community_fault, is_large
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
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
_MAX_COMMUNITIES = 63


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

    Why: routes with more are never sent, and the ConfigMap bgpextras is for FRR alone.
    Remedy: use fewer communities, and remove the ConfigMap.
    Source: MetalLB internal/bgp/native/native.go (validate).
    """
    if case.frr:
        return
    for each in case.routing.advertisements:
        count = len(each.spec.communities or ())
        if count > _MAX_COMMUNITIES:
            yield Hit(case.at(each, "communities"), f"{count} communities")
    if case.foreign is not None and case.foreign.extras:
        yield Hit(case.foreign.extras, "content under the key extras")


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
