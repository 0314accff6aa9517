"""No sentence of pydantic's comes through: every kind of error that the models make is known."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from metallb.routing.table import OBJECTS
from metallb.stackfile import StackConfig
from metallb.stackfile.mistakes import problems_of_form
from tests.platforms import parts

SPECS: list[Any] = [kind.model_fields["spec"].annotation for kind in OBJECTS.values()]
MODELS: list[type[BaseModel]] = [
    StackConfig,
    *(model for part in parts() for model in part.models),
    *SPECS,
]
TYPES = {
    *("any", "bool", "default", "definition-ref", "definitions", "dict", "enum", "int"),
    *("function-after", "function-before", "function-plain", "function-wrap", "literal", "model"),
    *("model-field", "model-fields", "nullable", "str", "tagged-union", "tuple", "list"),
    # How pydantic makes of a text what it takes in Python: a secret, an enumeration.
    *("is-instance", "json-or-python", "lax-or-strict", "union"),
    *("no-info", "with-info"),
}
"""Parts of a schema, each of which makes errors that `metallb.stackfile.mistakes` has words for."""
BOUNDS = {"ge", "le", "min_length"}
OTHER_BOUNDS = {"gt", "lt", "max_length", "pattern", "multiple_of", "allow_inf_nan"}


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for key, value in schema.items():
            if key != "metadata":
                yield from parts(value)
    elif isinstance(schema, list | tuple):
        for item in schema:
            yield from parts(item)


def _parts_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    model.model_rebuild()
    return list(parts(model.__pydantic_core_schema__))


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_a_schema_has_no_part_whose_errors_are_not_known(model: type[BaseModel]) -> None:
    found = _parts_of(model)
    assert {part["type"] for part in found} <= TYPES
    used = {key for part in found for key in part if key in BOUNDS | OTHER_BOUNDS}
    assert used <= BOUNDS


WRONG: list[Any] = [None, True, 7, -7, 2.5, 2**70, "", "text", "a" * 300, [], [None], {}, {"a": 1}]


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: str(each)[:20])
@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_a_wrong_value_is_described_in_our_words(model: type[BaseModel], wrong: Any) -> None:
    raw = dict.fromkeys(_fields(model), wrong)
    try:
        model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        sentences = {each["msg"] for each in error.errors() if each["type"] != "value_error"}
        found = list(problems_of_form(error, raw, model))
    else:
        return
    assert found
    for problem in found:
        shown = f"{problem.summary} {problem.detail} {problem.help}"
        assert not any(sentence in shown for sentence in sentences)
        assert "Input" not in shown
        assert "is not a value that this key takes" not in shown
        assert problem.help
        assert problem.help != "correct the value"
