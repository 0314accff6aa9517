"""The CustomResourceDefinitions of MetalLB's nine kinds, as metallb/routing/crds.json has them.

Whatever MetalLB 0.16 writes passes these schemas and keeps all its fields; texts, printer columns
and some wider bounds are ours (docs/deviations.md lists them). Each property that some releases
lack says so by `since`, and the namespace of the conversion webhook is empty:
`metallb.routing.crds` makes a release's CRDs of it.
Sources: MetalLB controller/main.go and internal/k8s/webhook.go (service and path of the
conversion); Kubernetes apiextensions/v1.
"""

import json
from typing import Any

from metallb.routing.crds import CONVERSION_PATH, GROUP, WEBHOOK_SERVICE
from tools.crds.kinds import KINDS, Column, CrdKind, CrdVersion
from tools.crds.schema import Schema, structural_schema

__all__ = ["crds_text"]


def crds_text() -> str:
    """The whole file: a JSON list of the CRDs, in the order of their names."""
    return json.dumps([_crd(kind) for kind in KINDS], indent=1, ensure_ascii=False) + "\n"


def _crd(kind: CrdKind) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "group": GROUP,
        "names": {
            "kind": kind.kind,
            "listKind": f"{kind.kind}List",
            "plural": kind.plural,
            "singular": kind.singular,
        },
        "scope": "Namespaced",
        "versions": [_version(kind, version) for version in kind.versions],
    }
    if len(kind.versions) > 1:
        service = {"name": WEBHOOK_SERVICE, "namespace": "", "path": CONVERSION_PATH}
        spec["conversion"] = {
            "strategy": "Webhook",
            "webhook": {
                "clientConfig": {"service": service},
                "conversionReviewVersions": [version.name for version in kind.versions],
            },
        }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}", "labels": {"app": "metallb"}},
        "spec": spec,
    }


def _version(kind: CrdKind, version: CrdVersion) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "name": version.name,
        "served": True,
        "storage": version.storage,
        "schema": {"openAPIV3Schema": _object_schema(kind, version)},
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


def _object_schema(kind: CrdKind, version: CrdVersion) -> Schema:
    properties: Schema = {
        "apiVersion": {"type": "string", "description": "API group and version of the object."},
        "kind": {"type": "string", "description": "Kind of the object."},
        "metadata": {"type": "object"},
    }
    if version.spec is not None:
        properties["spec"] = structural_schema(version.spec)
    properties["status"] = structural_schema(version.status)
    schema: Schema = {"type": "object", "description": kind.about, "properties": properties}
    if version.spec_required:
        schema["required"] = ["spec"]
    return schema
