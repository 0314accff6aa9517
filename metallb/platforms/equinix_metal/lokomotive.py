"""The section of a project from Lokomotive's cluster block."""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.importing.hcl import literal

__all__ = ["project_of_lokomotive"]

_PLACEHOLDER_PROJECT = "00000000-0000-4000-8000-000000000000"


def project_of_lokomotive(
    cluster: Mapping[str, Any],
    *,
    nodes: tuple[str, ...] = (),
    project: str = "",
    metro: str = "",
) -> tuple[dict[str, Any], list[str]]:
    """The Metal platform, from Lokomotive's cluster block where it is in the same file."""
    notes: list[str] = []
    project_id = project or literal(cluster.get("project_id")) or ""
    if not project_id:
        project_id = _PLACEHOLDER_PROJECT
        notes.append("fill in metallb:platform.projectId (or give --project)")
    platform: dict[str, Any] = {"kind": "equinix-metal", "projectId": project_id}
    facility = literal(cluster.get("facility"))
    if metro or not facility:
        platform["metro"] = metro or "ny"
        if not metro:
            notes.append("fill in metallb:platform.metro (or give --metro)")
    else:
        platform["facility"] = facility
    hosts = nodes or tuple(_workers(cluster))
    if not nodes:
        notes += _uncounted(cluster)
    if not hosts:
        hosts = ("worker-0",)
        notes.append("fill in metallb:platform.nodes: the ingress nodes (or give --node)")
    platform["nodes"] = [{"hostname": host} for host in hosts]
    notes.append(
        "sites with two loopback routers (169.254.255.1 and .2) need peerSource: neighbors"
    )
    return platform, notes


def _workers(cluster: Mapping[str, Any]) -> Iterator[str]:
    """Host names that Lokomotive gives its workers: <cluster>-<pool>-worker-<number>."""
    name = literal(cluster.get("cluster_name"))
    pools = cluster.get("worker_pool")
    for block in pools if isinstance(pools, list) else ():
        for label, body in block.items() if isinstance(block, Mapping) else ():
            count = body.get("count") if isinstance(body, Mapping) else None
            disabled = isinstance(body, Mapping) and body.get("disable_bgp") is True
            pool = literal(label)
            if name and pool and isinstance(count, int) and 0 < count <= 256 and not disabled:
                yield from (f"{name}-{pool}-worker-{number}" for number in range(count))


def _uncounted(cluster: Mapping[str, Any]) -> Iterator[str]:
    """Pools of workers whose number is worked out elsewhere."""
    pools = cluster.get("worker_pool")
    for block in pools if isinstance(pools, list) else ():
        for label, body in block.items() if isinstance(block, Mapping) else ():
            if isinstance(body, Mapping) and isinstance(body.get("count"), str):
                yield (
                    f"the nodes of worker_pool {literal(label)} are not in metallb:platform.nodes:"
                    " its count is not a number in this file"
                )
