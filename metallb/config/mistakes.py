"""Turns pydantic's errors into one line a mistake: key path, value, rule, remedy.

A value is shown only where it can't be a secret: never under a key that holds one, never for a key
that the models do not know (it may be a misspelt `password`), never for a whole mapping.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from metallb.config.base import SEALED
from metallb.errors import MetalLBError
from metallb.strict import RuleError

__all__ = ["NOTHING", "SealedValue", "mistakes_of"]

_OF_METALLB = {
    "myasn": "localAsn",
    "peerasn": "asn",
    "peeraddress": "address",
    "peerport": "port",
    "enablegracefulrestart": "gracefulRestart",
}
"""Keys of a stack file by what MetalLB calls them, in letters."""
NOTHING = "nothing"
"""What is seen where a key is left out."""

_SHOWN = 80
_KIND = "kind"
_UNKNOWN = "extra_forbidden"
_MISSING = "missing"
_TOO_SHORT = "too_short"
_MOST = 1000
"""Mistakes told at most: a file with more is not the file that was meant."""
_NAME = "[key]"
"""Pydantic's step for the key of a mapping, when the key itself is wrong."""
_NO_KEY = object()
"""None is a key too: YAML reads it of `null`."""
_NOTHING = object()
"""Stands where a key is left out, which is told from a key with nothing behind it."""

_RULES = {
    "bool_": "is true or false",
    "dict_": "is a mapping",
    "int_": "is a whole number",
    "list_": "is a list",
    "model_": "is a mapping",
    "string_": "is a text",
    "too_short": "has at least one entry",
    "tuple_": "is a list",
}
"""By the start of pydantic's kind of mistake, where its own words are about Python."""
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


class SealedValue(MetalLBError):
    """No mistake of anybody's: what stands there is encrypted, and was to be looked at."""


def mistakes_of(
    error: ValidationError,
    raw: Any,
    model: type[BaseModel],
    *,
    prefix: str,
    secret: bool = False,
    file: str = "the stack file",
    unknown: Callable[[Any, RuleError | None], bool] = lambda *_: False,
) -> Iterator[MetalLBError]:
    """One error of ours for each of pydantic's, without repeats.

    :param raw: the values that were validated; only looked at for what may be shown.
    :param prefix: where the model stands, such as `metallb:bgp`.
    :param secret: the whole section is marked as secret, so no value of it is shown.
    :param file: what to call the file whose keys the models are.
    :param unknown: whether a value that was refused stands for one that is not known yet, so that
        nothing is wrong with it.
    """
    seen_lines = set()
    for detail in error.errors(include_url=False, include_input=False)[:_MOST]:
        found = _walk(detail, raw).value
        if unknown(found, _refusal(detail)):
            continue
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
    found = _walk(detail, raw)
    path, value = found.path, found.value
    where = _spell(prefix, path)
    key = path[-1] if path else ""
    models = _models_at(model, path[:-1], raw)
    known = sorted({name for each in models for name in _keys(each)})
    if kind == _UNKNOWN:
        others = [each for each in _models_at(model, path[:-1]) if str(key) in _keys(each)]
        if others:
            # A key of the other kind is spelled right, and its nearest neighbour would mislead.
            here, there = _kinds(models), _kinds(others)
            return MetalLBError(
                where=where,
                rule=f"is a key of kind {there}, and this is kind {here}",
                remedy=f"remove it, or set kind: {there}",
            )
        near = _nearest(str(key), known)
        return MetalLBError(
            where=where,
            rule=f"is not a key of {file}",
            remedy=f"did you mean '{near}'?" if near else f"known here: {', '.join(known)}",
        )
    if kind == _MISSING:
        return MetalLBError(where=where, seen=NOTHING, rule="is required", remedy="add it")
    refusal = _refusal(detail)
    if refusal is not None:
        rule, remedy = str(refusal), refusal.remedy
    else:
        msg = detail["msg"].removeprefix("Value error, ").replace("Input should be ", "is ", 1)
        rule, remedy = _told(_RULES, kind, msg), _told(_REMEDIES, kind, "correct it")
        if value is None and not any(_is_required(each, str(key)) for each in models):
            # Nothing behind a key is no default: leaving the key out is.
            remedy = f"remove it, or {remedy}"
    if detail["loc"] and detail["loc"][-1] == _NAME:
        value = found.key
        if not isinstance(value, str):
            rule = f"is a name, and YAML reads it as {_no_text(value)}"
            remedy = "put it in quotes, or rename it"
    rule = rule[:1].lower() + rule[1:]
    hidden = secret or _in_secret(model, path, raw)
    if refusal is not None and refusal.at:
        # Such a rule runs on values that are sound by themselves: an encrypted one breaks it too.
        seen = "an encrypted value" if value == SEALED else _show(value, hidden=hidden)
        return MetalLBError(where=where, seen=seen, rule=rule, remedy=remedy)
    if SEALED in (value, _raw_kind(value)):
        return SealedValue(
            where=where,
            seen="an encrypted value",
            rule="only the engine can decrypt it, and it is needed here",
            remedy="write it in clear text where it is no secret, or use `python -m metallb up`",
        )
    if kind.startswith("union_tag"):
        rule = "kind is one of equinix-metal, static"
        where = f"{where}.kind"
        value, remedy = _raw_kind(value), "use one of them"
    return MetalLBError(
        where=where,
        seen=_show(value, hidden=hidden),
        rule=rule,
        remedy=remedy,
    )


def _refusal(detail: ErrorDetails) -> RuleError | None:
    """Our own refusal behind an error, where a validator of ours made it."""
    error = detail.get("ctx", {}).get("error")
    return error if isinstance(error, RuleError) else None


def _told(texts: Mapping[str, str], kind: str, otherwise: str) -> str:
    return next((text for start, text in texts.items() if kind.startswith(start)), otherwise)


def _raw_kind(value: Any) -> Any:
    """The `kind` that was given, for the error about an unknown one."""
    return value.get(_KIND, _NOTHING) if isinstance(value, Mapping) else value


@dataclass(frozen=True)
class _Found:
    """Where an error stands in the raw values.

    :ivar path: keys as YAML spells them, and positions.
    :ivar key: the last key of a mapping as it was read, which need not be a text.
    """

    path: list[int | str]
    value: Any
    key: Any


def _walk(detail: ErrorDetails, raw: Any) -> _Found:
    """The path through the raw values; union branches, which are no keys, drop out."""
    path: list[int | str] = []
    value, last = raw, None
    steps = [step for step in detail["loc"] if step != _NAME]
    kind, refusal = detail["type"], _refusal(detail)
    if refusal is not None:
        steps += refusal.at
    for position, step in enumerate(steps):
        if isinstance(value, Mapping):
            key = step if step in value and isinstance(step, str) else _unquoted(value, step)
            if key is not _NO_KEY:
                last = key
                value = value[last]
                path.append(last if isinstance(last, str) else _yaml(last))
            elif (refusal is not None or kind == _MISSING) and position == len(steps) - 1:
                value = _NOTHING
                path.append(str(step))
        elif isinstance(step, int) and isinstance(value, Sequence) and step < len(value):
            value = value[step]
            path.append(step)
    return _Found(path, value, last)


def _unquoted(mapping: Mapping[Any, Any], step: int | str) -> Any:
    """The key that is no text, for a step of pydantic's: it keeps numbers and spells the rest."""
    for key in mapping:
        if not isinstance(key, str) and (key == step or str(key) == step):
            return key
    return _NO_KEY


def _no_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "nothing" if value is None else "a number"


def _yaml(value: Any) -> str:
    """A plain word as YAML spells it."""
    words = {True: "true", False: "false", None: "null"}
    plain = isinstance(value, bool) or value is None
    return words[value] if plain else str(value)


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


def _show(value: Any, *, hidden: bool) -> str:
    if hidden:
        return "(a secret, not shown)"
    if value is _NOTHING:
        return NOTHING
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    text = repr(value) if isinstance(value, str) else _yaml(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _is_required(model: type[BaseModel], key: str) -> bool:
    fields = model.model_fields.items()
    return any(key in (name, field.alias) and field.is_required() for name, field in fields)


def _is_secret(model: type[BaseModel], key: str) -> bool:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return SecretStr in _leaves(field.annotation)
    return False


def _nearest(key: str, known: Sequence[str]) -> str | None:
    """The known key that was meant: `my_asn` is a spelling of `myASN`, letters apart or not."""
    plain = {_letters(each): each for each in reversed(known)}
    ours = _OF_METALLB.get(_letters(key))
    if _letters(key) not in plain and ours in known:
        return ours
    near = get_close_matches(_letters(key), plain, n=1, cutoff=0.5)
    return plain[near[0]] if near else None


def _letters(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _in_secret(model: type[BaseModel], path: Sequence[int | str], raw: Any) -> bool:
    """Whether the last key of a path, or one before it (a mapping of keys), holds secrets."""
    return any(
        _is_secret(each, str(step))
        for index, step in enumerate(path)
        for each in _models_at(model, path[:index], raw)
    )


def _models_at(
    model: type[BaseModel], path: Sequence[int | str], raw: Any = None
) -> list[type[BaseModel]]:
    """The models that may stand at a path; several where the field is a union.

    :param raw: the values, which say the kind where the union has kinds.
    """
    here = [model]
    value = raw
    for step in path:
        value = _child(value, step)
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
        here = _of_kind(following, value) or following or here
    return here


def _child(value: Any, step: int | str) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, Sequence) and step < len(value) else None
    return value.get(step) if isinstance(value, Mapping) else None


def _of_kind(models: Iterable[type[BaseModel]], value: Any) -> list[type[BaseModel]]:
    kind = value.get(_KIND) if isinstance(value, Mapping) else None
    return [each for each in models if kind is not None and _kinds([each]) == kind]


def _kinds(models: Iterable[type[BaseModel]]) -> str:
    """What `kind` says in these models."""
    fields = [each.model_fields[_KIND] for each in models if _KIND in each.model_fields]
    return ", ".join(str(word) for field in fields for word in get_args(field.annotation))


def _leaves(annotation: Any) -> list[Any]:
    arguments = get_args(annotation)
    if not arguments:
        return [annotation]
    return [leaf for argument in arguments for leaf in _leaves(argument)]
