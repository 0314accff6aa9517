"""Objects for the Prometheus operator and Grafana. Made only as far as the stack has them."""

from metallb.installation import dashboard, prometheus_rule
from metallb.installation.names import (
    CONTROLLER,
    METRICS_READER,
    SPEAKER,
    metrics_port,
    reads_config_map,
)
from metallb.installation.objects import (
    Manifest,
    Manifests,
    cluster_role,
    cluster_role_binding,
    metadata,
    pod_labels,
    role,
    role_binding,
    rule,
)
from metallb.stackfile.install import Install, Source

__all__ = ["JOB_LABEL", "NODE_RELABELING", "monitoring"]

JOB_LABEL = "app.kubernetes.io/name"
"""Label of the Service that becomes the `job` of its series: `metallb`, as with MetalLB's chart."""
NODE_RELABELING: Manifest = {
    "sourceLabels": ["__meta_kubernetes_pod_node_name"],
    "targetLabel": "node",
}
"""Names the node in every series: MetalLB's session metrics know the peer alone."""
_PROMETHEUS = "prometheus-k8s"
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path


def monitoring(install: Install) -> Manifests:
    """Services, ServiceMonitors and RBAC for scraping; the alerts; the dashboard.

    With source helm the chart makes all (`helm`) but the dashboard and Prometheus' right to read;
    with source existing nothing is made, since the names of the objects there are not known.
    Sources: MetalLB v0.12.1 manifests/prometheus-operator.yaml, v0.16.2 config/prometheus-native.
    """
    wanted = install.monitoring
    objects: list[Manifest] = []
    if install.source is Source.BUILTIN:
        if wanted.service_monitor:
            objects += _scraping(install)
        if wanted.prometheus_rule:
            objects.append(prometheus_rule.build(install))
    if install.source is Source.HELM and wanted.service_monitor:
        # The chart lets its processes check the reader, and gives no reader the right.
        objects += _reading(install)
    if wanted.dashboard and install.source is not Source.EXISTING:
        objects.append(dashboard.build(install))
    return tuple(objects)


def _account(install: Install) -> tuple[str, str]:
    return (install.monitoring.prometheus.namespace, install.monitoring.prometheus.name)


def _scraping(install: Install) -> list[Manifest]:
    account = _account(install)
    objects = [
        # Prometheus finds its targets.
        role(
            install,
            _PROMETHEUS,
            [
                rule("", "services endpoints pods", "get list watch"),
                rule("discovery.k8s.io", "endpointslices", "get list watch"),
            ],
        ),
        role_binding(install, _PROMETHEUS, account),
    ]
    if not reads_config_map(install):
        objects += _guard(install)
    for component in (CONTROLLER, SPEAKER):
        objects.append(_service(install, component))
        objects.append(_service_monitor(install, component))
    return objects


def _guard(install: Install) -> list[Manifest]:
    """From 0.16 both ends of a scrape need a right: MetalLB to ask, Prometheus to read.

    Source: controller-runtime pkg/metrics/filters, WithAuthenticationAndAuthorization.
    """
    return [
        cluster_role(
            install,
            "metrics-guard",
            [
                rule("authentication.k8s.io", "tokenreviews", "create"),
                rule("authorization.k8s.io", "subjectaccessreviews", "create"),
            ],
        ),
        cluster_role_binding(
            install,
            "metrics-guard",
            (install.namespace, CONTROLLER),
            (install.namespace, SPEAKER),
        ),
        *_reading(install),
    ]


def _reading(install: Install) -> list[Manifest]:
    """The right to read the metrics, for Prometheus and for the account whose tokens status shows.

    An account of its own: a pod that keeps such a token may read metrics with it, and nothing that
    Prometheus may.
    """
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(install, METRICS_READER),
            # No pod runs as it.
            "automountServiceAccountToken": False,
        },
        cluster_role(
            install,
            METRICS_READER,
            [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}],
        ),
        cluster_role_binding(
            install, METRICS_READER, _account(install), (install.namespace, METRICS_READER)
        ),
    ]


def _service(install: Install, component: str) -> Manifest:
    port = metrics_port(install)
    name = f"{component}-monitor-service"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(install, name, component, labels={"name": name}),
        "spec": {
            # No address of its own: every pod is a target.
            "clusterIP": "None",
            "ports": [{"name": port.name, "port": port.number, "targetPort": port.number}],
            "selector": pod_labels(component),
        },
    }


def _service_monitor(install: Install, component: str) -> Manifest:
    port = metrics_port(install)
    endpoint: Manifest = {
        "port": port.name,
        "scheme": port.scheme,
        "interval": install.monitoring.interval,
        # MetalLB's own `service` and `node` labels say more than the target's.
        "honorLabels": True,
        "relabelings": [NODE_RELABELING],
    }
    if port.scheme == "https":
        endpoint["bearerTokenFile"] = _TOKEN
        # Each process signs its own certificate when it starts, so there is no CA to check it
        # with. What is at stake is Prometheus' token, on the way to a pod of this namespace.
        endpoint["tlsConfig"] = {"insecureSkipVerify": True}
    name = f"{component}-monitor"
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(install, name, component, labels=install.monitoring.labels),
        "spec": {
            "endpoints": [endpoint],
            "jobLabel": JOB_LABEL,
            "namespaceSelector": {"matchNames": [install.namespace]},
            "selector": {"matchLabels": {"name": f"{component}-monitor-service"}},
        },
    }
