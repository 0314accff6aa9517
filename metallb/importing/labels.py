"""Labels and annotations that say who applied an object, and those that a person gave it."""

from collections.abc import Mapping
from typing import Any

__all__ = ["of_persons"]

_OF_APPLIERS = (
    "kubectl.kubernetes.io/",
    "app.kubernetes.io/",
    "helm.sh/",
    "meta.helm.sh/",
    "helm.toolkit.fluxcd.io/",
    "kustomize.toolkit.fluxcd.io/",
    "argocd.argoproj.io/",
    "objectset.rio.cattle.io/",
)
"""Begin keys in which programs that apply objects note down that they did."""
_OWN = ("app", "metallb")
"""A label that this program gives its objects, as MetalLB's manifests do."""


def of_persons(found: Mapping[Any, Any]) -> dict[str, str]:
    """The others: no program that applies the object will write them anew."""
    return {
        str(key): str(value)
        for key, value in sorted(found.items(), key=lambda each: str(each[0]))
        if not str(key).startswith(_OF_APPLIERS) and (key, value) != _OWN
    }
