"""The Namespace in which MetalLB and its configuration live."""

from metallb.installation.objects import Manifests, metadata
from metallb.stackfile.install import Install

__all__ = ["namespace"]

_MODES = ("audit", "enforce", "warn")


def namespace(install: Install) -> Manifests:
    """The Namespace, open to speakers.

    A speaker uses its node's network and NET_RAW, which the `baseline` level of Pod Security
    Admission refuses (Kubernetes >= 1.25). So 0.12.1 gets the labels too, though MetalLB gave them
    to its Namespace only later (config/native/ns.yaml).
    """
    labels = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in _MODES}
    return (
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": metadata(install, install.namespace, namespaced=False, labels=labels),
        },
    )
