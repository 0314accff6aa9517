"""Reads MetalLB configurations that no stack file made: a ConfigMap, or custom resources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metallb.importing.collecting import Collector
from metallb.importing.documents import Documents
from metallb.importing.formats import NOTHING, FileFormat
from metallb.problems.errors import ConfigError
from metallb.problems.lines import Lines
from metallb.problems.problem import Location, Position, Problem, spelled
from metallb.releases import BgpMode, Release
from metallb.routing import RoutingConfig
from metallb.routing.faults import CODE, mistakes_in
from metallb.routing.foreign import Foreign

__all__ = ["Reading", "read_foreign", "read_objects"]


@dataclass(frozen=True)
class Reading:
    """A configuration that was read.

    :ivar lines: finds positions in its files.
    :ivar foreign: what it holds besides routing.
    :ivar not_read: MetalLB's own that has no place in a stack file: its location, and the reason.
    :ivar metadata: labels and annotations that MetalLB does not read: the object, and their keys.
    :ivar passed_over: documents that are not MetalLB's configuration; a line each.
    :ivar passed_in_short: the same, those of other programs summed up in one line.
    :ivar backend: the BGP mode of the MetalLB that reads it, and the object that sets it.
    :ivar release: the release of that MetalLB, and the object that sets it.
    :ivar home: its namespace; empty where nothing says so.
    """

    format: FileFormat
    routing: RoutingConfig
    lines: Lines
    foreign: Foreign = field(default_factory=Foreign)
    not_read: tuple[tuple[Location, str], ...] = ()
    metadata: tuple[tuple[Location, str], ...] = ()
    passed_over: tuple[str, ...] = ()
    passed_in_short: tuple[str, ...] = ()
    backend: tuple[BgpMode, str] | None = None
    release: tuple[Release, str] | None = None
    home: str = ""

    def placed(self, problem: Problem) -> Problem:
        """The problem with its position, where the files have its location."""
        return self.lines.placed(problem)


def read_foreign(*paths: Path) -> Reading:
    """Files and folders of MetalLB's own objects, as one configuration.

    :raises ConfigError: with everything that MetalLB or its API server refuses.
    """
    return _reading(Documents.of(*paths), ", ".join(map(str, paths)))


def read_objects(objects: Iterable[Mapping[str, Any]], source: str) -> Reading:
    """The objects of a cluster, as one configuration.

    :param source: what to call the cluster.
    :raises ConfigError: with everything that MetalLB or its API server refuses.
    """
    return _reading(Documents.of_objects(objects, source), source)


def _reading(documents: Documents, path: str) -> Reading:
    collected = Collector(documents)
    for item in documents.items:
        collected.take(item)
    collected.finish()
    if collected.problems:
        raise mistakes_in(path, map(documents.lines.placed, collected.problems))
    if not collected.parts and not collected.configmaps:
        raise ConfigError(
            f"no MetalLB configuration: {documents.found(collected.labels_not_read)}",
            code=NOTHING,
            position=Position(path),
            detail="A configuration is custom resources, or a ConfigMap of MetalLB up to 0.12",
            help="name the file or folder with BGPPeers, IPAddressPools and the like",
        )
    in_resources = bool(collected.parts)
    found = documents.installed
    if not in_resources and len(collected.configmaps) > 1:
        raise ConfigError(
            f"{len(collected.configmaps)} ConfigMaps of MetalLB: "
            + ", ".join(spelled(origin) for origin, _ in collected.configmaps),
            code=CODE,
            position=Position(path),
            detail="MetalLB up to 0.12 reads one ConfigMap",
            help="name the file of that one",
        )
    return Reading(
        format=FileFormat.RESOURCES if in_resources else FileFormat.CONFIGMAP,
        routing=collected.merged() if in_resources else collected.configmaps[0][1],
        lines=documents.lines,
        foreign=collected.foreign(),
        not_read=tuple(collected.not_read),
        metadata=tuple(collected.metadata),
        passed_over=tuple(documents.notes()),
        passed_in_short=tuple(documents.in_short()),
        backend=next(((each.mode, each.by) for each in found if each.mode is not None), None),
        release=next(((each.release, each.by) for each in found if each.release is not None), None),
        home=next((each.namespace for each in found if each.namespace), ""),
    )
