"""Pools and the Services that take addresses from them. Pure."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from metallb.config import StackConfig
from metallb.releases import ConfigFormat
from metallb.status.cluster import Object
from metallb.status.drift import live_config_map
from metallb.status.look import Look
from metallb.status.model import PendingService, PoolState

__all__ = ["pending_of", "pools_of"]


def pools_of(look: Look, stack: StackConfig) -> Iterator[PoolState]:
    """Used and free addresses of every pool."""
    taken = {address for service in look.services for address in _ips(service)}
    if stack.install.release.format is ConfigFormat.CONFIGMAP:
        routing = live_config_map(look)
        for pool in routing.pools if routing else ():
            yield _counted(pool.name, pool.spec.addresses, taken)
        return
    for item in look.objects.get("IPAddressPool", []):
        name, status = item["metadata"]["name"], item.get("status") or {}
        if status:
            used = int(status.get("assignedIPv4", 0)) + int(status.get("assignedIPv6", 0))
            free = int(status.get("availableIPv4", 0)) + int(status.get("availableIPv6", 0))
            yield PoolState(name=name, used=used, free=free, full=free == 0)
        else:
            yield _counted(name, (item.get("spec") or {}).get("addresses") or (), taken)


def _counted(name: str, blocks: Any, taken: set[str]) -> PoolState:
    """Counters for releases that keep none (before 0.15): by the addresses that Services have."""
    networks = [network for block in blocks for network in _networks(str(block))]
    used = sum(
        1 for text in taken if any(ipaddress.ip_address(text) in network for network in networks)
    )
    free = sum(int(network.num_addresses) for network in networks) - used
    return PoolState(name=name, used=used, free=free, full=free <= 0)


def _networks(block: str) -> list[Any]:
    if "-" not in block:
        return [ipaddress.ip_network(block, strict=False)]
    first, last = (ipaddress.ip_address(part.strip()) for part in block.split("-", 1))
    return list(ipaddress.summarize_address_range(first, last))


def pending_of(look: Look, stack: StackConfig) -> Iterator[PendingService]:
    """Services that wait for an address, with what MetalLB said about each."""
    wanted = stack.install.load_balancer_class
    for service in look.services:
        meta = service["metadata"]
        if _ips(service) or (service["spec"].get("loadBalancerClass") or None) != wanted:
            continue
        yield PendingService(
            namespace=meta["namespace"], name=meta["name"], why=_last_word(look, meta)
        )


def _last_word(look: Look, meta: Object) -> str:
    said = [
        event
        for event in look.events
        if event["involvedObject"].get("kind") == "Service"
        and event["involvedObject"].get("name") == meta["name"]
        and event["involvedObject"].get("namespace") == meta["namespace"]
    ]
    said.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    if said:
        return " ".join(str(said[-1].get("message")).split())
    return "MetalLB has not said anything about it: is the controller running?"


def _ips(service: Object) -> list[str]:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return [str(entry["ip"]) for entry in ingress if entry.get("ip")]
