"""The Secret by which speakers recognise each other (HashiCorp memberlist's key)."""

from typing import Any

from metallb.installation.names import MEMBERLIST_KEY, MEMBERLIST_SECRET, SPEAKER
from metallb.installation.objects import Manifests, metadata
from metallb.stackfile.install import Install

__all__ = ["memberlist"]


def memberlist(install: Install, value: Any) -> Manifests:
    """The Secret with this value, which is placed and never looked at (it may be an Output).

    Not needed for a first start: MetalLB's controller makes the Secret when it is absent, owned by
    its Deployment, and leaves an existing one alone (internal/k8s/k8s.go, CreateMlSecret). This one
    has no owner, so it outlives a replaced Deployment.
    """
    return (
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata(install, MEMBERLIST_SECRET, SPEAKER),
            "type": "Opaque",
            "stringData": {MEMBERLIST_KEY: value},
        },
    )
