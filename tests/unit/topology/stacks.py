"""Small stacks to draw."""

from metallb.config import stack_config
from metallb.topology import FORMATS, topology_of


def rack(number, nodes=2, **more):
    return {
        "name": f"rack-{number}",
        "nodes": [f"node-{number}-{index}" for index in range(nodes)],
        "routers": [
            {"name": f"tor-{index}", "address": f"10.{number}.0.{index}", "asn": 64600 + number}
            for index in (1, 2)
        ],
        **more,
    }


def stack(*racks, **sections):
    config = {
        "platform": {"kind": "static", "racks": list(racks)},
        "bgp": {"localAsn": 64512, "peerAsn": 64601},
        "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
        **sections,
    }
    return stack_config(config, source="test")


def drawn(form, *racks, **sections):
    return FORMATS[form](topology_of(stack(*racks, **sections), "dc1"))


def metal(count, answered, source="gateway"):
    from metallb.platforms.equinix_metal.facts import ProjectFacts

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
