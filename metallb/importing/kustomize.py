"""Kustomizations: they are not applied here, but which files they patch with is read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metallb.problems.errors import ConfigError
from metallb.stackfile.files import read_text
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["is_kustomization", "patches_of"]

_NAMES = ("kustomization.yaml", "kustomization.yml")
_LISTS = ("patches", "patchesJson6902", "patchesStrategicMerge")


def is_kustomization(path: Path) -> bool:
    """Whether kustomize looks for a file of this name."""
    return path.name in _NAMES


def patches_of(path: Path) -> Iterator[Path]:
    """The files that a Kustomization patches with."""
    try:
        document = parse_yaml(read_text(path), where=str(path), aliases=True)
    except ConfigError:
        return
    if isinstance(document, Mapping):
        for key in _LISTS:
            for entry in _entries(document.get(key)):
                named = entry.get("path") if isinstance(entry, Mapping) else entry
                if isinstance(named, str) and "\n" not in named:
                    yield (path.parent / named).resolve()


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
