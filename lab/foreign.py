"""Stand-ins for kinds that other products define, such as the Prometheus operator's.

Their schemas take everything: what they mean is those products' business. Without them the API
server would not know the kind, and the rendered object could not be tested at all.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.api import Object

_GROUPS = {"monitoring.coreos.com"}


def definitions(objects: Iterable[Object]) -> list[Object]:
    """A CRD for every foreign kind among some objects."""
    kinds = {(obj["apiVersion"], obj["kind"]) for obj in objects}
    return [
        definition(version, kind)
        for version, kind in sorted(kinds)
        if version.partition("/")[0] in _GROUPS
    ]


def definition(
    version: str, kind: str, *, scope: str = "Namespaced", with_status: bool = False
) -> Object:
    """A CRD of one kind whose schema takes everything."""
    group, _, name = version.partition("/")
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served: Object = {
        "name": name,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    if with_status:
        served["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [served],
        },
    }
