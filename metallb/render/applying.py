"""What applying the files of a stack would change in a cluster: a dry run of the apply."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import yaml

from metallb.problems.errors import UsageError
from metallb.problems.escape import one_line, quoted
from metallb.render.comparing import Difference, What, text_differences
from metallb.render.manifests import FileSet, manifest_text
from metallb.stackfile.grammar import is_label_value
from metallb.status.calls import answers
from metallb.status.object_paths import ObjectPaths, Reader

__all__ = ["Applied", "cluster_differences"]

_AT_ONCE = 8
_OF_SERVER = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""What the API server writes into metadata by itself."""
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_Loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader


class Applied(Reader, Protocol):
    """What the comparison needs of a cluster."""

    def apply_dry_run(
        self, path: str, manifest: str, manager: str
    ) -> tuple[int, dict[str, Any] | str]:
        """What an apply would make of an object, or the reason of a refusal."""


def cluster_differences(cluster: Applied, files: FileSet, manager: str) -> tuple[Difference, ...]:
    """From the cluster to what applying the files would make of it.

    Objects that are there and in no file stay when files are applied, and are not named. A file
    that may hold a key is named without its lines.

    :param manager: the field manager of the apply: fields of others stay.
    :raises EngineError: the API server does not answer, or the user lacks a right.
    :raises UsageError: the manager is no name of one.
    """
    if not (manager and is_label_value(manager)):
        raise UsageError(
            f"{quoted(manager)} is not the name of a field manager",
            location=("--field-manager",),
            help="write a name such as kubectl or kustomize-controller",
        )
    names = files.manifests
    paths = ObjectPaths(cluster)

    manifests = {
        name: yaml.load(files.files[name].data, Loader=_Loader)  # noqa: S506 - a safe loader
        for name in names
    }
    for version in {str(each["apiVersion"]) for each in manifests.values()}:
        paths.know(version)

    def compared(name: str) -> tuple[Difference, ...]:
        manifest = manifests[name]
        path = paths.of(manifest)
        live = cluster.read(path) if path else None
        if live is None:
            missing = Difference(what=What.MISSING, file=name, summary=f"to be created: {name}")
            return (missing,)
        private = files.files[name].private
        status, made = cluster.apply_dry_run(path, json.dumps(manifest), manager)
        if isinstance(made, str):
            why = f"{status}" if private else one_line(made)
            summary = f"the API server refuses it: {name}: {why}"
            return (Difference(what=What.REFUSED, file=name, summary=summary),)
        texts = (manifest_text(_without_the_servers(each)) for each in (live, made))
        return tuple(text_differences(name, *texts, private=private))

    found = dict(answers(names, compared, at_once=_AT_ONCE))
    return tuple(each for name in names for each in found[name])


def _without_the_servers(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what is not applied: its state, and the server's own metadata."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in _OF_SERVER}
    notes = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != _LAST_APPLIED}
    metadata.pop("annotations", None)
    if notes:
        metadata["annotations"] = notes
    rest = {key: value for key, value in item.items() if key != "status"}
    return {**rest, "metadata": metadata}
