"""The parts of a configuration that go into a stack file, and those that are left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metallb.importing.meaning import announcements
from metallb.importing.reading import FileFormat, Reading
from metallb.importing.stack_document import not_importable
from metallb.importing.without_key import CODE
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem, spelled
from metallb.releases import BUILTIN_RELEASES, ConfigFormat, Release
from metallb.routing import BgpAdvertisement, IPAddressPool, L2Advertisement, RoutingConfig
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.choosing import chooses_pool
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


def taken(reading: Reading, release: Release, source: str) -> Taken:
    """The routing without what a stack file has no key for and can live beside one.

    :param release: of the stack file.
    :raises ConfigError: layer 2 that a stack file of this release would take away, or objects of
        one kind and name.
    """
    if reading.foreign.repeated:
        raise not_importable(source, (_repeated(where) for where in reading.foreign.repeated))
    routing, ignored = _without_ignored(reading.routing, release)
    by_arp = _by_layer2(routing, reading)
    announced = announcements(routing, reading.foreign.pool_labels)
    alone = [pool for pool in routing.pools if pool.name in by_arp and not announced[pool.name]]
    if alone and routing.peers and release.format is ConfigFormat.CONFIGMAP:
        raise not_importable(source, (_taken_away(pool) for pool in alone))
    left = {id(pool) for pool in alone}
    pools = tuple(pool for pool in routing.pools if id(pool) not in left)
    return Taken(
        routing.model_copy(update={"pools": pools, "l2_advertisements": ()}),
        (
            *(f"{spelled(where)}: {why}" for where, why in reading.not_read),
            *_layer2(reading, alone),
            *_labels(reading, pools, by_arp),
            *_others(reading),
            *ignored,
            *(
                f"{spelled(where)}: {keys}: a stack file has no key for them"
                for where, keys in reading.metadata
            ),
            *_of_no_pool(routing, announced),
        ),
    )


def _repeated(where: Location) -> Problem:
    return refused(
        where,
        "an object of this kind and name precedes it",
        detail="In a cluster the second object replaces the first",
        help="rename one of the two, or make one of them",
    ).problem


def _by_layer2(routing: RoutingConfig, reading: Reading) -> dict[str, list[L2Advertisement]]:
    """For each pool the L2Advertisements that choose it."""
    found: dict[str, list[L2Advertisement]] = {}
    for each in routing.l2_advertisements:
        for pool in routing.pools:
            if chooses_pool(each, pool.name, reading.foreign.pool_labels.get(pool.name, {})):
                found.setdefault(pool.name, []).append(each)
    return found


def _taken_away(pool: IPAddressPool) -> Problem:
    return ConfigError(
        f"pool {pool.name} is announced by layer 2, which has no key in a stack file",
        code=CODE,
        location=pool.origin,
        detail="The stack writes one ConfigMap, which replaces this one and its layer 2",
        help=f"use --release {max(BUILTIN_RELEASES)}: from 0.13 on the pool can stay beside the"
        " stack, as an IPAddressPool and an L2Advertisement of your own",
    ).problem


def _layer2(reading: Reading, alone: list[IPAddressPool]) -> Iterator[str]:
    if reading.format is FileFormat.CONFIGMAP:
        for pool in alone:
            yield (
                f"{spelled(pool.origin)}: pool {pool.name}: a stack file has no key for layer 2;"
                " write an IPAddressPool and an L2Advertisement for it beside the stack"
            )
        return
    for each in reading.routing.l2_advertisements:
        yield f"{spelled(each.origin)}: a stack file has no key for layer 2; keep the object"
    for pool in alone:
        yield f"{spelled(pool.origin)}: only layer 2 announces it; keep the object"


def _labels(
    reading: Reading, pools: tuple[IPAddressPool, ...], by_arp: dict[str, list[L2Advertisement]]
) -> Iterator[str]:
    for pool in pools:
        labels = reading.foreign.pool_labels.get(pool.name)
        if not labels:
            continue
        words = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
        by_label = [
            each.name
            for each in by_arp.get(pool.name, ())
            if pool.name not in (each.spec.ip_address_pools or ())
            and each.spec.ip_address_pool_selectors
        ]
        line = f"{spelled(pool.origin)}: labels {words}: a stack file has no key for pool labels"
        if by_label:
            line += f"; name the pool in L2Advertisement {', '.join(by_label)}, which selects by it"
        yield line


def _of_no_pool(
    routing: RoutingConfig, announced: Mapping[str, Sequence[BgpAdvertisement]]
) -> Iterator[str]:
    used = {id(each) for listed in announced.values() for each in listed}
    for each in routing.advertisements:
        if id(each) not in used:
            yield f"{spelled(each.origin)}: it selects no pool"


def _others(reading: Reading) -> Iterator[str]:
    if reading.foreign.fork_key and reading.routing.peers:
        yield (
            f"{spelled(reading.foreign.fork_key)}: only Lokomotive's fork reads it; peers that it"
            " discovered are not in the stack file"
        )


def _without_ignored(
    routing: RoutingConfig, release: Release
) -> tuple[RoutingConfig, tuple[str, ...]]:
    """The routing without fields that the release ignores, and a line for each."""
    lines: list[str] = []
    kept: dict[str, tuple[MetalLBObject[Any], ...]] = {}
    for kind, listed in LISTS.items():
        kept[listed] = tuple(
            _without_fields(item, release, lines) for item in routing.of_kind(kind)
        )
    return routing.model_copy(update=kept), tuple(lines)


def _without_fields(
    item: MetalLBObject[Any], release: Release, lines: list[str]
) -> MetalLBObject[Any]:
    model: type[SpecModel] = type(item.spec)
    dropped: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        ignored = declared(model, name).ignored_since
        if ignored is not None and ignored <= release and is_set(item.spec, name):
            dropped[name] = field.default
            key = manifest_key(model, name)
            lines.append(f"{spelled(item.origin)}: {key}: MetalLB {ignored} and later ignore it")
    if not dropped:
        return item
    return item.model_copy(update={"spec": item.spec.model_copy(update=dropped)})
