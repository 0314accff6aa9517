"""Small stacks to draw."""

from metallb.stackfile import stack_config
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
        "bgp": {"myAsn": 64512, "peerAsn": 64601},
        "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
        **sections,
    }
    return stack_config(config, source="test")


def drawn(form, *racks, **sections):
    return FORMATS[form](topology_of(stack(*racks, **sections), "dc1"))
