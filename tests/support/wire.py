"""Reads Pulumi's wire format without losing what is secret and what is unknown.

The SDK's own reader lifts a secret leaf to the list or mapping around it; here a path says exactly
which value travelled in an envelope.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXTS = frozenset({"04da6b54-80e4-46f7-96ec-b56ff0331ba9"})


class Unknown:
    """A value that a preview does not know."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown()
HIDDEN = "<secret>"


@dataclass(frozen=True)
class Properties:
    """Plain values, and the paths (`stringData.password`, `list[0]`) at which envelopes were."""

    plain: dict[str, Any]
    secret: frozenset[str]
    unknown: frozenset[str]
    shown: dict[str, Any]
    """The same values with every secret replaced: what a log or a state file would show."""

    def is_secret(self, path: str) -> bool:
        """Whether the value at a path travels in an envelope, its own or one around it."""
        return any(path == at or path.startswith((f"{at}.", f"{at}[")) for at in self.secret)

    def at(self, path: str) -> Any:
        """The plain value at a path of mapping keys."""
        value: Any = self.plain
        for step in path.split("."):
            value = value[step]
        return value


def read(struct: struct_pb2.Struct) -> Properties:
    """The properties of a request."""
    raw = json_format.MessageToDict(struct)
    secret: set[str] = set()
    unknown: set[str] = set()
    plain = _open(raw, "", secret, unknown, hide=False)
    shown = _open(raw, "", set(), set(), hide=True)
    return Properties(plain, frozenset(secret), frozenset(unknown), shown)


def write(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A struct of plain values."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(values), struct)
    return struct


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a value, keys included, each with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            here = f"{path}.{key}" if path else str(key)
            yield here, str(key)
            yield from texts(item, here)
    elif isinstance(value, list | tuple | set | frozenset):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")
    elif value is not None:
        yield path, str(value)


def _open(value: Any, path: str, secret: set[str], unknown: set[str], *, hide: bool) -> Any:
    if isinstance(value, Mapping):
        kind = value.get(SIGNATURE)
        if kind == SECRET:
            secret.add(path)
            if hide:
                return HIDDEN
            return _open(value.get("value"), path, secret, unknown, hide=hide)
        if kind == RESOURCE:
            return value.get("urn")
        return {
            key: _open(item, f"{path}.{key}" if path else key, secret, unknown, hide=hide)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            _open(item, f"{path}[{index}]", secret, unknown, hide=hide)
            for index, item in enumerate(value)
        ]
    if isinstance(value, str) and value in UNKNOWN_TEXTS:
        unknown.add(path)
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
