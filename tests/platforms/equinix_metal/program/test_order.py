"""The order of lines in a stack file means nothing."""

from typing import Any

import pytest

from lab.metal_api.seed import fleet
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.program.test_order import facts_of, in_reverse, is_the_same, more
from tests.support.programs import run_root, sections
from tests.support.record import Record

Sections = dict[str, Any]


def with_blocks(found: Sections) -> None:
    """Several blocks besides, so that there is an order to change."""
    more(found)
    found["platform"]["elasticIps"]["extra"] = {"quantity": 2}
    found["platform"]["elasticIps"]["another"] = {"quantity": 4}
    found["addressPools"]["extra"] = {"elasticIps": ["extra"], "autoAssign": False}
    found["addressPools"]["another"] = {"elasticIps": ["another"], "autoAssign": False}


def _nodes(found: Sections) -> None:
    platform = found["platform"]
    platform["nodes"].reverse()


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_the_order_of_nodes_means_nothing(stack: str) -> None:
    is_the_same(stack, _nodes, edit=with_blocks)


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_the_order_of_pools_blocks_and_all_other_keys_means_nothing(stack: str) -> None:
    is_the_same(stack, in_reverse, source="builtin", edit=with_blocks)


@pytest.mark.parametrize("position", [0, 1, 2], ids=["first", "between", "last"])
def test_a_new_node_changes_nothing_about_the_others(position: int) -> None:
    seed = fleet(3)
    names = [device.hostname for device in seed.devices]

    def run(hosts: list[str]) -> Record:
        found = sections("demo")
        found["install"]["source"] = "existing"
        found["platform"]["nodes"] = [{"hostname": host} for host in hosts]
        return run_root(found, cloud=cloud_of(found, seed))

    before = facts_of(run([name for name in names if name != names[position]]))
    after = facts_of(run(names))
    for urn, facts in before.items():
        assert after[urn] == facts, f"{urn} is not the new node's"
    assert len(after) - len(before) == 2, "its session and its peer"
