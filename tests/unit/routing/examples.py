"""A value of every field of every MetalLB object, as custom resources spell it.

The tests of the declarations try each field with its value: none is its default.
"""

from typing import Any

from metallb.routing.base import MetalLBObject
from metallb.routing.table import LISTS, OBJECTS, RoutingConfig

__all__ = ["EXAMPLES", "FIELDS", "example", "object_with", "routing_with"]

_ZONE = [{"matchLabels": {"zone": "z"}}]

EXAMPLES: dict[str, dict[str, Any]] = {
    "BGPPeer": {
        "my_asn": 64999,
        "peer_asn": 64888,
        "dynamic_asn": "external",
        "local_asn": 64777,
        "peer_address": "10.0.0.7",
        "interface": "eth1",
        "source_address": "10.0.0.9",
        "peer_port": 1179,
        "hold_time": "45s",
        "keepalive_time": "15s",
        "connect_time": "7s",
        "router_id": "192.0.2.77",
        "node_selectors": _ZONE,
        "password": "Example12345",
        "password_secret": {"name": "key"},
        "bfd_profile": "fast",
        "enable_graceful_restart": True,
        "vrf": "red",
        "ebgp_multi_hop": True,
        "disable_mp": True,
        "dual_stack_address_family": True,
    },
    "IPAddressPool": {
        "addresses": ["203.0.113.64/28"],
        "auto_assign": False,
        "avoid_buggy_ips": True,
        "service_allocation": {"priority": 5, "namespaces": ["web"]},
    },
    "BGPAdvertisement": {
        "aggregation_length": 28,
        "aggregation_length_v6": 64,
        "as_path_prepend": 3,
        "local_pref": 200,
        "communities": ["64512:7"],
        "ip_address_pools": ["public"],
        "ip_address_pool_selectors": _ZONE,
        "node_selectors": _ZONE,
        "peers": ["a-10.0.0.1"],
        "service_selectors": _ZONE,
    },
    "L2Advertisement": {
        "interfaces": ["eth0"],
        "ip_address_pools": ["public"],
        "ip_address_pool_selectors": _ZONE,
        "node_selectors": _ZONE,
        "preferred_node_selectors": [{"preference": _ZONE[0], "weight": 5}],
        "service_selectors": _ZONE,
    },
    "BFDProfile": {
        "receive_interval": 50,
        "transmit_interval": 60,
        "detect_multiplier": 5,
        "echo_interval": 70,
        "echo_mode": True,
        "passive_mode": True,
        "minimum_ttl": 200,
    },
    "Community": {"communities": [{"name": "blue", "value": "64512:8"}]},
}
FIELDS = [(kind, name) for kind, fields in EXAMPLES.items() for name in fields]

_SOUND: dict[str, dict[str, Any]] = {
    "BGPPeer": {
        "my_asn": 64500,
        "peer_asn": 64501,
        "peer_address": "10.0.0.1",
        "hold_time": "30s",
        "node_selectors": [{"matchLabels": {"kubernetes.io/hostname": "a1"}}],
    },
    "IPAddressPool": {"addresses": ["203.0.113.0/28"]},
    "BGPAdvertisement": {"ip_address_pools": ["public"]},
}
_NAMES = {"BGPPeer": "tor", "BFDProfile": "fast"}
_IN_PLACE_OF = {
    ("BGPPeer", "dynamic_asn"): "peer_asn",
    ("BGPPeer", "interface"): "peer_address",
    ("BGPAdvertisement", "ip_address_pool_selectors"): "ip_address_pools",
}
"""Fields that exclude one that a sound object has."""


def example(kind: str, name: str) -> Any:
    """The value of a field."""
    return EXAMPLES[kind][name]


def object_with(kind: str, *names: str) -> MetalLBObject:
    """An object that is sound, and has the values of some fields."""
    fields = dict(_SOUND.get(kind, {}))
    for name in names:
        fields.pop(_IN_PLACE_OF.get((kind, name), ""), None)
        fields[name] = example(kind, name)
    called = _NAMES.get(kind, "public")
    made = {"name": called, "spec": fields, "origin": (f"f: {kind} {called}",)}
    return OBJECTS[kind].model_validate(made)


def routing_with(kind: str, *names: str) -> RoutingConfig:
    """A peer, a pool and its advertisement, one of them, or one more object, with some fields."""
    kinds = dict.fromkeys((*_SOUND, kind), ())
    kinds[kind] = names
    return RoutingConfig(
        **{LISTS[each]: (object_with(each, *fields),) for each, fields in kinds.items()}
    )
