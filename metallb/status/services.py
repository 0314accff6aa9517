"""Pools and the Services that take addresses from them. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from metallb.algebra.addresses import address_at, address_of, is_left_out
from metallb.algebra.intervals import merged, readable
from metallb.releases import ConfigFormat
from metallb.stackfile import StackConfig
from metallb.status.cluster import Object
from metallb.status.drift import live_config_map
from metallb.status.look import Look, addresses_of
from metallb.status.model import MOST, FamilyState, PendingService, PoolState

__all__ = ["pending_of", "pools_of"]

Taken = dict[int, list[int]]
"""Addresses that Services have, as numbers, sorted, by IP version."""
Counts = dict[int, tuple[int, int]]
"""Used and free addresses by IP version, of the families that a pool has."""

_NO_EVENT = "MetalLB has no event about it: is the controller running?"
_UNREAD_EVENTS = "MetalLB's events can't be read"
_METALLB = ("metallb-controller", "metallb-speaker")
"""Names under which MetalLB reports events (ProcessName in controller/main.go, speaker/main.go)."""


def pools_of(look: Look, stack: StackConfig) -> Iterator[PoolState]:
    """Used and free addresses of every pool that they are known of."""
    taken = None
    if "Service" not in look.refused:
        taken = _sorted({address for service in look.services for address in addresses_of(service)})
    if stack.install.release.format is ConfigFormat.CONFIGMAP:
        routing = live_config_map(look)
        if routing is None or taken is None:
            return
        for pool in routing.pools:
            spec = pool.spec
            yield _pool(pool.name, _counted(spec.addresses, taken, avoid=spec.avoid_buggy_ips))
        return
    for item in look.objects.get("IPAddressPool", []):
        counts = _of_object(item, taken)
        if counts is not None:
            yield _pool(item["metadata"]["name"], counts)


def _sorted(taken: Iterable[str]) -> Taken:
    found: Taken = {}
    for address in filter(None, map(address_of, taken)):
        found.setdefault(address.version, []).append(int(address))
    return {version: sorted(set(numbers)) for version, numbers in found.items()}


def _of_object(item: Object, taken: Taken | None) -> Counts | None:
    """By the counters that the controller keeps from 0.15 on, or else by the Services."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    blocks = spec.get("addresses") or ()
    counted = {
        version: (
            int(status.get(f"assignedIPv{version}", 0)),
            int(status.get(f"availableIPv{version}", 0)),
        )
        for version in (4, 6)
    }
    # MetalLB counts in 64 bits, which the sum of an IPv6 block and another one overruns
    # (internal/allocator/allocator.go, poolCount).
    if not status or any(free < 0 for _, free in counted.values()):
        avoid = spec.get("avoidBuggyIPs") is True
        return None if taken is None else _counted(blocks, taken, avoid=avoid)
    present = {each.version for each in readable(map(str, blocks))}
    return {
        version: counts for version, counts in counted.items() if any(counts) or version in present
    }


def _counted(blocks: Iterable[Any], taken: Taken, *, avoid: bool) -> Counts:
    """By the addresses that Services have."""
    found = readable(map(str, blocks))
    counts: Counts = {}
    for version in {each.version for each in found}:
        own = [each for each in found if each.version == version]
        whole = sum(each.size - (each.left_out if avoid else 0) for each in own)
        known = taken.get(version, [])
        held = [
            address_at(version, number)
            for each in merged(own)
            for number in known[bisect_left(known, each.first) : bisect_right(known, each.last)]
        ]
        # An address from before the pool avoided it is used, and no loss for the others.
        lost = sum(1 for each in held if not (avoid and is_left_out(each)))
        counts[version] = len(held), max(whole - lost, 0)
    return counts


def _pool(name: str, counts: Counts) -> PoolState:
    families = {
        version: FamilyState(used=used, free=min(free, MOST), full=free <= 0)
        for version, (used, free) in counts.items()
    }
    return PoolState(
        name=name,
        used=sum(family.used for family in families.values()),
        free=min(sum(family.free for family in families.values()), MOST),
        full=not families or any(family.full for family in families.values()),
        ipv4=families.get(4),
        ipv6=families.get(6),
    )


def pending_of(look: Look, stack: StackConfig) -> Iterator[PendingService]:
    """Services that wait for an address, with MetalLB's last event about each."""
    wanted = stack.install.load_balancer_class
    words = _last_words(look)
    without = _NO_EVENT if "Event" not in look.refused else _UNREAD_EVENTS
    for service in look.services:
        meta = service["metadata"]
        if addresses_of(service) or (service["spec"].get("loadBalancerClass") or None) != wanted:
            continue
        yield PendingService(
            namespace=meta["namespace"],
            name=meta["name"],
            why=words.get((meta["namespace"], meta["name"]), without),
        )


def _last_words(look: Look) -> dict[tuple[Any, Any], str]:
    """MetalLB's last event about each Service, by namespace and name."""
    found: dict[tuple[Any, Any], tuple[bool, str, Object]] = {}
    for event in look.events:
        about = event.get("involvedObject") or {}
        source = _source(event)
        # Others write events about a Service too; one without a source may be MetalLB's.
        if about.get("kind") != "Service" or (source and source not in _METALLB):
            continue
        key = (about.get("namespace"), about.get("name"))
        entry = (bool(source), _time(event), event)
        if key not in found or entry[:2] > found[key][:2]:
            found[key] = entry
    return {
        key: " ".join(str(event.get("message")).split()) for key, (_, _, event) in found.items()
    }


def _source(event: Object) -> str:
    source = (event.get("source") or {}).get("component")
    return str(source or event.get("reportingComponent") or "")


def _time(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
