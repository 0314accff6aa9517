"""What lets the API server ask MetalLB whether an object of its configuration holds together."""

from metallb.installation.names import (
    CONTROLLER,
    WEBHOOK_CONFIGURATION,
    WEBHOOK_PORT,
    WEBHOOK_SECRET,
    WEBHOOK_SERVICE,
    WEBHOOK_SERVICE_PORT,
    reads_config_map,
)
from metallb.installation.objects import Manifest, Manifests, metadata, pod_labels
from metallb.routing.crds import GROUP
from metallb.stackfile.install import Install

__all__ = ["webhooks"]

_VALIDATED = (
    ("bgppeer", "bgppeers", "v1beta2", ("CREATE", "UPDATE")),
    # MetalLB looks at a profile's birth and at its end, not at its changes.
    ("bfdprofile", "bfdprofiles", "v1beta1", ("CREATE", "DELETE")),
    ("bgpadvertisement", "bgpadvertisements", "v1beta1", ("CREATE", "UPDATE")),
    ("community", "communities", "v1beta1", ("CREATE", "UPDATE")),
    ("ipaddresspool", "ipaddresspools", "v1beta1", ("CREATE", "UPDATE")),
    ("l2advertisement", "l2advertisements", "v1beta1", ("CREATE", "UPDATE")),
)
"""Singular, plural, version and operations (internal/k8s/webhooks, kubebuilder markers)."""
_NAMES = {"bgppeer": "bgppeersvalidationwebhook"}
"""Where MetalLB's manifests leave the pattern. Server-side apply merges webhooks by name: under
another one a cluster that had those manifests would call two webhooks for each peer."""


def webhooks(install: Install) -> Manifests:
    """Secret, Service and ValidatingWebhookConfiguration; nothing for releases without webhooks.

    The Secret has no data and the configuration no caBundle: the controller makes the certificate
    and fills in both (internal/k8s/webhook.go). They change under our eyes and stay the
    controller's; that the bundle is there is the sign that the certificate is made. That the
    webhooks listen is what the controller's startup probe shows.
    """
    if reads_config_map(install):
        return ()
    return (_secret(install), _service(install), _configuration(install))


def _secret(install: Install) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(install, WEBHOOK_SECRET, CONTROLLER),
        "type": "Opaque",
    }


def _service(install: Install) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(install, WEBHOOK_SERVICE, CONTROLLER),
        "spec": {
            "ports": [{"port": WEBHOOK_SERVICE_PORT, "targetPort": WEBHOOK_PORT}],
            "selector": pod_labels(CONTROLLER),
        },
    }


def _configuration(install: Install) -> Manifest:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": metadata(install, WEBHOOK_CONFIGURATION, CONTROLLER, namespaced=False),
        "webhooks": [
            {
                "name": f"{_NAMES.get(singular, f'{singular}validationwebhook')}.{GROUP}",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {
                    "service": {
                        "name": WEBHOOK_SERVICE,
                        "namespace": install.namespace,
                        "path": f"/validate-metallb-io-{version}-{singular}",
                    }
                },
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "rules": [
                    {
                        "apiGroups": [GROUP],
                        "apiVersions": [version],
                        "operations": list(operations),
                        "resources": [plural],
                    }
                ],
            }
            for singular, plural, version, operations in _VALIDATED
        ],
    }
