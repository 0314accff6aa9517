"""Collects what the objects of foreign files hold, and every mistake in them."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from metallb.algebra.selectors import HOSTNAME_LABEL
from metallb.importing.chart_values import GROUP
from metallb.importing.documents import FORK_KEY, TOP_KEYS, Documents, Item, Passed
from metallb.importing.installed import values_elsewhere
from metallb.importing.labels import of_persons
from metallb.importing.octal import octal_numbers
from metallb.importing.substitution import substitutions
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem
from metallb.routing import BgpPeerSpec, RoutingConfig
from metallb.routing.configmap import CONFIGMAP_KEY, parse_configmap
from metallb.routing.crds import crd_fields
from metallb.routing.custom_resources import PASSWORD_KEY, parse_manifests
from metallb.routing.faults import UNKNOWN_KEY, refused, unknown_key
from metallb.routing.foreign import Foreign
from metallb.stackfile.keys import leaves
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["Collector"]

_FRR_GROUP = "frrk8s.metallb.io/"
_VERSIONS = {
    "BGPPeer": ("v1beta1", "v1beta2"),
    "IPAddressPool": ("v1beta1",),
    "BGPAdvertisement": ("v1beta1",),
    "L2Advertisement": ("v1beta1",),
    "BFDProfile": ("v1beta1",),
    "Community": ("v1beta1",),
}
"""Kinds that MetalLB reads, with the versions that its CRDs serve."""
_OTHERS = {
    "MetalLB": "it configures MetalLB's operator",
    "ConfigurationState": "MetalLB writes it",
    "ServiceBGPStatus": "MetalLB writes it",
    "ServiceL2Status": "MetalLB writes it",
}
_EMPTY_IS_NONE = {
    field.alias
    for field in BgpPeerSpec.model_fields.values()
    if field.default is None and {str, SecretStr} & set(leaves(field.annotation))
}
"""Fields of a peer that hold a text, of which Go takes an empty one for none."""
_OF_METALLB = re.compile(rf"^ *['\"]?(?:{'|'.join((*sorted(TOP_KEYS), FORK_KEY))})\b", re.MULTILINE)
"""A line of a ConfigMap's text that no other program's is likely to have."""
_ANCHORS = "x-"
"""Begins keys that hold what aliases refer to, as other programs' formats allow."""
_UNSERVED = "The API server refuses a kind or version that MetalLB's CRDs do not serve"


class Collector:
    """Takes one object after the other; nothing is raised before all of them have been read."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._lines = documents.lines
        self._passwords: dict[str, SecretStr] = {}
        self._secret_items: list[Item] = []
        self._makers: list[Item] = []
        # Not where a chart goes: whatever applies its file may choose another namespace.
        runs_in = (each.namespace for each in documents.installed if each.runs and each.namespace)
        self._runs_in = next(runs_in, "")
        self.problems: list[Problem] = []
        self.parts: list[RoutingConfig] = []
        self.configmaps: list[tuple[Location, RoutingConfig]] = []
        self.not_read: list[tuple[Location, str]] = []
        self.labels_not_read: list[str] = []
        self.metadata: list[tuple[Location, str]] = []
        self._namespaces: dict[tuple[str, str], str] = {}
        self._labels: dict[str, Mapping[str, str]] = {}
        self._secrets: dict[str, tuple[str, bool]] = {}
        self._extras: Location = ()
        self._frr_object: Location = ()
        self._repeated: list[Location] = []
        self._strangers: list[Location] = []
        self._fork_key: Location = ()
        self._octal: list[tuple[Location, str]] = []
        self._elsewhere: list[tuple[Location, str]] = []

    def merged(self) -> RoutingConfig:
        """All custom resources as one configuration."""
        parts = self.parts
        return RoutingConfig(
            peers=tuple(each for part in parts for each in part.peers),
            pools=tuple(each for part in parts for each in part.pools),
            advertisements=tuple(each for part in parts for each in part.advertisements),
            l2_advertisements=tuple(each for part in parts for each in part.l2_advertisements),
            bfd_profiles=tuple(each for part in parts for each in part.bfd_profiles),
            communities=tuple(each for part in parts for each in part.communities),
            passwords=self._passwords,
        )

    def take(self, item: Item) -> None:
        """One object."""
        if item.bare:
            self._lines.add(item.origin, item.path, item.steps, within=item.within)
            self._document(item, item.value)
        elif item.kind == "ConfigMap":
            self._config_map(item)
        elif item.kind == "Secret":
            self._secret_items.append(item)
        elif item.group.startswith(_FRR_GROUP) and item.kind == "FRRConfiguration":
            self._frr_configuration(item)
        elif item.group.startswith(GROUP) and item.kind not in _OTHERS:
            self._resource(item)
        else:
            self._pass_over(item, _OTHERS.get(item.kind, ""))

    def finish(self) -> None:
        """What is known once every object was taken."""
        used = {
            peer.spec.password_secret.name
            for part in self.parts
            for peer in part.peers
            if peer.spec.password_secret is not None
        }
        home = self._home
        for item in self._secret_items:
            if item.name not in used:
                self._pass_over(item, "no peer names it")
            elif not _is_within(item, home):
                why = f"it is in namespace {item.namespace}; MetalLB reads Secrets of {home} only"
                self._pass_over(item, why)
            else:
                self._secret(item)
        if self.parts:
            why = "releases that read custom resources do not read a ConfigMap"
            self.not_read += [(where, why) for where, _ in self.configmaps]

    @property
    def _home(self) -> str:
        """The namespace of MetalLB's objects; empty where none of them has one."""
        return self._runs_in or next((name for name in self._namespaces.values() if name), "")

    def foreign(self) -> Foreign:
        """All that is no routing."""
        makers = (item for item in self._makers if _is_within(item, self._home))
        return Foreign(
            namespaces=self._namespaces,
            pool_labels=self._labels,
            secrets=self._secrets,
            made_secrets=frozenset(name for item in makers for name in _made_secrets(item)),
            extras=self._extras,
            frr_configuration=self._frr_object,
            old_configmap=self.configmaps[0][0] if self.configmaps else (),
            repeated=tuple(self._repeated),
            fork_key=self._fork_key,
            strangers=tuple(self._strangers),
            octal=tuple(self._octal),
            elsewhere=tuple(self._elsewhere),
        )

    def _pass_over(self, item: Item, why: str = "") -> None:
        number = next((step for step in item.steps[:1] if isinstance(step, int)), None)
        why = why or values_elsewhere(item.kind, item.value.get("spec"))
        position = self._lines.at(item.path, item.steps)
        passed = Passed(item.path, number, f"kind {item.kind}", item.name, why, position)
        self._documents.passed.append(passed)
        if item.kind.endswith("Secret"):
            self._makers.append(item)

    def _config_map(self, item: Item) -> None:
        data = item.value.get("data")
        text = data.get(CONFIGMAP_KEY) if isinstance(data, Mapping) else None
        if isinstance(data, Mapping) and item.name == "bgpextras" and data.get("extras"):
            self._lines.add(item.origin, item.path, item.steps)
            self._extras = item.origin
            self._leave_out(item, "a stack file has no key for lines of frr.conf")
            return
        if not isinstance(text, str):
            self._pass_over(item, "it has no key config" if isinstance(data, Mapping) else "")
            return
        if not _OF_METALLB.search(text):
            self._pass_over(item, "its key config is not MetalLB's")
            return
        if self._runs_in and item.namespace and item.namespace != self._runs_in:
            self._pass_over(
                item, f"it is in namespace {item.namespace}, MetalLB in {self._runs_in}"
            )
            return
        self._lines.add(item.origin, item.path, (*item.steps, "data", CONFIGMAP_KEY), within=())
        try:
            document = parse_yaml(text, where=item.called, spelled=True, aliases=True)
        except ConfigError as error:
            self.problems.append(self._documents.in_text(error, text, item.origin))
            return
        if isinstance(document, Mapping) and (TOP_KEYS | {FORK_KEY}) & set(document):
            self._document(item, document)
        else:
            self._pass_over(item, "its key config is not MetalLB's")

    def _document(self, item: Item, document: Mapping[str, Any]) -> None:
        at = item.origin
        self._namespaces[item.kind, item.name] = item.namespace
        if FORK_KEY in document:
            self._fork_key = self._fork_key or (*at, FORK_KEY)
        strangers = [str(key) for key in document if str(key).startswith(_ANCHORS)]
        self._strangers += [(*at, key) for key in strangers]
        self._octal += octal_numbers(document, at)
        dropped = {FORK_KEY, *strangers}
        document = {key: value for key, value in document.items() if key not in dropped}
        replaced = list(substitutions(document, at))
        if replaced:
            self.problems += replaced
            return
        try:
            self.configmaps.append((at, parse_configmap(document, where=item.called)))
        except ConfigError as error:
            self.problems += error.problems

    def _secret(self, item: Item) -> None:
        kind = str(item.value.get("type", ""))
        clear = _clear_text(item.value)
        if item.name in self._secrets:
            self._again(item)
            return
        self._secrets[item.name] = (kind, clear is not None)
        if clear is not None:
            self._passwords[item.name] = SecretStr(clear)

    def _frr_configuration(self, item: Item) -> None:
        if written_by_speaker(item.name, item.value.get("spec")):
            self._pass_over(item, "MetalLB writes it")
            return
        self._lines.add(item.origin, item.path, item.steps)
        self._frr_object = self._frr_object or item.origin
        why = "a stack file has no key for objects of frr-k8s; keep the object"
        self._leave_out(item, why)

    def _leave_out(self, item: Item, why: str) -> None:
        self.not_read.append((item.origin, why))
        self.labels_not_read.append(item.label)

    def _again(self, item: Item) -> None:
        """A second object of a kind and name, at a location of its own."""
        number = 2
        while (f"{item.called} ({number})",) in self._repeated:
            number += 1
        where = (f"{item.called} ({number})",)
        self._lines.add(where, item.path, item.steps, within=item.within)
        self._repeated.append(where)

    def _is_elsewhere(self, item: Item) -> None:
        """An object in a namespace that MetalLB does not read."""
        where = (f"{item.called} in {item.namespace}",)
        self._lines.add(where, item.path, item.steps, within=item.within)
        words = f"{item.label} is in namespace {item.namespace}, MetalLB in {self._runs_in}"
        self._elsewhere.append((where, words))
        self._pass_over(item, f"it is in namespace {item.namespace}, MetalLB in {self._runs_in}")

    def _resource(self, item: Item) -> None:
        problem = _unserved(item)
        if problem is not None:
            self._lines.add(item.origin, item.path, item.steps, within=item.within)
            self.problems.append(problem)
            return
        if self._runs_in and item.namespace and item.namespace != self._runs_in:
            self._is_elsewhere(item)
            return
        key = (item.kind, item.name)
        if self._namespaces.get(key) == item.namespace:
            self._again(item)
            return
        self._lines.add(item.origin, item.path, item.steps, within=item.within)
        self._namespaces[key] = item.namespace
        labels = item.metadata.get("labels")
        if item.kind == "IPAddressPool" and isinstance(labels, Mapping):
            self._labels[item.name] = {str(k): str(v) for k, v in labels.items()}
        self.metadata += _metadata(item)
        replaced = [
            problem
            for part in ("name", "namespace", "labels")
            for problem in substitutions(item.metadata.get(part), (*item.origin, "metadata", part))
        ]
        replaced += substitutions(item.value.get("spec"), (*item.origin, "spec"))
        if replaced:
            self.problems += replaced
            return
        if isinstance(item.spelled, Mapping):
            self._octal += octal_numbers(item.spelled.get("spec"), (*item.origin, "spec"))
        unserved = list(_not_of_v1beta1(item))
        if unserved:
            self.problems += unserved
            return
        try:
            self.parts.append(parse_manifests([_as_read(item)], where=str(item.path), show=True))
        except ConfigError as error:
            self.problems += error.problems


def _unserved(item: Item) -> Problem | None:
    """Why the API server knows no such kind; None where it does."""
    served = _VERSIONS.get(item.kind)
    if served is None:
        help = f"use one of the kinds {', '.join(_VERSIONS)}"
        if item.kind == "AddressPool":
            help = "write an IPAddressPool and a BGPAdvertisement, which replaced it with 0.13.2"
        return refused(
            item.origin, f"unknown kind {item.kind}", detail=_UNSERVED, help=help
        ).problem
    if item.group.removeprefix(GROUP) in served:
        return None
    return refused(
        (*item.origin, "apiVersion"),
        f"{item.kind} has no version {item.group.removeprefix(GROUP)}",
        detail=_UNSERVED,
        help=f"write apiVersion: {GROUP}{served[-1]}",
    ).problem


def _is_within(item: Item, home: str) -> bool:
    """Whether an object lies in a namespace, or may: one without lies where it is applied to."""
    return not item.namespace or not home or item.namespace == home


def written_by_speaker(name: str, spec: Any) -> bool:
    """Whether a speaker writes an FRRConfiguration (internal/bgp/frrk8s/frrk8s.go, ConfigName)."""
    selector = spec.get("nodeSelector") if isinstance(spec, Mapping) else None
    labels = selector.get("matchLabels") if isinstance(selector, Mapping) else None
    if not isinstance(labels, Mapping):
        return False
    return name == f"metallb-{labels.get(HOSTNAME_LABEL)}"


def _is_older_peer(item: Item) -> bool:
    return item.kind == "BGPPeer" and item.group == f"{GROUP}v1beta1"


def _not_of_v1beta1(item: Item) -> Iterator[Problem]:
    """Fields that the older version of a peer lacks: a Secret's name among them."""
    spec = item.value.get("spec")
    if not _is_older_peer(item) or not isinstance(spec, Mapping):
        return
    older = crd_fields("BGPPeer", "v1beta1")
    newer = {field.alias for field in BgpPeerSpec.model_fields.values()}
    for key in spec:
        at = (*item.origin, "spec", str(key))
        if key in newer - older:
            yield ConfigError(
                f"version v1beta1 of BGPPeer has no field {key}",
                code=UNKNOWN_KEY,
                location=at,
                detail="The API server refuses the object, or drops the field",
                help=f"write apiVersion: {GROUP}v1beta2, or remove the field",
            ).problem
        elif key not in older:
            detail = "The API server refuses the object, or drops the field"
            yield unknown_key(at, older, detail=detail).problem


def _without_nulls(value: Any) -> Any:
    """What the API server keeps of a value: it drops keys whose value is null."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _as_read(item: Item) -> Mapping[str, Any]:
    """An object as MetalLB reads it: an empty text is none, and so is port 0 of an older peer."""
    spec = _without_nulls(item.value.get("spec"))
    if item.kind != "BGPPeer" or not isinstance(spec, Mapping):
        return {**item.value, "spec": spec}
    none = {key for key in _EMPTY_IS_NONE if spec.get(key) == ""}
    if _is_older_peer(item) and spec.get("peerPort") == 0:
        none.add("peerPort")
    return {**item.value, "spec": {key: each for key, each in spec.items() if key not in none}}


def _metadata(item: Item) -> Iterator[tuple[Location, str]]:
    """Labels and annotations that MetalLB does not read; those of pools it selects by."""
    for part in ("labels", "annotations"):
        found = item.metadata.get(part)
        if not isinstance(found, Mapping) or (part == "labels" and item.kind == "IPAddressPool"):
            continue
        keys = of_persons(found)
        if keys:
            yield item.origin, f"{part} {', '.join(keys)}"


def _made_secrets(item: Item) -> set[str]:
    """Names of the Secrets that an object makes: its own, or the one of its target."""
    spec = item.value.get("spec")
    spec = spec if isinstance(spec, Mapping) else {}
    parts = (spec.get("target"), spec.get("destination"), spec.get("template"))
    names = {item.name}
    for part in parts:
        if isinstance(part, Mapping):
            inner = part.get("metadata")
            names.add(str(part.get("name") or ""))
            names.add(str(inner.get("name") or "") if isinstance(inner, Mapping) else "")
    return names - {""}


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
