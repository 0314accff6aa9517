"""Controller and Speaker by themselves, as another program would use them."""

from typing import Any

import pulumi_kubernetes as k8s
import pytest

from metallb.components import Controller, MetalLBComponent, Speaker
from tests.support.record import Record
from tests.support.recording import run

BOTH = pytest.mark.parametrize(
    ("component", "kind"), [(Controller, "Deployment"), (Speaker, "DaemonSet")]
)

IMAGE = f"registry.local/x@sha256:{'0a' * 32}"


def _run(component: type[MetalLBComponent], **install: Any) -> Record:
    return run(lambda: _make(component, install))


def _make(component: type[MetalLBComponent], install: dict[str, Any]) -> None:
    component("mine", {"install": install})  # type: ignore[call-arg]


@BOTH
def test_the_workload_runs_under_the_account_that_is_made_for_it(
    component: type[MetalLBComponent], kind: str
) -> None:
    record = _run(component)
    account = record.one("ServiceAccount").inputs.at("metadata.name")
    pod = record.one(kind).inputs.at("spec.template.spec")
    assert pod["serviceAccountName"] == account
    assert record.outputs_of(record.one(component.__name__))["service_account"] == account


@BOTH
def test_the_image_is_an_output(component: type[MetalLBComponent], kind: str) -> None:
    section = component.__name__.lower()
    record = _run(component, **{section: {"image": IMAGE}})
    pod = record.one(kind).inputs.at("spec.template.spec")
    assert pod["containers"][0]["image"] == IMAGE
    outputs = record.outputs_of(record.one(component.__name__))
    assert outputs["image"] == IMAGE


@BOTH
def test_selectors_and_tolerations_reach_the_pods(
    component: type[MetalLBComponent], kind: str
) -> None:
    section = component.__name__.lower()
    toleration = {"key": "dedicated", "operator": "Equal", "value": "lb", "effect": "NoSchedule"}
    options = {"nodeSelectors": {"ingress": "", "rank": "1"}, "tolerations": [toleration]}
    pod = _run(component, **{section: options}).one(kind).inputs.at("spec.template.spec")
    assert pod["nodeSelector"] == {"ingress": "", "rank": "1", "kubernetes.io/os": "linux"}
    assert toleration in pod["tolerations"]


@BOTH
def test_every_object_waits_for_what_the_caller_says(
    component: type[MetalLBComponent], kind: str
) -> None:
    def program() -> None:
        first = k8s.core.v1.Namespace("first")
        component("mine", {"install": {}, "after": [first]})  # type: ignore[call-arg]

    record = run(program)
    first = record.one("Namespace")
    for item in record.kube():
        if item is not first:
            assert record.depends_on(item, first.urn), f"{item.name} does not wait"


@BOTH
def test_the_workload_is_the_last_of_its_objects(
    component: type[MetalLBComponent], kind: str
) -> None:
    record = _run(component)
    workload = record.one(kind)
    others = {item.urn for item in record.kube() if item is not workload}
    assert others <= workload.dependencies, "its pods would start without permissions"


def test_labels_in_a_pods_spec_keep_their_spelling() -> None:
    record = _run(Speaker, speaker={"annotations": {"a_snake_key": "kept"}})
    meta = record.one("DaemonSet").inputs.at("spec.template.metadata")
    assert meta["annotations"]["a_snake_key"] == "kept", "no key of a map is a Python name"
