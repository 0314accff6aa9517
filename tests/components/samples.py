"""Arguments with which each component makes at least one of everything it can make."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from metallb.components import Controller, MetalLB, MetalLBComponent, RoutingConfiguration, Speaker
from tests.platforms import parts

MEMBERLIST_KEY = "a-memberlist-key-of-more-than-32-characters"
PASSWORD = "an-md5-key"

OBJECTS = [
    {
        "kind": "BGPPeer",
        "name": "worker-0",
        "spec": {
            "myASN": 65000,
            "peerASN": 65530,
            "peerAddress": "10.64.43.10",
            "passwordSecret": {"name": "bgp-password"},
        },
    },
    {"kind": "IPAddressPool", "name": "default", "spec": {"addresses": ["203.0.113.0/28"]}},
    {"kind": "BGPAdvertisement", "name": "default", "spec": {"ipAddressPools": ["default"]}},
]

SAMPLES: dict[type[MetalLBComponent], Callable[[], Mapping[str, Any]]] = {
    Controller: lambda: {"install": {}},
    Speaker: lambda: {"install": {}},
    MetalLB: lambda: {
        "install": {"monitoring": {"serviceMonitor": True}, "networkPolicy": True},
        "memberlist_secret": pulumi.Output.secret(MEMBERLIST_KEY),
    },
    RoutingConfiguration: lambda: {
        "namespace": "metallb-system",
        "format": "custom-resources",
        "objects": OBJECTS,
        "passwords": {"bgp-password": PASSWORD},
        "labels": {"app": "metallb"},
    },
    **{component: made for part in parts() for component, made in part.samples.items()},
}
