"""Which key of a stack file sets a field of a MetalLB object.

A field has a key of its own name at every level of its kind: what all peers say, a rack, a router;
a pool; an advertisement; a BFD profile. `EXCEPTIONS` is the one list of the fields that have
another key, fewer of them, or none, each with its reason. The sections of the stack file, their
reference, the places of findings, the peers and `import` read this module.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from metallb.routing.base import SpecModel
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.table import spec_of

__all__ = [
    "EXCEPTIONS",
    "FORMER_KEYS",
    "LEVELS",
    "Differs",
    "Level",
    "differs",
    "fields_set",
    "key_at",
    "key_set",
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
    NODE = "metallb:platform.racks[].nodes[]"
    """One node of a rack."""
    POOL = "metallb:addressPools.<pool>"
    """One pool."""
    ADVERTISEMENT = "metallb:addressPools.<pool>.advertisements.<name>"
    """One advertisement of a pool."""
    LAYER2 = "metallb:addressPools.<pool>.layer2.<name>"
    """One way in which nodes answer for a pool's addresses by ARP and NDP."""
    PROFILE = "metallb:bgp.bfdProfiles.<name>"
    """One BFD profile."""


LEVELS: Mapping[str, tuple[Level, ...]] = {
    "BGPPeer": (Level.ALL_PEERS, Level.RACK, Level.ROUTER, Level.NODE),
    "IPAddressPool": (Level.POOL,),
    "BGPAdvertisement": (Level.ADVERTISEMENT,),
    "L2Advertisement": (Level.LAYER2,),
    "BFDProfile": (Level.PROFILE,),
}
"""Where a stack file has the fields of a kind; of peers the nearest level comes last, and wins."""


class Differs(NamedTuple):
    """How a stack file differs from MetalLB in one field.

    :ivar why: the reason.
    :ivar keys: Python names of its keys by level; at no other level it has one.
    :ivar place: what has it instead of a key of its own, in words.
    """

    why: str
    keys: Mapping[Level, str] = {}
    place: str = ""


_EVERY_LEVEL = LEVELS["BGPPeer"]
_BUT_ROUTERS = (Level.ALL_PEERS, Level.RACK, Level.NODE)
_OF_POOL = Differs(
    "an advertisement is below its pool", place="the pool that has the advertisement"
)

EXCEPTIONS: Mapping[tuple[str, str], Differs] = {
    ("BGPPeer", "peer_asn"): Differs(
        "at a router it is the router's own number",
        {**dict.fromkeys(_BUT_ROUTERS, "peer_asn"), Level.ROUTER: "asn"},
    ),
    ("BGPPeer", "peer_port"): Differs(
        "at a router it is the router's own port",
        {**dict.fromkeys(_BUT_ROUTERS, "peer_port"), Level.ROUTER: "port"},
    ),
    ("BGPPeer", "peer_address"): Differs("every router has its own", {Level.ROUTER: "address"}),
    ("BGPPeer", "interface"): Differs(
        "it stands in place of the address of a router", {Level.ROUTER: "interface"}
    ),
    ("BGPPeer", "local_asn"): Differs(
        "`localAsn` is a former name of `myAsn`", dict.fromkeys(_EVERY_LEVEL, "shown_asn")
    ),
    ("BGPPeer", "source_address"): Differs(
        "it belongs to one node; `sourceAddress` of metallb:bgp decides whether sessions have one",
        dict.fromkeys((Level.RACK, Level.ROUTER, Level.NODE), "source_address"),
        place="`sourceAddress` of a node, or the platform's facts",
    ),
    ("BGPPeer", "node_selectors"): Differs(
        "the nodes of a peer are those of its racks, or of the platform",
        place="`nodes`, `nodeSelectors` and `matchExpressions` of a rack",
    ),
    ("BGPPeer", "password"): Differs(
        "the key itself, encrypted; MetalLB gets a Secret with it, or its ConfigMap",
        {Level.ALL_PEERS: "password", Level.ROUTER: "password"},
    ),
    ("BGPPeer", "enable_graceful_restart"): Differs(
        "the key of a switch has no verb", dict.fromkeys(_EVERY_LEVEL, "graceful_restart")
    ),
    ("BGPAdvertisement", "ip_address_pools"): _OF_POOL,
    ("Community", "communities"): Differs(
        "names are keys, so that none is defined twice", place="`communities` of metallb:bgp"
    ),
    ("L2Advertisement", "ip_address_pools"): _OF_POOL,
    ("L2Advertisement", "ip_address_pool_selectors"): _OF_POOL,
}
"""Fields that a stack file has under another key, at fewer levels, or not at all."""

FORMER_KEYS: Mapping[str, str] = {"my_asn": "local_asn"}
"""Former names of keys, which are still read, by the present ones; both by their Python names."""


def differs(kind: str, name: str) -> Differs | None:
    """The exception of a field, if it is one."""
    return EXCEPTIONS.get((kind, name))


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


def key_set(section: object, key: str) -> str | None:
    """The name under which a section sets a key, which may be a former one; None if it does not."""
    for name in (key, FORMER_KEYS.get(key)):
        if name is not None and getattr(section, name, None) is not None:
            return name
    return None


def fields_set(section: BaseModel, level: Level) -> Iterator[tuple[str, Any]]:
    """The fields of peers that a level sets, by name, with their values as the file has them."""
    fields = _fields_of_peers(level)
    given = [(fields[key], key) for key in section.model_fields_set if key in fields]
    for (_, name), key in sorted(given):
        value = getattr(section, key)
        if value is not None:
            yield name, value


@cache
def _fields_of_peers(level: Level) -> Mapping[str, tuple[int, str]]:
    """Position and name of the field that a key of peers sets, by the key, former ones as well."""
    found = {}
    for position, (name, key) in enumerate(keys_at("BGPPeer", level).items()):
        for each in (key, FORMER_KEYS.get(key, key)):
            found[each] = (position, name)
    return found


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
