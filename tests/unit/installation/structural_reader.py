"""A small reader of Kubernetes structural schemas: what they may hold, and what they do to objects.

Follows apiextensions/v1: `problems` for the schema's own form, `pruned` for unknown fields,
`violations` for values. CEL rules are not run here.
"""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_WORDS = {
    "type",
    "description",
    "properties",
    "items",
    "additionalProperties",
    "required",
    "default",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "x-kubernetes-validations",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
}
_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}
_FREE = "x-kubernetes-preserve-unknown-fields"
"""Below it everything is kept; ours have it nowhere."""


def problems(schema: Schema, at: str = "") -> Iterator[str]:
    """Why an API server would refuse the schema, or why a reader would not understand it."""
    yield from (f"{at}: {word}" for word in schema.keys() - _WORDS)
    kind = schema.get("type")
    if kind not in _TYPES:
        yield f"{at}: type {kind}"
        return
    if kind == "array" and "items" not in schema:
        yield f"{at}: array without items"
    if {"properties", "additionalProperties"} <= schema.keys():
        yield f"{at}: both properties and additionalProperties"
    if schema.get("additionalProperties", {}) is False:
        yield f"{at}: additionalProperties false"
    if kind == "integer" and schema.get("format") not in ("int32", "int64"):
        yield f"{at}: integer without a width"
    if schema.get("format") == "int32" and schema.get("maximum", 0) >= 2**31:
        yield f"{at}: bounds wider than int32"
    if "default" in schema and list(violations(schema, schema["default"])):
        yield f"{at}: default against the schema"
    for rule in schema.get("x-kubernetes-validations", ()):
        if not rule.keys() <= {"rule", "message", "reason"} or "self" not in rule["rule"]:
            yield f"{at}: rule {rule}"
    if schema.get("x-kubernetes-list-type") == "map":
        keys = schema.get("x-kubernetes-list-map-keys")
        if not keys or not set(keys) <= set(schema["items"]["required"]):
            yield f"{at}: list map without required keys"
    for name in schema.get("required", ()):
        if name not in schema.get("properties", {}):
            yield f"{at}: requires unknown {name}"
    for name, child in schema.get("properties", {}).items():
        described = "description" in child or (not at and name == "metadata")
        if not described:
            yield f"{at}.{name}: no description"
        yield from problems(child, f"{at}.{name}")
    if "items" in schema:
        yield from problems(schema["items"], f"{at}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from problems(schema["additionalProperties"], f"{at}{{}}")


def pruned(schema: Schema, value: Any) -> Any:
    """What is left of a value when an API server has stored it."""
    if schema.get(_FREE):
        return value
    if isinstance(value, dict):
        if "additionalProperties" in schema:
            inner = schema["additionalProperties"]
            return {key: pruned(inner, item) for key, item in value.items()}
        known = schema.get("properties", {})
        return {key: pruned(known[key], item) for key, item in value.items() if key in known}
    if isinstance(value, list):
        return [pruned(schema["items"], item) for item in value]
    return value


def violations(schema: Schema, value: Any, at: str = "") -> Iterator[str]:
    """Why an API server would refuse the value."""
    if schema.get(_FREE):
        return
    expected = _TYPES[schema["type"]]
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        yield f"{at}: not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not in the enum"
    if isinstance(value, int) and not isinstance(value, bool):
        limit = 2**31 if schema.get("format") == "int32" else 2**63
        low, high = schema.get("minimum", -limit), schema.get("maximum", limit - 1)
        if not max(low, -limit) <= value <= min(high, limit - 1):
            yield f"{at}: out of bounds"
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"{at}: length"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{at}: pattern"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from violations(schema["items"], item, f"{at}[{index}]")
    if isinstance(value, dict):
        yield from (
            f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in value
        )
        for key, item in value.items():
            child = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if child is not None:
                yield from violations(child, item, f"{at}.{key}")
