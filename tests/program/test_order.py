"""The order of lines in a stack file means nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.programs import run_root, sections
from tests.support.record import Record

Sections = dict[str, Any]


def more(found: Sections) -> None:
    """Several of everything, so that there is an order to change."""
    found["addressPools"]["last"] = {"addresses": ["192.0.2.0/28"], "autoAssign": False}
    found["bgp"]["communities"] = {"low": "65000:1", "high": "65000:2"}


def in_reverse(value: Any) -> Any:
    """Every mapping in the other order; lists stay."""
    if isinstance(value, dict):
        return {key: in_reverse(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [in_reverse(item) for item in value]
    return value


def _racks(found: Sections) -> None:
    for rack in found["platform"]["racks"]:
        rack["routers"].reverse()
        if "nodes" in rack:
            rack["nodes"].reverse()
    found["platform"]["racks"].reverse()


def facts_of(record: Record) -> dict[str, Any]:
    return {item.urn: item.facts() for item in record.resources}


def is_the_same(
    stack: str,
    change: Callable[[Sections], Any],
    source: str = "existing",
    edit: Callable[[Sections], None] = more,
) -> None:
    """By default without MetalLB's own objects, which know of no node, rack or pool."""
    before, after = sections(stack, edit), sections(stack, edit)
    for found in (before, after):
        found["install"]["source"] = source
    after = change(after) or after
    assert str(before) != str(after), "the change is one"
    first, second = run_root(before), run_root(after)
    assert facts_of(first).keys() == facts_of(second).keys(), "a resource would be replaced"
    for urn, facts in facts_of(first).items():
        assert facts_of(second)[urn] == facts, f"{urn} would be updated"
    assert second.exports == first.exports


@pytest.mark.parametrize("version", ["0.12.1", "0.16.2"])
def test_the_order_of_pools_and_all_other_keys_means_nothing(version: str) -> None:
    def of_version(found: Sections) -> None:
        more(found)
        found["install"]["version"] = version

    is_the_same("onprem", in_reverse, source="builtin", edit=of_version)


def test_the_order_of_racks_routers_and_their_nodes_means_nothing() -> None:
    is_the_same("onprem", _racks)


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
