"""Reads MetalLB configurations that no stack file made: a ConfigMap, or custom resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from metallb.config.files import read_text
from metallb.errors import ConfigError, MetalLBError
from metallb.importing.collecting import Collector
from metallb.importing.documents import Documents, is_configuration, parsed_documents
from metallb.importing.lines import Lines
from metallb.releases import BgpMode
from metallb.routing import RoutingConfig

__all__ = ["FileFormat", "Reading", "read_foreign", "sniff"]

_HCL_SUFFIXES = (".lokocfg", ".hcl", ".tf")


class FileFormat(StrEnum):
    """What a file is."""

    STACK = "stack"
    """A stack file of this product."""
    CONFIGMAP = "configmap"
    """MetalLB's ConfigMap up to 0.12: the Kubernetes object, or the document in it."""
    RESOURCES = "custom-resources"
    """MetalLB's custom resources, from 0.13."""
    LOKOMOTIVE = "lokomotive"
    """A Lokomotive configuration with a component "metallb"."""
    UNKNOWN = "unknown"
    """None of these."""


@dataclass(frozen=True)
class Reading:
    """What was read.

    :ivar namespaces: namespace of each object, by kind and name.
    :ivar pool_labels: labels of pools by name.
    :ivar secrets: Secrets by name: their type, and whether they hold a password.
    :ivar made_secrets: names of Secrets that another object (an ExternalSecret, say) makes.
    :ivar extras: where a ConfigMap `bgpextras` with content stands.
    :ivar frr_configuration: where an FRRConfiguration stands.
    :ivar old_configmap: where a ConfigMap of the 0.12 format stands.
    :ivar repeated: places of objects whose kind and name came before.
    :ivar strangers: places of keys in a ConfigMap's document that hold nothing but YAML anchors.
    :ivar not_read: MetalLB's own that has no place in a stack file: where, and the reason.
    :ivar passed_over: documents that are not MetalLB's configuration; a line each.
    :ivar backend: the BGP mode that MetalLB's operator installs, and what says so.
    :ivar octal: places of numbers that YAML reads in base 8, and how.
    :ivar fork_key: where the Lokomotive fork's `peer-autodiscovery` stands.
    """

    format: FileFormat
    routing: RoutingConfig
    lines: Lines
    namespaces: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pool_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    made_secrets: frozenset[str] = frozenset()
    extras: str = ""
    frr_configuration: str = ""
    old_configmap: str = ""
    repeated: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    not_read: tuple[tuple[str, str], ...] = ()
    passed_over: tuple[str, ...] = ()
    fork_key: str = ""
    octal: tuple[tuple[str, str], ...] = ()
    backend: tuple[BgpMode, str] | None = None


def sniff(path: Path) -> FileFormat:
    """What a file or folder is, from its name and its first words.

    :raises ConfigError: it can't be read.
    """
    if path.is_dir():
        return FileFormat.RESOURCES
    if path.suffix in _HCL_SUFFIXES:
        return FileFormat.LOKOMOTIVE
    for document in parsed_documents(read_text(path), path, spelled=True):
        if not document or not isinstance(document, Mapping):
            continue
        if "kind" not in document and isinstance(document.get("config"), Mapping):
            return FileFormat.STACK
        if is_configuration(document):
            objects = "kind" in document and document["kind"] != "ConfigMap"
            return FileFormat.RESOURCES if objects else FileFormat.CONFIGMAP
    return FileFormat.UNKNOWN


def read_foreign(path: Path) -> Reading:
    """A file or a folder of MetalLB's own objects.

    :raises ConfigError: with a line for everything that MetalLB or its API server would refuse.
    """
    documents = Documents.of(path)
    collected = Collector(documents)
    for item in documents.items:
        collected.take(item)
    collected.finish()
    if collected.mistakes:
        _raise(collected.mistakes, documents.lines, path)
    if not collected.parts and not collected.configmaps:
        raise ConfigError(
            where=str(path),
            seen=documents.found(each.partition(": ")[2] for each, _ in collected.not_read),
            rule="holds nothing of MetalLB's: no custom resource, and no ConfigMap up to 0.12",
            remedy="name the file or folder with BGPPeers, IPAddressPools and the like",
        )
    in_resources = bool(collected.parts)
    if not in_resources and len(collected.configmaps) > 1:
        raise ConfigError(
            where=str(path),
            seen=", ".join(origin for origin, _ in collected.configmaps),
            rule="MetalLB reads one ConfigMap",
            remedy="name the file of that one",
        )
    return Reading(
        format=FileFormat.RESOURCES if in_resources else FileFormat.CONFIGMAP,
        routing=collected.merged() if in_resources else collected.configmaps[0][1],
        lines=documents.lines,
        namespaces=collected.namespaces,
        pool_labels=collected.labels,
        secrets=collected.secrets,
        made_secrets=frozenset(collected.made_secrets),
        extras=collected.extras,
        frr_configuration=collected.frr_configuration,
        old_configmap=collected.configmaps[0][0] if collected.configmaps else "",
        repeated=tuple(collected.repeated),
        strangers=tuple(collected.strangers),
        not_read=tuple(collected.not_read),
        passed_over=tuple(documents.notes()),
        fork_key=collected.fork_key,
        octal=tuple(collected.octal),
        backend=collected.backend,
    )


def _raise(mistakes: list[MetalLBError], lines: Lines, source: Path) -> None:
    for mistake in mistakes:
        found = None if mistake.file_line else lines.find(mistake.where)
        if found is not None:
            mistake.file, mistake.file_line = str(found[0]), found[1]
    count = len(mistakes)
    raise ConfigError(
        where=str(source),
        rule=f"{count} thing{'s' if count != 1 else ''} that MetalLB would refuse",
        mistakes=mistakes,
    )
