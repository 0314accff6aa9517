"""Pieces that several objects share: metadata, RBAC, and the parts of a pod.

Builds no object of MetalLB's by itself. Source: Kubernetes API reference (core/v1, rbac/v1).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metallb.installation.names import (
    APP_LABEL,
    COMPONENT_LABEL,
    CONFIG_MAP,
    HEALTH_PORT,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    WEBHOOK_PORT_NAME,
    cluster_name,
    metrics_port,
    reads_config_map,
)
from metallb.stackfile.install import Install, Resources, Toleration, Workload

__all__ = [
    "Manifest",
    "Manifests",
    "Rule",
    "cluster_role",
    "cluster_role_binding",
    "config_map_rule",
    "image",
    "metadata",
    "node_selector",
    "pod_annotations",
    "pod_labels",
    "pod_options",
    "probes",
    "resources",
    "role",
    "role_binding",
    "rule",
    "seccomp",
    "service_account",
    "standard_labels",
    "tolerations",
]

Manifest = dict[str, Any]
Manifests = tuple[Manifest, ...]
Rule = dict[str, list[str]]

_RBAC = "rbac.authorization.k8s.io"
_ANSWERS_ALWAYS = "/validate-metallb-io-v1beta1-ipaddresspool"


def standard_labels(install: Install) -> dict[str, str]:
    """Labels by which people and tools find all of MetalLB (Kubernetes recommended labels).

    They change with the version, so they never go into a selector.
    """
    return {
        APP_LABEL: "metallb",
        MANAGED_BY_LABEL: MANAGED_BY,
        "app.kubernetes.io/name": "metallb",
        "app.kubernetes.io/version": str(install.release),
    }


def pod_labels(component: str) -> dict[str, str]:
    """Labels of a workload's pods, and its immutable selector."""
    return {APP_LABEL: "metallb", COMPONENT_LABEL: component}


def metadata(
    install: Install,
    name: str,
    component: str | None = None,
    *,
    namespaced: bool = True,
    labels: Mapping[str, str] | None = None,
) -> Manifest:
    """Metadata of one of our objects; `labels` are added and win."""
    merged = standard_labels(install)
    if component is not None:
        merged[COMPONENT_LABEL] = component
    merged.update(labels or {})
    result: Manifest = {"name": name, "labels": dict(sorted(merged.items()))}
    if namespaced:
        result["namespace"] = install.namespace
    return result


def service_account(install: Install, component: str) -> Manifest:
    """The account under which a workload talks to the API server."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(install, component, component),
    }


def rule(group: str, what: str, verbs: str, *, names: Sequence[str] = ()) -> Rule:
    """One RBAC rule. `what` and `verbs` are words parted by spaces."""
    result = {"apiGroups": [group], "resources": what.split(), "verbs": verbs.split()}
    if names:
        result["resourceNames"] = list(names)
    return result


def config_map_rule() -> Rule:
    """Reading 0.12's configuration. It watches by metadata.name, which a rule for a name allows."""
    return rule("", "configmaps", "list watch", names=[CONFIG_MAP])


def role(install: Install, name: str, rules: Iterable[Rule]) -> Manifest:
    """A Role in MetalLB's namespace."""
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "Role",
        "metadata": metadata(install, name),
        "rules": list(rules),
    }


def cluster_role(install: Install, name: str, rules: Iterable[Rule]) -> Manifest:
    """A ClusterRole, its name carrying the namespace."""
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": metadata(install, cluster_name(install, name), namespaced=False),
        "rules": list(rules),
    }


def role_binding(install: Install, name: str, *subjects: tuple[str, str]) -> Manifest:
    """Binds a Role to accounts, each given as namespace and name."""
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": metadata(install, name),
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": name},
        "subjects": _accounts(subjects),
    }


def cluster_role_binding(install: Install, name: str, *subjects: tuple[str, str]) -> Manifest:
    """Binds a ClusterRole to accounts, each given as namespace and name."""
    full = cluster_name(install, name)
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": metadata(install, full, namespaced=False),
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": full},
        "subjects": _accounts(subjects),
    }


def image(install: Install, workload: Workload, component: str) -> str:
    """The image of a workload: what the stack says, or registry, component and version."""
    return workload.image or f"{install.image_registry}/{component}:{install.release.tag}"


def node_selector(workload: Workload) -> dict[str, str]:
    """Labels that a node must have. The images hold Linux programs only."""
    return {"kubernetes.io/os": "linux", **workload.node_selectors}


def pod_annotations(install: Install, workload: Workload) -> dict[str, str]:
    """Annotations of the pods; the stack's win.

    From 0.16 the metrics want TLS and a token, which a Prometheus that goes by annotations does
    not bring: there they would only advertise a target that refuses everybody.
    """
    annotations: dict[str, str] = {}
    if reads_config_map(install):
        annotations = {
            "prometheus.io/port": str(metrics_port(install).number),
            "prometheus.io/scrape": "true",
        }
    return annotations | workload.annotations


def pod_options(install: Install, workload: Workload) -> Manifest:
    """Those keys of a pod's spec that appear only when the stack sets them."""
    options: Manifest = {}
    if install.image_pull_secrets:
        options["imagePullSecrets"] = [{"name": name} for name in install.image_pull_secrets]
    if workload.priority_class_name is not None:
        options["priorityClassName"] = workload.priority_class_name
    return options | affinity(workload)


def affinity(workload: Workload) -> Manifest:
    """`{"affinity": ...}` of pods whose nodes have conditions beside labels, or nothing."""
    if not workload.match_expressions:
        return {}
    conditions = [each.to_manifest() for each in workload.match_expressions]
    required = {"nodeSelectorTerms": [{"matchExpressions": conditions}]}
    return {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    }


def seccomp(install: Install) -> Manifest:
    """`{"seccompProfile": ...}` of a pod's security context, or nothing."""
    return {} if install.seccomp is None else {"seccompProfile": {"type": str(install.seccomp)}}


def resources(wanted: Resources) -> Manifest:
    """`{"resources": ...}` of a container, or nothing."""
    parts = {"requests": dict(wanted.requests), "limits": dict(wanted.limits)}
    filled = {key: value for key, value in parts.items() if value}
    return {"resources": filled} if filled else {}


def tolerations(wanted: Iterable[Toleration]) -> list[Manifest]:
    """Tolerations as Kubernetes spells them, each one once."""
    result: list[Manifest] = []
    for item in wanted:
        manifest = {
            key: value
            for key, value in item.model_dump(by_alias=True).items()
            if value not in ("", None)
        }
        if manifest not in result:
            result.append(manifest)
    return result


def probes(install: Install, *, host_network: bool) -> Manifest:
    """Liveness and readiness probes of either workload.

    0.12.1 has no endpoint of its own for them and answers on its metrics. From 0.16 a speaker,
    which shares its node's network, answers on the loopback address alone.

    All ask by HTTP: the provider creates a Deployment client-side and previews its first change
    server-side, where the old kind of a probe would stand beside the new one, and the API server
    refuses two. `pulumi up` would end there.
    """
    if reads_config_map(install):
        port = metrics_port(install).name
        return {
            "livenessProbe": _probe({"path": "/metrics", "port": port}),
            "readinessProbe": _probe({"path": "/metrics", "port": port}),
        }
    if install.release.hides_health and not host_network:
        # What is left of 0.16.0 that a kubelet reaches and that answers without a token: a webhook
        # takes a request without a body as a bad one, with status 200.
        webhook = {"path": _ANSWERS_ALWAYS, "port": WEBHOOK_PORT_NAME, "scheme": "HTTPS"}
        return {"livenessProbe": _probe(webhook), "readinessProbe": _probe(webhook)}
    host = {"host": "127.0.0.1"} if host_network else {}
    return {
        "livenessProbe": _probe({"path": "/healthz", "port": HEALTH_PORT} | host),
        "readinessProbe": _probe({"path": "/readyz", "port": HEALTH_PORT} | host),
    }


def _probe(http_get: Manifest) -> Manifest:
    return {
        "httpGet": dict(http_get),
        "initialDelaySeconds": 10,
        "periodSeconds": 10,
        "timeoutSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def _accounts(subjects: Iterable[tuple[str, str]]) -> list[Manifest]:
    return [
        {"kind": "ServiceAccount", "name": name, "namespace": namespace}
        for namespace, name in subjects
    ]
