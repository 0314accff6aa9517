"""Stack sections for tests: the smallest valid ones, and strategies for any."""

import copy
from typing import Any

from metallb.config import StackConfig, stack_config
from metallb.platforms.equinix_metal.facts import ProjectFacts

CIPHERTEXT = "v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ=="
"""What Pulumi writes below `secure`; nothing here decrypts it."""
NAMED: dict[str, Any] = {"install": {"version": "0.16.2"}, "kubernetes": {"context": "prod"}}
"""What every stack file says, or is warned."""
METAL: dict[str, Any] = {
    "platform": {
        "kind": "equinix-metal",
        "projectId": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10",
        "metro": "ny",
        "nodes": [{"hostname": "worker-0"}, {"hostname": "worker-1"}],
        "elasticIps": {"default": {"quantity": 1}},
    },
    "addressPools": {"default": {"elasticIps": ["default"]}},
    **NAMED,
}
STATIC: dict[str, Any] = {
    "platform": {
        "kind": "static",
        "racks": [
            {
                "name": "rack-a",
                "nodes": ["a1", "a2"],
                "routers": [{"name": "tor-1", "address": "10.1.0.1", "asn": 64601}],
            }
        ],
    },
    "bgp": {"localAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
    "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
    **NAMED,
}


def metal(**sections: Any) -> dict[str, Any]:
    """A Metal stack's sections, with some replaced."""
    return {**copy.deepcopy(METAL), **sections}


def static(**sections: Any) -> dict[str, Any]:
    """A static stack's sections, with some replaced; what `bgp` says stands over ours."""
    merged = {**copy.deepcopy(STATIC), **sections}
    if isinstance(merged["bgp"], dict):
        merged["bgp"] = {**STATIC["bgp"], **merged["bgp"]}
    return merged


def stack(sections: dict[str, Any]) -> StackConfig:
    """The validated stack."""
    return stack_config(sections, source="stacks/Pulumi.test.yaml")


def metal_answers(hosts: int = 2, **blocks: str) -> ProjectFacts:
    """Answers for worker-0, worker-1 ... with a /31 each."""
    nodes = {
        f"worker-{i}": {
            "hostname": f"worker-{i}",
            "device_id": f"device-{i}",
            "private_gateway": f"10.64.{i}.10",
            "private_address": f"10.64.{i}.11",
        }
        for i in range(hosts)
    }
    found = blocks or {"default": "147.75.40.46/32"}
    return ProjectFacts.of(
        nodes, {name: {"id": name, "cidr_notation": cidr} for name, cidr in found.items()}
    )
