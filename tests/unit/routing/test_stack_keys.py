"""Every field can be set in a stack file, at every level of its kind, or is in the exceptions."""

from typing import Any

import pytest

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.preflight.places import StackPlaces
from metallb.routing import BgpPeer
from metallb.routing.base import MetalLBObject
from metallb.routing.fields import manifest_key
from metallb.routing.stack_keys import (
    ALL_FIELDS,
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
    Level.POOL: ("metallb:addressPools", "public"),
    Level.ADVERTISEMENT: ("metallb:addressPools", "public", "advertisements", "default"),
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
                    "nodes": ["a1"],
                    "routers": [{"address": "10.0.0.1"}],
                    "sharedRouters": ["gw"],
                }
            ],
            "sharedRouters": {"gw": {"address": "10.0.0.2"}},
        },
        "metallb:bgp": {"localAsn": 64500, "peerAsn": 64501, "bfdProfiles": {"fast": {}}},
        "metallb:addressPools": {
            "public": {"addresses": ["203.0.113.0/28"], "advertisements": {"default": {}}}
        },
    }


def made(*values: tuple[tuple[int | str, ...], Any]) -> tuple[RoutingConfig, StackPlaces]:
    """What a stack file with some values means, and where it has them."""
    whole = sections()
    for path, value in values:
        *steps, last = path
        here: Any = whole
        for step in steps:
            here = here[step]
        here[last] = value
    bare = {key.removeprefix("metallb:"): value for key, value in whole.items()}
    stack = stack_config(bare, source="test")
    return routing_config(stack, PlatformFacts()), StackPlaces(stack)


def item_of(routing: RoutingConfig, kind: str) -> MetalLBObject[Any]:
    return routing.of_kind(kind)[0]


def value_in(routing: RoutingConfig, item: MetalLBObject[Any], name: str) -> Any:
    """A field of an object as custom resources have it; an MD5 key itself."""
    if name in ("password", "password_secret"):
        assert isinstance(item, BgpPeer)
        password = routing.password_of(item)
        return password.get_secret_value() if password is not None else None
    return item.to_manifest("n")["spec"].get(manifest_key(type(item.spec), name))


def value_of(kind: str, name: str) -> Any:
    return example(kind, "password" if name == "password_secret" else name)


def test_every_field_has_a_key_at_each_level_or_is_an_exception() -> None:
    for kind, name in FIELDS:
        levels = LEVELS.get(kind, ())
        everywhere = bool(levels) and all(key_at(kind, name, level) == name for level in levels)
        assert everywhere is (differs(kind, name) is None), (kind, name)


def test_every_exception_is_of_a_field_and_has_its_reason() -> None:
    for (kind, name), found in EXCEPTIONS.items():
        assert name in (ALL_FIELDS, *spec_of(kind).model_fields)
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


NEARER = (("30s", Level.ALL_PEERS), ("40s", Level.RACK), ("50s", Level.ROUTER))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_nearest_level_wins(count: int) -> None:
    values = [((*PATHS[level], "holdTime"), value) for value, level in NEARER[:count]]
    routing, places = made(*values)
    own, shared = (
        next(each for each in routing.peers if each.name == name) for name in ("a-10.0.0.1", "gw")
    )
    last, nearest = NEARER[count - 1]
    assert str(own.spec.hold_time) == last
    assert places.of(own, "hold_time") == (*PATHS[nearest], "holdTime")
    # A rack speaks for its own routers.
    assert str(shared.spec.hold_time) == "30s"
    assert places.of(shared, "hold_time") == ("metallb:bgp", "holdTime")


def test_a_nearer_level_turns_a_switch_off() -> None:
    values = [
        ((*PATHS[level], "ebgpMultiHop"), value)
        for level, value in ((Level.ALL_PEERS, True), (Level.RACK, False))
    ]
    routing, _ = made(*values)
    assert [each.spec.ebgp_multi_hop for each in routing.peers] == [None, True]
