"""The order of lines in a stack file means nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.metal_api.seed import fleet
from tests.support.programs import cloud_of, run_root, sections
from tests.support.record import Record

Sections = dict[str, Any]


def _more(found: Sections) -> None:
    """Several of everything, so that there is an order to change."""
    platform = found["platform"]
    if platform["kind"] == "equinix-metal":
        platform["elasticIps"]["extra"] = {"quantity": 2}
        platform["elasticIps"]["another"] = {"quantity": 4}
        found["addressPools"]["extra"] = {"elasticIps": ["extra"], "autoAssign": False}
        found["addressPools"]["another"] = {"elasticIps": ["another"], "autoAssign": False}
    found["addressPools"]["last"] = {"addresses": ["192.0.2.0/28"], "autoAssign": False}
    found["bgp"]["communities"] = {"low": "65000:1", "high": "65000:2"}


def _reversed(value: Any) -> Any:
    """Every mapping in the other order; lists stay."""
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [_reversed(item) for item in value]
    return value


def _nodes(found: Sections) -> None:
    platform = found["platform"]
    platform["nodes"].reverse()


def _racks(found: Sections) -> None:
    for rack in found["platform"]["racks"]:
        rack["routers"].reverse()
        if "nodes" in rack:
            rack["nodes"].reverse()
    found["platform"]["racks"].reverse()


def _facts(record: Record) -> dict[str, Any]:
    return {item.urn: item.facts() for item in record.resources}


def _same(stack: str, change: Callable[[Sections], Any], source: str = "existing") -> None:
    """By default without MetalLB's own objects, which know of no node, rack or pool."""
    before, after = sections(stack, _more), sections(stack, _more)
    for found in (before, after):
        found["install"]["source"] = source
    after = change(after) or after
    assert str(before) != str(after), "the change is one"
    first, second = run_root(before), run_root(after)
    assert _facts(first).keys() == _facts(second).keys(), "a resource would be replaced"
    for urn, facts in _facts(first).items():
        assert _facts(second)[urn] == facts, f"{urn} would be updated"
    assert second.exports == first.exports


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_the_order_of_nodes_means_nothing(stack: str) -> None:
    _same(stack, _nodes)


@pytest.mark.parametrize("stack", ["demo", "seed", "onprem"])
def test_the_order_of_pools_blocks_and_all_other_keys_means_nothing(stack: str) -> None:
    _same(stack, _reversed, source="builtin")


def test_the_order_of_racks_routers_and_their_nodes_means_nothing() -> None:
    _same("onprem", _racks)


@pytest.mark.parametrize("position", [0, 1, 2], ids=["first", "between", "last"])
def test_a_new_node_changes_nothing_about_the_others(position: int) -> None:
    seed = fleet(3)
    names = [device.hostname for device in seed.devices]

    def run(hosts: list[str]) -> Record:
        found = sections("demo")
        found["install"]["source"] = "existing"
        found["platform"]["nodes"] = [{"hostname": host} for host in hosts]
        return run_root(found, cloud=cloud_of(found, seed))

    before = _facts(run([name for name in names if name != names[position]]))
    after = _facts(run(names))
    for urn, facts in before.items():
        assert after[urn] == facts, f"{urn} is not the new node's"
    assert len(after) - len(before) == 2, "its session and its peer"


def test_a_renamed_pool_and_its_advertisements_are_the_former_ones_to_the_engine() -> None:
    before = sections("onprem")
    after = sections("onprem")
    after["addressPools"]["web"] = {**after["addressPools"].pop("public"), "renamedFrom": "public"}
    for found in (before, after):
        found["install"]["source"] = "existing"
    old, new = run_root(before), run_root(after)
    for kind in ("IPAddressPool", "BGPAdvertisement"):
        former = old.one(kind, f"routing-{kind.lower()}-public")
        assert former.name in new.one(kind, f"routing-{kind.lower()}-web").aliases, kind
    assert len(new.resources) == len(old.resources)
