"""Keys of a stack file that are fields of MetalLB's objects: made from the declarations of those.

Type, default and text of such a key are the field's own. Texts that are more than texts to a stack
file (an address, a name, a duration) get the types of `metallb.stackfile.base`, which say what is
wrong with a value.
"""

import types
from collections.abc import Callable, Mapping
from copy import copy
from inspect import get_annotations
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Field, SecretStr, create_model

from metallb.algebra import durations
from metallb.models.described import TextOf
from metallb.routing import base
from metallb.routing.fields import MetalLBField, declared, words_for
from metallb.routing.peers import PasswordSecret
from metallb.routing.stack_keys import FORMER_KEYS, LEVELS, Level, keys_at
from metallb.routing.table import spec_of
from metallb.stackfile.base import (
    Asn,
    DnsLabel,
    Duration,
    IpAddress,
    Md5Key,
    Section,
    Subdomain,
    Text,
)

__all__ = ["settings", "type_of"]

_Section = TypeVar("_Section", bound=Section)

_TYPES: tuple[tuple[Any, Any], ...] = (
    (base.Asn, Asn),
    (base.Address, IpAddress),
    (base.ObjectName, DnsLabel),
    (durations.Duration, Duration),
    (SecretStr, Md5Key),
    (PasswordSecret, Subdomain),
    (str, Text),
)
"""Types of fields, and those of their keys."""
_NOTES: Mapping[str, str] = {
    "password_secret": "The name of one that something else makes in MetalLB's namespace, of type "
    "kubernetes.io/basic-auth with the key `password`; in place of `password`.",
    "local_asn": "MetalLB's localASN. The key localAsn is another one: a former name of `myAsn`.",
}
"""What a person has to know besides, by field, at every level."""


class _Former(Section):
    """Former names of keys."""

    local_asn: Asn | None = None
    """Former name of `myAsn`, which is still read."""


def settings(kind: str, level: Level, **notes: str) -> Callable[[type[_Section]], type[_Section]]:
    """Adds to a section every key that sets a field of a kind at a level, behind its own keys.

    A key that the section has itself keeps its type, default and text, and gets the words about
    modes and releases.

    :param notes: what a person has to know besides, by key.
    """

    def add(section: type[_Section]) -> type[_Section]:
        made = create_model(
            section.__name__,
            __base__=section,
            __module__=section.__module__,
            __doc__=section.__doc__,
            **_fields(section, kind, level, notes),
        )
        # Its texts are not those below the lines of a class.
        made.__qualname__ = f"settings.{section.__qualname__}"
        return made

    return add


def _fields(
    section: type[Section], kind: str, level: Level, notes: Mapping[str, str]
) -> dict[str, Any]:
    spec = spec_of(kind)
    hints = _annotations(spec)
    own_hints = _annotations(section)
    found: dict[str, Any] = {}
    for name, key in keys_at(kind, level).items():
        words = words_for(declared(spec, name))
        if key in section.model_fields:
            if words:
                text = TextOf(section, key, (words,))
                found[key] = (Annotated[own_hints[key], text], copy(section.model_fields[key]))
            continue
        default = spec.model_fields[name].default
        annotation = type_of(hints[name])
        if len(LEVELS[kind]) > 1 and (default is None or level is not LEVELS[kind][0]):
            # Another level may have it.
            annotation, default = annotation | None, None
        elif default is None and get_origin(_without_none(annotation)) is tuple:
            # A list that is left out is an empty one.
            annotation, default = _without_none(annotation), ()
        more = tuple(each for each in (_NOTES.get(name, ""), notes.get(key, ""), words) if each)
        found[key] = (Annotated[annotation, TextOf(spec, name, more)], Field(default=default))
    for key, former in FORMER_KEYS.items():
        if key in keys_at(kind, level).values():
            text = TextOf(_Former, former)
            found[former] = (Annotated[Asn | None, text], Field(default=None))
    return found


def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    """The annotations of a model's fields as they are written, those of its bases included.

    Models have none in quotes, so they need no evaluation, which takes `get_type_hints` longer
    than all else here.
    """
    found: dict[str, Any] = {}
    for each in reversed(model.__mro__):
        found |= get_annotations(each)
    return found


def type_of(annotation: Any) -> Any:
    """The type of a key by that of its field."""
    for theirs, ours in _TYPES:
        if annotation == theirs:
            return ours
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *more = parts
        rest = tuple(each for each in more if not isinstance(each, MetalLBField))
        return Annotated[type_of(inner), *rest] if rest else type_of(inner)
    if origin in (Union, types.UnionType):
        return Union[tuple(type_of(part) for part in parts)]  # noqa: UP007 - of any number
    if origin in (tuple, dict):
        return origin[tuple(part if part is ... else type_of(part) for part in parts)]
    return annotation


def _without_none(annotation: Any) -> Any:
    """An optional type without its None."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    return next(part for part in get_args(annotation) if part is not types.NoneType)
