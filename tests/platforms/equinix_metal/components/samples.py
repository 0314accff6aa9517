"""Arguments with which each component makes at least one of everything it can make."""

from collections.abc import Callable, Mapping
from typing import Any

from metallb.components import MetalLBComponent
from metallb.platforms.equinix_metal.components.bgp_peers import BgpPeers
from metallb.platforms.equinix_metal.components.bgp_sessions import BgpSessions
from metallb.platforms.equinix_metal.components.elastic_ips import ElasticIpBlock

PROJECT = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
WORKER_0 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
WORKER_1 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b01"

NODES = [
    {"key": "worker-0", "hostname": "worker-0"},
    {"key": "worker-1", "device_id": WORKER_1},
]

SAMPLES: dict[type[MetalLBComponent], Callable[[], Mapping[str, Any]]] = {
    ElasticIpBlock: lambda: {"project_id": PROJECT, "quantity": 1, "metro": "ny"},
    BgpSessions: lambda: {
        "sessions": [
            {"key": "worker-0-ipv4", "device_id": WORKER_0, "address_family": "ipv4"},
            {"key": "worker-0-ipv6", "device_id": WORKER_0, "address_family": "ipv6"},
        ]
    },
    BgpPeers: lambda: {"project_id": PROJECT, "nodes": NODES, "ask_neighbors": True},
}
