"""Turns pydantic's errors into one line a mistake: key path, value, rule, remedy.

A value is shown only where it can't be a secret: never under a key that holds one, never for a key
that the models do not know (it may be a misspelt `password`), never for a whole mapping.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from metallb.errors import MetalLBError

__all__ = ["mistakes_of"]

_SHOWN = 80
_UNKNOWN = "extra_forbidden"
_MISSING = "missing"
_TOO_SHORT = "too_short"
_MOST = 1000
"""Mistakes told at most: a file with more is not the file that was meant."""
_NAME = "[key]"
"""Pydantic's step for the key of a mapping, when the key itself is wrong."""

_REMEDIES = {
    "bool_": "write true or false",
    "dict_": "write `key: value` lines indented below it",
    "enum": "use one of them",
    "extra_": "remove it",
    "greater_": "use a number in the range",
    "int_": "write a whole number without quotes",
    "less_": "use a number in the range",
    "list_": "write a list, one `- item` a line",
    "literal_": "use one of them",
    "model_": "write `key: value` lines indented below it",
    "string_": "write a text, in quotes where YAML would read a number",
    "too_long": "remove what is too much",
    "too_short": "add at least one",
    "tuple_": "write a list, one `- item` a line",
}


def mistakes_of(
    error: ValidationError,
    raw: Any,
    model: type[BaseModel],
    *,
    prefix: str,
    secret: bool = False,
    file: str = "the stack file",
) -> Iterator[MetalLBError]:
    """One error of ours for each of pydantic's, without repeats.

    :param raw: the values that were validated; only looked at for what may be shown.
    :param prefix: where the model stands, such as `metallb:bgp`.
    :param secret: the whole section is marked as secret, so no value of it is shown.
    :param file: what to call the file whose keys the models are.
    """
    seen_lines = set()
    for detail in error.errors(include_url=False, include_input=False)[:_MOST]:
        found = _walk(detail["loc"], raw)[1]
        if detail["type"] == _TOO_SHORT and isinstance(found, list | tuple) and found:
            # Pydantic counts what was left after the items' own mistakes, which are told already.
            continue
        mistake = _mistake(detail, raw, model, prefix, secret=secret, file=file)
        if mistake.line() not in seen_lines:
            seen_lines.add(mistake.line())
            yield mistake


def _mistake(
    detail: ErrorDetails,
    raw: Any,
    model: type[BaseModel],
    prefix: str,
    *,
    secret: bool,
    file: str,
) -> MetalLBError:
    kind = detail["type"]
    path, value, parent = _walk(detail["loc"], raw)
    where = _spell(prefix, path)
    key = path[-1] if path else ""
    models = _models_at(model, path[:-1])
    known = sorted({name for each in models for name in _keys(each)})
    if kind == _UNKNOWN:
        near = get_close_matches(str(key), known, n=1, cutoff=0.5)
        return MetalLBError(
            where=where,
            rule=f"is not a key of {file}",
            remedy=f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}",
        )
    if kind == _MISSING:
        return MetalLBError(where=where, seen="nothing", rule="is required", remedy="add it")
    rule = detail["msg"].removeprefix("Value error, ")
    remedy = getattr(detail.get("ctx", {}).get("error"), "remedy", "") or _remedy(kind)
    if detail["loc"] and detail["loc"][-1] == _NAME:
        value, parent = key, True
    hidden = secret or any(_is_secret(each, str(key)) for each in models)
    if kind.startswith("union_tag"):
        rule = "kind is one of equinix-metal, static"
        where = f"{where}.kind"
        value, remedy = _raw_kind(value), "use one of them"
    return MetalLBError(
        where=where,
        seen=_show(value, present=parent, hidden=hidden),
        rule=rule[:1].lower() + rule[1:],
        remedy=remedy,
    )


def _remedy(kind: str) -> str:
    return next((text for start, text in _REMEDIES.items() if kind.startswith(start)), "correct it")


def _raw_kind(value: Any) -> Any:
    """The `kind` that was given, for the error about an unknown one."""
    return value.get("kind", "nothing") if isinstance(value, Mapping) else value


def _walk(loc: Sequence[int | str], raw: Any) -> tuple[list[int | str], Any, bool]:
    """The path through the raw values; union branches, which are no keys, drop out."""
    path: list[int | str] = []
    value = raw
    present = True
    for position, step in enumerate(loc):
        if step == _NAME:
            continue
        if _leads_on(step, value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, Mapping) and position == len(loc) - 1:
            value, present = None, False
        else:
            continue
        path.append(step)
    return path, value, present


def _leads_on(step: int | str, value: Any) -> bool:
    if isinstance(step, int):
        return isinstance(value, Sequence) and step < len(value)
    return isinstance(value, Mapping) and step in value


def _spell(prefix: str, path: Sequence[int | str]) -> str:
    text = prefix
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif text:
            text += f".{step}"
        else:
            text = step
    return text


def _show(value: Any, *, present: bool, hidden: bool) -> str:
    if not present:
        return "nothing"
    if hidden:
        return "(a secret, not shown)"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _is_secret(model: type[BaseModel], key: str) -> bool:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return SecretStr in _leaves(field.annotation)
    return False


def _models_at(model: type[BaseModel], path: Sequence[int | str]) -> list[type[BaseModel]]:
    """The models that may stand at a path; several where the field is a union."""
    here = [model]
    for step in path:
        if isinstance(step, int):
            continue
        following: list[type[BaseModel]] = []
        for each in here:
            for name, field in each.model_fields.items():
                if step in (name, field.alias):
                    following += [
                        leaf
                        for leaf in _leaves(field.annotation)
                        if isinstance(leaf, type) and issubclass(leaf, BaseModel)
                    ]
        # A free key of a mapping (the name of a pool) leads to no field: stay where we are.
        here = following or here
    return here


def _leaves(annotation: Any) -> list[Any]:
    arguments = get_args(annotation)
    if not arguments:
        return [annotation]
    return [leaf for argument in arguments for leaf in _leaves(argument)]
