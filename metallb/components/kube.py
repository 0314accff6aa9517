"""From a manifest as plain data to a typed pulumi_kubernetes resource."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

__all__ = ["load_classes", "register"]

_PACKAGES = {
    "v1": "core.v1",
    "apps/v1": "apps.v1",
    "rbac.authorization.k8s.io/v1": "rbac.v1",
    "networking.k8s.io/v1": "networking.v1",
    "apiextensions.k8s.io/v1": "apiextensions.v1",
    "admissionregistration.k8s.io/v1": "admissionregistration.v1",
    "policy/v1beta1": "policy.v1beta1",
}
"""Packages of pulumi_kubernetes by apiVersion; other objects are custom resources."""


def _class_of(api_version: str, kind: str) -> Any:
    """The class of a kind; None for one that has no class of its own.

    Imported when the first object of its package is registered: these packages take longer to
    import than everything else together, no stack needs all of them, and a mistake in a stack file
    should be reported before.
    """
    package = _PACKAGES.get(api_version)
    if package is None:
        return None
    return getattr(import_module(f"pulumi_kubernetes.{package}"), kind)


def load_classes() -> None:
    """Import them all, for a caller that can't wait for it later."""
    for package in _PACKAGES.values():
        import_module(f"pulumi_kubernetes.{package}")


_FIELDS = {
    "data": "data",
    "metadata": "metadata",
    "roleRef": "role_ref",
    "rules": "rules",
    "spec": "spec",
    "stringData": "string_data",
    "subjects": "subjects",
    "type": "type",
    "webhooks": "webhooks",
}


def register(
    name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> pulumi.CustomResource:
    """One Kubernetes object. A kind without a class of its own is a CustomResource.

    Keys inside the manifest stay in Kubernetes' own spelling: pulumi_kubernetes translates Python
    names only, and sends the others as they are.
    """
    api_version = str(manifest["apiVersion"])
    kind = str(manifest["kind"])
    typed = _class_of(api_version, kind)
    if typed is None:
        rest = {key: value for key, value in manifest.items() if key in ("metadata", "spec")}
        resource: pulumi.CustomResource = k8s.apiextensions.CustomResource(
            name, api_version=api_version, kind=kind, opts=opts, **rest
        )
        return resource
    fields = {
        _FIELDS[key]: value for key, value in manifest.items() if key not in ("apiVersion", "kind")
    }
    typed_resource: pulumi.CustomResource = typed(name, opts=opts, **fields)
    return typed_resource
