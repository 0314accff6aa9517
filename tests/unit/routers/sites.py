"""Sites whose routers' half is written and compared. `python -m tests.unit.routers.sites` writes
the expected files anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metallb.routers.build import halves_of
from metallb.routers.dialects import DIALECTS
from metallb.routers.model import Half
from metallb.stackfile import StackConfig
from metallb.topology.nodes import KnownNodes, nodes_of
from tests.unit.stacks import stack, static

GOLDEN = Path(__file__).parent / "golden"
KEY = "N3verShownKey"

PLATFORM: dict[str, Any] = {
    "kind": "static",
    "racks": [
        {
            "name": "rack-a",
            "nodes": ["a1", "a2"],
            "routers": [
                {"name": "tor-1", "address": "10.1.0.1", "asn": 64601, "bfdProfile": "quick"},
                {"name": "tor-1-v6", "address": "2001:db8:a::1", "asn": 64601},
            ],
        },
        {
            "name": "rack-b",
            "nodeSelectors": {"zone": "b"},
            "routers": [{"name": "tor-2", "address": "10.2.0.1", "asn": 64602}],
        },
    ],
}
BGP: dict[str, Any] = {
    "myAsn": 64512,
    "holdTime": "9s",
    "gracefulRestart": True,
    "password": KEY,
    "communities": {"customer": "65000:100"},
    "bfdProfiles": {
        "quick": {"receiveInterval": 300, "transmitInterval": 200, "detectMultiplier": 4}
    },
}
POOLS: dict[str, Any] = {
    "public": {
        "addresses": ["203.0.113.0/28", "2001:db8:100::/120"],
        "advertisements": {
            "default": {"communities": ["customer", "large:64512:1:2"]},
            "whole": {"aggregationLength": 28, "aggregationLengthV6": 120},
        },
    },
    "odd": {"addresses": ["198.51.100.3-198.51.100.6"]},
}
KUBERNETES: dict[str, Any] = {
    "context": "prod",
    "nodeCidrs": ["10.1.0.0/24", "10.2.0.0/24", "2001:db8:a::/64"],
}


def site(**sections: Any) -> StackConfig:
    """The site in an FRR mode, with some sections replaced or, as mappings of `bgp`, added to."""
    whole = {
        "install": {"version": "0.16.2", "source": "helm", "bgpMode": "frr-k8s"},
        "platform": PLATFORM,
        "addressPools": POOLS,
        "kubernetes": KUBERNETES,
        **sections,
    }
    whole["bgp"] = {**BGP, **sections.get("bgp", {})}
    return stack(static(**whole))


def native(**sections: Any) -> StackConfig:
    """A rack with a router and two nodes, in native mode."""
    return stack(static(**{"kubernetes": KUBERNETES, **sections}))


def listed(*nodes: tuple[str, Mapping[str, str], tuple[str, ...]]) -> dict[str, Any]:
    """What `kubectl get nodes -o json` prints: host name, labels, and addresses of each node."""
    return {
        "items": [
            {
                "metadata": {"name": host, "labels": {"kubernetes.io/hostname": host, **labels}},
                "status": {
                    "addresses": [
                        {"type": "Hostname", "address": host},
                        *({"type": "InternalIP", "address": each} for each in addresses),
                    ]
                },
            }
            for host, labels, addresses in nodes
        ]
    }


LIST = listed(
    ("b1", {"zone": "b"}, ("10.2.0.11",)),
    ("a2", {}, ("10.1.0.12", "2001:db8:a::12")),
    ("a1", {}, ("10.1.0.11", "2001:db8:a::11")),
    ("c1", {"zone": "c"}, ("10.3.0.11",)),
)
NODES: KnownNodes = nodes_of(LIST["items"])


def half(stack: StackConfig, name: str, nodes: KnownNodes | None = None) -> Half:
    """One router's half."""
    (found,) = (each for each in halves_of(stack, None, nodes) if each.name == name)
    return found


def expected() -> dict[str, str]:
    """Every dialect's file of the site: one router by address, the other one by range."""
    found = {}
    for each in (half(site(), "rack-a-tor-1", NODES), half(site(), "rack-b-tor-2")):
        for dialect in DIALECTS.values():
            found[f"{each.name}{dialect.suffix}"] = dialect.text(each, "dc1")
    return found


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, text in expected().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
