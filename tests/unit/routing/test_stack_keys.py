"""Every field can be set in a stack file, at every level of its kind, or is in the exceptions."""

from typing import Any

import pytest

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.preflight.places import StackPlaces
from metallb.problems.errors import ConfigError
from metallb.routing import BgpPeer
from metallb.routing.base import MetalLBObject
from metallb.routing.fields import manifest_key
from metallb.routing.stack_keys import (
    EXCEPTIONS,
    LEVELS,
    Level,
    differs,
    key_at,
    keys_at,
    spelled_key,
)
from metallb.routing.table import OBJECTS, RoutingConfig, spec_of
from metallb.stackfile import stack_config
from tests.unit.routing.examples import FIELDS, example

PATHS: dict[Level, tuple[int | str, ...]] = {
    Level.ALL_PEERS: ("metallb:bgp",),
    Level.RACK: ("metallb:platform", "racks", 0),
    Level.ROUTER: ("metallb:platform", "racks", 0, "routers", 0),
    Level.NODE: ("metallb:platform", "racks", 0, "nodes", 0),
    Level.POOL: ("metallb:addressPools", "public"),
    Level.ADVERTISEMENT: ("metallb:addressPools", "public", "advertisements", "default"),
    Level.LAYER2: ("metallb:addressPools", "public", "layer2", "default"),
    Level.PROFILE: ("metallb:bgp", "bfdProfiles", "fast"),
}
SHARED = ("metallb:platform", "sharedRouters", "gw")
KEYS = [
    (kind, name, level)
    for kind, levels in LEVELS.items()
    for level in levels
    for name in keys_at(kind, level)
]


def sections() -> dict[str, Any]:
    return {
        "metallb:platform": {
            "kind": "static",
            "racks": [
                {
                    "name": "a",
                    "nodes": [{"hostname": "a1"}],
                    "routers": [{"address": "10.0.0.1"}],
                    "sharedRouters": ["gw"],
                }
            ],
            "sharedRouters": {"gw": {"address": "10.0.0.2"}},
        },
        "metallb:bgp": {"myAsn": 64500, "peerAsn": 64501, "bfdProfiles": {"fast": {}}},
        "metallb:addressPools": {
            "public": {
                "addresses": ["203.0.113.0/28"],
                "advertisements": {"default": {}},
                "layer2": {"default": {}},
            }
        },
    }


def made(*values: tuple[tuple[int | str, ...], Any]) -> tuple[RoutingConfig, StackPlaces]:
    """What a stack file with some values means, and where it has them.

    An interface takes the place of a router's address.
    """
    whole = sections()
    for path, value in values:
        *steps, last = path
        here: Any = whole
        for step in steps:
            here = here[step]
        here[last] = value
        if last == "interface":
            del here["address"]
    bare = {key.removeprefix("metallb:"): value for key, value in whole.items()}
    stack = stack_config(bare, source="test")
    return routing_config(stack, PlatformFacts()), StackPlaces(stack)


def item_of(routing: RoutingConfig, kind: str) -> MetalLBObject:
    return routing.of_kind(kind)[0]


def value_in(routing: RoutingConfig, item: MetalLBObject, name: str) -> Any:
    """A field of an object as custom resources have it, the name of a Secret, or an MD5 key."""
    if name == "password_secret":
        assert isinstance(item, BgpPeer)
        return item.spec.password_secret.name if item.spec.password_secret is not None else None
    if name == "password":
        assert isinstance(item, BgpPeer)
        password = routing.password_of(item)
        return password.get_secret_value() if password is not None else None
    return item.to_manifest("n")["spec"].get(manifest_key(type(item.spec), name))


def value_of(kind: str, name: str) -> Any:
    value = example(kind, name)
    return value["name"] if name == "password_secret" else value


def test_every_field_has_a_key_at_each_level_or_is_an_exception() -> None:
    for kind, name in FIELDS:
        levels = LEVELS.get(kind, ())
        everywhere = bool(levels) and all(key_at(kind, name, level) == name for level in levels)
        assert everywhere is (differs(kind, name) is None), (kind, name)


def test_every_exception_is_of_a_field_and_has_its_reason() -> None:
    for (kind, name), found in EXCEPTIONS.items():
        assert name in spec_of(kind).model_fields
        assert len(found.why.split()) > 2
    assert set(LEVELS) < set(OBJECTS)


@pytest.mark.parametrize(("kind", "name", "level"), KEYS)
def test_a_key_sets_its_field_and_is_where_findings_point(
    kind: str, name: str, level: Level
) -> None:
    path = (*PATHS[level], spelled_key(kind, name, level))
    value = value_of(kind, name)
    routing, places = made((path, value))
    item = item_of(routing, kind)
    assert value_in(routing, item, name) == value
    assert places.of(item, name) == path


@pytest.mark.parametrize("name", keys_at("BGPPeer", Level.ROUTER))
def test_a_shared_router_has_the_keys_of_a_router(name: str) -> None:
    path = (*SHARED, spelled_key("BGPPeer", name, Level.ROUTER))
    value = value_of("BGPPeer", name)
    routing, places = made((path, value))
    (item,) = (each for each in routing.peers if each.name == "gw")
    assert value_in(routing, item, name) == value
    assert places.of(item, name) == path


NEARER = (
    ("30s", Level.ALL_PEERS),
    ("40s", Level.RACK),
    ("50s", Level.ROUTER),
    ("60s", Level.NODE),
)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_nearest_level_wins(count: int) -> None:
    values = [((*PATHS[level], "holdTime"), value) for value, level in NEARER[:count]]
    routing, places = made(*values)
    own, shared = routing.peers
    last, nearest = NEARER[count - 1]
    assert str(own.spec.hold_time) == last
    assert places.of(own, "hold_time") == (*PATHS[nearest], "holdTime")
    # A rack speaks for its own routers, and a node for all of its sessions.
    of_shared = (last, nearest) if nearest is Level.NODE else NEARER[0]
    assert str(shared.spec.hold_time) == of_shared[0]
    assert places.of(shared, "hold_time") == (*PATHS[of_shared[1]], "holdTime")


def test_a_nearer_level_turns_a_switch_off() -> None:
    values = [
        ((*PATHS[level], "ebgpMultiHop"), value)
        for level, value in ((Level.ALL_PEERS, True), (Level.RACK, False))
    ]
    routing, _ = made(*values)
    assert [each.spec.ebgp_multi_hop for each in routing.peers] == [None, True]


@pytest.mark.parametrize("level", [Level.ALL_PEERS, Level.RACK, Level.ROUTER, Level.NODE])
def test_a_former_name_of_a_key_is_still_read(level: Level) -> None:
    path = (*PATHS[level], "localAsn")
    routing, places = made(((*PATHS[level], "myAsn"), None), (path, 64999))
    item = routing.peers[0]
    assert item.spec.my_asn == 64999
    assert places.of(item, "my_asn") == path


@pytest.mark.parametrize(
    ("far", "near", "name", "gone"),
    [
        ("peerAsn", "dynamicAsn", "dynamic_asn", "peer_asn"),
        ("dynamicAsn", "asn", "peer_asn", "dynamic_asn"),
    ],
)
def test_the_nearer_of_two_fields_that_exclude_each_other_counts(
    far: str, near: str, name: str, gone: str
) -> None:
    values = {"peerAsn": 64501, "dynamicAsn": "external", "asn": 64888}
    routing, _ = made(
        ((*PATHS[Level.RACK], far), values[far]), ((*PATHS[Level.ROUTER], near), values[near])
    )
    spec = routing.peers[0].spec
    assert getattr(spec, name) == values[near]
    assert getattr(spec, gone) is None


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        (Level.ALL_PEERS, {"password": "Example12345", "passwordSecret": "key"}),
        (Level.ROUTER, {"password": "Example12345", "passwordSecret": "key"}),
        (Level.ROUTER, {"myAsn": 64999, "localAsn": 64998}),
        (Level.NODE, {"myAsn": 64999, "localAsn": 64998}),
    ],
)
def test_two_keys_of_one_thing_are_refused(level: Level, keys: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        made(*(((*PATHS[level], key), value) for key, value in keys.items()))
    (problem,) = caught.value.problems
    first, second = sorted(keys, key=list(keys).index)
    assert problem.code == "E111"
    assert problem.location == (*PATHS[level], second)
    assert problem.summary == f"{first} and {second} are both set"
