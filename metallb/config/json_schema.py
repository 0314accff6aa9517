"""The JSON Schema of a whole stack file, made from the models."""

import json
from typing import Any

from metallb.config.load import NAMESPACE
from metallb.config.stack import StackConfig

__all__ = ["schema_text", "stack_file_schema"]

_SECRET = {
    "type": "object",
    "description": "A value that Pulumi encrypted.",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_file_schema() -> dict[str, Any]:
    """Schema of a file stacks/Pulumi.<stack>.yaml.

    Keys of other namespaces (provider settings) and Pulumi's own keys are allowed, undescribed.
    """
    model = StackConfig.model_json_schema(by_alias=True)
    definitions = model.pop("$defs", {})
    sections = {f"{NAMESPACE}:{key}": value for key, value in model["properties"].items()}
    definitions["Secret"] = _SECRET
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of MetalLB on bare metal",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": sections,
                "required": [f"{NAMESPACE}:{key}" for key in model.get("required", [])],
                # Provider settings are fine; a misspelt section of ours is not, nor is a key
                # without a namespace.
                "patternProperties": {f"^(?!{NAMESPACE}:)[^:]+:.": True},
                "additionalProperties": False,
            }
        },
        "required": ["config"],
        "$defs": definitions,
    }
    return _with_secrets(schema)  # type: ignore[no-any-return]


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"


def _with_secrets(node: Any) -> Any:
    """Wherever a secret may stand, its encrypted form may stand too."""
    if isinstance(node, list):
        return [_with_secrets(item) for item in node]
    if not isinstance(node, dict):
        return node
    walked = {key: _with_secrets(value) for key, value in node.items()}
    if walked.get("writeOnly") is True and walked.get("format") == "password":
        return {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Secret"}]}
    return walked
