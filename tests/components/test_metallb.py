"""MetalLB: what is made for each release and source, and in which order."""

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from metallb.components import MetalLB
from tests.components.samples import MEMBERLIST_KEY
from tests.support.record import Record, Registration
from tests.support.recording import run

OLD, NEW = "0.12.1", "0.16.2"
RELEASES = pytest.mark.parametrize("version", [OLD, NEW])
WAIT_FOR = "pulumi.com/waitFor"
ARGS = ("memberlist_secret", "pod_security_policies", "await_webhooks")
FULL = {"monitoring": {"serviceMonitor": True, "prometheusRule": True, "dashboard": True}}


def _run(version: str = NEW, **more: Any) -> Record:
    """One run for each set of arguments: the tests only read what was recorded."""
    return _once(version, json.dumps(more, sort_keys=True))


@cache
def _once(version: str, arguments: str) -> Record:
    more = json.loads(arguments)
    options = {key: more.pop(key) for key in ("preview",) if key in more}
    args = {key: more.pop(key) for key in list(more) if key in ARGS}
    return run(lambda: _make({"version": version, **more}, args), **options)


def _make(install: dict[str, Any], args: dict[str, Any]) -> None:
    made = MetalLB("metallb", {"install": install, **args})  # type: ignore[typeddict-item]
    # What a caller's configuration would depend on.
    pulumi.export("ready", [item.urn for item in made.ready])


def _namespace(record: Record) -> Registration:
    return record.one("Namespace")


@RELEASES
def test_everything_is_made_after_the_namespace(version: str) -> None:
    record = _run(version, **FULL, memberlist_secret=MEMBERLIST_KEY)
    namespace = _namespace(record)
    late = [item for item in record.kube() if item is not namespace]
    assert len(late) > 15, "a whole installation"
    for item in late:
        assert record.depends_on(item, namespace.urn), f"{item.name} may come before its namespace"


@RELEASES
def test_everything_lives_in_the_namespace_of_the_stack_file(version: str) -> None:
    record = _run(version, namespace="load-balancers")
    assert _namespace(record).inputs.at("metadata.name") == "load-balancers"
    assert record.outputs_of(record.one("MetalLB"))["namespace"] == "load-balancers"
    homes = {item.inputs.plain["metadata"].get("namespace") for item in record.kube()}
    assert homes == {None, "load-balancers"}, "cluster-wide objects have none"


@RELEASES
def test_workloads_start_with_their_permissions_in_place(version: str) -> None:
    record = _run(version)
    for kind, name in (("Deployment", "controller"), ("DaemonSet", "speaker")):
        workload = record.one(kind)
        own = [item for item in record.kube() if item.parent == workload.parent]
        assert {"ServiceAccount", "ClusterRole", "ClusterRoleBinding"} <= {i.kind for i in own}
        for item in own:
            if item is not workload:
                assert record.depends_on(workload, item.urn), f"{name} starts before {item.name}"


def test_custom_resource_definitions_come_before_the_workloads_that_watch_them() -> None:
    record = _run()
    definitions = record.kube("CustomResourceDefinition")
    assert len(definitions) == 9
    for workload in (record.one("Deployment"), record.one("DaemonSet")):
        for definition in definitions:
            assert record.depends_on(workload, definition.urn), definition.name


def test_configuration_waits_for_the_webhooks_and_the_controller() -> None:
    record = _run()
    ready = set(record.exports["ready"])
    hook = record.one("ValidatingWebhookConfiguration")
    assert {hook.urn, record.one("Deployment").urn} <= ready, (
        "a webhook that does not answer refuses every object"
    )


def test_the_webhook_configuration_is_made_beside_the_controller_not_behind_it() -> None:
    record = _run()
    hook, controller = record.one("ValidatingWebhookConfiguration"), record.one("Deployment")
    assert not record.depends_on(hook, controller.urn), (
        "releases up to 0.15 become ready only after they have found and filled it"
    )
    assert not record.depends_on(controller, hook.urn)


def test_the_old_release_has_neither_definitions_nor_webhooks() -> None:
    record = _run(OLD)
    kinds = {item.kind for item in record.kube()}
    assert not kinds & {"CustomResourceDefinition", "ValidatingWebhookConfiguration"}
    ready = set(record.exports["ready"])
    assert {_namespace(record).urn, record.one("Deployment").urn} <= ready


@pytest.mark.parametrize("target", [True, False], ids=["cluster", "files"])
def test_the_webhooks_are_awaited_exactly_where_there_is_a_cluster(target: bool) -> None:
    hook = _run(await_webhooks=target).one("ValidatingWebhookConfiguration")
    annotations = hook.inputs.plain["metadata"].get("annotations", {})
    assert (WAIT_FOR in annotations) is target, "files would wait for ever"
    if target:
        assert "caBundle" in annotations[WAIT_FOR], "readiness of the Deployment does not say it"


def test_nothing_but_the_webhooks_is_awaited_by_annotation() -> None:
    for item in _run(**FULL).kube():
        annotations = item.inputs.plain["metadata"].get("annotations") or {}
        if item.kind != "ValidatingWebhookConfiguration":
            assert WAIT_FOR not in annotations, item.name


@RELEASES
def test_no_memberlist_secret_is_made_unless_the_stack_gives_the_key(version: str) -> None:
    names = [item.inputs.at("metadata.name") for item in _run(version).kube("Secret")]
    assert "memberlist" not in names, "MetalLB's controller makes it, and ours would not be random"


@pytest.mark.parametrize(("version", "source"), [(OLD, "builtin"), (NEW, "builtin"), (NEW, "helm")])
def test_a_given_memberlist_key_is_a_secret_and_comes_before_the_speakers(
    version: str, source: str
) -> None:
    record = _run(version, source=source, memberlist_secret=MEMBERLIST_KEY)
    secret = record.one("Secret", "metallb-secret-memberlist")
    assert secret.inputs.at("stringData.secretkey") == MEMBERLIST_KEY
    assert secret.inputs.is_secret("stringData.secretkey"), "marked on the wire"
    assert record.places_of(MEMBERLIST_KEY) == []
    assert "ownerReferences" not in secret.inputs.plain["metadata"], "it outlives the Deployment"
    late = record.one("DaemonSet") if source == "builtin" else record.one("Release")
    assert record.depends_on(late, secret.urn), "or the controller makes another one first"


@pytest.mark.parametrize(("wanted", "count"), [(True, 2), (False, 0), (None, 0)])
def test_pod_security_policies_are_made_only_on_clusters_that_have_them(
    wanted: bool | None, count: int
) -> None:
    args = {} if wanted is None else {"pod_security_policies": wanted}
    assert len(_run(OLD, **args).kube("PodSecurityPolicy")) == count


def test_pod_security_policies_come_before_the_pods_they_admit() -> None:
    record = _run(OLD, pod_security_policies=True)
    for policy in record.kube("PodSecurityPolicy"):
        assert record.depends_on(record.one("DaemonSet"), policy.urn), policy.name


@RELEASES
def test_an_existing_installation_is_not_touched(version: str) -> None:
    record = _run(version, source="existing")
    assert record.kube() == [], "another owner has every object of it"
    outputs = record.outputs_of(record.one("MetalLB"))
    assert outputs == {"namespace": "metallb-system", "version": version}


def test_helm_makes_one_release_of_metallbs_own_chart_with_our_values() -> None:
    record = _run(
        source="helm",
        bgpMode="frr-k8s",
        speaker={"nodeSelectors": {"ingress": "true"}},
        helmValues={"speaker": {"labels": {"team": "net"}}},
    )
    assert {item.kind for item in record.kube()} - {"ValidatingWebhookConfigurationPatch"} == {
        "Namespace",
        "Release",
    }
    release = record.one("Release").inputs
    assert release.plain["chart"] == "metallb"
    assert release.plain["name"] == "metallb", "without a name the engine adds a random suffix"
    assert release.plain["version"] == NEW
    assert release.plain["namespace"] == "metallb-system"
    assert release.at("repositoryOpts.repo") == "https://metallb.github.io/metallb"
    values = release.plain["values"]
    assert values["frrk8s"]["enabled"] is True
    assert values["speaker"]["nodeSelector"] == {"ingress": "true"}
    assert values["speaker"]["labels"] == {"team": "net"}, "the stack's own values are merged"


def test_helm_without_a_repository_takes_the_chart_as_a_path_or_reference() -> None:
    record = _run(source="helm", helmChart="oci://registry/metallb", helmRepository=None)
    release = record.one("Release").inputs.plain
    assert release["chart"] == "oci://registry/metallb"
    assert not release.get("repositoryOpts")


def test_configuration_waits_for_the_chart_and_its_webhooks() -> None:
    record = _run(source="helm")
    release = record.one("Release")
    patch = record.one("ValidatingWebhookConfigurationPatch")
    assert set(record.exports["ready"]) == {release.urn, patch.urn}
    assert patch.inputs.at("metadata.name") == "metallb-webhook-configuration"
    assert "caBundle" in patch.inputs.plain["metadata"]["annotations"][WAIT_FOR]
    assert record.depends_on(patch, release.urn), "the chart makes what is patched"


def test_a_chart_that_is_only_written_to_files_has_nothing_to_wait_for() -> None:
    record = _run(source="helm", await_webhooks=False)
    assert [item.kind for item in record.kube()] == ["Namespace", "Release"]


def test_a_preview_shows_every_object_of_the_update() -> None:
    shown, made = _run(**FULL, preview=True), _run(**FULL)
    assert {i.urn for i in shown.kube()} == {i.urn for i in made.kube()}


@RELEASES
def test_the_version_is_an_output(version: str) -> None:
    record = _run(version)
    assert record.outputs_of(record.one("MetalLB"))["version"] == version
    for name in ("Controller", "Speaker"):
        image = record.outputs_of(record.one(name))["image"]
        assert image.endswith(f":v{version}"), f"{name} runs {image}"
