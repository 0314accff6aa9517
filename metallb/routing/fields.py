"""What is declared of a MetalLB field beside its type, and what follows from it.

A field is declared once, in the model of its object: its type and default, its name in custom
resources (the alias), the text below it, and a `MetalLBField` for the rest.
`metallb.routing.stack_keys` says which key of a stack file sets it.
"""

from functools import cache
from typing import NamedTuple

from pydantic import BaseModel

from metallb.releases import BUILTIN_RELEASES, FIRST_OF_CRDS, BgpMode, ConfigFormat, Release

__all__ = [
    "EVERY_MODE",
    "FRR_MODES",
    "MetalLBField",
    "alternatives",
    "configmap_key",
    "declared",
    "fixed_keys",
    "is_known",
    "is_set",
    "manifest_key",
    "since",
    "words_for",
    "words_in_crd",
]

EVERY_MODE = frozenset(BgpMode)
FRR_MODES = frozenset({BgpMode.FRR, BgpMode.FRR_K8S})
_NAMES = {BgpMode.NATIVE: "native", BgpMode.FRR: "FRR", BgpMode.FRR_K8S: "frr-k8s"}
"""Modes as texts call them: FRR is the name of the program."""


class MetalLBField(NamedTuple):
    """What a field's type does not say.

    :ivar since: first release whose custom resources have the field; None for all of them. One that
        has a value is in no ConfigMap, unless `configmap` names its key.
    :ivar modes: the BGP modes that carry it; the others refuse it, or ignore it.
    :ivar configmap: its key in the ConfigMap, where that is not the kebab-case of its name.
    :ivar elsewhere: what has it in the ConfigMap, where it has no key of its own there.
    :ivar ignored_since: first release that reads the field and ignores it.
    :ivar instead_of: the field in whose place it is; an object has one of the two.
    """

    since: Release | None = None
    modes: frozenset[BgpMode] = EVERY_MODE
    configmap: str = ""
    elsewhere: str = ""
    ignored_since: Release | None = None
    instead_of: str = ""


_PLAIN = MetalLBField()


@cache
def declared(model: type[BaseModel], name: str) -> MetalLBField:
    """What is declared of a field, by its Python name."""
    found = (each for each in model.model_fields[name].metadata if isinstance(each, MetalLBField))
    return next(found, _PLAIN)


@cache
def alternatives(model: type[BaseModel]) -> dict[str, str]:
    """Fields of which an object has one of two, each with the other one, by their Python names."""
    found = {name: declared(model, name).instead_of for name in model.model_fields}
    pairs = {name: other for name, other in found.items() if other}
    return pairs | {other: name for name, other in pairs.items()}


def since(model: type[BaseModel], name: str) -> Release:
    """The first release of a field; that of custom resources where every one has it."""
    return declared(model, name).since or FIRST_OF_CRDS


def manifest_key(model: type[BaseModel], name: str) -> str:
    """The name of a field in custom resources, such as `myASN`."""
    return str(model.model_fields[name].alias)


@cache
def configmap_key(model: type[BaseModel], name: str) -> str:
    """The key of a field in the ConfigMap document; empty where it has none of its own.

    Source: MetalLB v0.12.1, internal/config/config.go.
    """
    field = declared(model, name)
    if field.configmap:
        return field.configmap
    return "" if field.elsewhere or field.since is not None else name.replace("_", "-")


def is_known(model: type[BaseModel], name: str, release: Release) -> bool:
    """Whether a release reads a field, in the format that it has."""
    field = declared(model, name)
    if release.format is ConfigFormat.CONFIGMAP:
        return bool(configmap_key(model, name) or field.elsewhere)
    return field.since is None or field.since <= release


@cache
def fixed_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields that keep the value with which an object was made, by a rule of the
    CRD."""
    found = []
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        rules = extra.get("validations", ()) if isinstance(extra, dict) else ()
        if isinstance(rules, list) and any("oldSelf" in str(each) for each in rules):
            found.append(manifest_key(model, name))
    return tuple(found)


def is_set(spec: BaseModel, name: str) -> bool:
    """Whether an object has a value for a field that is not the field's default."""
    value = getattr(spec, name)
    default = type(spec).model_fields[name].default
    return value is not None and value != () and value != default


def words_for(field: MetalLBField) -> str:
    """The modes and releases that have a field, for a reference; empty for all of them."""
    in_configmap = "0.12, and " if field.configmap and field.since is not None else ""
    later = f"{in_configmap}{field.since} and later" if field.since is not None else ""
    return _sentence(field, later)


def words_in_crd(field: MetalLBField) -> str:
    """The same for a CRD: releases count only where one with a CRD of ours lacks the field."""
    oldest = min(each for each in BUILTIN_RELEASES if each.format is not ConfigFormat.CONFIGMAP)
    newer = field.since is not None and field.since > oldest
    return _sentence(field, f"{field.since} and later" if newer else "")


def _sentence(field: MetalLBField, later: str) -> str:
    lacking = EVERY_MODE - field.modes
    if field.ignored_since is not None or not lacking:
        # What MetalLB ignores is carried by no mode.
        return f"{later}." if later else ""
    if field.modes == FRR_MODES:
        modes = "FRR modes"
    elif len(field.modes) == 1:
        modes = f"{_NAMES[next(iter(field.modes))]} mode"
    else:
        modes = f"Not carried by {_NAMES[next(iter(lacking))]} mode"
        return f"{modes}; {later}." if later else f"{modes}."
    return f"{modes}, {later}." if later else f"{modes} only."
