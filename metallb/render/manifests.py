"""The files of an inventory: a folder for each phase, one object a file.

Folders and files are named so that the alphabet is the order in which to apply them. A chart is no
object: its values go into a file that neither kubectl nor a GitOps controller reads, with the other
arguments of `helm`. What holds a key is in a folder of its own inside its phase's, whose name keeps
that order.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from metallb.inventory.installation import PlannedChart
from metallb.inventory.planned import Phase
from metallb.problems.errors import RenderError
from metallb.problems.escape import visible
from metallb.writing.sets import SetFile
from metallb.yaml_text.writer import yaml_text

__all__ = [
    "KUSTOMIZATION",
    "SECRETS",
    "FileSet",
    "RenderedObject",
    "files_of",
    "folder_of",
    "manifest_text",
]

SECRETS = "090-secrets"
"""Folder of files that hold a key: behind the namespace, in front of peers, as Secrets are."""
KUSTOMIZATION = "kustomization.yaml"
_ALSO_KUSTOMIZATIONS = ("kustomization.yml", "Kustomization")
"""Other names that kustomize takes; it refuses a folder with two."""
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


@dataclass
class FileSet:
    """Every file of a stack.

    :ivar files: by path in the folder.
    :ivar manifests: paths of Kubernetes objects.
    :ivar charts: paths of values of Helm charts.
    """

    files: dict[str, SetFile] = field(default_factory=dict)
    manifests: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)

    @property
    def with_keys(self) -> list[str]:
        """Paths of those that hold a key in clear text or base64."""
        return sorted(name for name, each in self.files.items() if each.private)


def folder_of(phase: Phase, phases: tuple[Phase, ...]) -> str:
    """The folder of a phase, such as `2-pools`."""
    return f"{phases.index(phase) + 1}-{phase}"


def files_of(
    objects: Iterable[RenderedObject],
    chart: PlannedChart | None,
    phases: tuple[Phase, ...],
    *,
    kustomization: bool = False,
) -> FileSet:
    """The files of objects and chart.

    :param phases: the phases of the stack, in their order.
    :param kustomization: also a file for kustomize in each folder with objects.
    """
    made = FileSet()
    for item in objects:
        folder = folder_of(item.phase, phases)
        name = _path(folder, _file_name(item.manifest), secret=item.secret)
        if name in made.files:
            raise RenderError(
                f"two objects have the file name {name}",
                code="E900",
                help="report it as a defect, with the stack file",
            )
        made.files[name] = SetFile(manifest_text(item.manifest).encode(), private=item.secret)
        made.manifests.append(name)
    if chart is not None:
        folder = folder_of(chart.phase, phases)
        name = _path(folder, f"{chart.name}{_VALUES}", secret=chart.secret)
        made.files[name] = SetFile(_chart(chart, name).encode(), private=chart.secret)
        made.charts.append(name)
    made.manifests.sort()
    if kustomization:
        made.files.update(_kustomizations(made.manifests))
    return made


def _path(folder: str, name: str, *, secret: bool) -> str:
    return "/".join((folder, SECRETS, name) if secret else (folder, name))


def _kustomizations(manifests: list[str]) -> dict[str, SetFile]:
    """A file for kustomize in each phase's folder, which a person's own stands in for."""
    resources: dict[str, list[str]] = {}
    for name in manifests:
        folder, _, inside = name.partition("/")
        resources.setdefault(folder, []).append(inside)
    head = "# Made by `metallb render`. Once it is changed it is yours, and render leaves it.\n"
    api = "kustomize.config.k8s.io/v1beta1"
    return {
        f"{folder}/{KUSTOMIZATION}": SetFile(
            (
                head + yaml_text({"apiVersion": api, "kind": "Kustomization", "resources": listed})
            ).encode(),
            yields=True,
            instead_of=_ALSO_KUSTOMIZATIONS,
        )
        for folder, listed in resources.items()
    }


def _chart(chart: PlannedChart, file: str) -> str:
    """Values, and above them what is none of them: chart, version, repository, and the line."""
    line = ["helm", "upgrade", "--install", chart.name, chart.chart]
    for option, value in (
        ("--repo", chart.repository),
        ("--version", chart.version),
        ("--namespace", chart.namespace),
        ("--values", file),
    ):
        line += [option, value] if value else []
    head = (
        f"chart: {chart.chart}",
        f"version: {chart.version}",
        f"repository: {chart.repository or 'none, the chart is a path or an OCI reference'}",
        f"From the folder above: {shlex.join(line)}",
    )
    # On one line each: what follows a line break would be a value.
    return "".join(f"# {visible(each)}\n" for each in head) + manifest_text(chart.values)


def _file_name(item: Mapping[str, Any]) -> str:
    kind = str(item["kind"])
    rank = _RANKS.index(kind) if kind in _RANKS else len(_RANKS)
    name = str(item["metadata"]["name"]).replace(":", "-")
    return f"{rank + 1:02d}0-{kind.lower()}-{name}.yaml"


def manifest_text(value: Any) -> str:
    """A manifest as it is written: keys in the order people know."""
    return yaml_text(_ordered(value))


def _ordered(value: Any) -> Any:
    """Keys in the order people know, the rest by the alphabet: a map on the wire has no order."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_LEADING.get(key, len(_LEADING)), key))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value
