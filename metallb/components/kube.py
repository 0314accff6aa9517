"""From a planned object, or a manifest, to a typed pulumi_kubernetes resource."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from metallb.components.base import MetalLBComponent
from metallb.inventory.planned import PlannedObject
from metallb.platforms.facts import PlatformFacts

__all__ = ["WAIT_FOR", "load_classes", "register", "register_planned"]

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
    "automountServiceAccountToken": "automount_service_account_token",
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


WAIT_FOR = "pulumi.com/waitFor"
"""Annotation with the condition that the engine waits for."""
_SKIP_AWAIT = "pulumi.com/skipAwait"


def register_planned(
    component: MetalLBComponent,
    planned: PlannedObject,
    after: Sequence[Any],
    *,
    awaits: bool = True,
) -> pulumi.CustomResource:
    """An object whose body depends on no facts, named by its kind and name within a component.

    :param awaits: whether the engine waits for the object's own condition.
    """
    manifest = planned.manifest(PlatformFacts())
    annotations = dict(planned.annotations)
    if planned.options.waits_for and awaits:
        annotations[WAIT_FOR] = planned.options.waits_for
    if planned.options.skips_await:
        annotations[_SKIP_AWAIT] = "true"
    if annotations:
        manifest["metadata"] = {**manifest["metadata"], "annotations": annotations}
    name = component.child_name(planned.kind.lower(), planned.name)
    return register(name, manifest, component.child(depends_on=list(after)))


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
