"""A configuration from objects of a cluster, of a state or of the engine's events. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from metallb.installation.names import SPEAKER
from metallb.problems.errors import ConfigError, MetalLBError
from metallb.routing import IPAddressPool, RoutingConfig
from metallb.routing.configmap import CONFIGMAP_KEY, CONFIGMAP_NAME, parse_configmap
from metallb.routing.custom_resources import parse_manifests
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["labels_of", "routing_of", "template_of"]


def routing_of(objects: Iterable[Mapping[str, Any]], source: str) -> RoutingConfig:
    """What these objects configure; other objects are passed over.

    :param source: what messages call where they are from.
    :raises ConfigError: they can't be read, such as a ConfigMap that is encrypted.
    """
    listed = sorted((_cleaned(each) for each in objects), key=_by_name)
    found = parse_manifests(listed, where=source)
    if found.peers or found.pools:
        return found
    for each in listed:
        metadata = each.get("metadata")
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        data = each.get("data")
        if each.get("kind") != "ConfigMap" or name != CONFIGMAP_NAME:
            continue
        text = data.get(CONFIGMAP_KEY) if isinstance(data, Mapping) else None
        if not isinstance(text, str):
            raise _unreadable(source)
        try:
            document = parse_yaml(text, where=source, spelled=True, aliases=True) or {}
            return parse_configmap(document, where=source)
        except MetalLBError as error:
            raise _unreadable(source) from error
    return found


def labels_of(objects: Iterable[Mapping[str, Any]]) -> Mapping[str, Mapping[str, str]]:
    """Labels of the pools among these objects, by their names."""
    found: dict[str, Mapping[str, str]] = {}
    for each in objects:
        metadata = each.get("metadata")
        if each.get("kind") == IPAddressPool.kind and isinstance(metadata, Mapping):
            labels = metadata.get("labels")
            found[str(metadata.get("name"))] = labels if isinstance(labels, Mapping) else {}
    return found


def template_of(objects: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The Pod template of the speakers among these objects; None where they have none."""
    for each in objects:
        if each.get("kind") == "DaemonSet" and (each.get("metadata") or {}).get("name") == SPEAKER:
            template = (each.get("spec") or {}).get("template")
            return template if isinstance(template, Mapping) else None
    return None


def _by_name(each: Mapping[str, Any]) -> tuple[str, str]:
    """Objects come in any order, and the same ones show the same."""
    metadata = each.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return str(each.get("kind")), str(name)


def _cleaned(each: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without empty texts, which an API server fills in for what is left out."""
    spec = each.get("spec")
    if not isinstance(spec, Mapping) or not str(each.get("apiVersion", "")).startswith(
        "metallb.io"
    ):
        return each
    kept = {key: value for key, value in spec.items() if value not in ("", {}, None)}
    return {**each, "spec": kept}


def _unreadable(source: str) -> ConfigError:
    return ConfigError(
        f"the configuration of {source} can't be read",
        code="E201",
        detail="A ConfigMap with a key is encrypted in a state.",
        help="compare with the former stack file: --against git:REV or FILE",
    )
