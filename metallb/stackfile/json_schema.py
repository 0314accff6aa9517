"""The JSON Schema of a whole stack file, made from the models.

Any value may stand encrypted, a whole section as well as one number, so each takes both forms.
"""

import json
from functools import cache
from typing import Any

from metallb.stackfile.ciphertext import CIPHERTEXT_PATTERN
from metallb.stackfile.load import NAMESPACE
from metallb.stackfile.namespaces import TOP_KEYS
from metallb.stackfile.stack import StackConfig

__all__ = ["is_schema", "schema_text", "stack_file_schema"]

_TITLE = "Stack file of MetalLB on bare metal"
_SECRET = {
    "type": "object",
    "description": "A value that Pulumi encrypted.",
    "properties": {"secure": {"type": "string", "pattern": CIPHERTEXT_PATTERN}},
    "required": ["secure"],
    "additionalProperties": False,
}


_SHOWN = ("title", "description", "default", "examples")
"""What a schema says to people, and not to a check."""
_AS_TEXT = {
    "integer": {"type": "string", "pattern": "^(0|-?[1-9][0-9]*)$"},
    "boolean": {"type": "string", "pattern": "^(true|false)$"},
}
"""What Pulumi decrypts a number or a boolean to; the program takes it in quotes therefore."""


_OF_PULUMI = {
    key: {"description": text} if key == "environment" else {"type": "string", "description": text}
    for key, text in TOP_KEYS.items()
}


def stack_file_schema() -> dict[str, Any]:
    """Schema of a file stacks/Pulumi.<stack>.yaml.

    Below `config:` keys of other namespaces (provider settings) are allowed, undescribed. At the
    left margin nothing is allowed but what Pulumi reads.
    """
    model = StackConfig.model_json_schema(by_alias=True)
    definitions = model.pop("$defs", {})
    sections = {
        f"{NAMESPACE}:{key}": _or_secret(value) for key, value in model["properties"].items()
    }
    definitions = {name: _with_secrets(each) for name, each in definitions.items()}
    definitions["Secret"] = _SECRET
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        "type": "object",
        "properties": {
            **_OF_PULUMI,
            "config": {
                "type": "object",
                "description": TOP_KEYS["config"],
                "properties": sections,
                "required": [f"{NAMESPACE}:{key}" for key in model.get("required", [])],
                # Provider settings are fine; a misspelt section of ours is not, nor is a key
                # without a namespace.
                "patternProperties": {f"^(?!{NAMESPACE}:)[^:]+:.": True},
                "additionalProperties": False,
            },
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": definitions,
    }


@cache
def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"


def is_schema(text: str) -> bool:
    """Whether a file that begins like this is the schema, of whichever release."""
    return text.lstrip().startswith("{") and f'"title": "{_TITLE}"' in text


def _with_secrets(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition of a mapping, list or word, each of whose parts may stand encrypted."""
    found = dict(definition)
    for key in ("properties", "patternProperties"):
        if key in found:
            found[key] = {name: _or_secret(part) for name, part in found[key].items()}
    for key in ("additionalProperties", "items"):
        if isinstance(found.get(key), dict):
            found[key] = _or_secret(found[key])
    return found


def _or_secret(value: dict[str, Any]) -> dict[str, Any]:
    """A value, or its encrypted form.

    What editors show and fill in (description, default) stays at the value itself.
    """
    shown = {key: value[key] for key in _SHOWN if key in value}
    form = {key: part for key, part in value.items() if key not in _SHOWN}
    if not form:
        # Anything goes, the encrypted form among it.
        return value
    forms = form.pop("anyOf") if set(form) == {"anyOf"} else [form]
    taken = [
        {key: part for key, part in each.items() if key not in ("format", "writeOnly")}
        if each.get("writeOnly")
        else _with_secrets(each)
        for each in forms
    ]
    texts = [_AS_TEXT[each["type"]] for each in forms if each.get("type") in _AS_TEXT]
    return {"anyOf": [*taken, *texts, {"$ref": "#/$defs/Secret"}], **shown}
