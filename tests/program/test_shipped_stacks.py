"""The root program with every stack file that this product ships."""

from functools import cache
from typing import Any

import pytest

from tests.platforms import part_of
from tests.support.programs import SHIPPED, run_root, sections
from tests.support.record import Record
from tests.support.wire import UNKNOWN

EACH = pytest.mark.parametrize("stack", SHIPPED)
OF_RACKS = pytest.mark.parametrize(
    "stack", [name for name in SHIPPED if not part_of(sections(name)).package]
)
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])


@cache
def run_of(stack: str, preview: bool = False) -> Record:
    """One run a stack and mode: the tests only read what was recorded."""
    return run_root(stack, preview=preview)


@EACH
@BOTH_MODES
def test_it_runs_to_its_end_with_no_warning_but_of_a_placeholder(stack: str, preview: bool) -> None:
    record = run_of(stack, preview)
    found = [each for each in record.warnings if "placeholder" not in each]
    assert found == [], "what is shipped as an example is sound"
    assert record.kube(), "it makes something"


@EACH
def test_a_preview_shows_exactly_what_the_update_makes(stack: str) -> None:
    shown = {item.urn for item in run_of(stack, True).resources}
    made = {item.urn for item in run_of(stack).resources}
    assert shown == made, "a reviewer approves what he saw"


@EACH
def test_what_a_preview_knows_is_what_the_update_sends(stack: str) -> None:
    made = {item.urn: item.inputs.plain for item in run_of(stack).resources}
    for item in run_of(stack, True).resources:
        assert _fits(item.inputs.plain, made[item.urn]), f"{item.name} would differ"


def _fits(shown: Any, made: Any) -> bool:
    if shown is UNKNOWN:
        return True
    if isinstance(shown, dict) and isinstance(made, dict):
        return shown.keys() == made.keys() and all(_fits(shown[k], made[k]) for k in shown)
    if isinstance(shown, list) and isinstance(made, list) and len(shown) == len(made):
        return all(_fits(a, b) for a, b in zip(shown, made, strict=True))
    return bool(shown == made)


@EACH
def test_a_second_update_sends_the_same_again(stack: str) -> None:
    first = run_of(stack)
    again = run_root(stack, previous=first)
    assert _facts(again) == _facts(first), "nothing to do means nothing to show"


@EACH
def test_a_preview_over_an_existing_stack_shows_no_change(stack: str) -> None:
    first = run_of(stack)
    later = run_root(stack, previous=first, preview=True)
    assert _facts(later) == _facts(first)
    assert later.exports == first.exports


def _facts(record: Record) -> dict[str, Any]:
    return {item.urn: item.facts() for item in record.resources}


@EACH
def test_the_exports_are_the_documented_ones(stack: str) -> None:
    exports = run_of(stack).exports
    install = sections(stack)["install"]
    assert set(exports) == {"addresses", "peers", "namespace", "version", "format"}
    assert exports["version"] == install["version"]
    assert exports["namespace"] == "metallb-system"
    old = install["version"] == "0.12.1"
    assert exports["format"] == ("configmap" if old else "custom-resources")
    for peer in exports["peers"]:
        assert set(peer) == {"name", "address", "nodes"}, peer


def test_racks_peer_with_their_routers() -> None:
    exports = run_of("onprem").exports
    assert {(p["address"], *p["nodes"]) for p in exports["peers"]} == {
        ("10.1.0.1", "node-a1, node-a2"),
        ("10.1.0.2", "node-a1, node-a2"),
        ("10.2.0.1", "topology.kubernetes.io/zone=rack-b"),
        ("10.2.0.2", "topology.kubernetes.io/zone=rack-b"),
    }


@EACH
@BOTH_MODES
def test_every_kubernetes_object_goes_to_the_stacks_own_cluster(stack: str, preview: bool) -> None:
    record = run_of(stack, preview)
    provider = record.one("kubernetes", "kubernetes")
    for item in record.kube():
        assert item.provider.startswith(f"{provider.urn}::"), f"{item.name}: {item.provider}"


@EACH
def test_files_or_a_context_as_the_stack_file_says(stack: str) -> None:
    target = sections(stack)["kubernetes"]
    inputs = run_of(stack).one("kubernetes", "kubernetes").inputs.plain
    assert inputs.get("renderYamlToDirectory") == target.get("renderTo")
    assert inputs.get("context") == target.get("context")


@EACH
def test_webhooks_are_awaited_where_there_is_a_cluster_only(stack: str) -> None:
    waits = [
        item.name
        for item in run_of(stack).kube()
        if "pulumi.com/waitFor" in (item.inputs.plain["metadata"].get("annotations") or {})
    ]
    target = sections(stack)["kubernetes"]
    assert len(waits) == (0 if "renderTo" in target else 1), waits


@OF_RACKS
@BOTH_MODES
def test_the_program_of_racks_calls_nothing(stack: str, preview: bool) -> None:
    record = run_of(stack, preview)
    assert record.invokes == []
    packages = {item.package for item in record.resources}
    assert packages == {"kubernetes", "metallb", "pulumi"}, "nothing is made at a provider"


@OF_RACKS
def test_every_resource_hangs_below_a_component_or_is_the_provider(stack: str) -> None:
    record = run_of(stack)
    top = {item.name for item in record.resources if len(record.parents(item)) == 1}
    assert top == {"kubernetes", "metallb", "routing"}


@EACH
def test_everything_in_the_namespace_comes_after_the_namespace(stack: str) -> None:
    record = run_of(stack)
    namespace = record.one("Namespace")
    for item in record.kube():
        if item.inputs.plain["metadata"].get("namespace"):
            assert record.depends_on(item, namespace.urn), f"{item.name} may come too early"
