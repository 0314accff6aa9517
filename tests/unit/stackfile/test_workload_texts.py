"""Texts of the workloads that the API server or the kubelet would refuse, refused beforehand."""

from typing import Any

import pytest

from metallb.preflight import check_stack
from metallb.problems.problem import spelled
from tests.support.problems import one_problem_of
from tests.unit.stacks import stack, static

LONG = "a" * 64


def install(path: str, value: Any) -> dict[str, Any]:
    """A stack whose `install` section has one value, deep down."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return static(install=value)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("speaker.nodeSelectors", {"bad key": "x"}, "nodeSelectors.bad key"),
        ("speaker.nodeSelectors", {"Domain_/x": "x"}, "nodeSelectors.Domain_/x"),
        ("speaker.nodeSelectors", {LONG: "x"}, f"nodeSelectors.{LONG}"),
        ("controller.nodeSelectors", {"rack": "a b"}, "nodeSelectors.rack"),
        ("controller.nodeSelectors", {"rack": LONG}, "nodeSelectors.rack"),
        ("speaker.nodeSelectors", {"kubernetes.io/os": "windows"}, "nodeSelectors"),
        ("speaker.tolerations", [{"key": "bad key", "operator": "Exists"}], "tolerations[0].key"),
        ("speaker.tolerations", [{"key": "x", "value": "a b"}], "tolerations[0].value"),
        ("controller.priorityClassName", "High_Priority", "priorityClassName"),
        ("controller.priorityClassName", "", "priorityClassName"),
        ("speaker.image", "", "image"),
        ("speaker.image", "quay.io/metallb/speaker: v1", "image"),
        ("speaker.image", "https://quay.io/metallb/speaker", "image"),
        ("speaker.image", "quay.io/MetalLB/speaker:v1", "image"),
        ("speaker.image", "quay.io/metallb/speaker@sha256:" + "0a" * 31, "image"),
        ("speaker.image", "quay.io/metallb/speaker@sha256:" + "0A" * 32, "image"),
        ("speaker.image", "quay.io/metallb/speaker@md5:" + "0a" * 16, "image"),
        ("speaker.annotations", {"a b": "x"}, "annotations.a b"),
        ("seccompProfile", "Localhost", "seccompProfile"),
        ("imageRegistry", "", "imageRegistry"),
        ("imageRegistry", "https://quay.io/metallb", "imageRegistry"),
        ("imageRegistry", "quay.io/MetalLB", "imageRegistry"),
        ("imageRegistry", "quay.io/metallb/", "imageRegistry"),
        ("monitoring.labels", {"bad key": "x"}, "labels.bad key"),
        ("monitoring.labels", {"release": "a/b"}, "labels.release"),
        ("imagePullSecrets", ["Ghcr.io"], "imagePullSecrets[0]"),
        ("monitoring.prometheus.name", "kube_prometheus", "name"),
        ("loadBalancerClass", "", "loadBalancerClass"),
        ("loadBalancerClass", "example.org/a b", "loadBalancerClass"),
        ("loadBalancerClass", "a/b/c", "loadBalancerClass"),
    ],
)
def test_a_text_that_kubernetes_refuses_is_reported_with_its_place(
    path: str, value: Any, place: str
) -> None:
    found = one_problem_of(install(path, value))
    parent = path.rpartition(".")[0]
    where = f"metallb:install.{parent}.{place}" if parent else f"metallb:install.{place}"
    assert spelled(found.location) == where
    assert found.code in ("E105", "E111")
    assert found.help


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("speaker.nodeSelectors", {"node-role.kubernetes.io/worker": "", "Rack": "A_1.b"}),
        ("speaker.nodeSelectors", {"kubernetes.io/os": "linux"}),
        ("speaker.tolerations", [{"operator": "Exists"}, {"key": "", "operator": "Exists"}]),
        ("speaker.tolerations", [{"key": "example.org/taint", "value": "v1"}]),
        ("speaker.priorityClassName", "team.high-priority"),
        ("speaker.image", "speaker"),
        ("speaker.image", "Registry.example:5000/a/b__c/speaker-x:v0.16.2_1"),
        ("speaker.image", "[2001:db8::1]:5000/speaker@sha256:" + "0a" * 32),
        ("speaker.image", "quay.io/metallb/speaker:v1@sha256:" + "0a" * 32),
        ("speaker.annotations", {"Example.org/a": "any text: at all\n"}),
        ("imageRegistry", "registry.example:5000"),
        ("imageRegistry", "registry.example/team/metallb"),
        ("imageRegistry", "localhost:5000/metallb"),
        ("monitoring.labels", {"release": "prometheus-operator", "x": ""}),
        ("imagePullSecrets", ["ghcr.io", "registry-1"]),
        ("monitoring.prometheus.name", "kube.prometheus"),
        ("loadBalancerClass", "metallb"),
        ("loadBalancerClass", "example.org/Metal_LB"),
    ],
)
def test_a_text_that_kubernetes_takes_is_taken(path: str, value: Any) -> None:
    assert stack(install(path, value))


@pytest.mark.parametrize(
    ("version", "old"), [("1.31+", False), ("1.24+", True), ("v1.24", True), ("1.25.3+k3s1", False)]
)
def test_a_kubernetes_version_with_a_plus_is_a_version(version: str, old: bool) -> None:
    chosen = stack(static(kubernetes={"version": version}))
    assert chosen.kubernetes.has_pod_security_policies is old


@pytest.mark.parametrize(("version", "reported"), [("1.20+", True), ("1.21+", False)])
def test_a_version_with_a_plus_is_compared(version: str, reported: bool) -> None:
    found = check_stack(stack(static(kubernetes={"version": version})))
    assert ("I5" in {each.code for each in found}) is reported
