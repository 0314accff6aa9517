"""Writes an inventory as files: a folder for each phase, one object a file.

Folders and files are named so that the alphabet is the order in which to apply them. A chart is no
object: its values go into a file that neither kubectl nor a GitOps controller reads, with the other
arguments of `helm`.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.errors import RenderError, UsageError
from metallb.file_errors import cause_of, is_wrong_path
from metallb.inventory.installation import PlannedChart
from metallb.inventory.planned import Phase
from metallb.yaml_text import yaml_text

__all__ = ["MARKER", "RenderedObject", "Written", "folder_of", "write_manifests"]

MARKER = ".metallb-rendered"
"""Marks a folder as ours to clear: nothing is ever removed from a folder without it."""
_VALUES = ".values"
"""Ends the name of a chart's values, so that applying every *.yaml leaves it out."""
_OF_FORMER_RELEASES = ("install", "configuration", "helm")
"""Folders that former releases wrote."""

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
    "IPAddressPool",
    "Deployment",
    "ValidatingWebhookConfiguration",
    "ServiceMonitor",
    "PrometheusRule",
    "BFDProfile",
    "Community",
    "BGPPeer",
    "BGPAdvertisement",
    "DaemonSet",
)
_LEADING = {key: i for i, key in enumerate(("apiVersion", "kind", "metadata", "name"))}


@dataclass(frozen=True)
class RenderedObject:
    """One object, complete.

    :ivar secret: whether it holds a key.
    """

    phase: Phase
    manifest: Mapping[str, Any]
    secret: bool = False


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


def folder_of(phase: Phase, phases: tuple[Phase, ...]) -> str:
    """The folder of a phase, such as `2-pools`."""
    return f"{phases.index(phase) + 1}-{phase}"


def write_manifests(
    objects: Iterable[RenderedObject],
    chart: PlannedChart | None,
    folder: Path,
    phases: tuple[Phase, ...],
) -> Written:
    """Write every object and remove files of an earlier run.

    :param phases: the phases of the stack, in their order.
    :raises UsageError: the folder is not ours and not empty, or no folder to write into.
    :raises RenderError: the disk does not take it.
    """
    files: dict[Path, str] = {}
    secret: list[Path] = []
    for item in objects:
        name = Path(folder_of(item.phase, phases), _file_name(item.manifest))
        if name in files:
            raise RenderError(
                f"two objects have the file name {name}",
                code="E900",
                help="report it as a defect, with the stack file",
            )
        files[name] = _yaml(item.manifest)
        secret += [name] if item.secret else []
    values: dict[Path, str] = {}
    if chart is not None:
        name = Path(folder_of(chart.phase, phases), f"{chart.name}{_VALUES}")
        values[name] = _chart(chart, name)
        secret += [name] if chart.secret else []
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


def _chart(chart: PlannedChart, file: Path) -> str:
    """Values, and above them what is none of them: chart, version, repository, and the line."""
    line = ["helm", "upgrade", "--install", chart.name, chart.chart]
    for option, value in (
        ("--repo", chart.repository),
        ("--version", chart.version),
        ("--namespace", chart.namespace),
        ("--values", str(file)),
    ):
        line += [option, value] if value else []
    head = (
        f"# chart: {chart.chart}\n"
        f"# version: {chart.version}\n"
        f"# repository: {chart.repository or 'none, the chart is a path or an OCI reference'}\n"
        f"# From the folder above: {shlex.join(line)}\n"
    )
    return head + _yaml(chart.values)


def _file_name(item: Mapping[str, Any]) -> str:
    kind = str(item["kind"])
    rank = _RANKS.index(kind) if kind in _RANKS else len(_RANKS)
    name = str(item["metadata"]["name"]).replace(":", "-")
    return f"{rank + 1:02d}0-{kind.lower()}-{name}.yaml"


def _yaml(value: Any) -> str:
    return yaml_text(_ordered(value))


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
    written = [f"{number}-{phase}" for number in range(1, len(Phase) + 1) for phase in Phase]
    inside = [folder / name for name in (*written, *_OF_FORMER_RELEASES)]
    for parent in (folder, *inside):
        for path in (*parent.glob("*.yaml"), *parent.glob(f"*{_VALUES}")):
            path.unlink()
    for parent in inside:
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
    marker.write_text("Written by `python -m metallb render`; cleared by the next run.\n")
