"""Rules of native mode: what MetalLB's own BGP implementation can't do."""

from collections import defaultdict
from collections.abc import Iterator

from metallb.algebra.addresses import same_address
from metallb.algebra.selectors import PEER, Term
from metallb.preflight.advice import KEEPS_LAST, joined, key, modes_of, names, other_mode
from metallb.preflight.case import Case
from metallb.preflight.communities import (
    MAX_COMMUNITIES,
    CommunityValue,
    values_of,
)
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.reach import SamePrefix
from metallb.preflight.registry import rule
from metallb.problems.problem import Location
from metallb.releases import BgpMode, Release
from metallb.routing import Community
from metallb.routing.base import MetalLBObject
from metallb.routing.modes import FIELD_MODES, Use, uses

__all__: list[str] = []

_PEER_FIELDS = tuple(
    f"{kind}.{name}"
    for (kind, name), modes in FIELD_MODES.items()
    if kind == "BGPPeer" and BgpMode.NATIVE not in modes
)
_ASKS_ADVERTISED = Release(0, 14, 9)
_MERGES_COMMUNITIES = Release(0, 16, 0)
_MAX_WAYS = 256
_LIMIT = (
    "Native mode sends no changes at all over a session while one of its routes has more than "
    f"{MAX_COMMUNITIES} communities (MetalLB internal/bgp/native/native.go)"
)


_TO_FRR = (BgpMode.FRR_K8S, BgpMode.FRR)
_INSTEAD = {
    "dynamic_asn": "write the AS number of the router as peerASN in place of dynamicASN",
    "interface": "write the IP address of the router as peerAddress in place of interface",
}


def _uses(case: Case, *features: str) -> Iterator[tuple[Use, MetalLBObject]]:
    """Every place in which the configuration uses what native mode lacks."""
    if case.frr:
        return
    for use in uses(case.held, *features):
        if use.item is not None:
            yield use, use.item


def _place(case: Case, use: Use, item: MetalLBObject) -> Location:
    return case.at(item, use.field, use.index) if use.field else item.origin


@rule("N1", Severity.ERROR, covers=("P7", "P30"))
def no_frr_fields(case: Case) -> Iterator[Hit]:
    """A peer in native mode sets a field that only FRR has.

    Requirement: In native mode peers have the fields of MetalLB's own BGP implementation.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: remove the field, or use an FRR mode.
    Source: MetalLB internal/config/validation.go (DiscardFRROnly).
    """
    found = list(_uses(case, *_PEER_FIELDS))
    mode = other_mode(case, *_TO_FRR) if found else ""
    for use, item in found:
        name, value = key(case, use.field), getattr(item.spec, use.field)
        instead = _INSTEAD.get(use.field, f"remove {name}")
        ways = joined(instead, "" if use.field == "disable_mp" else mode)
        shown = "true" if value is True else value
        yield Hit(_place(case, use, item), f"{name} {shown} needs {modes_of(use)}", help=ways)


@rule("N2", Severity.ERROR)
def no_bfd_profiles(case: Case) -> Iterator[Hit]:
    """There is a BFD profile in native mode.

    Requirement: In native mode there are no BFD profiles, used or not.
    Why: MetalLB refuses the whole configuration for one BFDProfile object.
    Help: remove the profiles, or use an FRR mode.
    Source: MetalLB internal/config/validation.go (DiscardFRROnly).
    """
    found = list(_uses(case, "BFD profile"))
    ways = joined("remove the profile", other_mode(case, *_TO_FRR)) if found else ""
    for use, item in found:
        wrong = f"BFD profile {item.name} needs an FRR mode"
        yield Hit(_place(case, use, item), wrong, help=ways)


@rule("N3", Severity.ERROR)
def no_ipv6_pools(case: Case) -> Iterator[Hit]:
    """A pool that native mode announces has IPv6 addresses.

    Requirement: In native mode no pool that BGP announces has IPv6 addresses.
    Why: MetalLB refuses the whole configuration; before 0.14.9 even for a pool that nothing
    announces.
    Help: remove the IPv6 addresses, or use an FRR mode.
    Source: MetalLB internal/config/validation.go (findIPv6BGPAdvertisement).
    """
    found = list(_uses(case, "IPv6 pool"))
    ways = joined("remove the IPv6 addresses", other_mode(case, *_TO_FRR)) if found else ""
    for use, item in found:
        text = item.spec.addresses[use.index or 0]
        wrong = f"IPv6 addresses {text} of pool {item.name} need an FRR mode"
        yield Hit(_place(case, use, item), wrong, help=ways)


@rule("N4", Severity.ERROR)
def no_large_communities(case: Case) -> Iterator[Hit]:
    """There is a large community in native mode.

    Requirement: In native mode there are no large communities.
    Why: MetalLB refuses the whole configuration, even where no advertisement uses the name.
    Help: use a community of the form asn:number, or an FRR mode.
    Source: MetalLB internal/config/validation.go (findNonLegacyCommunity).
    """
    found = list(_uses(case, "large community"))
    small = "use a community of the form asn:number"
    ways = joined(small, other_mode(case, *_TO_FRR)) if found else ""
    for use, item in found:
        value = item.spec.communities[use.index or 0]
        value = value.value if isinstance(item, Community) else value
        wrong = f"community {value} needs an FRR mode"
        yield Hit(_place(case, use, item), wrong, help=ways)


@rule("N5", Severity.ERROR)
def native_limits(case: Case) -> Iterator[Hit]:
    """A route has too many communities, or the mode does not take the ConfigMap bgpextras.

    Requirement: In native mode a route has at most 63 communities, from 0.16 on those of all
    advertisements of its prefix; only mode frr takes the ConfigMap bgpextras.
    Why: a session sends no changes at all while one of its routes has more, and MetalLB refuses the
    whole configuration for the ConfigMap.
    Help: use fewer communities, and remove the ConfigMap.
    Source: MetalLB internal/bgp/native/native.go (validate, mergeCommunities, SyncExtraInfo);
    internal/bgp/frrk8s/frrk8s.go (SyncExtraInfo).
    """
    if not case.frr:
        yield from _many_communities(case)
    extras = case.foreign.extras if case.foreign is not None else ()
    if extras and case.mode is not BgpMode.FRR:
        yield Hit(
            extras,
            f"mode {case.mode} does not take ConfigMap bgpextras",
            f"Only mode frr takes it: {KEEPS_LAST} (MetalLB internal/bgp/native/native.go and "
            "internal/bgp/frrk8s/frrk8s.go, SyncExtraInfo)",
            joined("remove the ConfigMap", other_mode(case, BgpMode.FRR)),
        )


def _many_communities(case: Case) -> Iterator[Hit]:
    sent = {id(each): values_of(case, each) for each in case.routing.advertisements}
    for each in case.routing.advertisements:
        count = len(sent[id(each)])
        if count > MAX_COMMUNITIES:
            where, wrong = case.at(each, "communities"), f"{count} communities are too many"
            yield Hit(where, wrong, _LIMIT, f"use {MAX_COMMUNITIES} communities at most")
    if case.release >= _MERGES_COMMUNITIES:
        for group in case.same_prefixes:
            yield from _merged(case, group, [sent[id(each)] for each in group.listed])


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
            yield Hit(
                case.at(last, "communities"),
                f"{count} communities are too many for pool {group.pool.name}: those of "
                f"{names([*others, last.name])}",
                f"From 0.16 on a route has the communities of all advertisements of its prefix. "
                f"{_LIMIT}",
                f"use {MAX_COMMUNITIES} communities at most together, or give the advertisements "
                "different peers or nodes",
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
    """A router has an IPv6 address in native mode.

    Requirement: In native mode routers have IPv4 addresses.
    Why: native mode announces IPv4 routes only, and over an IPv6 session it has no next hop to put
    into them.
    Help: peer with the IPv4 address of the router, or use an FRR mode.
    Source: MetalLB internal/bgp/native/native.go and messages.go (encodePathAttrs); RFC 4271,
    5.1.3.
    """
    found = list(_uses(case, "IPv6 router"))
    ipv4 = "peer with the IPv4 address of the router"
    ways = joined(ipv4, other_mode(case, *_TO_FRR)) if found else ""
    for use, item in found:
        wrong = f"IPv6 router {same_address(item.spec.peer_address)} needs an FRR mode"
        yield Hit(_place(case, use, item), wrong, help=ways)
