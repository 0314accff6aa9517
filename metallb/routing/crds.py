"""The CustomResourceDefinitions of MetalLB's nine kinds. Pure.

They are made from this room's models, by `python -m tools.docs crds`, and kept in crds.json: making
them takes a good part of the time of a small update.
"""

import json
from importlib.resources import files
from typing import Any

from metallb.releases import Release, parse_release

__all__ = ["CONVERSION_PATH", "GROUP", "WEBHOOK_SERVICE", "crd_fields", "crd_manifests"]

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

    def known(node: dict[str, Any]) -> dict[str, Any] | None:
        # Innermost first: what the release lacks is None by the time its parent is reached.
        since = node.get("since")
        if isinstance(since, str):
            if parse_release(since) > release:
                return None
            del node["since"]
        return {key: value for key, value in node.items() if value is not None}

    found: list[dict[str, Any]] = json.loads(_text(), object_hook=known)
    for crd in found:
        if conversion := crd["spec"].get("conversion"):
            conversion["webhook"]["clientConfig"]["service"]["namespace"] = namespace
    return tuple(found)


def crd_fields(kind: str, version: str) -> frozenset[str]:
    """The fields of the spec of a kind in one version of it, by their names in custom resources."""
    (spec,) = (
        each["schema"]["openAPIV3Schema"]["properties"]["spec"]
        for crd in json.loads(_text())
        if crd["spec"]["names"]["kind"] == kind
        for each in crd["spec"]["versions"]
        if each["name"] == version
    )
    return frozenset(spec["properties"])


def _text() -> str:
    return files(__package__).joinpath("crds.json").read_text(encoding="utf-8")
