"""Collects what the objects of foreign files say, and every mistake in them."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from metallb.config.yaml_documents import parse_yaml
from metallb.errors import ConfigError, MetalLBError
from metallb.importing.documents import FORK_KEY, TOP_KEYS, Documents, Item, Passed
from metallb.importing.octal import octal_numbers
from metallb.importing.substitution import substitutions, template_mistake
from metallb.releases import BgpMode
from metallb.routing import RoutingConfig
from metallb.routing.configmap import CONFIGMAP_KEY, parse_configmap
from metallb.routing.crd_kinds import BgpPeerV1Beta1Spec
from metallb.routing.custom_resources import PASSWORD_KEY, parse_manifests

__all__ = ["Collector"]

_GROUP = "metallb.io/"
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
    "MetalLB": "it tells MetalLB's operator how to install MetalLB",
    "ConfigurationState": "MetalLB writes it",
    "ServiceBGPStatus": "MetalLB writes it",
    "ServiceL2Status": "MetalLB writes it",
}
_BACKENDS = {
    "native": BgpMode.NATIVE,
    "frr": BgpMode.FRR,
    "frr-k8s": BgpMode.FRR_K8S,
    "frr-k8s-external": BgpMode.FRR_K8S,
}
"""BGP modes in the words of MetalLB's operator."""
_EMPTY_IS_NONE = (
    "bfdProfile",
    "interface",
    "password",
    "peerAddress",
    "routerID",
    "sourceAddress",
    "vrf",
)
_ANCHORS = "x-"
"""Begins keys that hold what aliases refer to, as other programs' formats allow."""


class Collector:
    """Takes one object after the other; nothing is raised before all of them were looked at."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._lines = documents.lines
        self._passwords: dict[str, SecretStr] = {}
        self._secret_items: list[Item] = []
        self._makers: list[Item] = []
        self.mistakes: list[MetalLBError] = []
        self.parts: list[RoutingConfig] = []
        self.configmaps: list[tuple[str, RoutingConfig]] = []
        self.namespaces: dict[tuple[str, str], str] = {}
        self.labels: dict[str, Mapping[str, str]] = {}
        self.secrets: dict[str, tuple[str, bool]] = {}
        self.made_secrets: set[str] = set()
        self.extras = ""
        self.frr_configuration = ""
        self.repeated: list[str] = []
        self.strangers: list[str] = []
        self.not_read: list[tuple[str, str]] = []
        self.fork_key = ""
        self.octal: list[tuple[str, str]] = []
        self.backend: tuple[BgpMode, str] | None = None

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
            where = f"{item.path}: {item.bare}"
            self._lines.add(
                where,
                item.path,
                item.steps,
                inner=item.within is not None,
                within=item.within or (),
            )
            self._document(where, item.value)
        elif item.kind == "ConfigMap":
            self._config_map(item)
        elif item.kind == "Secret":
            self._secret_items.append(item)
        elif item.group.startswith(_FRR_GROUP) and item.kind == "FRRConfiguration":
            self._frr_configuration(item)
        elif item.group.startswith(_GROUP) and item.kind not in _OTHERS:
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
        home = next((name for name in self.namespaces.values() if name), "")
        for item in self._secret_items:
            if item.name not in used:
                self._pass_over(item, "no peer names it")
            elif not _is_within(item, home):
                why = f"it lies in {item.namespace}, and MetalLB reads Secrets of {home} alone"
                self._pass_over(item, why)
            else:
                self._secret(item)
        self.made_secrets = {
            name for item in self._makers if _is_within(item, home) for name in _made_secrets(item)
        }
        if self.parts:
            for where, _ in self.configmaps:
                why = (
                    "custom resources stand beside it, and releases that read those do not read it"
                )
                self.not_read.append((where, why))

    def _pass_over(self, item: Item, why: str = "") -> None:
        number = item.steps[0] if isinstance(item.steps[0], int) else 0
        line = self._documents.line(item.path, item.steps)
        passed = Passed(item.path, number, f"kind {item.kind}", item.name, why, line)
        self._documents.passed.append(passed)
        if item.kind == "MetalLB":
            self._operator(item)
        if item.kind.endswith("Secret"):
            self._makers.append(item)

    def _operator(self, item: Item) -> None:
        """What MetalLB's operator installs says the mode (spec.bgpBackend)."""
        spec = item.value.get("spec")
        backend = str(spec.get("bgpBackend", "")) if isinstance(spec, Mapping) else ""
        if backend in _BACKENDS:
            self.backend = (_BACKENDS[backend], f"bgpBackend {backend} of {item.kind} {item.name}")

    def _config_map(self, item: Item) -> None:
        data = item.value.get("data")
        text = data.get(CONFIGMAP_KEY) if isinstance(data, Mapping) else None
        if isinstance(data, Mapping) and item.name == "bgpextras" and data.get("extras"):
            self._lines.add(item.origin, item.path, item.steps)
            self.extras = item.origin
            self.not_read.append((item.origin, "a stack file has no key for FRR's own lines"))
            return
        if not isinstance(text, str):
            self._pass_over(item, "it has no key config" if isinstance(data, Mapping) else "")
            return
        where = f"{item.path}: config"
        self._lines.add(where, item.path, (*item.steps, "data", CONFIGMAP_KEY), inner=True)
        try:
            document = parse_yaml(text, where=where, spelled=True, aliases=True)
        except ConfigError as mistake:
            error = template_mistake(text, where, mistake.file_line) or mistake
            found = self._lines.find_in_text(where, error.file_line) if error.file_line else None
            if found is not None:
                # The file's own line: the one within the text is of no use to an editor.
                error = ConfigError(
                    where=f"{item.path}: line {found[1]}",
                    seen=error.seen,
                    rule=error.rule,
                    remedy=error.remedy,
                    file=str(found[0]),
                    file_line=found[1],
                )
            self.mistakes.append(error)
            return
        if isinstance(document, Mapping) and (TOP_KEYS | {FORK_KEY}) & set(document):
            self._document(where, document)
        else:
            self._pass_over(item, "its key config is not MetalLB's")

    def _document(self, where: str, document: Mapping[str, Any]) -> None:
        if FORK_KEY in document:
            self.fork_key = self.fork_key or f"{where}.{FORK_KEY}"
        strangers = [key for key in document if str(key).startswith(_ANCHORS)]
        self.strangers += [f"{where}.{key}" for key in strangers]
        self.octal += octal_numbers(document, where)
        dropped = {FORK_KEY, *strangers}
        document = {key: value for key, value in document.items() if key not in dropped}
        replaced = list(substitutions(document, where))
        if replaced:
            self.mistakes += replaced
            return
        try:
            self.configmaps.append((where, parse_configmap(document, where=where)))
        except ConfigError as error:
            self.mistakes += error.mistakes or (error,)

    def _secret(self, item: Item) -> None:
        kind = str(item.value.get("type", ""))
        clear = _clear_text(item.value)
        if item.name in self.secrets:
            self._again(item)
            return
        self.secrets[item.name] = (kind, clear is not None)
        if clear is not None:
            self._passwords[item.name] = SecretStr(clear)

    def _frr_configuration(self, item: Item) -> None:
        self._lines.add(item.origin, item.path, item.steps)
        self.frr_configuration = self.frr_configuration or item.origin
        why = "a stack file has no key for frr-k8s' own objects; keep the object"
        self.not_read.append((item.origin, why))

    def _again(self, item: Item) -> None:
        """A second object of a kind and name, which the first one's place does not stand for."""
        number = 1 + len([each for each in self.repeated if each.startswith(item.origin)])
        where = f"{item.origin} ({number + 1})"
        self._lines.add(where, item.path, item.steps)
        self.repeated.append(where)

    def _resource(self, item: Item) -> None:
        self._lines.add(item.origin, item.path, item.steps)
        mistake = _unserved(item)
        if mistake is not None:
            self.mistakes.append(mistake)
            return
        key = (item.kind, item.name)
        if key in self.namespaces and self.namespaces[key] == item.namespace:
            self._again(item)
            return
        self.namespaces[key] = item.namespace
        labels = item.metadata.get("labels")
        if item.kind == "IPAddressPool" and isinstance(labels, Mapping):
            self.labels[item.name] = {str(k): str(v) for k, v in labels.items()}
        replaced = [
            mistake
            for part in ("name", "namespace", "labels")
            for mistake in substitutions(item.metadata.get(part), f"{item.origin}: metadata.{part}")
        ]
        replaced += substitutions(item.value.get("spec"), f"{item.origin}: spec")
        if replaced:
            self.mistakes += replaced
            return
        if isinstance(item.spelled, Mapping):
            self.octal += octal_numbers(item.spelled.get("spec"), f"{item.origin}: spec")
        unserved = list(_not_of_v1beta1(item))
        if unserved:
            self.mistakes += unserved
            return
        try:
            self.parts.append(parse_manifests([_as_read(item)], where=str(item.path)))
        except ConfigError as error:
            self.mistakes += error.mistakes or (error,)


def _unserved(item: Item) -> MetalLBError | None:
    """Why the API server knows no such kind; None where it does."""
    served = _VERSIONS.get(item.kind)
    if served is None:
        old = item.kind == "AddressPool"
        return MetalLBError(
            where=item.origin,
            seen=f"kind {item.kind}",
            rule="is no kind that MetalLB reads",
            remedy="write an IPAddressPool and a BGPAdvertisement, which replaced it with 0.13.2"
            if old
            else f"known: {', '.join(_VERSIONS)}",
        )
    version = item.group.removeprefix(_GROUP)
    if version in served:
        return None
    return MetalLBError(
        where=f"{item.origin}: apiVersion",
        seen=item.group,
        rule=f"is no version of {item.kind} that MetalLB serves",
        remedy=f"write {_GROUP}{served[-1]}",
    )


def _is_within(item: Item, home: str) -> bool:
    """Whether an object lies in a namespace, or may: one without lies where it is applied to."""
    return not item.namespace or not home or item.namespace == home


def _is_older_peer(item: Item) -> bool:
    return item.kind == "BGPPeer" and item.group == f"{_GROUP}v1beta1"


def _not_of_v1beta1(item: Item) -> Iterator[MetalLBError]:
    """Fields that the older version of a peer lacks: a Secret's name among them."""
    spec = item.value.get("spec")
    if not _is_older_peer(item) or not isinstance(spec, Mapping):
        return
    fields = BgpPeerV1Beta1Spec.model_fields
    known = {field.alias for field in fields.values()}
    for key in spec:
        if key not in known:
            yield MetalLBError(
                where=f"{item.origin}: spec.{key}",
                rule="is no field of v1beta1, and the API server refuses the object or drops it",
                remedy=f"write apiVersion: {_GROUP}v1beta2, or remove the field",
            )


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
