"""Values of another type than their key takes: what they are, and how the right type is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from metallb.config.keys import is_required, keys_of
from metallb.problems.problem import Location

__all__ = ["Place", "type_of", "wanted_type", "wrong_type"]

_TYPES = {
    "bool_": "true or false",
    "dict_": "a mapping",
    "int_": "a whole number",
    "list_": "a list",
    "mapping_": "a mapping",
    "model_": "a mapping",
    "string_": "a text",
    "tuple_": "a list",
}
"""What was to be there, by the start of pydantic's kind of error."""
_OF_PROGRAMS = {
    "true or false": "a boolean",
    "a text": "a string",
    "a whole number": "an integer",
}
"""The types that a program has another word for."""
_GROUPS = ("a list", "a mapping")
_MOST_KEYS = 3
_MOST_TEXT = 80


@dataclass(frozen=True)
class Place:
    """Where a value of another type is.

    :ivar file: what the whole is called, whose keys the models are.
    :ivar models: those of the mapping that was to be there, where it has one.
    :ivar needed: the key may not be removed.
    :ivar in_program: the value is one of a program, not of a file.
    """

    path: Location
    file: str
    models: Sequence[type[BaseModel]]
    needed: bool
    in_program: bool

    @property
    def name(self) -> str:
        """What the value is called, where it is not shown itself."""
        if not self.path:
            return self.file
        last = self.path[-1]
        return "the entry" if isinstance(last, int) else last

    @property
    def is_entry(self) -> bool:
        """Whether it is an entry of a list."""
        return bool(self.path) and isinstance(self.path[-1], int)


def wanted_type(kind: str) -> str:
    """The type that pydantic's kind of error misses; empty for another error."""
    return next((wanted for start, wanted in _TYPES.items() if kind.startswith(start)), "")


def wrong_type(value: Any, wanted: str, place: Place, shown: str) -> tuple[str, str]:
    """What is wrong, and the help.

    :param shown: the value as it may be shown; empty where it may not.
    """
    help = _help(value, wanted, place, shown=bool(shown))
    if value is None:
        if not place.needed:
            help = f"remove {'the entry' if place.is_entry else 'the key'}, or {help}"
        return f"{place.name} has no value" if place.path else f"{place.file} is empty", help
    kind = type_of(value)
    if wanted in _GROUPS or kind in _GROUPS:
        return f"{place.name} is {kind}, not {wanted}", help
    shown = shown or "the value (a secret, not shown)"
    if wanted == "a text":
        return f"{shown} is read as {kind}, not as {wanted}", help
    return f"{shown} is not {wanted}", help


def type_of(value: Any) -> str:
    """What YAML calls a value."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return "a text"
    return "true or false" if isinstance(value, bool) else "a number"


def _help(value: Any, wanted: str, place: Place, *, shown: bool) -> str:
    if place.in_program:
        return f"pass {_OF_PROGRAMS.get(wanted, wanted)}"
    if wanted == "a list":
        if isinstance(value, Mapping):
            return "begin the first key of each entry with `- `"
        if isinstance(value, str) and shown and len(value) <= _MOST_TEXT:
            return f"write {place.name}: [{value}]"
        return "write the entries below the key, each on a line that begins with `- `"
    if wanted == "a mapping":
        keys = _keys_to_write(place.models)
        if isinstance(value, list | tuple) and not keys:
            return "write a name and a colon in place of the `- ` of each entry"
        below = "in its place" if place.is_entry else "below it"
        return f"write its keys {below}: {keys}" if keys else f"write `key: value` lines {below}"
    if wanted == "a text":
        return "write a value" if value is None else "put it in quotes"
    return f"write {wanted}"


def _keys_to_write(models: Sequence[type[BaseModel]]) -> str:
    """The keys that a mapping needs, or may have; none where a person names them."""
    if not models:
        return ""
    needed = [key for key in keys_of(models[0]) if all(is_required(each, key) for each in models)]
    keys = needed or list(keys_of(models[0]))[:_MOST_KEYS]
    return ", ".join(f"`{key}: ...`" for key in keys)
