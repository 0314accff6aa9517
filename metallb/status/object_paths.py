"""Where the API server has an object, by its own list of kinds."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote

__all__ = ["ObjectPaths", "Reader"]


class Reader(Protocol):
    """What is needed of a cluster."""

    def read(self, path: str) -> dict[str, Any] | None:
        """One object, or a list that has no pages; None where there is none."""


class ObjectPaths:
    """API paths of objects. Each list of kinds is read once, when an object needs it."""

    def __init__(self, cluster: Reader) -> None:
        @cache
        def kinds(version: str) -> Sequence[Mapping[str, Any]]:
            return tuple((cluster.read(_root(version)) or {}).get("resources") or ())

        self._kinds = kinds

    def know(self, version: str) -> None:
        """Read the list of an apiVersion, before several calls run at a time."""
        self._kinds(version)

    def of(self, manifest: Mapping[str, Any]) -> str:
        """Path of an object; empty where the cluster has no such kind.

        :param manifest: with apiVersion, kind and metadata.
        """
        version, kind, metadata = (manifest[key] for key in ("apiVersion", "kind", "metadata"))
        known = next(
            (e for e in self._kinds(version) if e["kind"] == kind and "/" not in e["name"]), None
        )
        if known is None:
            return ""
        within = f"/namespaces/{quote(metadata['namespace'])}" if known.get("namespaced") else ""
        return f"{_root(version)}{within}/{known['name']}/{quote(metadata['name'])}"


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"
