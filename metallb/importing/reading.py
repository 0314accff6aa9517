"""Reads MetalLB configurations that no stack file made: a ConfigMap, or custom resources."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from metallb.config.files import parse_yaml, parse_yaml_documents, read_text
from metallb.errors import ConfigError, MetalLBError
from metallb.importing.lines import Lines
from metallb.routing import RoutingConfig
from metallb.routing.configmap import CONFIGMAP_KEY, parse_configmap
from metallb.routing.custom_resources import PASSWORD_KEY, parse_manifests

__all__ = ["FileFormat", "Reading", "read_foreign", "sniff"]

_SUFFIXES = (".yaml", ".yml", ".json")
_HCL_SUFFIXES = (".lokocfg", ".hcl", ".tf")
_MAX_FILES = 2000
_TOP_KEYS = frozenset(("peers", "bgp-communities", "address-pools", "bfd-profiles"))
_FORK_KEY = "peer-autodiscovery"
_GROUP = "metallb.io/"
_READ_KINDS = frozenset(("BGPPeer", "IPAddressPool", "BGPAdvertisement", "BFDProfile", "Community"))
_STATUS_KINDS = frozenset(("ConfigurationState", "ServiceBGPStatus", "ServiceL2Status"))


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

    :ivar passed_over: MetalLB objects that have no place here, such as L2Advertisements.
    :ivar autodiscovery: the document holds the Lokomotive fork's `peer-autodiscovery`.
    """

    format: FileFormat
    routing: RoutingConfig
    lines: Lines
    namespaces: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pool_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    layer2_pools: frozenset[str] | None = frozenset()
    extras: str = ""
    old_configmap: str = ""
    repeated: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    autodiscovery: bool = False


@dataclass(frozen=True)
class _Item:
    """A document, or an item of a List."""

    path: Path
    steps: tuple[int | str, ...]
    value: Mapping[str, Any]
    bare: bool = False
    """Whether it is the document of a ConfigMap without the Kubernetes object around it."""

    @property
    def kind(self) -> str:
        return str(self.value.get("kind", ""))

    @property
    def group(self) -> str:
        return str(self.value.get("apiVersion", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        found = self.value.get("metadata")
        return found if isinstance(found, Mapping) else {}

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", ""))

    @property
    def origin(self) -> str:
        return f"{self.path}: {self.kind} {self.name or '(without a name)'}"


def sniff(path: Path) -> FileFormat:
    """What a file or folder is, from its name and its first words.

    :raises ConfigError: it can't be read.
    """
    if path.is_dir():
        return FileFormat.RESOURCES
    if path.suffix in _HCL_SUFFIXES:
        return FileFormat.LOKOMOTIVE
    parsed = parse_yaml_documents(read_text(path), where=str(path), spelled=True)
    documents = [each for each in parsed if each]
    for document in documents:
        if not isinstance(document, Mapping):
            continue
        if "kind" in document and "apiVersion" in document:
            kinds = {item.kind for item in _expand(path, documents)}
            return FileFormat.CONFIGMAP if kinds == {"ConfigMap"} else FileFormat.RESOURCES
        if (_TOP_KEYS | {_FORK_KEY}) & set(document):
            return FileFormat.CONFIGMAP
        if isinstance(document.get("config"), Mapping):
            return FileFormat.STACK
    return FileFormat.UNKNOWN


def read_foreign(path: Path) -> Reading:
    """A file or a folder of MetalLB's own objects.

    :raises ConfigError: with a line for everything that MetalLB or its API server would refuse.
    """
    items: list[_Item] = []
    for each in _files(path):
        try:
            items += _items(each)
        except ConfigError as error:
            error.file = error.file or str(each)
            raise
    return _Reader(items).reading(path)


def _items(path: Path) -> Iterator[_Item]:
    """What a file holds: the document of a ConfigMap, or Kubernetes objects."""
    text = read_text(path)
    documents = parse_yaml_documents(text, where=str(path), spelled=True)
    bare = documents[0] if len(documents) == 1 else None
    if isinstance(bare, Mapping) and "kind" not in bare and (_TOP_KEYS | {_FORK_KEY}) & set(bare):
        yield _Item(path, (0,), bare, bare=True)
    else:
        # What the API server reads: for it an unquoted 012 is a number, whatever the field.
        yield from _expand(path, parse_yaml_documents(text, where=str(path)))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in _SUFFIXES and each.is_file())
    if not found or len(found) > _MAX_FILES:
        raise ConfigError(
            where=str(path),
            seen=f"{len(found)} files",
            rule=f"a folder holds 1 to {_MAX_FILES} YAML files",
            remedy="name the folder, or the file, with MetalLB's objects",
        )
    return found


def _expand(path: Path, documents: list[Any]) -> Iterator[_Item]:
    """Objects of a file; the items of a List stand for themselves, as kubectl prints them."""
    for number, document in enumerate(documents):
        if document is None:
            continue
        if not isinstance(document, Mapping) or "kind" not in document:
            lines = Lines()
            lines.add(str(path), path, (number,))
            found = lines.find(str(path))
            raise ConfigError(
                where=f"{path}: document {number + 1}",
                file=str(path),
                file_line=found[1] if found else 0,
                seen=f"a {type(document).__name__}",
                rule="is a Kubernetes object, a MetalLB ConfigMap document or a stack file",
                remedy="add apiVersion and kind, or check that this is the file you meant",
            )
        listed = document.get("items")
        if str(document["kind"]).endswith("List") and isinstance(listed, list):
            for position, item in enumerate(listed):
                if isinstance(item, Mapping):
                    yield _Item(path, (number, "items", position), item)
        else:
            yield _Item(path, (number,), document)


class _Reader:
    """Collects what the objects say, and every mistake in them."""

    def __init__(self, items: list[_Item]) -> None:
        self._items = items
        self._lines = Lines()
        self._mistakes: list[MetalLBError] = []
        self._parts: list[RoutingConfig] = []
        self._documents: list[tuple[str, RoutingConfig]] = []
        self._namespaces: dict[tuple[str, str], str] = {}
        self._labels: dict[str, Mapping[str, str]] = {}
        self._secrets: dict[str, tuple[str, bool]] = {}
        self._passwords: dict[str, SecretStr] = {}
        self._layer2: set[str] | None = set()
        self._extras = ""
        self._repeated: list[str] = []
        self._passed: list[str] = []
        self._fork = False

    def reading(self, source: Path) -> Reading:
        """Everything, once all objects were looked at."""
        for item in self._items:
            self._read(item)
        if self._mistakes:
            count = len(self._mistakes)
            for mistake in self._mistakes:
                found = None if mistake.file_line else self._lines.find(mistake.where)
                if found is not None:
                    mistake.file, mistake.file_line = str(found[0]), found[1]
            raise ConfigError(
                where=str(source),
                rule=f"{count} thing{'s' if count != 1 else ''} that MetalLB would refuse",
                mistakes=self._mistakes,
            )
        if not self._parts and not self._documents:
            raise ConfigError(
                where=str(source),
                rule="holds MetalLB's configuration: custom resources, or the ConfigMap up to 0.12",
                remedy="name the file or folder with BGPPeers, IPAddressPools and the like",
            )
        in_resources = bool(self._parts)
        if not in_resources and len(self._documents) > 1:
            raise ConfigError(
                where=str(source),
                seen=", ".join(origin for origin, _ in self._documents),
                rule="MetalLB reads one ConfigMap",
                remedy="name the file of that one",
            )
        return Reading(
            format=FileFormat.RESOURCES if in_resources else FileFormat.CONFIGMAP,
            routing=self._merged() if in_resources else self._documents[0][1],
            lines=self._lines,
            namespaces=self._namespaces,
            pool_labels=self._labels,
            secrets=self._secrets,
            layer2_pools=None if self._layer2 is None else frozenset(self._layer2),
            extras=self._extras,
            old_configmap=self._documents[0][0] if self._documents else "",
            repeated=tuple(self._repeated),
            passed_over=tuple(self._passed),
            autodiscovery=self._fork,
        )

    def _merged(self) -> RoutingConfig:
        return RoutingConfig(
            peers=tuple(each for part in self._parts for each in part.peers),
            pools=tuple(each for part in self._parts for each in part.pools),
            advertisements=tuple(each for part in self._parts for each in part.advertisements),
            bfd_profiles=tuple(each for part in self._parts for each in part.bfd_profiles),
            communities=tuple(each for part in self._parts for each in part.communities),
            passwords=self._passwords,
        )

    def _read(self, item: _Item) -> None:
        if item.bare:
            self._document(f"{item.path}: config", item, (0,), item.value, inner=False)
        elif item.kind == "ConfigMap":
            self._config_map(item)
        elif item.kind == "Secret":
            self._secret(item)
        elif item.group.startswith(_GROUP):
            self._resource(item)

    def _config_map(self, item: _Item) -> None:
        data = item.value.get("data")
        if not isinstance(data, Mapping):
            return
        self._lines.add(item.origin, item.path, item.steps)
        if item.name == "bgpextras" and data.get("extras"):
            self._extras = item.origin
        text = data.get(CONFIGMAP_KEY)
        if not isinstance(text, str):
            return
        where = f"{item.path}: config"
        steps = (*item.steps, "data", CONFIGMAP_KEY)
        self._lines.add(where, item.path, steps, inner=True)
        try:
            document = parse_yaml(text, where=where, spelled=True)
        except ConfigError as error:
            found = self._lines.find_in_text(where, error.file_line) if error.file_line else None
            if found is not None:
                # The file's own line: the one within the text is of no use to an editor.
                error = ConfigError(
                    where=f"{item.path}: line {found[1]}",
                    rule=error.rule,
                    remedy=error.remedy,
                    file=str(found[0]),
                    file_line=found[1],
                )
            self._mistakes.append(error)
            return
        if isinstance(document, Mapping) and (_TOP_KEYS | {_FORK_KEY}) & set(document):
            self._document(where, item, steps, document, inner=True)

    def _document(
        self,
        where: str,
        item: _Item,
        steps: tuple[int | str, ...],
        document: Mapping[str, Any],
        *,
        inner: bool,
    ) -> None:
        self._lines.add(where, item.path, steps, inner=inner)
        if _FORK_KEY in document:
            self._fork = True
            document = {key: value for key, value in document.items() if key != _FORK_KEY}
        try:
            self._documents.append((where, parse_configmap(document, where=where)))
        except ConfigError as error:
            self._mistakes += error.mistakes or (error,)

    def _secret(self, item: _Item) -> None:
        kind = str(item.value.get("type", ""))
        clear = _clear_text(item.value)
        self._secrets[item.name] = (kind, clear is not None)
        if clear is not None:
            self._passwords[item.name] = SecretStr(clear)

    def _resource(self, item: _Item) -> None:
        self._lines.add(item.origin, item.path, item.steps)
        if item.kind in _STATUS_KINDS:
            return
        if item.kind == "L2Advertisement":
            self._passed.append(item.origin)
            self._layer2_pools(item)
            return
        if item.kind not in _READ_KINDS:
            self._mistakes.append(
                MetalLBError(
                    where=item.origin,
                    rule="is no kind that MetalLB reads for BGP",
                    remedy="AddressPool became IPAddressPool and BGPAdvertisement with 0.13.2",
                )
            )
            return
        key = (item.kind, item.name)
        if key in self._namespaces:
            self._repeated.append(item.origin)
        self._namespaces[key] = str(item.metadata.get("namespace", ""))
        labels = item.metadata.get("labels")
        if item.kind == "IPAddressPool" and isinstance(labels, Mapping):
            self._labels[item.name] = {str(k): str(v) for k, v in labels.items()}
        try:
            self._parts.append(parse_manifests([item.value], where=str(item.path)))
        except ConfigError as error:
            self._mistakes += error.mistakes or (error,)

    def _layer2_pools(self, item: _Item) -> None:
        spec = item.value.get("spec")
        named = spec.get("ipAddressPools") if isinstance(spec, Mapping) else None
        selected = spec.get("ipAddressPoolSelectors") if isinstance(spec, Mapping) else None
        if isinstance(named, list) and named and self._layer2 is not None:
            self._layer2.update(str(name) for name in named)
        elif not named or selected:
            self._layer2 = None


def _clear_text(secret: Mapping[str, Any]) -> str | None:
    """The password of a Secret, from whichever of its two maps holds it."""
    strings, data = secret.get("stringData"), secret.get("data")
    if isinstance(strings, Mapping) and strings.get(PASSWORD_KEY) is not None:
        return str(strings[PASSWORD_KEY])
    if isinstance(data, Mapping) and data.get(PASSWORD_KEY) is not None:
        try:
            return base64.b64decode(str(data[PASSWORD_KEY]), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
    return None
