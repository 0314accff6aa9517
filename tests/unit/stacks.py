"""Stack sections for tests: the smallest valid ones, and strategies for any."""

import copy
from typing import Any

from metallb.stackfile import StackConfig, stack_config

CIPHERTEXT = "v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ=="
"""What Pulumi writes below `secure`; nothing here decrypts it."""
NAMED: dict[str, Any] = {"install": {"version": "0.16.2"}, "kubernetes": {"context": "prod"}}
"""What every stack file says, or is warned."""
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
    "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
    "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
    **NAMED,
}


def static(**sections: Any) -> dict[str, Any]:
    """A static stack's sections, with some replaced; what `bgp` says stands over ours."""
    merged = {**copy.deepcopy(STATIC), **sections}
    if isinstance(merged["bgp"], dict):
        merged["bgp"] = {**STATIC["bgp"], **merged["bgp"]}
    return merged


def stack(sections: dict[str, Any]) -> StackConfig:
    """The validated stack."""
    return stack_config(sections, source="stacks/Pulumi.test.yaml")
