"""The key `layer2` of a pool: what it becomes, in both formats, and what is refused."""

from typing import Any

import pytest

from metallb.inventory.stack import inventory_of
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import renamed_objects, routing_config
from metallb.problems.errors import ConfigError
from metallb.routing import RoutingConfig
from metallb.routing.configmap import configmap_document
from metallb.stackfile import stack_config

BLOCK = {"addresses": ["192.0.2.200-192.0.2.220"]}
PLATFORM = {"kind": "static", "racks": [{"name": "a", "nodes": ["a1", "a2"]}]}


def sections(**pools: Any) -> dict[str, Any]:
    return {
        "install": {"version": "0.16.2"},
        "platform": PLATFORM,
        "addressPools": {name: {**BLOCK, **pool} for name, pool in pools.items()},
    }


def routing(**pools: Any) -> RoutingConfig:
    return routing_config(stack_config(sections(**pools), source="test"), PlatformFacts())


def problem(**pools: Any) -> tuple[str, str, str]:
    with pytest.raises(ConfigError) as caught:
        stack_config(sections(**pools), source="test")
    (found,) = caught.value.problems
    return found.code, found.where, found.help


def test_an_entry_is_an_l2advertisement_of_its_pool_and_bgp_is_left_out() -> None:
    made = routing(lan={"layer2": {"default": {}, "far": {"interfaces": ["eth1"]}}})
    assert [(each.name, each.spec.to_manifest()) for each in made.l2_advertisements] == [
        ("lan", {"ipAddressPools": ["lan"]}),
        ("lan-far", {"ipAddressPools": ["lan"], "interfaces": ["eth1"]}),
    ]
    assert made.advertisements == ()
    assert made.peers == ()


def test_a_pool_is_promised_to_both_on_purpose() -> None:
    both = {"layer2": {"default": {}}, "advertisements": {"default": {}}}
    made = routing(lan=both)
    assert [each.name for each in (*made.advertisements, *made.l2_advertisements)] == ["lan", "lan"]


def test_nodes_by_name_and_by_label_are_one_list_of_selectors() -> None:
    zone = {"matchLabels": {"zone": "a"}}
    made = routing(lan={"layer2": {"default": {"nodes": ["a2", "a1"], "nodeSelectors": [zone]}}})
    assert made.l2_advertisements[0].spec.to_manifest()["nodeSelectors"] == [
        {
            "matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": ["a1", "a2"]}
            ]
        },
        zone,
    ]


def test_the_objects_are_planned_with_their_former_names() -> None:
    pool = {"layer2": {"default": {}, "far": {"interfaces": ["eth1"]}}, "renamedFrom": "old"}
    stack = stack_config(sections(lan=pool), source="test")
    assert renamed_objects(stack) == {
        ("IPAddressPool", "lan"): "old",
        ("L2Advertisement", "lan"): "old",
        ("L2Advertisement", "lan-far"): "old-far",
    }
    planned = {
        each.name: each.options.former_name
        for each in inventory_of(stack).objects
        if each.kind == "L2Advertisement"
    }
    assert planned == {"lan": "old", "lan-far": "old-far"}


def test_the_configmap_has_a_protocol_for_each_pool() -> None:
    made = routing(lan={"layer2": {"default": {}}}, web={"addresses": ["198.51.100.0/28"]})
    pools = {each["name"]: each for each in configmap_document(made)["address-pools"]}
    assert {name: pool["protocol"] for name, pool in pools.items()} == {
        "lan": "layer2",
        "web": "bgp",
    }
    assert "bgp-advertisements" not in pools["lan"]


AT = "metallb:addressPools.lan"


@pytest.mark.parametrize(
    ("pool", "code", "where", "help"),
    [
        ({"protocol": "layer2"}, "E105", f"{AT}.protocol", "write `layer2: {default: {}}`"),
        (
            {"protocol": "bgp", "layer2": {"default": {}}},
            "E111",
            f"{AT}.protocol",
            "remove protocol",
        ),
        ({"layer2": {}}, "E105", f"{AT}.layer2", "write `layer2: {default: {}}`"),
        (
            {"layer2": {"interfaces": ["eth0"]}},
            "E111",
            f"{AT}.layer2",
            "write `layer2: {default: {interfaces: [...]}}`",
        ),
        ({}, "E111", "metallb:platform.racks[0].routers", "add `routers:"),
    ],
    ids=["protocol", "protocol beside", "empty", "without a name", "no router"],
)
def test_what_is_wrong_is_named_with_what_to_write(
    pool: dict[str, Any], code: str, where: str, help: str
) -> None:
    found = problem(lan=pool)
    assert found[:2] == (code, where)
    assert found[2].startswith(help)
