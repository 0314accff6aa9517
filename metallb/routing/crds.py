"""The CustomResourceDefinitions of MetalLB's nine kinds, made from this package's models. Pure.

Whatever MetalLB 0.16 writes passes these schemas and keeps all its fields; texts, printer columns
and some wider bounds are ours (docs/deviations.md lists them).
Sources: MetalLB controller/main.go and internal/k8s/webhook.go (service and path of the
conversion); Kubernetes apiextensions/v1.
"""

from typing import Any

from metallb.releases import Release
from metallb.routing.crd_kinds import KINDS, Column, CrdKind, CrdVersion
from metallb.routing.schema import Schema, structural_schema

__all__ = ["CONVERSION_PATH", "GROUP", "WEBHOOK_SERVICE", "crd_manifests"]

GROUP = "metallb.io"
WEBHOOK_SERVICE = "metallb-webhook-service"
"""Service in front of the controller's webhooks (MetalLB controller/main.go, --cert-service-name).
It is here because the CRD of BGPPeer names it; `metallb.installation` makes it."""
CONVERSION_PATH = "/convert"


def crd_manifests(release: Release, namespace: str) -> tuple[dict[str, Any], ...]:
    """The nine CRDs as the release knows them, in the order of their names.

    `namespace` is where the conversion webhook's Service lives. The webhook's CA bundle is left
    out: MetalLB's controller makes the certificate and fills it in.
    """
    return tuple(_crd(kind, release, namespace) for kind in KINDS)


def _crd(kind: CrdKind, release: Release, namespace: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "group": GROUP,
        "names": {
            "kind": kind.kind,
            "listKind": f"{kind.kind}List",
            "plural": kind.plural,
            "singular": kind.singular,
        },
        "scope": "Namespaced",
        "versions": [_version(kind, version, release) for version in kind.versions],
    }
    if len(kind.versions) > 1:
        spec["conversion"] = {
            "strategy": "Webhook",
            "webhook": {
                "clientConfig": {
                    "service": {
                        "name": WEBHOOK_SERVICE,
                        "namespace": namespace,
                        "path": CONVERSION_PATH,
                    }
                },
                "conversionReviewVersions": [version.name for version in kind.versions],
            },
        }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}", "labels": {"app": "metallb"}},
        "spec": spec,
    }


def _version(kind: CrdKind, version: CrdVersion, release: Release) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "name": version.name,
        "served": True,
        "storage": version.storage,
        "schema": {"openAPIV3Schema": _object_schema(kind, version, release)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [_column(column) for column in version.columns],
    }
    if version.deprecation:
        manifest["deprecated"] = True
        manifest["deprecationWarning"] = version.deprecation
    return manifest


def _column(column: Column) -> dict[str, Any]:
    made = {"name": column.heading, "type": column.of_type, "jsonPath": column.path}
    return made | {"priority": column.priority} if column.priority else made


def _object_schema(kind: CrdKind, version: CrdVersion, release: Release) -> Schema:
    properties: Schema = {
        "apiVersion": {"type": "string", "description": "API group and version of the object."},
        "kind": {"type": "string", "description": "Kind of the object."},
        "metadata": {"type": "object"},
    }
    if version.spec is not None:
        properties["spec"] = structural_schema(version.spec, release)
    properties["status"] = structural_schema(version.status, release)
    schema: Schema = {"type": "object", "description": kind.about, "properties": properties}
    if version.spec_required:
        schema["required"] = ["spec"]
    return schema
