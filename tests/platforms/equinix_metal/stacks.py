"""Stack sections of this platform, and the answers of its API."""

import copy
from typing import Any

from metallb.platforms.equinix_metal.facts import ProjectFacts
from tests.unit.stacks import NAMED

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


def metal(**sections: Any) -> dict[str, Any]:
    """A Metal stack's sections, with some replaced."""
    return {**copy.deepcopy(METAL), **sections}


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
