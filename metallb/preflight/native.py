"""Rules of native mode: what MetalLB's own BGP implementation can't do."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.releases import BgpMode
from metallb.routing.modes import FIELD_MODES, uses

__all__: list[str] = []

_PEER_FIELDS = tuple(
    f"{kind}.{name}"
    for (kind, name), modes in FIELD_MODES.items()
    if kind == "BGPPeer" and BgpMode.NATIVE not in modes
)
_MAX_COMMUNITIES = 63


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
    yield from _hits(case, "IPv6 router")
