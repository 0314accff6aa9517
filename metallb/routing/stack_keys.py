"""Which key of a stack file sets a field of a MetalLB object.

A field has a key of its own name at every level of its kind: what all peers say, a rack, a router;
a pool; an advertisement; a BFD profile. `EXCEPTIONS` is the one list of the fields that have
another key, fewer of them, or none, each with its reason. The sections of the stack file, their
reference, the places of findings, the peers and `import` read this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from pydantic.alias_generators import to_camel

from metallb.routing.base import SpecModel
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.table import spec_of

__all__ = [
    "ALL_FIELDS",
    "EXCEPTIONS",
    "LEVELS",
    "Differs",
    "Level",
    "differs",
    "has_no_key",
    "key_at",
    "keys_at",
    "spelled_key",
]


class Level(StrEnum):
    """A mapping of the stack file that sets fields of objects, as its reference calls it."""

    ALL_PEERS = "metallb:bgp"
    """What all peers have in common."""
    RACK = "metallb:platform.racks[]"
    """What the peers of a rack's own routers have in common."""
    ROUTER = "metallb:platform.racks[].routers[]"
    """One router of a rack, or one of `sharedRouters`."""
    POOL = "metallb:addressPools.<pool>"
    """One pool."""
    ADVERTISEMENT = "metallb:addressPools.<pool>.advertisements.<name>"
    """One advertisement of a pool."""
    PROFILE = "metallb:bgp.bfdProfiles.<name>"
    """One BFD profile."""


LEVELS: Mapping[str, tuple[Level, ...]] = {
    "BGPPeer": (Level.ALL_PEERS, Level.RACK, Level.ROUTER),
    "IPAddressPool": (Level.POOL,),
    "BGPAdvertisement": (Level.ADVERTISEMENT,),
    "BFDProfile": (Level.PROFILE,),
}
"""Where a stack file has the fields of a kind; of peers the nearest level comes last, and wins."""


@dataclass(frozen=True)
class Differs:
    """How a stack file differs from MetalLB in one field.

    :ivar why: the reason.
    :ivar keys: Python names of its keys by level; at no other level it has one.
    :ivar place: what has it instead of a key of its own, in words.
    """

    why: str
    keys: Mapping[Level, str] = field(default_factory=dict)
    place: str = ""


ALL_FIELDS = "*"
_EVERY_LEVEL = LEVELS["BGPPeer"]
_PASSWORD = Differs(
    "the stack file has the key itself, encrypted; MetalLB gets a Secret with it, or its ConfigMap",
    {Level.ALL_PEERS: "password", Level.ROUTER: "password"},
)

EXCEPTIONS: Mapping[tuple[str, str], Differs] = {
    ("BGPPeer", "my_asn"): Differs(
        "it is the AS number of the nodes, which all peers mostly share",
        dict.fromkeys(_EVERY_LEVEL, "local_asn"),
    ),
    ("BGPPeer", "peer_asn"): Differs(
        "at a router it is the router's own number",
        {Level.ALL_PEERS: "peer_asn", Level.RACK: "peer_asn", Level.ROUTER: "asn"},
    ),
    ("BGPPeer", "peer_port"): Differs(
        "at a router it is the router's own port",
        {Level.ALL_PEERS: "peer_port", Level.RACK: "peer_port", Level.ROUTER: "port"},
    ),
    ("BGPPeer", "peer_address"): Differs("every router has its own", {Level.ROUTER: "address"}),
    ("BGPPeer", "dynamic_asn"): Differs(
        "it stands in place of the AS number of a router, and a stack file has that number"
    ),
    ("BGPPeer", "local_asn"): Differs("a stack file has localAsn for the AS number of the nodes"),
    ("BGPPeer", "interface"): Differs(
        "it stands in place of the address of a router, which names the router's peer object"
    ),
    ("BGPPeer", "vrf"): Differs("a stack file does not describe the VRFs of nodes"),
    ("BGPPeer", "source_address"): Differs(
        "it belongs to one node; `sourceAddress` of metallb:bgp decides whether sessions have one",
        place="`sourceAddress` of a node, or the platform's facts",
    ),
    ("BGPPeer", "node_selectors"): Differs(
        "the nodes of a peer are those of its racks, or of the platform",
        place="`nodes` and `nodeSelectors` of a rack",
    ),
    ("BGPPeer", "password"): _PASSWORD,
    ("BGPPeer", "password_secret"): _PASSWORD,
    ("BGPPeer", "enable_graceful_restart"): Differs(
        "the key of a switch has no verb", dict.fromkeys(_EVERY_LEVEL, "graceful_restart")
    ),
    ("BGPPeer", "disable_mp"): Differs("MetalLB ignores it"),
    ("BGPAdvertisement", "ip_address_pools"): Differs(
        "an advertisement is below its pool", place="the pool that has the advertisement"
    ),
    ("BGPAdvertisement", "ip_address_pool_selectors"): Differs(
        "an advertisement is below its pool", place="the pool that has the advertisement"
    ),
    ("Community", "communities"): Differs(
        "names are keys, so that none is defined twice", place="`communities` of metallb:bgp"
    ),
    ("L2Advertisement", ALL_FIELDS): Differs("this program configures BGP"),
}
"""Fields that a stack file has under another key, at fewer levels, or not at all."""


def differs(kind: str, name: str) -> Differs | None:
    """The exception of a field, if it is one."""
    return EXCEPTIONS.get((kind, name)) or EXCEPTIONS.get((kind, ALL_FIELDS))


def has_no_key(kind: str, name: str) -> bool:
    """Whether nothing in a stack file sets a field."""
    found = differs(kind, name)
    return found is not None and not found.keys and not found.place


def key_at(kind: str, name: str, level: Level) -> str | None:
    """The Python name of a field's key at a level; None where the level has none."""
    found = differs(kind, name)
    if found is not None:
        return found.keys.get(level)
    return name if level in LEVELS.get(kind, ()) else None


@cache
def keys_at(kind: str, level: Level) -> Mapping[str, str]:
    """The key of every field that a level sets, by the field's name, in the order of the model."""
    found = {name: key_at(kind, name, level) for name in spec_of(kind).model_fields}
    return {name: key for name, key in found.items() if key is not None}


def spelled_key(kind: str, name: str, level: Level) -> str:
    """The key as a stack file spells it; empty where the level has none."""
    key = key_at(kind, name, level)
    if key is None:
        return ""
    # A BFD profile stands in a stack file as it stands in MetalLB.
    spec: type[SpecModel] = spec_of(kind)
    if spec is BfdProfileSpec:
        return str(spec.model_fields[key].alias)
    return to_camel(key)
