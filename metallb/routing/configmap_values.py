"""Values of the ConfigMap document, as MetalLB 0.12's reader (yaml.v2, into Go's types) takes them.

Go looks at the field first: an unquoted `012`, `1.10` or `on` that goes into a field for texts is
that text, and in a field for numbers or booleans a text in quotes is refused.
"""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import SecretStr

from metallb.problems.problem import Location
from metallb.routing.faults import wrong_type
from metallb.yaml_text.writer import PlainWord

__all__ = ["REFUSED", "entries", "mapping", "meant", "typed", "word"]

REFUSED = (
    "MetalLB refuses the whole document for one key or type that it does not know"
    " (internal/config/config.go of 0.12)"
)
"""Why a mistake in one entry matters."""


def meant(value: Any) -> Any:
    """What YAML reads: the number, the boolean or the nothing of an unquoted word."""
    return value.meaning if isinstance(value, PlainWord) else value


def typed(annotation: Any, value: Any, at: Location) -> Any:
    """A value for a field of a model, by the field's type.

    :raises ConfigError: of another type than Go's field.
    """
    if get_origin(annotation) is Annotated:
        return typed(get_args(annotation)[0], value, at)
    inner = [each for each in get_args(annotation) if each not in (type(None), ...)]
    if get_origin(annotation) is tuple:
        listed = enumerate(entries(value, at))
        return [typed(inner[0], item, (*at, index)) for index, item in listed]
    if inner:
        return typed(inner[0], value, at)
    if annotation is bool:
        return _boolean(value, at)
    if annotation is int:
        return _whole_number(value, at)
    text = word(value, at)
    return SecretStr(text) if annotation is SecretStr else text


def word(value: Any, at: Location) -> str:
    """A text, by its spelling; nothing is the empty text."""
    if meant(value) is None:
        return ""
    if not isinstance(value, str):
        raise wrong_type(at, value, str, detail=REFUSED)
    return str(value)


def mapping(value: Any, at: Location) -> dict[str, Any]:
    """A mapping by texts."""
    if not isinstance(meant(value), Mapping):
        raise wrong_type(at, value, dict, detail=REFUSED)
    return {word(key, at): item for key, item in value.items()}


def entries(value: Any, at: Location) -> list[Any]:
    """A list; nothing is an empty one."""
    if meant(value) is None:
        return []
    if not isinstance(value, list):
        raise wrong_type(at, value, list, detail=REFUSED)
    return value


def _boolean(value: Any, at: Location) -> bool:
    found = meant(value)
    if not isinstance(found, bool):
        raise wrong_type(at, value, bool, detail=REFUSED)
    return found


def _whole_number(value: Any, at: Location) -> int:
    found = meant(value)
    if isinstance(found, float) and found.is_integer():
        # 1e3 and 64512.0 are whole numbers for Go.
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        raise wrong_type(at, value, int, detail=REFUSED)
    return found
