"""What is wrong with an object of a foreign file, in words of its format and not pydantic's."""

import types
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from metallb.algebra.durations import Duration
from metallb.models.strict import InvalidValue
from metallb.problems.credentials import hides_value, shown_key
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem
from metallb.yaml_text.writer import PlainWord

__all__ = [
    "CODE",
    "UNKNOWN_KEY",
    "mistakes_in",
    "problems_of",
    "refused",
    "unknown_key",
    "wrong_type",
]

CODE = "E115"
"""Code of what MetalLB or its API server refuses in an object."""
UNKNOWN_KEY = "E102"
"""Code of a key that the format does not have."""
_KINDS = {
    bool: "true or false",
    dict: "a mapping",
    float: "a number with a fraction",
    int: "a whole number",
    list: "a list",
    str: "text",
    tuple: "a list",
}
_HELP = {
    bool: "write true or false, without quotes",
    dict: "write `key: value` lines, indented below the key",
    int: "write a whole number, without quotes",
    list: "write one `- item` a line, below the key",
    str: "write one word, or put the value in quotes",
    tuple: "write one `- item` a line, below the key",
}
_BOUNDS = {
    "greater_than_equal": ("less than", "ge", "at least"),
    "less_than_equal": ("greater than", "le", "at most"),
}
_MOST_SHOWN = 60


def refused(at: Location, summary: str, *, detail: str = "", help: str = "") -> ConfigError:
    """An error about one value of an object or a document."""
    return ConfigError(summary, code=CODE, location=at, detail=detail, help=help)


def mistakes_in(where: str, problems: Iterable[Problem]) -> ConfigError:
    """One error for everything that is wrong with a file or an object."""
    listed = tuple(problems)
    count = f"{len(listed)} mistake{'' if len(listed) == 1 else 's'}"
    return ConfigError.of(listed, f"{count} in {where}")


def unknown_key(at: Location, known: Iterable[str], *, detail: str) -> ConfigError:
    """An error about a key that the format does not have; the last one of a location."""
    key, listed = str(at[-1]), sorted(known)
    step, called = shown_key(key)
    at = (*at[:-1], step)
    near = get_close_matches(key, listed, 1)
    help = f"write {near[0]}" if near else f"remove it; the keys here are {', '.join(listed)}"
    summary = f"unknown key {key}" if called == key else f"{called} is unknown"
    return ConfigError(summary, code=UNKNOWN_KEY, location=at, detail=detail, help=help)


def wrong_type(at: Location, value: Any, wanted: type, *, detail: str = "") -> ConfigError:
    """An error about a value of another type than its key takes.

    :param value: as it was read; an unquoted word as a `PlainWord`.
    """
    key = _key(at)
    # Of a section the one value may be the secret in it.
    single = not isinstance(value, dict | list | tuple)
    hidden = any(map(hides_value, at)) or (single and wanted in (dict, list, tuple))
    shown = "" if hidden else f" {_shown(value)}"
    if isinstance(value, PlainWord) and isinstance(value.meaning, bool):
        detail = f"YAML reads {value} as {str(value.meaning).lower()}. {detail}".strip()
    return refused(at, f"{key}{shown} is not {_KINDS[wanted]}", detail=detail, help=_HELP[wanted])


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    locate: Callable[[Location], Location],
    *,
    unknown: str,
    show: bool = True,
) -> tuple[Problem, ...]:
    """Every mistake that a model found.

    :param locate: from the model's own location to that of the file.
    :param unknown: why a key that the model does not have is a mistake.
    :param show: whether values may be shown; passwords never are.
    """
    return tuple(
        problem
        for details in error.errors(include_url=False)
        for problem in _problems(details, model, locate(details["loc"]), unknown, show=show)
    )


def _problems(
    details: ErrorDetails, model: type[BaseModel], at: Location, unknown: str, *, show: bool
) -> Iterator[Problem]:
    path = details["loc"]
    if details["type"] == "extra_forbidden":
        owner = _wanted(model, path[:-1])
        known = [field.alias or name for name, field in _fields(owner).items()]
        yield unknown_key(at, known, detail=unknown).problem
        return
    key = _key(path)
    if details["type"] == "missing":
        yield refused(at, f"{key} is missing", help=f"add {key}").problem
        return
    fault, help = _fault(details, _wanted(model, path), key)
    single = not isinstance(details["input"], dict | list | tuple)
    section = fault in (f"not {_KINDS[dict]}", f"not {_KINDS[list]}")
    hidden = any(map(hides_value, path)) or (single and section)
    value = f" {_shown(details['input'])}" if show and not hidden else ""
    yield refused(at, f"{key}{value} is {fault}", help=help).problem


def _fault(details: ErrorDetails, wanted: Any, key: str) -> tuple[str, str]:
    """What a value is instead of what it has to be, and the help."""
    kind, context = details["type"], details.get("ctx", {})
    if kind in _BOUNDS:
        beyond, bound, within = _BOUNDS[kind]
        return f"{beyond} {context[bound]}", f"write a number of {within} {context[bound]}"
    if kind == "literal_error":
        return "not known", f"write {context['expected']}"
    cause = context.get("error")
    if kind == "value_error" and not isinstance(cause, InvalidValue):
        return str(cause), "write a value of that form"
    base = get_origin(wanted) or wanted
    if isinstance(base, type) and issubclass(base, BaseModel | SecretStr):
        base = dict if issubclass(base, BaseModel) else str
    if base is Duration:
        return "not a duration", "write a number with a unit, such as 90s"
    return f"not {_KINDS.get(base, 'valid')}", _HELP.get(base, "correct the value")


def _key(path: Location) -> str:
    """The key of a location, with the position in its list."""
    names = [index for index, step in enumerate(path) if isinstance(step, str)]
    last = names[-1] if names else 0
    return (
        "".join(step if isinstance(step, str) else f"[{step}]" for step in path[last:])
        or "the value"
    )


def _shown(value: Any) -> str:
    if isinstance(value, PlainWord):
        return str(value) or "(nothing)"
    if value is None:
        return "(nothing)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}...")
    if isinstance(value, int | float):
        return str(value)
    return f"({_KINDS.get(type(value), 'text')})"


def _wanted(model: Any, path: Location) -> Any:
    """The type of a value below a model."""
    found = _bare(model)
    for step in path:
        fields = _fields(found)
        field = next((each for name, each in fields.items() if step in (name, each.alias)), None)
        arguments = get_args(found)
        if field is not None:
            found = _bare(field.annotation)
        elif arguments:
            found = _bare(arguments[0 if isinstance(step, int) else -1])
    return found


def _bare(annotation: Any) -> Any:
    """A type without what surrounds it: None beside it, and constraints."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _bare(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _bare(next(each for each in get_args(annotation) if each is not type(None)))
    return annotation


def _fields(model: Any) -> Any:
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
