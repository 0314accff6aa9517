"""NetworkPolicies around the controller. Speakers use their nodes' network, which none reaches."""

from metallb.installation.names import (
    CONTROLLER,
    WEBHOOK_PORT_NAME,
    metrics_port,
    reads_config_map,
)
from metallb.installation.objects import Manifest, Manifests, metadata, pod_labels
from metallb.stackfile.install import Install

__all__ = ["network_policies"]

_API_VERSION = "networking.k8s.io/v1"
_BOTH = ["Ingress", "Egress"]


def network_policies(install: Install) -> Manifests:
    """A closed namespace, and what the controller needs through it; nothing unless it is set.

    Source: MetalLB v0.16.2 config/networkpolicies.
    """
    if not install.network_policy or reads_config_map(install):
        return ()
    return (_default_deny(install), _controller(install))


def _default_deny(install: Install) -> Manifest:
    return {
        "apiVersion": _API_VERSION,
        "kind": "NetworkPolicy",
        "metadata": metadata(install, "default-deny"),
        "spec": {"podSelector": {}, "policyTypes": _BOTH},
    }


def _controller(install: Install) -> Manifest:
    # The API server's network plugin decides how its calls look, so no peer is named here.
    ingress: list[Manifest] = [{"ports": [{"protocol": "TCP", "port": WEBHOOK_PORT_NAME}]}]
    if install.monitoring.service_monitor:
        # Kubernetes itself puts this label on every namespace (>= 1.21).
        home = {"kubernetes.io/metadata.name": install.monitoring.prometheus.namespace}
        ingress.append(
            {
                "from": [{"namespaceSelector": {"matchLabels": home}}],
                "ports": [{"protocol": "TCP", "port": metrics_port(install).name}],
            }
        )
    return {
        "apiVersion": _API_VERSION,
        "kind": "NetworkPolicy",
        "metadata": metadata(install, CONTROLLER, CONTROLLER),
        "spec": {
            "podSelector": {"matchLabels": pod_labels(CONTROLLER)},
            "policyTypes": _BOTH,
            "ingress": ingress,
            # The controller calls the API server alone. A policy sees the server's real
            # address and port, which differ from cluster to cluster (6443, 443, ...), so any TCP
            # port is open; UDP 53 is for clusters that tell their pods the server's name.
            "egress": [{"ports": [{"protocol": "TCP"}, {"protocol": "UDP", "port": 53}]}],
        },
    }
