"""Writes objects as files: one an object, named so that the alphabet is the order to apply.

A chart is no object: its values go into a file that neither kubectl nor a GitOps controller reads,
with the other arguments of `helm`.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.errors import RenderError, UsageError
from metallb.file_errors import cause_of, is_wrong_path
from metallb.manifests.names import CONFIG_MAP
from metallb.routing.custom_resources import PASSWORD_SECRET_TYPE
from metallb.yaml_text import yaml_text

__all__ = ["CONFIGURATION", "HELM", "INSTALL", "MARKER", "Written", "write_manifests"]

MARKER = ".metallb-rendered"
"""Marks a folder as ours to clear: nothing is ever removed from a folder without it."""

INSTALL, CONFIGURATION = "install", "configuration"
"""Folders of the two halves: MetalLB itself, and its configuration, which its webhooks validate."""
HELM = "helm"
"""Folder of what `helm` reads."""
_VALUES = ".values"
"""Ends the name of a chart's values, so that applying every *.yaml leaves it out."""

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
    # Last: speakers that replace older ones have their peers from the start.
    "DaemonSet",
)
_LEADING = {key: i for i, key in enumerate(("apiVersion", "kind", "metadata", "name"))}
_ENGINE_ANNOTATIONS = "pulumi.com/"


@dataclass(frozen=True)
class Written:
    """Paths of what was written.

    :ivar manifests: one Kubernetes object each.
    :ivar charts: values of Helm charts, one chart each.
    :ivar with_keys: those of both that hold a key in clear text or base64.
    """

    manifests: tuple[Path, ...]
    charts: tuple[Path, ...]
    with_keys: tuple[Path, ...]


def write_manifests(
    objects: Iterable[Mapping[str, Any]],
    charts: Iterable[Mapping[str, Any]],
    folder: Path,
    *,
    with_keys: Sequence[Mapping[str, Any]] = (),
    split: bool = False,
) -> Written:
    """Write every object and remove files of an earlier run.

    :param with_keys: those of the objects and charts that hold a key.
    :param split: MetalLB itself and its configuration go into a folder each.
    :raises UsageError: the folder is not ours and not empty, or no folder to write into.
    :raises RenderError: the disk does not take it.
    """
    files: dict[Path, str] = {}
    secret: list[Path] = []
    for item in objects:
        half = (CONFIGURATION if _is_configuration(item) else INSTALL) if split else ""
        name = Path(half, _file_name(item))
        if name in files:
            raise RenderError(
                f"two objects have the file name {name}",
                code="E900",
                help="report it as a defect, with the stack file",
            )
        files[name] = _yaml(_without_engine_annotations(item))
        secret += [name] if any(item is each for each in with_keys) else []
    values: dict[Path, str] = {}
    for chart in charts:
        name = Path(HELM, f"{chart.get('name', 'metallb')}{_VALUES}")
        values[name] = _chart(chart)
        secret += [name] if any(chart is each for each in with_keys) else []
    try:
        _clear(folder)
        for name, text in sorted({**files, **values}.items()):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        kind = UsageError if is_wrong_path(error) else RenderError
        raise kind(
            f"cannot write to {folder}: {cause_of(error)}",
            code="E203",
            help="choose another folder with -o",
        ) from error
    return Written(
        manifests=tuple(folder / name for name in sorted(files)),
        charts=tuple(folder / name for name in sorted(values)),
        with_keys=tuple(folder / name for name in sorted(secret)),
    )


def _is_configuration(item: Mapping[str, Any]) -> bool:
    """Whether an object configures MetalLB, rather than being a part of it."""
    if item["kind"] == "ConfigMap":
        return bool(item["metadata"]["name"] == CONFIG_MAP)
    # Secrets of MD5 keys have the type that MetalLB requires, and no other Secret has it.
    return str(item["apiVersion"]).startswith("metallb.io/") or (
        item["kind"] == "Secret" and item.get("type") == PASSWORD_SECRET_TYPE
    )


def _chart(chart: Mapping[str, Any]) -> str:
    """Values, and above them what is none of them: chart, version, repository, and the line."""
    name = str(chart.get("name", "metallb"))
    repository = (chart.get("repositoryOpts") or {}).get("repo")
    line = ["helm", "upgrade", "--install", name, str(chart.get("chart"))]
    for option, value in (
        ("--repo", repository),
        ("--version", chart.get("version")),
        ("--namespace", chart.get("namespace")),
        ("--values", f"{HELM}/{name}{_VALUES}"),
    ):
        line += [option, str(value)] if value else []
    head = (
        f"# chart: {chart.get('chart')}\n"
        f"# version: {chart.get('version')}\n"
        f"# repository: {repository or 'none, the chart is a path or an OCI reference'}\n"
        f"# From the folder above: {shlex.join(line)}\n"
    )
    return head + _yaml(chart.get("values") or {})


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
            f"{folder} has files that render did not write",
            code="E204",
            detail="Rendering replaces the whole folder.",
            help=f"give an empty or a new folder, such as -o {folder / 'NAME'}",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path in [
        *folder.glob("*.yaml"),
        *(each for half in (INSTALL, CONFIGURATION) for each in (folder / half).glob("*.yaml")),
        *(folder / HELM).glob(f"*{_VALUES}"),
    ]:
        path.unlink()
    for name in (INSTALL, CONFIGURATION, HELM):
        if (folder / name).is_dir() and not any((folder / name).iterdir()):
            (folder / name).rmdir()
    marker.write_text("Written by `python -m metallb render`; cleared by the next run.\n")
