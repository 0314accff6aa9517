"""Values of MetalLB's fields by their types alone, so that a new field is generated as well."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from metallb.algebra.durations import Duration
from metallb.routing.base import Address, ObjectName
from metallb.routing.fields import manifest_key

__all__ = ["fields", "values"]

Values = st.SearchStrategy[Any]

_TEXT = st.text("abcdefghijklmnopqrstuvwxyz0123456789.:/-", min_size=1, max_size=12)
USUAL: Mapping[Any, Values] = {
    bool: st.booleans(),
    int: st.integers(1, 100),
    str: _TEXT,
    Address: _TEXT,
    ObjectName: _TEXT,
    SecretStr: _TEXT,
    Duration: st.integers(0, 9999).map("{}s".format),
}


def values(annotation: Any, types: Mapping[Any, Values] = USUAL) -> Values:
    """Values of a type, as custom resources spell them.

    :param types: values of types that are made of no others.
    """
    if annotation in types:
        return types[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = _bounds(parts[1:])
        return st.integers(bounds["ge"], bounds["le"]) if bounds else values(parts[0], types)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.lists(values(parts[0], types), min_size=1, max_size=2, unique_by=repr)
    if origin is dict:
        return st.dictionaries(*(values(part, types) for part in parts), min_size=1, max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return fields(annotation, types)
    (inner,) = (each for each in parts if each is not type(None))
    return values(inner, types)


def fields(
    model: type[BaseModel],
    types: Mapping[Any, Values] = USUAL,
    *,
    without: Collection[str] = (),
) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings of the fields of a model, each of which may be there if it does not have to.

    :param without: fields that are left out.
    """
    hints = get_type_hints(model, include_extras=True)
    made = {name: values(hints[name], types) for name in model.model_fields if name not in without}
    # In the order of the model, so that one seed makes the same in every process.
    keyed = {name: (manifest_key(model, name), made[name]) for name in made}
    required = {name for name in made if model.model_fields[name].is_required()}
    return st.fixed_dictionaries(
        dict(keyed[name] for name in made if name in required),
        optional=dict(keyed[name] for name in made if name not in required),
    )


def _bounds(metadata: tuple[Any, ...]) -> dict[str, int]:
    return {
        key: getattr(each, key)
        for info in metadata
        for each in (info.metadata if isinstance(info, FieldInfo) else (info,))
        for key in ("ge", "le")
        if hasattr(each, key)
    }
