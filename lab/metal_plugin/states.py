"""Between inputs and states: what a state is before the API has answered, and what inputs a state
stands for.
"""

from collections.abc import Mapping
from typing import Any

from lab.metal_plugin.outputs import tag_order
from lab.metal_plugin.schema import DEFAULTS, UNKNOWN, Input, Kind, Shape
from lab.metal_plugin.values import secret

Json = dict[str, Any]


def previewed(shape: Shape, news: Mapping[str, Any]) -> Json:
    """What a preview shows: the inputs that are known. Outputs are left out."""
    return _planned(shape.inputs, news, absent=UNKNOWN)


def left_behind(shape: Shape, news: Mapping[str, Any]) -> Json:
    """The state of a resource that was made and could not be read."""
    planned = _planned(shape.inputs, news, absent=None)
    return {
        key: value.lower() if shape.place[key].lower else value for key, value in planned.items()
    }


def changed(shape: Shape, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Json:
    """A state with the inputs over it that can change in place, before the API has answered."""
    result = dict(olds)
    for one in shape.inputs:
        value = news.get(one.wire)
        if one.replaces:
            continue
        if one.kind is Kind.OBJECT:
            inner = {field.wire: (value or {}).get(field.wire) or "" for field in one.fields}
            result[one.wire] = {**(olds.get(one.wire) or {}), **inner} if value else None
        elif value is not None:
            result[one.wire] = value
    return result


def complete(shape: Shape, outputs: Mapping[str, Any]) -> Json:
    """A state that was read, with the objects that it does not have."""
    absent = {one.wire: None for one in shape.inputs if one.kind is Kind.OBJECT}
    return {**absent, **outputs}


def kept(shape: Shape, olds: Mapping[str, Any]) -> Json:
    """What of an old state there is a place for."""
    return {key: olds[key] for key in olds if key in shape.place or key in shape.outputs}


def refreshed(shape: Shape, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Json:
    """Inputs after a refresh: those that were there, with what they have become."""
    return _extracted(shape.inputs, inputs, outputs)[0]


def imported(shape: Shape, outputs: Mapping[str, Any]) -> Json:
    """Inputs after an import: all that the state has of them."""
    inputs = {key: value for key, value in outputs.items() if key in shape.place}
    annotated = {
        key: {**value, DEFAULTS: []} if isinstance(value, dict) else value
        for key, value in inputs.items()
    }
    return {**annotated, DEFAULTS: []}


def marked(shape: Shape, values: Mapping[str, Any]) -> Json:
    """Values with their secrets in envelopes."""
    return _marked(shape.inputs, values)


def _planned(inputs: tuple[Input, ...], news: Mapping[str, Any], absent: Any) -> Json:
    result: Json = {}
    for one in inputs:
        value = news.get(one.wire)
        if value is None or value in ("", UNKNOWN):
            continue
        if one.kind is Kind.SET:
            if not value or UNKNOWN in value:
                continue
            value = tag_order(value)
        if one.kind is Kind.OBJECT:
            zeros: Json = {key: absent or zero for key, zero in one.outputs}
            value = {**zeros, **{key: inner for key, inner in value.items() if key != DEFAULTS}}
        result[one.wire] = value
    return result


def _extracted(
    inputs: tuple[Input, ...], olds: Mapping[str, Any], news: Mapping[str, Any]
) -> tuple[Json, bool]:
    known = {one.wire: one for one in inputs}
    defaults = set(olds.get(DEFAULTS) or [])
    result: Json = {}
    for key, old in olds.items():
        if key == DEFAULTS:
            continue
        same = False
        if key in news:
            result[key], same = _one(known.get(key), old, news[key])
        if not same:
            defaults.discard(key)
    if defaults:
        result[DEFAULTS] = sorted(defaults)
    return result, False


def _one(one: Input | None, old: Any, new: Any) -> tuple[Any, bool]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _extracted(one.fields if one else (), old, new)
    if isinstance(old, list) and isinstance(new, list):
        return new[: len(old)], new[: len(old)] == old
    if one is not None and one.lower and isinstance(old, str) and isinstance(new, str):
        return old, old.lower() == new
    return new, old == new


def _marked(inputs: tuple[Input, ...], values: Mapping[str, Any]) -> Json:
    known = {one.wire: one for one in inputs}
    result: Json = {}
    for key, value in values.items():
        one = known.get(key)
        if one is not None and one.secret and value is not None:
            result[key] = secret(value)
        elif one is not None and one.fields and isinstance(value, Mapping):
            result[key] = _marked(one.fields, value)
        else:
            result[key] = value
    return result
