"""Differences of the workloads, and a configuration that nothing reads any more."""

import copy

import pytest

from metallb import installation as manifests
from metallb.stackfile import stack_config
from metallb.status.model import Health
from tests.unit.status.conftest import NS, SECTIONS
from tests.unit.status.test_refused_lists import CONFIG_MAPS, WORKLOADS

INSTALL = {
    "version": "0.16.1",
    "speaker": {
        "nodeSelectors": {"role": "ingress"},
        "resources": {"requests": {"cpu": "0.1", "memory": "1024Mi"}},
    },
}
STACK = stack_config({**SECTIONS, "install": INSTALL}, source="test")
TEMPLATE = ("spec", "template", "spec")


def within(thing, *keys):
    for key in keys:
        thing = thing[key]
    return thing


@pytest.fixture
def installed(cluster):
    """The workloads as the API server gives them: with defaults, in its own spelling."""
    kinds = {"Deployment": "deployments", "DaemonSet": "daemonsets"}
    for plural in kinds.values():
        cluster.replies[WORKLOADS + plural] = []
    for item in [*manifests.controller(STACK.install), *manifests.speaker(STACK.install)]:
        if item["kind"] in kinds:
            live = copy.deepcopy(item)
            pod = within(live, *TEMPLATE)
            pod |= {"restartPolicy": "Always", "schedulerName": "default-scheduler"}
            live["spec"]["progressDeadlineSeconds"] = 600
            cluster.replies[WORKLOADS + kinds[item["kind"]]].append(live)
    speaker = within(cluster.replies[WORKLOADS + "daemonsets"][0], *TEMPLATE)
    speaker["containers"][0]["resources"]["requests"] = {"cpu": "100m", "memory": "1Gi"}
    return cluster


def speaker_of(cluster):
    return within(cluster.replies[WORKLOADS + "daemonsets"][0], *TEMPLATE)


def test_defaults_and_other_spellings_are_no_drift(installed):
    status = installed.status(STACK)
    assert status.drift == ()
    assert status.health is Health.HEALTHY


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            lambda pod: pod["nodeSelector"].update(role="other"),
            "spec.template.spec.nodeSelector.role is other, the stack file says ingress",
        ),
        (lambda pod: pod["nodeSelector"].update(extra="x"), "spec.template.spec.nodeSelector is"),
        (lambda pod: pod["tolerations"].append({"operator": "Exists"}), "spec.tolerations is"),
        (
            lambda pod: pod["containers"][0]["args"].append("--log-level=debug"),
            "spec.template.spec.containers[0].args is",
        ),
        (
            lambda pod: pod["containers"][0]["resources"]["requests"].update(cpu="200m"),
            "requests.cpu is 200m, the stack file says 0.1",
        ),
        (
            lambda pod: pod["containers"][0].update(image="example.com/speaker:v0.16.1"),
            "containers[0].image is example.com/speaker:v0.16.1",
        ),
        (lambda pod: pod.pop("hostNetwork"), "spec.template.spec.hostNetwork is not set"),
        (lambda pod: pod.update(affinity={"nodeAffinity": {}}), "spec.template.spec.affinity is"),
    ],
    ids=["value", "label", "toleration", "args", "resources", "image", "gone", "affinity"],
)
def test_a_workload_that_was_edited_is_drift(installed, change, what):
    change(speaker_of(installed))
    status = installed.status(STACK)
    (found,) = status.drift
    assert (found.kind, found.name) == ("DaemonSet", "speaker")
    assert what in found.what
    assert status.health is Health.UNHEALTHY


def test_a_workload_that_is_gone_is_drift(installed):
    installed.replies[WORKLOADS + "deployments"] = []
    (found,) = installed.status(STACK).drift
    assert (found.kind, found.name, found.what) == ("Deployment", "controller", "missing")


def test_of_many_differences_some_are_reported_and_the_rest_counted(installed):
    installed.replies[WORKLOADS + "daemonsets"][0]["spec"] = {"template": {"metadata": {}}}
    speaker = installed.status(STACK).drift[0]
    assert speaker.what.count("the stack file says") <= 5


def test_workloads_that_others_wrote_are_not_looked_at(installed):
    install = {"version": "0.16.1", "source": "helm"}
    installed.replies[WORKLOADS + "daemonsets"] = []
    status = installed.status(stack_config({**SECTIONS, "install": install}, source="test"))
    assert status.drift == ()
    assert not [path for path in installed.listed if path.startswith(WORKLOADS)]


def test_an_old_configuration_that_is_not_read_any_more_is_reported(cluster):
    cluster.replies[CONFIG_MAPS] = [
        {"metadata": {"name": "config"}, "data": {"config": "peers: []"}}
    ]
    status = cluster.status()
    (found,) = status.drift
    assert (found.kind, found.name) == ("ConfigMap", "config")
    assert "does not read it" in found.what
    assert status.health is Health.UNHEALTHY


def test_another_config_map_of_the_namespace_is_left_alone(cluster):
    cluster.replies[CONFIG_MAPS] = [{"metadata": {"name": "kube-root-ca.crt", "namespace": NS}}]
    assert cluster.status().drift == ()


OLD = {"config": "address-pools: []"}


@pytest.mark.parametrize(
    ("config_maps", "arguments", "name"),
    [
        ({"config": OLD}, [], "config"),
        ({"metallb": OLD}, ["--config=metallb"], "metallb"),
        ({"lb": OLD, "config": {"config": "a: 1"}}, ["--config", "lb"], "lb"),
        ({"lb": OLD, "other": {"config": "a: 1"}, "third": {"x": "y"}}, [], "lb"),
    ],
    ids=["manifests", "chart", "chart beside another", "left behind by a chart"],
)
def test_the_old_configuration_is_found_by_the_name_that_the_installation_gave_it(
    cluster, config_maps, arguments, name
):
    cluster.replies[CONFIG_MAPS] = [
        {"metadata": {"name": each}, "data": data} for each, data in config_maps.items()
    ]
    pods = cluster.replies[f"/api/v1/namespaces/{NS}/pods"]
    pods[0]["spec"]["containers"][0]["args"] += arguments
    (found,) = cluster.status().drift
    assert (found.kind, found.name) == ("ConfigMap", name)


def test_a_config_map_with_another_programs_configuration_is_not_metallbs(cluster):
    cluster.replies[CONFIG_MAPS] = [
        {"metadata": {"name": "other"}, "data": {"config": "a: 1"}},
        {"metadata": {"name": "broken"}, "data": {"config": "a: ["}},
    ]
    assert cluster.status().drift == ()
