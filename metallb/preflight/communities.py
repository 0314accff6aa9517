"""Rules about BGP communities: how they are spelled, and what they mean to a router."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated
from metallb.releases import Release
from metallb.routing import BgpAdvertisement

__all__ = ["MAX_COMMUNITIES", "CommunityValue", "community_fault", "is_large", "values_of"]

MAX_COMMUNITIES = 63
"""How many communities every release and mode of MetalLB takes at one route."""

CommunityValue = tuple[int | str, ...]
"""A community as it is sent: its numbers, with `large` before three of them."""

_NUMBER = re.compile(r"[0-9]{1,20}")
_WELL_KNOWN = {
    "no-export": "65535:65281",
    "no-advertise": "65535:65282",
    "no-export-subconfed": "65535:65283",
    "local-as": "65535:65283",
    "nopeer": "65535:65284",
    "no-peer": "65535:65284",
    "blackhole": "65535:666",
    "graceful-shutdown": "65535:0",
}
# RFC 7999, and the one that Equinix Metal's routers act on (its BGP documentation).
_BLACKHOLES = ("65535:666", "54825:666")


def is_large(value: str) -> bool:
    """Whether the text is meant as a large community."""
    return value.count(":") == 3


def community_fault(value: str) -> str:
    """What MetalLB's parser does not like about a community, or nothing."""
    parts = value.split(":")
    if len(parts) == 2:
        numbers, largest = parts, 65535
    elif len(parts) == 4 and parts[0] == "large":
        numbers, largest = parts[1:], 4294967295
    else:
        return "neither asn:number nor large:number:number:number"
    for number in numbers:
        if not _NUMBER.fullmatch(number) or int(number) > largest:
            return f"{number!r} is no number from 0 to {largest}"
    return ""


def values_of(case: Case, each: BgpAdvertisement) -> frozenset[CommunityValue]:
    """The communities of an advertisement as they are sent, names resolved."""
    aliases = case.aliases
    return frozenset(_read(aliases.get(value, value)) for value in each.spec.communities or ())


def _read(value: str) -> CommunityValue:
    """A community as MetalLB reads it; the text itself where it reads none."""
    if community_fault(value):
        return (value,)
    return tuple(int(part) if part.isdigit() else part for part in value.split(":"))


@rule("B4", Severity.ERROR)
def known_communities(case: Case) -> Iterator[Hit]:
    """An advertisement's community is a value, or a name that is defined.

    Why: MetalLB refuses the whole configuration; it knows no well-known names such as no-export.
    Remedy: write asn:number with 16 bits each, large:a:b:c, or define the name among the
    communities.
    Source: MetalLB internal/bgp/community; internal/config/config.go (getCommunityValue),
    validator.go (names with a colon are values to the webhook).
    """
    aliases = case.aliases
    for each in case.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            fault = community_fault(value)
            if value in aliases:
                # The webhook takes each name with a colon for a value; 0.12 has no webhook.
                if ":" in value and fault and not case.in_configmap:
                    yield Hit(
                        case.at(each, "communities", index),
                        f"the name {value!r}, which is read as a value",
                        remedy="rename it without a colon, here and among the communities",
                    )
                continue
            if not fault:
                continue
            yield Hit(
                case.at(each, "communities", index),
                f"{value!r}: {'no such name' if ':' not in value else fault}",
                remedy=_known_one(value, aliases),
            )


def _known_one(value: str, aliases: Iterable[str]) -> str:
    """What was probably meant; empty where nothing is near."""
    known = _WELL_KNOWN.get(value.lower())
    if known:
        return f"write {known}, or define the name with that value"
    near = get_close_matches(value, aliases, n=1) or get_close_matches(value, _WELL_KNOWN, n=1)
    if not near or ":" in value:
        return ""
    return f"write {near[0] if near[0] in aliases else _WELL_KNOWN[near[0]]}, or define {value!r}"


@rule("C1", Severity.ERROR)
def named_communities(case: Case) -> Iterator[Hit]:
    """A community's name is given once, and stands for a value.

    Why: MetalLB refuses the whole configuration for a name that is given twice or a value it can't
    read.
    Remedy: keep one of the two, and write asn:number with 16 bits each or large:a:b:c.
    Source: MetalLB internal/config/config.go (communitiesFromCrs).
    """
    listed = [
        (community, index, alias)
        for community in case.routing.communities
        for index, alias in enumerate(community.spec.communities or ())
    ]
    for community, index, alias in listed:
        fault = community_fault(alias.value or "")
        if fault:
            yield Hit(case.at(community, "communities", index), f"{alias.value!r}: {fault}")
    for index, earlier in repeated(alias.name for _, _, alias in listed):
        community, position, alias = listed[index]
        where = case.at(community, "communities", position)
        yield Hit(where, f"{alias.name!r} is defined in {listed[earlier][0].name} already")


@rule("C2", Severity.ERROR)
def large_communities_known(case: Case) -> Iterator[Hit]:
    """Large communities need MetalLB 0.13.10 or later.

    Why: older releases can't read them and refuse the whole configuration.
    Remedy: use asn:number, or a newer release.
    Source: MetalLB release notes of 0.13.10.
    """
    if case.release >= Release(0, 13, 10):
        return
    for where, value in _values(case):
        if is_large(value):
            yield Hit(where, value)


@rule("C3", Severity.WARNING)
def no_blackhole(case: Case) -> Iterator[Hit]:
    """A pool is not announced with a blackhole community.

    Why: the routers throw away everything that is sent to these Services.
    Remedy: remove the community, or silence this while an attack lasts.
    Source: RFC 7999; Equinix Metal BGP documentation (54825:666).
    """
    aliases = case.aliases
    for each in case.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            meant = aliases.get(value, value)
            if meant in _BLACKHOLES:
                yield Hit(case.at(each, "communities", index), meant)


@rule("C4", Severity.ERROR)
def few_communities(case: Case) -> Iterator[Hit]:
    """In the FRR modes an advertisement has at most 63 communities.

    Why: the speakers refuse to announce it, and keep what they announced before.
    Remedy: use fewer communities, or share them out among several advertisements of the pool.
    Source: MetalLB internal/bgp/frr/frr.go and internal/bgp/frrk8s/frrk8s.go (validate).
    """
    if case.native:
        return
    for each in case.routing.advertisements:
        count = len(values_of(case, each))
        if count > MAX_COMMUNITIES:
            yield Hit(case.at(each, "communities"), f"{count} communities")


@rule("C5", Severity.WARNING)
def names_apart_from_values(case: Case) -> Iterator[Hit]:
    """A community's name is not itself a community of another value.

    Why: an advertisement that says the one is sent with the other: MetalLB looks among the names
    before it reads a value.
    Remedy: rename it without a colon, here and in the advertisements that mean the name.
    Source: MetalLB internal/config/config.go (getCommunityValue).
    """
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            name, value = alias.name or "", alias.value or ""
            if not community_fault(name) and _read(name) != _read(value):
                where = case.at(community, "communities", index)
                yield Hit(where, f"{name!r} stands for {value}")


@rule("C6", Severity.ERROR)
def communities_have_names(case: Case) -> Iterator[Hit]:
    """A community that is defined has a name.

    Why: no advertisement can refer to it by anything but an empty text.
    Remedy: give it a name of letters, such as no-transit, or remove it.
    Source: MetalLB internal/config/config.go (communitiesFromCrs) takes the empty name.
    """
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            if not (alias.name or "").strip():
                where = case.at(community, "communities", index)
                yield Hit(where, f"an empty name for {alias.value}")


def _values(case: Case) -> Iterator[tuple[str, str]]:
    """Every community value with its place."""
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            yield case.at(community, "communities", index), alias.value or ""
    for each in case.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            yield case.at(each, "communities", index), value
