"""What the plugin refuses before it calls, and the defaults that it fills in."""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.schema import (
    DEFAULTS,
    FUNCTIONS,
    RESOURCES,
    UNKNOWN,
    Input,
    Kind,
    Shape,
    snake,
)

Json = dict[str, Any]

RESERVED = (DEFAULTS, "__meta")
"""Keys of Pulumi's own."""

UUID = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89|ab][a-f0-9]{3}-[a-f0-9]{12}", re.I)


def failures(shape: Shape, given: Mapping[str, Any], *, places: bool) -> list[str]:
    """The reasons to refuse inputs.

    :param places: whether a reason ends with the place of the value, as those of resources do.
    """
    found = _object(shape, given)
    if not places:
        return [reason for _, reason in found]
    return [
        f"{reason}. Examine values at '{'.'.join([shape.title, *map(_pascal, path)])}'."
        for path, reason in found
    ]


def refuse(token: str, given: Mapping[str, Any]) -> None:
    """Raises the first reason to refuse inputs, if there is any."""
    shape = RESOURCES.get(token) or FUNCTIONS[token]
    for reason in failures(shape, given, places=token in RESOURCES):
        raise PluginError(shape.title, reason)


def with_defaults(
    shape: Shape, olds: Mapping[str, Any], news: Mapping[str, Any], name: str = ""
) -> Json:
    """Inputs as the engine keeps them: in their types, with defaults and the list of those.

    :param olds: inputs of the time before: what was a default then stays.
    :param name: the resource's name, of which the default of an input may be made.
    """
    made = {one.wire: f"{name}-{secrets.token_hex(4)[:7]}" for one in shape.inputs if one.named}
    return _defaulted(shape.inputs, olds, news, made)


def _defaulted(
    inputs: tuple[Input, ...],
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    made: Mapping[str, str],
) -> Json:
    known = {one.wire: one for one in inputs}
    result = {
        key: _typed(known.get(key), olds.get(key), value)
        for key, value in news.items()
        if key not in RESERVED and value is not None
    }
    filled = []
    former = olds.get(DEFAULTS)
    for one in inputs:
        default = made.get(one.wire, one.default)
        if one.wire in result or default is None:
            continue
        kept = one.wire in olds and (former is None or one.wire in former)
        result[one.wire] = olds[one.wire] if kept else default
        filled.append(one.wire)
    return {**result, DEFAULTS: sorted(filled)}


def _typed(one: Input | None, old: Any, value: Any) -> Any:
    if isinstance(value, float):
        return int(value)
    if one is None:
        return value
    if one.kind is Kind.SET:
        return [UNKNOWN] if value == UNKNOWN else value
    if one.kind is Kind.OBJECT and isinstance(value, Mapping):
        return _defaulted(one.fields, old if isinstance(old, Mapping) else {}, value, {})
    if isinstance(value, str) and value != UNKNOWN:
        return _parsed(one.kind, value)
    return value


def _parsed(kind: Kind, text: Any) -> Any:
    """A text in place of a number or a flag, where it is one."""
    if not isinstance(text, str):
        return text
    if kind is Kind.NUMBER and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    if kind is Kind.FLAG and text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if kind is Kind.FLAG and text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    return text


def _object(
    shape: Shape | Input, given: Mapping[str, Any], above: str = ""
) -> Iterator[tuple[tuple[str, ...], str]]:
    inputs = shape.inputs if isinstance(shape, Shape) else shape.fields
    known = {one.wire: one for one in inputs}
    names = {one.name: one for one in inputs}
    for one in inputs:
        value = given.get(one.wire)
        if value is None:
            if one.required:
                text = f'The argument "{above}{one.name}" is required, but no definition was found.'
                yield (one.wire,), f"Missing required argument: {text}"
            continue
        clash = [
            name
            for name in one.conflicts
            if name in names and given.get(names[name].wire) not in (None, UNKNOWN)
        ]
        if value == UNKNOWN:
            continue
        if clash:
            text = f'"{one.name}": conflicts with {clash[0]}'
            yield (one.wire,), f"Conflicting configuration arguments: {text}"
        else:
            for path, reason in _value(one, value, above):
                yield (one.wire, *path), reason
    for key in given:
        if key in known or key in RESERVED or given[key] is None:
            continue
        if isinstance(shape, Shape) and key in shape.outputs:
            yield (key,), f"Value for unconfigurable attribute: {_decided(key)}"
        else:
            yield (key,), "Invalid or unknown key"


def _decided(key: str) -> str:
    return (
        f'Can\'t configure a value for "{snake(key)}": its value will be decided automatically '
        "based on the result of applying this configuration."
    )


def _value(one: Input, value: Any, above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if one.kind is Kind.OBJECT and isinstance(value, Mapping):
        yield from _object(one, value, f"{above}{one.name}.0.")
    elif one.kind is Kind.NUMBER and isinstance(value, str):
        yield (), f"Attribute must be a whole number, got {value}"
    elif one.kind is Kind.SET and not isinstance(value, list):
        yield (), "Attribute must be a list"
    elif one.kind is Kind.FLAG and isinstance(_parsed(one.kind, value), str):
        text = f'strconv.ParseBool: parsing "{value}": invalid syntax'
        yield (), f"cannot parse '' as bool: {text}"
    elif one.choices and value not in one.choices:
        yield (), f"expected {above}{one.name} to be one of [{' '.join(one.choices)}], got {value}"
    elif one.uuid and not (one.empty and value == "") and not UUID.fullmatch(str(value)):
        yield (), f"invalid value for {one.name} (must be a valid UUID)"


def _pascal(wire: str) -> str:
    return "".join(part.capitalize() for part in snake(wire).split("_"))
