"""Values of the ConfigMap document, as MetalLB 0.12's reader (yaml.v2, into Go's types) takes them.

Go looks at the field first: an unquoted `012`, `1.10` or `on` that goes into a field for texts is
that text, and in a field for numbers or booleans a text in quotes is refused.
"""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import SecretStr

from metallb.errors import ConfigError
from metallb.yaml_text import PlainWord

__all__ = ["entries", "mapping", "meant", "typed", "word"]


def meant(value: Any) -> Any:
    """What YAML reads: the number, the boolean or the nothing of an unquoted word."""
    return value.meaning if isinstance(value, PlainWord) else value


def typed(annotation: Any, value: Any, at: str) -> Any:
    """A value for a field of a model, by the field's type.

    :raises ConfigError: of another type than Go's field.
    """
    if get_origin(annotation) is Annotated:
        return typed(get_args(annotation)[0], value, at)
    inner = [each for each in get_args(annotation) if each not in (type(None), ...)]
    if get_origin(annotation) is tuple:
        listed = enumerate(entries(value, at))
        return [typed(inner[0], item, f"{at}[{index}]") for index, item in listed]
    if inner:
        return typed(inner[0], value, at)
    if annotation is bool:
        return _boolean(value, at)
    if annotation is int:
        return _whole_number(value, at)
    text = word(value, at)
    return SecretStr(text) if annotation is SecretStr else text


def word(value: Any, at: str) -> str:
    """A text, by its spelling; nothing is the empty text."""
    if meant(value) is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(where=at, seen=_kind(value), rule="is a text", remedy="write one word")
    return str(value)


def mapping(value: Any, at: str) -> dict[str, Any]:
    """A mapping by texts."""
    value = meant(value)
    if not isinstance(value, Mapping):
        raise ConfigError(
            where=at,
            seen=_kind(value),
            rule="is a mapping",
            remedy="write `key: value` lines indented below it",
        )
    return {word(key, at): item for key, item in value.items()}


def entries(value: Any, at: str) -> list[Any]:
    """A list; nothing is an empty one."""
    value = meant(value)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConfigError(
            where=at, seen=_kind(value), rule="is a list", remedy="write one `- item` a line"
        )
    return value


def _boolean(value: Any, at: str) -> bool:
    found = meant(value)
    if not isinstance(found, bool):
        raise ConfigError(
            where=at,
            seen=_kind(found),
            rule="is true or false, and MetalLB refuses the whole document",
            remedy="write true or false without quotes",
        )
    return found


def _whole_number(value: Any, at: str) -> int:
    found = meant(value)
    if isinstance(found, float) and found.is_integer():
        # 1e3 and 64512.0 are whole numbers for Go.
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        raise ConfigError(
            where=at,
            seen=_kind(found),
            rule="is a whole number, and MetalLB refuses the whole document",
            remedy="write the number in decimal, without quotes",
        )
    return found


def _kind(value: Any) -> str:
    """What a value is, without the value: it may be a password in the wrong place."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number with a fraction",
        str: "a text",
        dict: "a mapping",
        list: "a list",
    }
    return kinds.get(type(value), "nothing" if value is None else "a text")
