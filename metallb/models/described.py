"""The texts below a model's fields, read when a schema is made.

pydantic can read these texts itself, while each class is being made: a third of the time that
importing this program takes, in runs that never show one of them. Pure.
"""

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema

__all__ = ["DescribedModel", "TextOf", "field_texts"]


class DescribedModel(BaseModel):
    """A model whose JSON Schema describes each field by the string below it."""

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        """pydantic's schema, with the texts."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in field_texts(cls).items():
            key = cls.model_fields[name].alias
            # By name where the schema is without aliases.
            shown = properties.get(key) or properties.get(name)
            if shown is not None:
                shown.setdefault("description", text)
        return schema


class TextOf(NamedTuple):
    """In the metadata of a field that is no line of a source: its text is that of another field.

    :ivar more: sentences behind it.
    """

    model: type[BaseModel]
    field: str
    more: tuple[str, ...] = ()

    def text(self) -> str:
        """The text."""
        return " ".join((field_texts(self.model)[self.field], *self.more))


@cache
def field_texts(model: type[BaseModel]) -> dict[str, str]:
    """The text of each field that has one, by the field's Python name; bases' fields included."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, DescribedModel) and base is not DescribedModel:
            found |= _texts_of(sys.modules[base.__module__]).get(base.__qualname__, {})
            found |= {
                name: each.text()
                for name, field in base.model_fields.items()
                for each in field.metadata
                if isinstance(each, TextOf)
            }
    return {name: text for name, text in found.items() if name in model.model_fields}


@cache
def _texts_of(module: ModuleType) -> dict[str, dict[str, str]]:
    """By class, the strings that follow annotated names in a module's source."""
    # Not `inspect.getsource`, which looks at every module there is. A zip archive has a source too;
    # without one (compiled files alone) the schemas go without texts.
    loader: Any = module.__loader__
    source = loader.get_source(module.__name__)
    tree = ast.parse(source or "")
    # Models stand at the top of their modules; walking into every function takes far longer.
    return {node.name: _texts_in(node.body) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts_in(body: list[ast.stmt]) -> dict[str, str]:
    found = {}
    for before, after in pairwise(body):
        match before, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found
