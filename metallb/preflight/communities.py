"""Rules about BGP communities: how they are spelled, and what they mean to a router."""

import re
from collections.abc import Iterator

from metallb.platforms.registry import platforms
from metallb.preflight.advice import called, joined, near, newer
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.releases import Release
from metallb.routing import BgpAdvertisement

__all__ = ["MAX_COMMUNITIES", "CommunityValue", "community_fault", "is_large", "values_of"]

MAX_COMMUNITIES = 63
"""How many communities every release and mode of MetalLB takes at one route."""

CommunityValue = tuple[int | str, ...]
"""A community as it is sent: its numbers, with `large` before three of them."""

_LARGE_SINCE = Release(0, 13, 10)
_NUMBER = r"[0-9]{1,20}"
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
_BLACKHOLE = "65535:666"
"""RFC 7999; platforms have others."""


def is_large(value: str) -> bool:
    """Whether the text is meant as a large community."""
    return value.count(":") == 3


def community_fault(value: str) -> str:
    """Why MetalLB's parser refuses a community, to follow its text; empty where it takes it."""
    parts = value.split(":")
    if len(parts) == 2:
        numbers, largest = parts, 65535
    elif len(parts) == 4 and parts[0] == "large":
        numbers, largest = parts[1:], 4294967295
    else:
        return "is neither asn:number nor large:a:b:c"
    for number in numbers:
        if not re.fullmatch(_NUMBER, number) or int(number) > largest:
            return f"holds {quoted(number)}, which is not a number from 0 to {largest}"
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
    """A community of an advertisement is neither a value nor a defined name.

    Requirement: An advertisement's community is a value, or a name that is defined.
    Why: MetalLB refuses the whole configuration; it has no well-known names such as no-export.
    Help: write asn:number with two numbers up to 65535, or define the name.
    Source: MetalLB internal/bgp/community; internal/config/config.go (getCommunityValue);
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
                        f"community name {quoted(value)} is read as a value",
                        "MetalLB's webhook reads a text with a colon as a value, and refuses the "
                        "advertisement (MetalLB internal/config/validator.go)",
                        "rename it without a colon, here and where it is defined",
                    )
                continue
            if not fault:
                continue
            wrong = fault if ":" in value else "is not defined"
            yield Hit(
                case.at(each, "communities", index),
                f"community {quoted(value)} {wrong}",
                help=_form(case) if ":" in value else _defining(case, value),
            )


def _defined(case: Case) -> str:
    """Where the names of communities are."""
    if case.stack is not None:
        return "below metallb:bgp.communities"
    return "below bgp-communities" if case.in_configmap else "in a Community"


def _form(case: Case) -> str:
    """How a community is written that the release and mode can have."""
    small = "write asn:number with two numbers up to 65535"
    if case.native or case.release < _LARGE_SINCE:
        return small
    return f"{small}, or large:a:b:c with three numbers up to 4294967295"


def _defining(case: Case, name: str) -> str:
    """What was probably meant by a name that is not defined, and how to define it."""
    aliases = case.aliases
    known = _WELL_KNOWN.get(name.lower()) or near(name, aliases)
    if not known:
        known = _WELL_KNOWN.get(near(name, _WELL_KNOWN), "")
    return joined(f"write {known}" if known else "", f"define {name} {_defined(case)}")


@rule("C1", Severity.ERROR)
def named_communities(case: Case) -> Iterator[Hit]:
    """A name of a community is defined twice, or its value can't be read.

    Requirement: A community's name is defined once, and has a value that MetalLB can read.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: keep one definition of the name, and write its value as asn:number.
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
            where = case.at(community, "communities", index)
            wrong = f"value {quoted(alias.value or '')} of community {alias.name} {fault}"
            known = _WELL_KNOWN.get((alias.value or "").lower())
            yield Hit(where, wrong, help=f"write {known}" if known else _form(case))
    for index, earlier in repeated(alias.name for _, _, alias in listed):
        community, position, alias = listed[index]
        where = case.at(community, "communities", position)
        first = listed[earlier][0]
        other = "" if first is community else f", first in Community {first.name}"
        wrong = f"community {alias.name} is defined twice{other}"
        yield Hit(where, wrong, help="remove one of the two definitions")


@rule("C2", Severity.ERROR)
def large_communities_known(case: Case) -> Iterator[Hit]:
    """A release before 0.13.10 has a large community.

    Requirement: Before 0.13.10 there are no large communities.
    Why: MetalLB can't read them, and refuses the whole configuration.
    Help: use a community of the form asn:number, or MetalLB 0.13.10 or later.
    Source: MetalLB release notes of 0.13.10.
    """
    if case.release >= _LARGE_SINCE:
        return
    # Native mode has none in any release.
    ways = joined(
        "use a community of the form asn:number", "" if case.native else newer(case, _LARGE_SINCE)
    )
    for where, value in _values(case):
        if is_large(value):
            yield Hit(where, f"MetalLB {case.release} can't read community {value}", help=ways)


@rule("C3", Severity.WARNING)
def no_blackhole(case: Case) -> Iterator[Hit]:
    """A pool is announced with a blackhole community.

    Requirement: A pool is not announced with a blackhole community.
    Why: the routers drop all traffic to these Services.
    Help: remove the community, or ignore C3 while an attack lasts.
    Source: RFC 7999; documentation of a platform's BGP.
    """
    aliases = case.aliases
    lasting = "ignore C3" if case.stack is not None else "keep it"
    help = f"remove the community, or {lasting} while an attack lasts"
    for each in case.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            meant = aliases.get(value, value)
            if meant == _BLACKHOLE or any(meant in each.blackholes for each in platforms()):
                name = "" if meant == value else f" ({value})"
                wrong = f"{called(case, each)} has the blackhole community {meant}{name}"
                yield Hit(case.at(each, "communities", index), wrong, help=help)


@rule("C4", Severity.ERROR)
def few_communities(case: Case) -> Iterator[Hit]:
    """An advertisement has more than 63 communities.

    Requirement: In the FRR modes an advertisement has at most 63 communities.
    Why: the speakers do not announce it, and keep what they announced before.
    Help: use 63 communities at most, or divide them among several advertisements of the pool.
    Source: MetalLB internal/bgp/frr/frr.go and internal/bgp/frrk8s/frrk8s.go (validate).
    """
    if case.native:
        return
    for each in case.routing.advertisements:
        count = len(values_of(case, each))
        if count > MAX_COMMUNITIES:
            wrong = f"{called(case, each)} has {count} communities, more than {MAX_COMMUNITIES}"
            yield Hit(case.at(each, "communities"), wrong)


@rule("C5", Severity.WARNING)
def names_apart_from_values(case: Case) -> Iterator[Hit]:
    """A name of a community is the value of another one.

    Requirement: A community's name is not the text of another value.
    Why: MetalLB looks among the names before it reads a value, so that an advertisement with the
    one is sent with the other.
    Help: rename it without a colon, here and in the advertisements that use the name.
    Source: MetalLB internal/config/config.go (getCommunityValue).
    """
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            name, value = alias.name or "", alias.value or ""
            if not community_fault(name) and _read(name) != _read(value):
                where = case.at(community, "communities", index)
                yield Hit(where, f"community name {quoted(name)} has another value, {value}")


@rule("C6", Severity.ERROR)
def communities_have_names(case: Case) -> Iterator[Hit]:
    """A community is defined without a name.

    Requirement: A community has a name.
    Why: MetalLB takes one without a name, and no advertisement can refer to it but by an empty
    name.
    Help: give it a name, such as no-transit, or remove it.
    Source: MetalLB internal/config/config.go (communitiesFromCrs).
    """
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            if not (alias.name or "").strip():
                where = case.at(community, "communities", index)
                yield Hit(where, f"community {alias.value} has no name")


def _values(case: Case) -> Iterator[tuple[Location, str]]:
    """Every community value with its place."""
    for community in case.routing.communities:
        for index, alias in enumerate(community.spec.communities or ()):
            yield case.at(community, "communities", index), alias.value or ""
    for each in case.routing.advertisements:
        for index, value in enumerate(each.spec.communities or ()):
            yield case.at(each, "communities", index), value
