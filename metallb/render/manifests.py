"""Writes objects as files: one an object, named so that the alphabet is the order to apply."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metallb.errors import RenderError, UsageError
from metallb.file_errors import is_wrong_path
from metallb.yaml_text import yaml_text

__all__ = ["MARKER", "write_manifests"]

MARKER = ".metallb-rendered"
"""Marks a folder as ours to clear: nothing is ever removed from a folder without it."""

_RANKS = (
    "Namespace",
    "CustomResourceDefinition",
    "PodSecurityPolicy",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
    "Service",
    "NetworkPolicy",
    # Before the controller: one that finds no pool takes the addresses from all Services.
    "IPAddressPool",
    "Deployment",
    "ValidatingWebhookConfiguration",
    "ServiceMonitor",
    "PrometheusRule",
    "BFDProfile",
    "Community",
    "BGPPeer",
    "BGPAdvertisement",
    # Last: speakers that replace older ones have their peers from the first moment.
    "DaemonSet",
)
_LEADING = {key: i for i, key in enumerate(("apiVersion", "kind", "metadata", "name"))}
_ENGINE_ANNOTATIONS = "pulumi.com/"


def write_manifests(
    objects: Iterable[Mapping[str, Any]], charts: Iterable[Mapping[str, Any]], folder: Path
) -> tuple[Path, ...]:
    """Write every object and remove files of an earlier run.

    :raises UsageError: the folder is not ours and not empty, or no folder to write into.
    :raises RenderError: the disk does not take it.
    """
    files: dict[str, str] = {}
    for item in objects:
        name = _file_name(item)
        if name in files:
            raise RenderError(
                where=name,
                rule="two objects of one kind have the same name",
                remedy="this is a defect: please report it with the stack file",
            )
        files[name] = _yaml(_without_engine_annotations(item))
    for chart in charts:
        files[f"000-helm-values-{chart.get('name', 'metallb')}.yaml"] = _yaml(
            chart.get("values") or {}
        )
    try:
        _clear(folder)
        paths = []
        for name, text in sorted(files.items()):
            path = folder / name
            path.write_text(text, encoding="utf-8")
            paths.append(path)
    except OSError as error:
        kind = UsageError if is_wrong_path(error) else RenderError
        raise kind(
            where=str(folder),
            seen=error.strerror or str(error),
            rule="the folder can be written",
            remedy="choose another with -o",
        ) from error
    return tuple(paths)


def _file_name(item: Mapping[str, Any]) -> str:
    kind = str(item["kind"])
    rank = _RANKS.index(kind) if kind in _RANKS else len(_RANKS)
    name = str(item["metadata"]["name"]).replace(":", "-")
    return f"{rank + 1:02d}0-{kind.lower()}-{name}.yaml"


def _yaml(value: Any) -> str:
    return yaml_text(_ordered(value))


def _without_engine_annotations(item: Mapping[str, Any]) -> dict[str, Any]:
    """Annotations that only the engine reads (waitFor) have no place in a file for others."""
    metadata = dict(item["metadata"])
    kept = {
        key: value
        for key, value in (metadata.get("annotations") or {}).items()
        if not key.startswith(_ENGINE_ANNOTATIONS)
    }
    metadata.pop("annotations", None)
    if kept:
        metadata["annotations"] = kept
    return {**item, "metadata": metadata}


def _ordered(value: Any) -> Any:
    """Keys in the order people know, the rest by the alphabet: a map on the wire has no order."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_LEADING.get(key, len(_LEADING)), key))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value


def _clear(folder: Path) -> None:
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise UsageError(
            where=str(folder),
            seen="files that this command did not write",
            rule="rendering replaces the whole folder",
            remedy="give an empty or a new folder with -o",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.yaml"):
        path.unlink()
    marker.write_text("Written by `python -m metallb render`; cleared by the next run.\n")
