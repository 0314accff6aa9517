"""Every option of the stack's `metallb:install` section changes what is installed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from metallb import installation as manifests
from metallb.installation.objects import node_selector
from metallb.stackfile.install import Install

CHANGES: dict[str, Any] = {
    "version": "0.16.1",
    "namespace": "lb",
    "image_registry": "registry.example/metallb",
    "image_pull_secrets": ["pull"],
    "load_balancer_class": "example.com/metallb",
    "memberlist_secret": "k" * 32,
    "network_policy": True,
    **{
        f"{workload}.{field}": value
        for workload in ("controller", "speaker")
        for field, value in {
            "node_selectors": {"ingress": "true"},
            "match_expressions": [{"key": "ingress", "operator": "Exists"}],
            "tolerations": [{"key": "ingress", "operator": "Exists"}],
            "resources.requests": {"cpu": "100m"},
            "resources.limits": {"memory": "128Mi"},
            "priority_class_name": "system-node-critical",
            "log_level": "debug",
            "image": "registry.example/one@sha256:" + "00" * 32,
            "annotations": {"example.com/a": "b"},
        }.items()
    },
    "speaker.ignore_exclude_lb": True,
    "seccomp_profile": "RuntimeDefault",
    "monitoring.service_monitor": False,
    "monitoring.prometheus_rule": False,
    "monitoring.dashboard": False,
    "monitoring.labels": {"release": "prometheus-operator"},
    "monitoring.interval": "10s",
    "monitoring.prometheus.name": "prometheus",
    "monitoring.prometheus.namespace": "observability",
}
"""For every option another value than in `_base`."""
HELM_ONLY = {
    "bgp_mode": "frr-k8s",
    "helm_values": {"controller": {"runtimeClassName": "gvisor"}},
}
ELSEWHERE = {
    "source": "decides which builders the program calls",
    "helm_chart": "names the chart, not its values",
    "helm_repository": "names the chart's place, not its values",
    "helm_repository_insecure": "lets the chart's place be one over http",
}


def _leaves(model: type[BaseModel], prefix: str = "") -> set[str]:
    result = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            result |= _leaves(kind, f"{prefix}{name}.")
        else:
            result.add(prefix + name)
    return result


def _base(**more: Any) -> dict[str, Any]:
    monitoring = {"service_monitor": True, "prometheus_rule": True, "dashboard": True}
    return {"monitoring": monitoring} | more


def _with(base: dict[str, Any], path: str, value: Any) -> Install:
    document = json.loads(json.dumps(base))
    *parents, last = path.split(".")
    place = document
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return Install(**document)


def test_the_tables_name_every_option():
    assert _leaves(Install) == CHANGES.keys() | HELM_ONLY.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("path", CHANGES)
def test_option_shows_in_the_objects(everything, path):
    before = everything(Install(**_base()))
    assert everything(_with(_base(), path, CHANGES[path])) != before


NOT_BY_THE_CHART = {
    "namespace",  # the release's namespace; alerts carry it
    "memberlist_secret",  # a Secret beside the chart
    "monitoring.interval",  # the chart's schema refuses a duration
    "monitoring.dashboard",  # a ConfigMap beside the chart
}


@pytest.mark.parametrize("path", sorted((CHANGES | HELM_ONLY).keys() - NOT_BY_THE_CHART))
def test_option_shows_in_the_values_of_the_chart(path):
    base = _base(source="helm")
    before = manifests.helm_values(Install(**base))
    after = manifests.helm_values(_with(base, path, (CHANGES | HELM_ONLY)[path]))
    assert after != before


def test_own_selectors_and_tolerations_come_on_top(everything, find):
    install = Install(
        speaker={
            "node_selectors": {"ingress_node": "true", "node-role.kubernetes.io/node": ""},
            "tolerations": [
                {"key": "dedicated", "value": "ingress", "effect": "NoExecute"},
                {"key": "node-role.kubernetes.io/master", "operator": "Exists"},
            ],
        },
        controller={"tolerations": [{"operator": "Exists"}]},
    )
    objects = everything(install)
    speaker = find(objects, "DaemonSet", "speaker")["spec"]["template"]["spec"]
    assert speaker["nodeSelector"] == {
        "kubernetes.io/os": "linux",
        "ingress_node": "true",
        "node-role.kubernetes.io/node": "",
    }
    assert speaker["tolerations"] == [
        {
            "key": "node-role.kubernetes.io/master",
            "operator": "Exists",
            "effect": "NoSchedule",
        },
        {
            "key": "node-role.kubernetes.io/control-plane",
            "operator": "Exists",
            "effect": "NoSchedule",
        },
        {"key": "dedicated", "operator": "Equal", "value": "ingress", "effect": "NoExecute"},
        {"key": "node-role.kubernetes.io/master", "operator": "Exists"},
    ]
    controller = find(objects, "Deployment", "controller")["spec"]["template"]["spec"]
    assert controller["tolerations"] == [{"operator": "Exists"}]
    assert controller["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_the_same_toleration_stands_once(everything, find):
    toleration = {
        "key": "node-role.kubernetes.io/master",
        "operator": "Exists",
        "effect": "NoSchedule",
    }
    objects = everything(Install(speaker={"tolerations": [toleration]}))
    pod = find(objects, "DaemonSet", "speaker")["spec"]["template"]["spec"]
    assert pod["tolerations"].count(toleration) == 1


def test_zero_toleration_seconds_are_kept(everything, find):
    toleration = {
        "key": "node.kubernetes.io/unreachable",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 0,
    }
    objects = everything(Install(controller={"tolerations": [toleration]}))
    pod = find(objects, "Deployment", "controller")["spec"]["template"]["spec"]
    assert pod["tolerations"] == [toleration]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True),
        st.from_regex(r"[a-z0-9]{0,8}", fullmatch=True),
    )
)
def test_any_selector_is_kept_whole(labels):
    install = Install(speaker={"node_selectors": labels})
    assert node_selector(install.speaker) == {"kubernetes.io/os": "linux"} | labels


def test_resources_priority_and_pull_secrets_land(everything, find, container, version):
    install = Install(
        version=version,
        image_pull_secrets=["one", "two"],
        speaker={
            "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "128Mi"}},
            "priority_class_name": "system-node-critical",
        },
        controller={"resources": {"limits": {"memory": "64Mi"}}},
    )
    objects = everything(install)
    assert container(objects, "speaker")["resources"] == {
        "requests": {"cpu": "100m"},
        "limits": {"memory": "128Mi"},
    }
    assert container(objects, "controller")["resources"] == {"limits": {"memory": "64Mi"}}
    speaker = find(objects, "DaemonSet", "speaker")["spec"]["template"]["spec"]
    controller = find(objects, "Deployment", "controller")["spec"]["template"]["spec"]
    assert speaker["priorityClassName"] == "system-node-critical"
    assert "priorityClassName" not in controller
    for pod in (speaker, controller):
        assert pod["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]


def test_no_resources_by_default(everything, container, version):
    objects = everything(Install(version=version))
    assert "resources" not in container(objects, "controller")
    assert "resources" not in container(objects, "speaker")


def test_load_balancer_class_reaches_both_workloads(everything, container, current):
    objects = everything(Install(version=current, load_balancer_class="example.com/lb"))
    for component in ("controller", "speaker"):
        assert "--lb-class=example.com/lb" in container(objects, component)["args"]


def test_excluded_nodes_are_a_matter_of_speakers(everything, container, current):
    objects = everything(Install(version=current, speaker={"ignore_exclude_lb": True}))
    assert "--ignore-exclude-lb" in container(objects, "speaker")["args"]
    assert "--ignore-exclude-lb" not in container(objects, "controller")["args"]


def test_legacy_speaker_gets_no_flag_it_does_not_know(everything, container):
    # An unknown flag ends the process.
    objects = everything(Install(version="0.12.1", speaker={"ignore_exclude_lb": True}))
    known = ("--port=", "--config=", "--log-level=")
    assert all(item.startswith(known) for item in container(objects, "speaker")["args"])


def test_own_image_is_taken_as_it_stands(everything, container, version):
    image = "registry.example:5000/speaker@sha256:" + "0123" * 16
    objects = everything(Install(version=version, speaker={"image": image}))
    assert container(objects, "speaker")["image"] == image
    assert container(objects, "controller")["image"] == f"quay.io/metallb/controller:v{version}"


def test_own_annotations_win(everything, find):
    annotations = {"prometheus.io/scrape": "false", "a": "b"}
    objects = everything(Install(version="0.12.1", controller={"annotations": annotations}))
    made = find(objects, "Deployment", "controller")["spec"]["template"]["metadata"]
    assert made["annotations"] == {"prometheus.io/port": "7472"} | annotations


def test_memberlist_secret_places_what_it_is_given(version):
    class Opaque:
        """Stands for a Pulumi Output: looking into it fails."""

        def __str__(self) -> str:
            raise AssertionError("the value was looked at")

        __eq__ = __bool__ = __len__ = __iter__ = __str__  # type: ignore[assignment]
        __hash__ = None  # type: ignore[assignment]

    value = Opaque()
    (secret,) = manifests.memberlist(Install(version=version), value)
    assert secret["metadata"]["name"] == "memberlist"
    assert secret["stringData"]["secretkey"] is value
    assert "ownerReferences" not in secret["metadata"]


def test_monitoring_labels_are_for_prometheus(everything, full, version):
    labels = {"release": "prometheus-operator"}
    install = full(version).model_copy()
    install = Install(
        **install.model_dump(exclude={"monitoring", "memberlist_secret"}),
        monitoring=install.monitoring.model_dump() | {"labels": labels},
    )
    picked = {
        item["kind"]
        for item in everything(install)
        if labels.items() <= item["metadata"]["labels"].items()
    }
    assert picked == {"ServiceMonitor", "PrometheusRule"}


def test_dashboard_is_json_that_grafana_loads(everything, full, find, version):
    config = find(everything(full(version)), "ConfigMap", "metallb-dashboard")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    ((name, text),) = config["data"].items()
    dashboard = json.loads(text)
    assert name.endswith(".json")
    places = [tuple(panel["gridPos"][key] for key in "xy") for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    expressions = " ".join(
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"]
    )
    for metric in (
        "metallb_bgp_session_up",
        "metallb_allocator_addresses_in_use_total",
        "metallb_k8s_client_config_stale_bool",
        "metallb_k8s_client_update_errors_total",
    ):
        assert metric in expressions


def test_nothing_is_made_beside_another_installation():
    monitoring = _base()["monitoring"]
    assert manifests.monitoring(Install(source="existing", monitoring=monitoring)) == ()


def test_the_chart_leaves_the_dashboard_and_the_reading_to_us(find):
    account = {"name": "p", "namespace": "obs"}
    monitoring = {**_base()["monitoring"], "service_monitor": True, "prometheus": account}
    base = _base(source="helm", bgp_mode="frr-k8s", namespace="lb", monitoring=monitoring)
    made = manifests.monitoring(Install(**base))
    assert {item["kind"] for item in made} == {
        *("ConfigMap", "ServiceAccount", "ClusterRole", "ClusterRoleBinding")
    }
    # The chart gives Prometheus the endpoints; without this right it sees them and reads nothing.
    role = find(made, "ClusterRole", "lb:metrics-reader")
    assert role["rules"] == [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]
    binding = find(made, "ClusterRoleBinding", "lb:metrics-reader")
    assert binding["roleRef"]["name"] == "lb:metrics-reader"
    own = {"name": "metrics-reader", "namespace": "lb"}
    assert binding["subjects"] == [{"kind": "ServiceAccount", **each} for each in (account, own)]
    assert find(made, "ServiceAccount", "metrics-reader")["metadata"]["namespace"] == "lb"
    dashboard = find(made, "ConfigMap", "metallb-dashboard")
    assert "frrk8s_bgp_session_up" in dashboard["data"]["metallb.json"]


def test_no_account_reads_the_charts_metrics_by_default():
    monitoring = {"service_monitor": False, "dashboard": True}
    made = manifests.monitoring(Install(**_base(source="helm", monitoring=monitoring)))
    assert {item["kind"] for item in made} == {"ConfigMap"}


@pytest.mark.parametrize(
    ("source", "version", "wanted", "made"),
    [
        ("builtin", "0.16.2", None, None),
        ("builtin", "0.16.2", "RuntimeDefault", "RuntimeDefault"),
        ("builtin", "0.12.1", "RuntimeDefault", "RuntimeDefault"),
        ("helm", "0.16.2", None, None),
        ("helm", "0.16.2", "RuntimeDefault", "RuntimeDefault"),
        ("helm", "0.17.0", None, "RuntimeDefault"),
        ("helm", "0.17.0", "Unconfined", "Unconfined"),
    ],
)
def test_a_seccomp_profile_comes_with_the_stack_or_with_a_later_release(
    everything, find, source, version, wanted, made
):
    install = Install(version=version, source=source, seccomp_profile=wanted)
    profile = {} if made is None else {"seccompProfile": {"type": made}}
    if source == "helm":
        values = manifests.helm_values(install)
        assert [values[part].get("securityContext", {}) for part in ("controller", "speaker")] == [
            profile,
            profile,
        ]
        return
    objects = everything(install)
    speaker = find(objects, "DaemonSet", "speaker")["spec"]["template"]["spec"]
    assert speaker.get("securityContext", {}) == profile
    controller = find(objects, "Deployment", "controller")["spec"]["template"]["spec"]
    own = {"runAsNonRoot": True, "runAsUser": 65534, "fsGroup": 65534}
    assert controller["securityContext"] == own | profile
