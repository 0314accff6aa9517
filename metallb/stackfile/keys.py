"""The keys of models: what may stand at a place of a file, and which key was meant there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.alias_generators import to_camel

from metallb.platforms.base import Platform
from metallb.platforms.registry import platforms
from metallb.routing.fields import manifest_key
from metallb.routing.stack_keys import FORMER_KEYS, differs, spelled_key
from metallb.routing.table import spec_of

__all__ = [
    "KIND",
    "form_of_value",
    "in_secret",
    "is_required",
    "items_of",
    "keys_of",
    "keys_to_write",
    "kinds_of",
    "leaves",
    "may_hold_secret",
    "models_at",
    "nearest_key",
    "sure_key",
    "value_type",
]

KIND = "kind"
"""The key that tells models of a union apart."""
_MOST_KEYS = 3
_LEAST_LETTERS = 4
"""Of a key that may be misspelt: of three letters, one that differs is another word."""


def _letters(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _of_metallb() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of fields of peers in MetalLB's objects, and the keys that set them."""
    model = spec_of("BGPPeer")
    for name in model.model_fields:
        found = differs("BGPPeer", name)
        if found is not None and found.keys:
            keys = (spelled_key("BGPPeer", name, level) for level in found.keys)
            yield _letters(manifest_key(model, name)), tuple(dict.fromkeys(keys))


_OF_METALLB = dict(_of_metallb())
_OF_OTHERS = {
    **_OF_METALLB,
    **dict.fromkeys(("ip", "neighbor", "host", "hostname"), ("address",)),
    **dict.fromkeys(("as", "asnumber", "remoteas", "remoteasn"), ("asn", "peerAsn")),
    "localas": ("myAsn",),
    **dict.fromkeys(("ranges", "cidrs", "cidr", "blocks", "subnets"), ("addresses",)),
    **dict.fromkeys(("hosts", "hostnames", "members"), ("nodes",)),
    **dict.fromkeys(("labels", "selector", "matchlabels"), ("nodeSelectors",)),
    **dict.fromkeys(("md5", "md5key", "authpassword", "secret"), ("password",)),
    **dict.fromkeys(("tors", "peers", "neighbors"), ("routers",)),
}
"""Keys of a stack file by what MetalLB and routers call them, in letters."""
_FORMER = frozenset(map(to_camel, FORMER_KEYS.values()))


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    """The keys of a model, as a file spells them."""
    for name, field in model.model_fields.items():
        yield field.alias or name


def is_required(model: type[BaseModel], key: str) -> bool:
    """Whether a model has a key that may not be left out."""
    fields = model.model_fields.items()
    return any(key in (name, field.alias) and field.is_required() for name, field in fields)


def _is_secret(model: type[BaseModel], key: str) -> bool:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return SecretStr in leaves(field.annotation)
    return False


def nearest_key(key: str, known: Sequence[str]) -> str | None:
    """The known key that was meant: `my_asn` is a spelling of `myASN`, letters apart or not.

    A former name of a key is none that is meant.
    """
    known = [each for each in known if each not in _FORMER]
    plain = {_letters(each): each for each in reversed(known)}
    ours = [each for each in _OF_OTHERS.get(_letters(key), ()) if each in known]
    if _letters(key) not in plain and ours:
        return ours[0]
    near = get_close_matches(_letters(key), plain, n=1, cutoff=0.5)
    return plain[near[0]] if near else None


def sure_key(key: str, known: Sequence[str]) -> str | None:
    """The one known key that a key can have been meant for; None where there is room for doubt.

    That is one of the same letters, MetalLB's own name for it, or one with a single slip of the
    hand in it: a letter too many, too few, wrong, or two of them exchanged. Digits are no slip.
    """
    letters = _letters(key)
    same = [each for each in known if _letters(each) == letters]
    named = [each for each in _OF_METALLB.get(letters, ()) if each in known]
    slips = [each for each in known if _is_slip(letters, _letters(each))]
    for found in (same, named, slips):
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _is_slip(written: str, meant: str) -> bool:
    """Whether one slip of the hand makes one word of the other."""
    if min(len(written), len(meant)) < _LEAST_LETTERS or _digits(written) != _digits(meant):
        return False
    start = 0
    while start < min(len(written), len(meant)) and written[start] == meant[start]:
        start += 1
    one, other = written[start:], meant[start:]
    return (
        one[1:] == other
        or one == other[1:]
        or one[1:] == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )


def _digits(word: str) -> str:
    return "".join(filter(str.isdecimal, word))


def in_secret(model: type[BaseModel], path: Sequence[int | str], raw: Any) -> bool:
    """Whether the last key of a path, or one before it (a mapping of keys), holds secrets."""
    return any(
        _is_secret(each, str(step))
        for index, step in enumerate(path)
        for each in models_at(model, path[:index], raw)
    )


def models_at(
    model: type[BaseModel], path: Sequence[int | str], raw: Any = None
) -> list[type[BaseModel]]:
    """The models that may stand at a path; several where the field is a union.

    :param raw: the values, which say the kind where the union has kinds.
    """
    here = [model]
    value = raw
    for step in path:
        value = _child(value, step)
        if isinstance(step, int):
            continue
        following: list[type[BaseModel]] = []
        for each in here:
            for name, field in each.model_fields.items():
                if step in (name, field.alias):
                    following += [
                        leaf
                        for leaf in leaves(field.annotation)
                        if isinstance(leaf, type) and issubclass(leaf, BaseModel)
                    ]
        # A free key of a mapping (the name of a pool) leads to no field: stay where we are.
        here = _of_kind(following, value) or following or here
    return here


def _child(value: Any, step: int | str) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, Sequence) and step < len(value) else None
    return value.get(step) if isinstance(value, Mapping) else None


def _of_kind(models: Iterable[type[BaseModel]], value: Any) -> list[type[BaseModel]]:
    kind = value.get(KIND) if isinstance(value, Mapping) else None
    return [each for each in models if kind is not None and kinds_of([each]) == kind]


def kinds_of(models: Iterable[type[BaseModel]]) -> str:
    """What `kind` says in these models."""
    fields = [each.model_fields[KIND] for each in models if KIND in each.model_fields]
    return ", ".join(str(word) for field in fields for word in get_args(field.annotation))


def items_of(models: Iterable[type[BaseModel]], key: str) -> list[type[BaseModel]]:
    """The models of what stands below a key: the value itself, or each entry or named part."""
    return [
        leaf
        for model in models
        for name, field in model.model_fields.items()
        if key in (name, field.alias)
        for leaf in leaves(field.annotation)
        if isinstance(leaf, type) and issubclass(leaf, BaseModel)
    ]


def form_of_value(models: Iterable[type[BaseModel]], key: str) -> str:
    """How the value of a key is written: `VALUE`, `[VALUE]` or `[{name: ...}]`, and so on."""
    models = list(models)
    annotations = [
        field.annotation
        for model in models
        for name, field in model.model_fields.items()
        if key in (name, field.alias)
    ]
    origins = {get_origin(part) for each in annotations for part in (each, *get_args(each))}
    below = items_of(models, key)
    written = keys_to_write(below)
    if not any(is_required(below[0], each) for each in written):
        written = written[:1]
    keys = ", ".join(f"{each}: ..." for each in written)
    inner = f"{{{keys}}}" if keys else "VALUE"
    if origins & {tuple, list}:
        return f"[{inner}]"
    return f"{{NAME: {inner}}}" if dict in origins else inner


def may_hold_secret(model: type[BaseModel]) -> bool:
    """Whether a key of a model, or one below it, holds secrets."""
    return any(
        leaf is SecretStr
        or (isinstance(leaf, type) and issubclass(leaf, BaseModel) and may_hold_secret(leaf))
        for field in model.model_fields.values()
        for leaf in leaves(field.annotation)
    )


def value_type(models: Sequence[type[BaseModel]], key: str) -> type | None:
    """The type of the single value that a key takes; None for a list or a mapping."""
    for model in models[:1]:
        for name, field in model.model_fields.items():
            if key in (name, field.alias):
                parts = (field.annotation, *get_args(field.annotation))
                if {get_origin(part) for part in parts} & {tuple, list, dict}:
                    return None
                found = set(leaves(field.annotation)) & {str, int}
                return found.pop() if len(found) == 1 else None
    return None


def keys_to_write(models: Sequence[type[BaseModel]]) -> list[str]:
    """The keys that a mapping needs, or the first that it may have."""
    if not models:
        return []
    needed = [key for key in keys_of(models[0]) if all(is_required(each, key) for each in models)]
    return needed or list(keys_of(models[0]))[:_MOST_KEYS]


def leaves(annotation: Any) -> list[Any]:
    """The types that an annotation is made of; for a platform those of all kinds."""
    arguments = get_args(annotation)
    if annotation is Platform:
        return [*platforms()]
    if not arguments:
        return [annotation]
    return [leaf for argument in arguments for leaf in leaves(argument)]
