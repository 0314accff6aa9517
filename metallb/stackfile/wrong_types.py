"""Values of another type than their key takes: what they are, and how the right type is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from metallb.problems.problem import Location
from metallb.stackfile.ciphertext import pulumi_path
from metallb.stackfile.keys import (
    is_required,
    keys_of,
    keys_to_write,
    may_hold_secret,
    value_type,
)
from metallb.yaml_text.plain_words import plain_value

__all__ = ["Place", "type_of", "wanted_type", "wrong_type"]

_TYPES = {
    "bool_": "a boolean",
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
    "a text": "a string",
    "a whole number": "an integer",
}
"""The types that a program has another word for."""
_GROUPS = ("a list", "a mapping")
_MOST_TEXT = 80
_PAIR = re.compile(r"([A-Za-z0-9][\w./-]*)\s*[=:]\s*([\w.-]*)")
_SAFE = re.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_/.:@+-]*")


@dataclass(frozen=True)
class Place:
    """Where a value of another type is.

    :ivar file: what the whole is called, whose keys the models are.
    :ivar models: those of the mapping that was to be there, or of the entries of a list.
    :ivar form: how the value is written, such as `[VALUE]`.
    :ivar named: a mapping whose keys a person names.
    :ivar needed: the key may not be removed.
    :ivar in_program: the value is one of a program, not of a file.
    :ivar secret: it is a secret, which `pulumi config set` encrypts.
    """

    path: Location
    file: str
    models: Sequence[type[BaseModel]]
    form: str
    named: bool
    needed: bool
    in_program: bool
    secret: bool

    @property
    def name(self) -> str:
        """What the value is called, where it is not shown itself."""
        if not self.path:
            return self.file
        last = self.path[-1]
        return "the entry" if isinstance(last, int) else last

    def line(self, value: str) -> str:
        """What to write, without indentation and without the dash of an entry."""
        return value if self.is_entry or not self.path else f"{self.path[-1]}: {value}"

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
    return "a boolean" if isinstance(value, bool) else "a number"


def _help(value: Any, wanted: str, place: Place, *, shown: bool) -> str:
    if place.in_program:
        return f"pass {_OF_PROGRAMS.get(wanted, wanted)}"
    if place.secret and value is not None:
        path = pulumi_path((f"metallb:{place.path[0]}", *place.path[1:])) if place.path else ""
        return f"set it with `pulumi config set --secret --path '{path}'`"
    if wanted == "a list":
        return _help_of_a_list(value, place, shown=shown)
    if wanted == "a mapping":
        return _help_of_a_mapping(value, place, shown=shown)
    if wanted == "a text":
        single = isinstance(value, list | tuple) and len(value) == 1
        if shown and single and _is_short(value[0]):
            return f"write {place.line(_plain(value[0]))}"
        if type_of(value) in _GROUPS:
            return f"write {place.line('VALUE')}, with one text as its value"
        return "write a value" if value is None else "put it in quotes"
    return f"write {wanted}"


def _help_of_a_list(value: Any, place: Place, *, shown: bool) -> str:
    if isinstance(value, Mapping):
        keys = {key for each in place.models for key in keys_of(each)}
        if keys & set(value):
            return (
                "write `- ` before the first key of each entry, or brackets around entries in"
                " braces: [{...}, {...}]"
            )
        return f"write {place.line(place.form)}"
    if any(map(may_hold_secret, place.models)):  # the value may be the secret
        return f"write {place.line(place.form)}"
    if shown and _is_short(value):
        listed = [_plain(each) for each in _entries(str(value))]
        return f"write {place.line('[' + ', '.join(listed) + ']')}"
    return "write the entries below the key, each on a line that begins with `- `"


def _help_of_a_mapping(value: Any, place: Place, *, shown: bool) -> str:
    keys = keys_to_write(place.models) if not place.named else []
    below = "in its place" if place.is_entry else "below it"
    if isinstance(value, list | tuple) and not keys:
        pairs = [_pair(each) for each in value] if shown else []
        if pairs and all(pairs):
            return f"write {place.line('{' + ', '.join(pairs) + '}')}"
        names = [each.get("name") for each in value if isinstance(each, Mapping)]
        if names and _is_short(names[0]):
            return f"write `{names[0]}:` in place of `- name: {names[0]}`, and each entry likewise"
        return "write a name and a colon in place of the `- ` of each entry"
    if not keys:
        pair = _pair(value) if shown else ""
        line = f"write {place.line('{' + pair + '}')}"
        return line if pair else f"write `key: value` lines {below}"
    if len(keys) == 1 or not any(is_required(place.models[0], key) for key in keys):
        # One value alone is mostly that of the first key.
        takes = value_type(place.models, keys[0])
        hidden = any(map(may_hold_secret, place.models))  # the value may be the secret
        if type(value) is takes and _is_short(value) and shown and not hidden:
            return f"write {keys[0]}: {_plain(value)} {below}"
    return f"write its keys {below}: " + ", ".join(f"`{key}: ...`" for key in keys)


def _pair(value: Any) -> str:
    """A label with its value, as a mapping has it; empty for another text."""
    match = _PAIR.fullmatch(value) if isinstance(value, str) else None
    return f"{match[1]}: {_plain(match[2])}" if match else ""


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int) and len(str(value)) <= _MOST_TEXT


def _entries(text: str) -> list[str]:
    """The entries of a list that is written as one text."""
    several = [
        each for each in re.split(r"[\s,;|]+", re.sub(r"\s*-\s+|\s+-\s*", "-", text)) if each
    ]
    return several or [text]


def _plain(value: Any) -> str:
    """A single value as YAML writes it, in quotes where it needs them."""
    if not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    plain = _SAFE.fullmatch(value) and type(plain_value(value)) is str
    return value if plain else "'" + value.replace("'", "''") + "'"
