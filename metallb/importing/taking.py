"""What of a configuration goes into a stack file, and what is left out, by name and reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metallb.errors import ConfigError, MetalLBError
from metallb.importing.meaning import announcements
from metallb.importing.reading import FileFormat, Reading
from metallb.releases import BUILTIN_RELEASES, ConfigFormat, Release
from metallb.routing import BgpAdvertisement, IPAddressPool, L2Advertisement, RoutingConfig

__all__ = ["Taken", "taken"]

_IGNORES_MP = Release(0, 15, 0)
"""First release that looks at disableMP no more (MetalLB release notes of 0.15.0)."""


@dataclass(frozen=True)
class Taken:
    """The part of a configuration that a stack file says.

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
    if reading.repeated:
        raise ConfigError(
            where=source,
            rule="a stack file can't say all of it",
            mistakes=[_repeated(where) for where in reading.repeated],
        )
    routing = reading.routing
    by_arp = _by_layer2(routing, reading)
    announced = announcements(routing, reading.pool_labels)
    alone = [pool for pool in routing.pools if pool.name in by_arp and not announced[pool.name]]
    if alone and routing.peers and release.format is ConfigFormat.CONFIGMAP:
        raise ConfigError(
            where=source,
            rule="a stack file can't say all of it",
            mistakes=[_taken_away(pool) for pool in alone],
        )
    left = {id(pool) for pool in alone}
    pools = tuple(pool for pool in routing.pools if id(pool) not in left)
    return Taken(
        routing.model_copy(update={"pools": pools, "l2_advertisements": ()}),
        (
            *(f"{where}: {why}" for where, why in reading.not_read),
            *_layer2(reading, alone),
            *_labels(reading, pools, by_arp),
            *_others(reading, release),
            *_of_no_pool(routing, announced),
        ),
    )


def _repeated(where: str) -> MetalLBError:
    return MetalLBError(
        where=where,
        seen="an object of this kind and name before it",
        rule="has a name of its own, since the second object replaces the first in a cluster",
        remedy="rename one of the two, or make one of them",
    )


def _by_layer2(routing: RoutingConfig, reading: Reading) -> dict[str, list[L2Advertisement]]:
    """For each pool the L2Advertisements that choose it."""
    found: dict[str, list[L2Advertisement]] = {}
    for each in routing.l2_advertisements:
        names, selectors = each.spec.ip_address_pools, each.spec.ip_address_pool_selectors
        for pool in routing.pools:
            labels = reading.pool_labels.get(pool.name, {})
            chosen = (not names and not selectors) or pool.name in (names or ())
            if chosen or any(selector.matches(labels) for selector in selectors or ()):
                found.setdefault(pool.name, []).append(each)
    return found


def _taken_away(pool: IPAddressPool) -> MetalLBError:
    newest = max(BUILTIN_RELEASES)
    return MetalLBError(
        where=pool.origin,
        seen=f"pool {pool.name}, which layer 2 announces",
        rule="a stack file has no key for layer 2, and the ConfigMap that it writes would replace"
        " this one",
        remedy=f"give --release {newest}: from 0.13 on the pool can stay beside the stack, as an"
        " IPAddressPool and an L2Advertisement of your own",
    )


def _layer2(reading: Reading, alone: list[IPAddressPool]) -> Iterator[str]:
    if reading.format is FileFormat.CONFIGMAP:
        for pool in alone:
            yield (
                f"{pool.origin}: pool {pool.name}: a stack file has no key for layer 2; write an"
                " IPAddressPool and an L2Advertisement for it beside the stack"
            )
        return
    for each in reading.routing.l2_advertisements:
        yield f"{each.origin}: a stack file has no key for layer 2; keep the object"
    for pool in alone:
        yield f"{pool.origin}: layer 2 alone announces it; keep the object"


def _labels(
    reading: Reading, pools: tuple[IPAddressPool, ...], by_arp: dict[str, list[L2Advertisement]]
) -> Iterator[str]:
    for pool in pools:
        labels = reading.pool_labels.get(pool.name)
        if not labels:
            continue
        words = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
        by_label = [
            each.name
            for each in by_arp.get(pool.name, ())
            if pool.name not in (each.spec.ip_address_pools or ())
            and each.spec.ip_address_pool_selectors
        ]
        line = f"{pool.origin}: labels {words}: a stack file has no key for labels of a pool"
        if by_label:
            line += f"; name the pool in L2Advertisement {', '.join(by_label)}, which selects by it"
        yield line


def _of_no_pool(
    routing: RoutingConfig, announced: Mapping[str, Sequence[BgpAdvertisement]]
) -> Iterator[str]:
    used = {id(each) for listed in announced.values() for each in listed}
    for each in routing.advertisements:
        if id(each) not in used:
            yield f"{each.origin}: it chooses no pool"


def _others(reading: Reading, release: Release) -> Iterator[str]:
    if reading.fork_key and reading.routing.peers:
        yield (
            f"{reading.fork_key}: Lokomotive's fork alone reads it; the peers that it found are not"
            " in the stack file"
        )
    for peer in reading.routing.peers:
        if peer.spec.disable_mp and release >= _IGNORES_MP:
            yield f"{peer.origin}: disableMP: MetalLB looks at it no more"
