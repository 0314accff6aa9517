"""Kubernetes structural schemas out of pydantic models. Pure.

Does not know any MetalLB kind (`tools.crds.kinds` does), and refuses what a structural schema
has no form for instead of leaving it out.
Source: Kubernetes, "Specifying a structural schema" of CustomResourceDefinition v1.
"""

from typing import Any

from pydantic import BaseModel

__all__ = ["Schema", "structural_schema"]

Schema = dict[str, Any]

_INT32_MAX = 2**31 - 1
_RENAMED = {
    "list": "x-kubernetes-list-type",
    "keys": "x-kubernetes-list-map-keys",
    "map": "x-kubernetes-map-type",
    "validations": "x-kubernetes-validations",
}
"""Keys of `json_schema_extra` in a model, and how Kubernetes spells them."""
_COPIED = frozenset(
    {
        "type",
        "description",
        "format",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
        "enum",
        "required",
        "since",
    }
)
_IGNORED = frozenset({"title", "examples", "writeOnly"})
"""For other readers than the API server."""


def structural_schema(model: type[BaseModel]) -> Schema:
    """The schema of a model, in which `since` is the first release of a property.

    `metallb.routing.crds` leaves it out, and properties that a release lacks with it.

    :raises TypeError: the model has something that no structural schema can have.
    """
    document = model.model_json_schema(by_alias=True, mode="validation")
    return _Converter(document.pop("$defs", {})).convert(document, model.__name__)


class _Converter:
    """Walks one JSON Schema document. References are resolved: structural schemas have none."""

    def __init__(self, definitions: dict[str, Schema]) -> None:
        self._definitions = definitions

    def convert(self, node: Schema, at: str) -> Schema:
        node = self._flat(node, at)
        result: Schema = {}
        for key, value in node.items():
            if key in _IGNORED:
                continue
            if key in _COPIED:
                result[key] = value
            elif key in _RENAMED:
                result[_RENAMED[key]] = value
            elif key == "const":
                result["enum"] = [value]
            elif key == "properties":
                result[key] = {
                    name: self.convert(child, f"{at}.{name}") for name, child in value.items()
                }
            elif key == "items":
                result[key] = self.convert(value, f"{at}[]")
            elif key == "additionalProperties":
                # `false` would forbid later MetalLB releases their fields; unknown keys are pruned.
                if value is not False:
                    result[key] = self.convert(value, f"{at}{{}}")
            elif key == "default":
                # `null` is pydantic's word for "may be left out", which `required` has already.
                if value is not None:
                    result[key] = value
            else:
                msg = f"{at}: a structural schema has no word for {key!r}"
                raise TypeError(msg)
        return _finished(result)

    def _flat(self, node: Schema, at: str) -> Schema:
        """The node without `$ref` and without `anyOf [X, null]`; its own keys win."""
        if "$ref" in node:
            siblings = {key: value for key, value in node.items() if key != "$ref"}
            target = self._definitions[str(node["$ref"]).rsplit("/", 1)[-1]]
            return self._flat(target | siblings, at)
        if "anyOf" in node:
            choices = [choice for choice in node["anyOf"] if choice.get("type") != "null"]
            if len(choices) != 1:
                msg = f"{at}: a structural schema can't choose between types"
                raise TypeError(msg)
            siblings = {key: value for key, value in node.items() if key != "anyOf"}
            return self._flat(choices[0] | siblings, at)
        return node


def _finished(schema: Schema) -> Schema:
    """Descriptions on one line, integers with the width that their bounds need."""
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split())
    if schema.get("format") == "password":
        # Hides a form field in a browser; the API server has no use for it.
        del schema["format"]
    if schema.get("type") == "integer" and "format" not in schema:
        bounds = (schema.get("minimum"), schema.get("maximum"))
        narrow = all(bound is not None and abs(bound) <= _INT32_MAX + 1 for bound in bounds)
        schema["format"] = "int32" if narrow else "int64"
    if "required" in schema:
        schema["required"] = sorted(schema["required"])
    if schema.get("properties") == {}:
        # The API server drops an empty mapping, and every update would write it again.
        del schema["properties"]
    return schema
