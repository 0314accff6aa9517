"""From a manifest as plain data to a typed pulumi_kubernetes resource."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

__all__ = ["load_classes", "register"]


@cache
def load_classes() -> dict[tuple[str, str], Any]:
    """The classes by apiVersion and kind.

    Loaded at the first registration: the packages behind them take longer to import than everything
    else together, and a mistake in a stack file should be told before.
    """
    return {
        ("v1", "Namespace"): k8s.core.v1.Namespace,
        ("v1", "ServiceAccount"): k8s.core.v1.ServiceAccount,
        ("v1", "ConfigMap"): k8s.core.v1.ConfigMap,
        ("v1", "Secret"): k8s.core.v1.Secret,
        ("v1", "Service"): k8s.core.v1.Service,
        ("apps/v1", "Deployment"): k8s.apps.v1.Deployment,
        ("apps/v1", "DaemonSet"): k8s.apps.v1.DaemonSet,
        ("rbac.authorization.k8s.io/v1", "Role"): k8s.rbac.v1.Role,
        ("rbac.authorization.k8s.io/v1", "RoleBinding"): k8s.rbac.v1.RoleBinding,
        ("rbac.authorization.k8s.io/v1", "ClusterRole"): k8s.rbac.v1.ClusterRole,
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): k8s.rbac.v1.ClusterRoleBinding,
        ("networking.k8s.io/v1", "NetworkPolicy"): k8s.networking.v1.NetworkPolicy,
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
        ): k8s.apiextensions.v1.CustomResourceDefinition,
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
        ): k8s.admissionregistration.v1.ValidatingWebhookConfiguration,
        ("policy/v1beta1", "PodSecurityPolicy"): k8s.policy.v1beta1.PodSecurityPolicy,
    }


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
    typed = load_classes().get((api_version, kind))
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
