"""The parts of a configuration that go into a stack file, and those that are left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metallb.importing.leaving_out import without_peers
from metallb.importing.reading import Reading
from metallb.importing.stack_document import not_importable
from metallb.importing.without_key import CODE
from metallb.preflight.selecting import selector_faults
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem, spelled
from metallb.releases import Release
from metallb.routing import (
    BgpAdvertisement,
    BgpAdvertisementSpec,
    L2Advertisement,
    L2AdvertisementSpec,
    RoutingConfig,
)
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.choosing import chosen_pools
from metallb.routing.faults import refused
from metallb.routing.fields import declared, is_set, manifest_key
from metallb.routing.table import LISTS

__all__ = ["Taken", "taken"]


@dataclass(frozen=True)
class Taken:
    """The part of a configuration that goes into a stack file.

    :ivar not_read: what is left out, a line each.
    """

    routing: RoutingConfig
    not_read: tuple[str, ...]


def taken(reading: Reading, release: Release, source: str, *, strict: bool = False) -> Taken:
    """The routing without what a stack file has no key for and can live beside one.

    :param release: of the stack file.
    :param strict: whether nothing may be left out.
    :raises ConfigError: objects of one kind and name, no peer that a stack file can have; with
        `strict`, anything left out.
    """
    if reading.foreign.repeated:
        raise not_importable(source, (_repeated(where) for where in reading.foreign.repeated))
    routing, ignored = _without_ignored(reading.routing, release)
    left_out = without_peers(routing, release)
    if left_out.problems and (strict or not left_out.routing.peers):
        raise not_importable(source, left_out.problems)
    routing, refused_ones = _without_refused(left_out.routing)
    lines: tuple[tuple[Location, str], ...] = (
        *reading.not_read,
        *left_out.lines,
        *refused_ones,
        *_others(reading),
        *ignored,
        *((where, f"{keys}: a stack file has no key for them") for where, keys in reading.metadata),
        *_of_no_pool(routing, reading.foreign.pool_labels),
    )
    if strict and lines:
        raise not_importable(source, (_not_read(where, why) for where, why in lines))
    return Taken(routing, tuple(f"{spelled(where)}: {why}" for where, why in lines))


def _not_read(where: Location, why: str) -> Problem:
    return ConfigError(
        f"not read: {why}",
        code=CODE,
        location=where,
        detail="With --strict a configuration becomes a stack file as a whole, or not at all",
        help="leave out --strict, or take it out of the files",
    ).problem


def _repeated(where: Location) -> Problem:
    return refused(
        where,
        "an object of this kind and name precedes it",
        detail="In a cluster the second object replaces the first",
        help="rename one of the two, or make one of them",
    ).problem


def _of_no_pool(
    routing: RoutingConfig, labels: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Location, str]]:
    listed: list[BgpAdvertisement | L2Advertisement] = [*routing.advertisements]
    for each in [*listed, *routing.l2_advertisements]:
        if not chosen_pools((each,), routing.pools, labels):
            yield each.origin, "it selects no pool"


def _others(reading: Reading) -> Iterator[tuple[Location, str]]:
    if reading.foreign.fork_key and reading.routing.peers:
        yield (
            reading.foreign.fork_key,
            "only Lokomotive's fork reads it; peers that it discovered are not in the stack file",
        )


def _without_refused(
    routing: RoutingConfig,
) -> tuple[RoutingConfig, tuple[tuple[Location, str], ...]]:
    """The routing without advertisements whose selectors MetalLB refuses, and a line for each."""
    advertisements: tuple[BgpAdvertisement | L2Advertisement, ...] = (
        *routing.advertisements,
        *routing.l2_advertisements,
    )
    faults = {each.origin: fault for each in advertisements if (fault := _refused(each.spec))}
    kept: dict[str, Any] = {
        "advertisements": tuple(x for x in routing.advertisements if x.origin not in faults),
        "l2_advertisements": tuple(x for x in routing.l2_advertisements if x.origin not in faults),
    }
    why = "MetalLB refuses every object for it; correct it, and write it at the pool"
    lines = tuple((origin, f"{fault}: {why}") for origin, fault in faults.items())
    return routing._replace(**kept), lines


def _refused(spec: BgpAdvertisementSpec | L2AdvertisementSpec) -> str:
    """What is wrong with a selector of an advertisement; empty where nothing is."""
    for name, value in spec:
        wishes = name == "preferred_node_selectors"
        selectors = [each.preference for each in value or ()] if wishes else value
        if wishes or name.endswith("_selectors"):
            for index, fault in selector_faults(selectors):
                return f"{manifest_key(type(spec), name)}[{index}]: {fault}"
    return ""


def _without_ignored(
    routing: RoutingConfig, release: Release
) -> tuple[RoutingConfig, tuple[tuple[Location, str], ...]]:
    """The routing without fields that the release ignores, and a line for each."""
    lines: list[tuple[Location, str]] = []
    kept: dict[str, Any] = {}
    for kind, listed in LISTS.items():
        kept[listed] = tuple(
            _without_fields(item, release, lines) for item in routing.of_kind(kind)
        )
    return routing._replace(**kept), tuple(lines)


def _without_fields(
    item: MetalLBObject, release: Release, lines: list[tuple[Location, str]]
) -> MetalLBObject:
    model: type[SpecModel] = type(item.spec)
    dropped: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        ignored = declared(model, name).ignored_since
        if ignored is not None and ignored <= release and is_set(item.spec, name):
            dropped[name] = field.default
            key = manifest_key(model, name)
            lines.append((item.origin, f"{key}: MetalLB {ignored} and later ignore it"))
    if not dropped:
        return item
    return item.model_copy(update={"spec": item.spec.model_copy(update=dropped)})
