"""The inventory: which objects a stack has, in which phase, and on which facts each depends."""

import json
from collections import Counter
from typing import Any

import pytest

from metallb.cli import main
from metallb.inventory.planned import FactView, Phase
from metallb.inventory.stack import inventory_of
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.stackfile import StackConfig
from tests.unit.stacks import stack, static

INSTALLS: dict[str, dict[str, Any]] = {
    "0.16": {"version": "0.16.2"},
    "0.12": {"version": "0.12.1"},
    "helm": {"source": "helm"},
    "existing": {"source": "existing"},
}


def made(install: str, **sections: Any) -> StackConfig:
    return stack(static(install=INSTALLS[install], **sections))


INSTALLED = pytest.mark.parametrize("install", INSTALLS)


def names_differ(config: StackConfig) -> None:
    inventory = inventory_of(config)
    assert {each.phase for each in inventory.objects} <= set(inventory.phases)
    names = Counter((each.kind, each.namespace, each.name) for each in inventory.objects)
    assert max(names.values()) == 1
    assert all(each.labels for each in inventory.objects)


def needs_are_declared(config: StackConfig, facts: PlatformFacts) -> None:
    for each in inventory_of(config).objects:
        assert each.manifest(facts)["kind"] == each.kind
        for need in each.needs:
            fewer = FactView(facts.nodes, facts.blocks, each.needs - {need})
            with pytest.raises(LookupError, match=f"{need.kind} {need.key}"):
                each.body(fewer)


def resources_are_the_configuration(config: StackConfig, facts: PlatformFacts) -> None:
    routing = {
        (each.kind, each.name): each.spec.to_manifest()
        for each in routing_config(config, facts).objects()
    }
    written = {
        (each.kind, each.name): each.manifest(facts)["spec"]
        for each in inventory_of(config).objects
        if each.api_version.startswith("metallb.io/")
    }
    assert written == routing


@INSTALLED
def test_every_object_is_of_a_phase_of_its_stack_and_no_two_have_one_name(install: str) -> None:
    names_differ(made(install))


@INSTALLED
def test_a_body_needs_the_facts_that_it_declares_and_no_others(install: str) -> None:
    needs_are_declared(made(install), PlatformFacts())


@pytest.mark.parametrize("install", ["0.16", "helm", "existing"])
def test_custom_resources_say_what_the_routing_configuration_says(install: str) -> None:
    resources_are_the_configuration(made(install), PlatformFacts())


def test_pools_come_before_the_controller_and_peers_before_the_speakers() -> None:
    phases = [each.phase for each in inventory_of(stack(static())).objects]
    kinds = [each.kind for each in inventory_of(stack(static())).objects]
    order = inventory_of(stack(static())).phases
    place = {kind: order.index(phase) for kind, phase in zip(kinds, phases, strict=True)}
    assert place["IPAddressPool"] < place["Deployment"] < place["BGPPeer"] < place["DaemonSet"]


def test_with_a_chart_all_configuration_comes_behind_it() -> None:
    inventory = inventory_of(made("helm"))
    assert inventory.chart is not None
    assert inventory.phases == (Phase.PREREQUISITES, Phase.CHART, Phase.CONFIGURATION)
    assert {each.kind for each in inventory.of(Phase.CONFIGURATION)} >= {"IPAddressPool", "BGPPeer"}


def test_keys_are_marked_as_secret() -> None:
    config = stack(static(bgp={"password": "Abcdef1234"}))
    assert {each.kind for each in inventory_of(config).objects if each.secret} == {"Secret"}
    old = stack(static(bgp={"password": "Abcdef1234"}, install={"version": "0.12.1"}))
    assert {each.kind for each in inventory_of(old).objects if each.secret} == {"ConfigMap"}


def test_plan_lists_the_phases_and_what_objects_depend_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "onprem"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("onprem: ")
    assert "2 pools" in lines
    assert "  IPAddressPool public" in lines
    assert lines.index("2 pools") < lines.index("  Deployment controller")
    assert main(["plan", "onprem", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in document["phases"]] == [
        "prerequisites",
        "pools",
        "controller",
        "configuration",
        "speakers",
    ]
    pools = document["phases"][1]["objects"]
    assert [(each["kind"], each["needs"]) for each in pools] == [("IPAddressPool", [])] * 2
