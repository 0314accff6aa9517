"""Names, ports and labels that MetalLB itself relies on, each with the place that fixes it.

Nothing here may be renamed freely: a controller looks for its Deployment, its webhook secret and
its webhook configuration by exactly these names.
Sources are files of MetalLB v0.16.2 unless another tag is named.
"""

from dataclasses import dataclass

from metallb.releases import ConfigFormat
from metallb.routing.base import OWN_LABELS
from metallb.routing.crds import WEBHOOK_SERVICE
from metallb.stackfile.install import Install

__all__ = [
    "APP_LABEL",
    "COMPONENT_LABEL",
    "CONFIG_MAP",
    "CONTROLLER",
    "EXCLUDE_L2_CONFIG_MAP",
    "HEALTH_PORT",
    "INTERFACES_LEFT_OUT",
    "MANAGED_BY",
    "MANAGED_BY_LABEL",
    "MEMBERLIST_CONFIG_MAP",
    "MEMBERLIST_KEY",
    "MEMBERLIST_PORT",
    "MEMBERLIST_SECRET",
    "METRICS_READER",
    "SPEAKER",
    "WEBHOOK_CONFIGURATION",
    "WEBHOOK_PORT",
    "WEBHOOK_PORT_NAME",
    "WEBHOOK_SECRET",
    "WEBHOOK_SERVICE",
    "WEBHOOK_SERVICE_PORT",
    "MetricsPort",
    "cluster_name",
    "metrics_port",
    "reads_config_map",
]

CONTROLLER = "controller"
"""Deployment, ServiceAccount, container and `component` label (METALLB_DEPLOYMENT names it)."""
SPEAKER = "speaker"
"""DaemonSet, ServiceAccount, container and `component` label (METALLB_ML_LABELS looks for it)."""
APP_LABEL = "app"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY = OWN_LABELS[MANAGED_BY_LABEL]
COMPONENT_LABEL = "component"

CONFIG_MAP = "config"
"""ConfigMap that 0.12 reads; the `--config` argument names it."""
MEMBERLIST_SECRET = "memberlist"  # noqa: S105 - the name of an object
"""Secret with the speakers' common key; METALLB_ML_SECRET_NAME names it for the controller."""
MEMBERLIST_KEY = "secretkey"
"""Key in that Secret (internal/k8s/k8s.go, MLSecretKeyName)."""
MEMBERLIST_PORT = 7946
"""TCP and UDP (speaker/main.go, default of --ml-bindport)."""
MEMBERLIST_CONFIG_MAP = "metallb-memberlist-config"
"""Optional ConfigMap with timers for memberlist; made by a person who needs other ones."""
EXCLUDE_L2_CONFIG_MAP = "metallb-excludel2"
"""ConfigMap with the interfaces that are never announced on in layer 2 mode."""

METRICS_READER = "metrics-reader"
"""Our own ServiceAccount in MetalLB's namespace, which may read metrics and nothing else: `status`
shows a short-lived token of it to the speakers."""
WEBHOOK_SECRET = "metallb-webhook-cert"  # noqa: S105 - the name of an object
"""Secret that the controller fills (controller/main.go, default of --webhook-secret)."""
WEBHOOK_CONFIGURATION = "metallb-webhook-configuration"
"""ValidatingWebhookConfiguration whose caBundle the controller fills (internal/k8s/k8s.go, a
constant: so a cluster holds one MetalLB)."""
WEBHOOK_SERVICE_PORT = 443
WEBHOOK_PORT = 9443
"""Port of the controller's webhook server (internal/k8s/k8s.go)."""
WEBHOOK_PORT_NAME = "webhook-server"
HEALTH_PORT = 17472
"""Port of /healthz and /readyz (internal/k8s/k8s.go, DefaultHealthProbePort)."""
INTERFACES_LEFT_OUT = (
    "^docker.*",
    "^cbr.*",
    "^dummy.*",
    "^virbr.*",
    "^lxcbr.*",
    "^veth.*",
    "^lo$",
    "^cali.*",
    "^tunl.*",
    "^flannel.*",
    "^kube-ipvs.*",
    "^cni.*",
    "^nodelocaldns.*",
    "^lxc.*",
)
"""Interfaces of container networks, on which speakers answer for no address
(config/native/exclude-l2-config.yaml)."""


@dataclass(frozen=True)
class MetricsPort:
    """Where a workload shows its metrics."""

    name: str
    number: int
    scheme: str


_PLAIN = MetricsPort("monitoring", 7472, "http")
"""v0.12.1, manifests/metallb.yaml: every client may read."""
_GUARDED = MetricsPort("metricshttps", 9120, "https")
"""Since 0.16.0: TLS, and the API server authenticates and authorizes the reader."""


def reads_config_map(install: Install) -> bool:
    """Whether this release is of the ConfigMap age: no CRDs, no webhooks, plain metrics."""
    return install.release.format is ConfigFormat.CONFIGMAP


def metrics_port(install: Install) -> MetricsPort:
    """Port, name and scheme of the release's metrics; the same for both workloads."""
    return _PLAIN if reads_config_map(install) else _GUARDED


def cluster_name(install: Install, name: str) -> str:
    """Name of a cluster-wide object: MetalLB's own spelling, namespace and colon in front."""
    return f"{install.namespace}:{name}"
