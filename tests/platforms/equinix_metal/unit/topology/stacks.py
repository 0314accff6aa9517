"""Small stacks to draw."""

from metallb.platforms.equinix_metal.facts import ProjectFacts
from metallb.stackfile import stack_config
from metallb.topology import topology_of


def metal(count, answered, source="gateway"):
    config = {
        "platform": {
            "kind": "equinix-metal",
            "projectId": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10",
            "metro": "ny",
            "nodes": [{"hostname": f"worker-{index}"} for index in range(count)],
            "elasticIps": {"default": {"quantity": 4}},
            "peerSource": source,
        },
        "addressPools": {"default": {"elasticIps": ["default"]}},
    }
    neighbors = [
        {"addressFamily": 4, "customerAs": 65000, "customerIp": "10.64.0.1", "peerAs": 65530,
         "peerIps": ["169.254.255.1", "169.254.255.2"]}
    ]  # fmt: skip
    nodes = {
        f"worker-{index}": {
            "hostname": f"worker-{index}",
            "deviceId": "x",
            "privateAddress": f"10.64.0.{2 * index + 1}",
            "privateGateway": f"10.64.0.{2 * index}",
            "neighbors": neighbors if source == "neighbors" else None,
        }
        for index in range(count)
    }
    blocks = {"default": {"id": "x", "cidrNotation": "147.75.40.44/30"}}
    answers = ProjectFacts.of(nodes, blocks) if answered else None
    return topology_of(stack_config(config, source="test"), "metal", answers)
