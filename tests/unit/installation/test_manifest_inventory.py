"""A release consists of these objects, and its two workloads run like this: nothing is missing."""

import pytest

from metallb.releases import BUILTIN_RELEASES
from metallb.stackfile.install import Install

SYSTEM = "metallb-system"

LEGACY = {
    ("Namespace", SYSTEM),
    ("PodSecurityPolicy", "controller"),
    ("PodSecurityPolicy", "speaker"),
    ("ServiceAccount", "controller"),
    ("ServiceAccount", "speaker"),
    ("ClusterRole", f"{SYSTEM}:controller"),
    ("ClusterRole", f"{SYSTEM}:speaker"),
    ("ClusterRoleBinding", f"{SYSTEM}:controller"),
    ("ClusterRoleBinding", f"{SYSTEM}:speaker"),
    ("Role", "config-watcher"),
    ("Role", "pod-lister"),
    ("Role", "controller"),
    ("RoleBinding", "config-watcher"),
    ("RoleBinding", "pod-lister"),
    ("RoleBinding", "controller"),
    ("DaemonSet", "speaker"),
    ("Deployment", "controller"),
}
"""What MetalLB's own manifests of 0.12.1 hold."""
LEGACY_OURS = {
    (kind, f"{SYSTEM}:{component}-pod-security-policy")
    for kind in ("ClusterRole", "ClusterRoleBinding")
    for component in ("controller", "speaker")
}
"""What docs/deviations.md adds: the right to use a policy comes and goes with the policy."""

CURRENT = {
    ("Namespace", SYSTEM),
    *(
        ("CustomResourceDefinition", f"{plural}.metallb.io")
        for plural in (
            "bfdprofiles",
            "bgpadvertisements",
            "bgppeers",
            "communities",
            "configurationstates",
            "ipaddresspools",
            "l2advertisements",
            "servicebgpstatuses",
            "servicel2statuses",
        )
    ),
    ("ServiceAccount", "controller"),
    ("ServiceAccount", "speaker"),
    ("Role", "controller"),
    ("Role", "pod-lister"),
    ("RoleBinding", "controller"),
    ("RoleBinding", "pod-lister"),
    ("ClusterRole", f"{SYSTEM}:controller"),
    ("ClusterRole", f"{SYSTEM}:speaker"),
    ("ClusterRoleBinding", f"{SYSTEM}:controller"),
    ("ClusterRoleBinding", f"{SYSTEM}:speaker"),
    ("ConfigMap", "metallb-excludel2"),
    ("Secret", "metallb-webhook-cert"),
    ("Service", "metallb-webhook-service"),
    ("Deployment", "controller"),
    ("DaemonSet", "speaker"),
    ("ValidatingWebhookConfiguration", "metallb-webhook-configuration"),
}
"""What MetalLB's own native manifests of 0.16 hold."""

OPTIONAL = {
    ("Role", "prometheus-k8s"),
    ("RoleBinding", "prometheus-k8s"),
    ("Service", "controller-monitor-service"),
    ("Service", "speaker-monitor-service"),
    ("ServiceMonitor", "controller-monitor"),
    ("ServiceMonitor", "speaker-monitor"),
    ("PrometheusRule", "metallb"),
    ("ConfigMap", "metallb-dashboard"),
}
OPTIONAL_CURRENT = OPTIONAL | {
    ("NetworkPolicy", "controller"),
    ("NetworkPolicy", "default-deny"),
    *(
        (kind, f"{SYSTEM}:{name}")
        for kind in ("ClusterRole", "ClusterRoleBinding")
        for name in ("metrics-guard", "metrics-reader")
    ),
    ("ServiceAccount", "metrics-reader"),
}


def _names(objects):
    return sorted((item["kind"], item["metadata"]["name"]) for item in objects)


def test_legacy_release_has_exactly_its_objects(everything, full):
    assert _names(everything(Install(version="0.12.1"))) == sorted(LEGACY | LEGACY_OURS)
    assert _names(everything(full("0.12.1"))) == sorted(LEGACY | LEGACY_OURS | OPTIONAL)


def test_current_release_has_exactly_its_objects(everything, full, current):
    assert _names(everything(Install(version=current))) == sorted(CURRENT)
    assert _names(everything(full(current))) == sorted(CURRENT | OPTIONAL_CURRENT)


def test_nothing_for_the_operator_by_default(everything, version):
    groups = {item["apiVersion"] for item in everything(Install(version=version))}
    assert not [group for group in groups if group.startswith("monitoring.coreos.com")]


def test_objects_live_in_the_namespace_of_the_stack(everything, full, version):
    for item in everything(full(version, namespace="lb")):
        assert item["metadata"].get("namespace", "lb") == "lb"
        assert SYSTEM not in str(item), item["kind"]


def test_namespaced_kinds_say_their_namespace(everything, full, version):
    cluster_wide = {
        "Namespace",
        "PodSecurityPolicy",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "ValidatingWebhookConfiguration",
    }
    for item in everything(full(version)):
        assert ("namespace" in item["metadata"]) is (item["kind"] not in cluster_wide)


def test_namespace_lets_speakers_in(everything, find, version):
    labels = find(everything(Install(version=version)), "Namespace", SYSTEM)["metadata"]["labels"]
    assert labels["app"] == "metallb"
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "privileged"


def test_every_object_is_found_by_its_labels(everything, full, version):
    for item in everything(full(version)):
        labels = item["metadata"]["labels"]
        assert labels["app"] == "metallb"
        assert labels["app.kubernetes.io/name"] == "metallb"
        assert labels["app.kubernetes.io/version"] == version
        assert labels["app.kubernetes.io/managed-by"] == "pulumi"


@pytest.mark.parametrize("component", ["controller", "speaker"])
def test_selectors_survive_an_upgrade(everything, find, component):
    kind = "Deployment" if component == "controller" else "DaemonSet"
    selectors = [
        find(everything(Install(version=version)), kind, component)["spec"]["selector"]
        for version in ("0.12.1", "0.16.0", "0.16.2")
    ]
    assert selectors == [{"matchLabels": {"app": "metallb", "component": component}}] * 3


def _environment(container):
    return {
        item["name"]: item.get("value") or next(iter(item["valueFrom"].values()))
        for item in container["env"]
    }


def _ports(container):
    return {
        (port["name"], port["containerPort"], port.get("protocol", "TCP"))
        for port in container["ports"]
    }


def test_legacy_controller(everything, container, find):
    objects = everything(Install(version="0.12.1"))
    made = container(objects, "controller")
    pod = find(objects, "Deployment", "controller")["spec"]["template"]
    assert made["image"] == "quay.io/metallb/controller:v0.12.1"
    assert made["args"] == ["--port=7472", "--config=config", "--log-level=info"]
    assert _environment(made) == {
        "METALLB_ML_SECRET_NAME": "memberlist",
        "METALLB_DEPLOYMENT": "controller",
    }
    assert _ports(made) == {("monitoring", 7472, "TCP")}
    for probe in ("livenessProbe", "readinessProbe"):
        assert made[probe]["httpGet"] == {"path": "/metrics", "port": "monitoring"}
    assert "startupProbe" not in made
    assert "volumes" not in pod["spec"]
    assert pod["metadata"]["annotations"] == {
        "prometheus.io/port": "7472",
        "prometheus.io/scrape": "true",
    }


def test_legacy_speaker(everything, container, find):
    objects = everything(Install(version="0.12.1"))
    made = container(objects, "speaker")
    pod = find(objects, "DaemonSet", "speaker")["spec"]["template"]
    assert made["image"] == "quay.io/metallb/speaker:v0.12.1"
    assert made["args"] == ["--port=7472", "--config=config", "--log-level=info"]
    assert _environment(made) == {
        "METALLB_NODE_NAME": {"fieldPath": "spec.nodeName"},
        "METALLB_HOST": {"fieldPath": "status.hostIP"},
        "METALLB_ML_BIND_ADDR": {"fieldPath": "status.podIP"},
        "METALLB_ML_LABELS": "app=metallb,component=speaker",
        "METALLB_ML_SECRET_KEY": {"name": "memberlist", "key": "secretkey"},
    }
    assert _ports(made) == {
        ("monitoring", 7472, "TCP"),
        ("memberlist-tcp", 7946, "TCP"),
        ("memberlist-udp", 7946, "UDP"),
    }
    assert "volumes" not in pod["spec"]


def test_current_controller(everything, container, find, current):
    objects = everything(Install(version=current))
    made = container(objects, "controller")
    pod = find(objects, "Deployment", "controller")["spec"]["template"]
    assert made["image"] == f"quay.io/metallb/controller:v{current}"
    assert made["args"] == ["--port=9120", "--log-level=info"]
    assert _environment(made) == {
        "METALLB_POD_NAME": {"fieldPath": "metadata.name"},
        "METALLB_ML_SECRET_NAME": "memberlist",
        "METALLB_DEPLOYMENT": "controller",
    }
    assert _ports(made) == {("metricshttps", 9120, "TCP"), ("webhook-server", 9443, "TCP")}
    (mount,) = made["volumeMounts"]
    assert mount["mountPath"] == "/tmp/k8s-webhook-server/serving-certs"
    assert mount["readOnly"] is True
    # Plain scraping by annotations can't read guarded metrics: no false target is advertised.
    assert "annotations" not in pod["metadata"]


@pytest.mark.parametrize("release", ["0.16.1", "0.16.2"])
def test_the_controller_is_probed_on_its_own_address(everything, container, release):
    made = container(everything(Install(version=release)), "controller")
    assert made["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": 17472}
    assert made["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": 17472}


def test_a_controller_that_hides_its_health_is_probed_where_a_kubelet_reaches_it(
    everything, container
):
    # 0.16.0 answers on 127.0.0.1:17472 inside its pod, and would be killed for ever.
    made = container(everything(Install(version="0.16.0")), "controller")
    reachable = {port["name"] for port in made["ports"]}
    for probe in ("livenessProbe", "readinessProbe"):
        action = made[probe]["httpGet"]
        assert action["port"] in reachable
        assert action["scheme"] == "HTTPS"
        assert action["path"].startswith("/validate-"), (
            "other paths answer 404, metrics want a token"
        )


def test_a_controller_is_not_ready_before_its_webhook_listens(everything, container, current):
    made = container(everything(Install(version=current)), "controller")
    probe = made["startupProbe"]
    assert probe["tcpSocket"] == {"port": "webhook-server"}
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 300, "certificates take their time"
    # Later on such a connection is an error in the controller's log, one every period.
    for later in ("livenessProbe", "readinessProbe"):
        assert "tcpSocket" not in made[later]


def test_no_probe_changes_its_kind_between_releases(everything, container):
    # A preview of an update puts both kinds into one Deployment, and the API server refuses two.
    for component in ("controller", "speaker"):
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            kinds = set()
            for release in BUILTIN_RELEASES:
                made = container(everything(Install(version=str(release))), component).get(probe)
                kinds |= {"httpGet", "tcpSocket", "exec", "grpc"} & set(made or {})
            assert len(kinds) <= 1, f"{component}'s {probe}: {kinds}"


def test_current_speaker(everything, container, find, current):
    objects = everything(Install(version=current))
    made = container(objects, "speaker")
    pod = find(objects, "DaemonSet", "speaker")["spec"]["template"]["spec"]
    assert made["image"] == f"quay.io/metallb/speaker:v{current}"
    assert made["args"] == ["--port=9120", "--log-level=info"]
    assert _environment(made) == {
        "METALLB_NODE_NAME": {"fieldPath": "spec.nodeName"},
        "METALLB_POD_NAME": {"fieldPath": "metadata.name"},
        "METALLB_HOST": {"fieldPath": "status.hostIP"},
        "METALLB_ML_BIND_ADDR": {"fieldPath": "status.podIP"},
        "METALLB_ML_LABELS": "app=metallb,component=speaker",
        "METALLB_ML_SECRET_KEY_PATH": "/etc/ml_secret_key",
    }
    assert _ports(made) == {
        ("metricshttps", 9120, "TCP"),
        ("memberlist-tcp", 7946, "TCP"),
        ("memberlist-udp", 7946, "UDP"),
    }
    for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        expected = {"path": path, "port": 17472, "host": "127.0.0.1"}
        assert made[probe]["httpGet"] == expected
    assert {mount["mountPath"] for mount in made["volumeMounts"]} == {
        "/etc/ml_secret_key",
        "/etc/metallb",
        "/etc/metallb/memberlist",
    }
    # A speaker must not start before the key is there, and must start without memberlist's timers.
    by_name = {volume["name"]: volume for volume in pod["volumes"]}
    assert "optional" not in by_name["memberlist"]["secret"]
    assert by_name["memberlist-config"]["configMap"]["optional"] is True


def test_workloads_are_confined(everything, container, find, version):
    objects = everything(Install(version=version))
    controller = find(objects, "Deployment", "controller")["spec"]
    assert controller["revisionHistoryLimit"] == 3
    pod = controller["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True, "runAsUser": 65534, "fsGroup": 65534}
    assert pod["terminationGracePeriodSeconds"] == 0
    assert "hostNetwork" not in pod
    speaker = find(objects, "DaemonSet", "speaker")["spec"]["template"]["spec"]
    assert speaker["hostNetwork"] is True
    assert speaker["terminationGracePeriodSeconds"] == 2
    for component, added in (("controller", None), ("speaker", ["NET_RAW"])):
        security = container(objects, component)["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"]["drop"] == ["ALL"]
        assert security["capabilities"].get("add") == added


def test_probes_wait_as_metallb_does(everything, container, version):
    objects = everything(Install(version=version))
    for component in ("controller", "speaker"):
        for probe in ("livenessProbe", "readinessProbe"):
            made = container(objects, component)[probe]
            assert [
                made["initialDelaySeconds"],
                made["periodSeconds"],
                made["timeoutSeconds"],
                made["successThreshold"],
                made["failureThreshold"],
            ] == [10, 10, 1, 1, 3]


def test_policies_open_what_the_legacy_speaker_uses(everything, container, find):
    objects = everything(Install(version="0.12.1"))
    speaker = find(objects, "PodSecurityPolicy", "speaker")["spec"]
    open_ports = {(item["min"], item["max"]) for item in speaker["hostPorts"]}
    used = {port["containerPort"] for port in container(objects, "speaker")["ports"]}
    assert open_ports == {(port, port) for port in used}
    assert speaker["hostNetwork"] is True
    assert speaker["privileged"] is True
    assert speaker["allowedCapabilities"] == ["NET_RAW"]
    controller = find(objects, "PodSecurityPolicy", "controller")["spec"]
    assert controller["privileged"] is controller["hostNetwork"] is False
    assert controller["runAsUser"] == {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]}
    for policy in (speaker, controller):
        assert policy["volumes"] == ["configMap", "secret", "emptyDir"]
        assert policy["requiredDropCapabilities"] == ["ALL"]
