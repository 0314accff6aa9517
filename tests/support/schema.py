"""The schema of stack files as editors apply it."""

import json
from functools import cache

import jsonschema

from metallb.stackfile.json_schema import schema_text

__all__ = ["editors"]


@cache
def editors() -> jsonschema.Draft202012Validator:
    """The check of the schema as it is shipped; `test_stack_files` checks the schema itself."""
    return jsonschema.Draft202012Validator(json.loads(schema_text()))
