"""The inventory of a stack whose facts are looked up."""

import json

import pytest

from metallb.cli import main
from metallb.inventory.planned import FactKey
from metallb.inventory.stack import inventory_of
from metallb.stackfile import StackConfig
from tests.platforms.equinix_metal.stacks import metal, metal_answers
from tests.unit.inventory.test_inventory import (
    INSTALLED,
    INSTALLS,
    names_differ,
    needs_are_declared,
    resources_are_the_configuration,
)
from tests.unit.stacks import stack


def made(install: str) -> StackConfig:
    return stack(metal(install=INSTALLS[install]))


@INSTALLED
def test_every_object_is_of_a_phase_of_its_stack_and_no_two_have_one_name(install: str) -> None:
    names_differ(made(install))


@INSTALLED
def test_a_body_needs_the_facts_that_it_declares_and_no_others(install: str) -> None:
    needs_are_declared(made(install), metal_answers())


@pytest.mark.parametrize("install", ["0.16", "helm", "existing"])
def test_custom_resources_say_what_the_routing_configuration_says(install: str) -> None:
    resources_are_the_configuration(made(install), metal_answers())


def test_a_peer_needs_its_own_node_and_a_pool_its_own_blocks() -> None:
    objects = {(each.kind, each.name): each for each in inventory_of(stack(metal())).objects}
    assert objects["BGPPeer", "worker-0"].needs == {FactKey("node", "worker-0")}
    assert objects["IPAddressPool", "default"].needs == {FactKey("block", "default")}
    assert not objects["Namespace", "metallb-system"].needs


def test_plan_lists_what_objects_depend_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  IPAddressPool default (needs block default)" in lines
    assert main(["plan", "demo", "--json"]) == 0
    (pool,) = json.loads(capsys.readouterr().out)["phases"][1]["objects"]
    assert (pool["kind"], pool["needs"]) == ("IPAddressPool", ["block/default"])
