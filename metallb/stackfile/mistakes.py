"""Problems of form: from pydantic's errors to what is wrong in the words of the file.

A value is shown only where it can't be a secret: never under a key that holds one, never for a key
that the models do not know (it may be a misspelt `password`), never for a whole mapping.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from metallb.models.encrypted import Encrypted
from metallb.models.strict import InvalidValue
from metallb.platforms.registry import kinds
from metallb.problems.credentials import hides_value, shown_key
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem
from metallb.stackfile.form_codes import (
    ENCRYPTED,
    MISSING,
    UNKNOWN_KEY,
    WRONG_TYPE,
    problem_of_form,
)
from metallb.stackfile.keys import (
    KIND,
    form_of_value,
    in_secret,
    is_required,
    items_of,
    keys_of,
    kinds_of,
    models_at,
    nearest_key,
)
from metallb.stackfile.stack import UNKNOWN_KIND
from metallb.stackfile.suggestions import stray_help
from metallb.stackfile.wrong_types import Place, type_of, wanted_type, wrong_type

__all__ = ["problems_of_form"]

_NOT_TAKEN = "is not a value that this key takes"
_SHOWN = 80
_UNKNOWN = ("extra_forbidden", "invalid_key")
_MISSING = "missing"
_TOO_SHORT = "too_short"
_MOST = 1000
"""Problems reported at most: a file with more is not the file that was meant."""
_ELSEWHERE = {
    "peers": "write routers or nodes below metallb:platform: peers are made of them",
    "addresspools": "write pools below metallb:addressPools",
}
"""What to do for a key that MetalLB has, and a stack file says in another way."""
_NAME = "[key]"
"""Pydantic's step for the key of a mapping, when the key itself is wrong."""
_NO_KEY = object()
"""None is a key too: YAML reads it of `null`."""
_NOTHING = object()
"""Stands where a key is left out, other than a key with nothing behind it."""


def problems_of_form(
    error: ValidationError,
    raw: Any,
    model: type[BaseModel],
    *,
    prefix: Location = (),
    secret: Callable[[Location], bool] = lambda _: False,
    file: str = "the stack file",
    unknown: Callable[[Any, InvalidValue | None], bool] = lambda *_: False,
    in_program: bool = False,
) -> Iterator[Problem]:
    """One problem for each of pydantic's errors, without repeats.

    :param raw: the values that were validated; only looked at for what may be shown.
    :param prefix: where the model stands, such as `("metallb:bgp",)`.
    :param secret: whether a location is in a part that is marked as secret, so that no value of it
        is shown.
    :param file: what to call the file whose keys the models are.
    :param unknown: whether a value that was refused stands for one that is not known yet, so that
        nothing is wrong with it.
    :param in_program: the values are those of a program, not of a file.
    """
    found = _found(error, raw, model, secret, file, unknown, in_program=in_program)
    listed = list(dict.fromkeys(found))
    # A key that is misspelt is not missing as well.
    meant = {_meant(each, model) for each in listed if each.code == UNKNOWN_KEY}
    for problem in listed:
        if problem.code != MISSING or problem.location not in meant:
            yield replace(problem, location=(*prefix, *problem.location))


def _found(
    error: ValidationError,
    raw: Any,
    model: type[BaseModel],
    secret: Callable[[Location], bool],
    file: str,
    unknown: Callable[[Any, InvalidValue | None], bool],
    *,
    in_program: bool,
) -> Iterator[Problem]:
    for detail in error.errors(include_url=False, include_input=False)[:_MOST]:
        found = _walk(detail, raw).value
        if unknown(found, _refusal(detail)):
            continue
        if detail["type"] == _TOO_SHORT and isinstance(found, list | tuple) and found:
            # Pydantic counts what was left after the items' own errors, which are reported already.
            continue
        yield _problem(detail, raw, model, secret=secret, file=file, in_program=in_program)


def _problem(
    detail: ErrorDetails,
    raw: Any,
    model: type[BaseModel],
    *,
    secret: Callable[[Location], bool],
    file: str,
    in_program: bool,
) -> Problem:
    kind = detail["type"]
    found = _walk(detail, raw)
    path, value = tuple(found.path), found.value
    key = str(path[-1]) if path else ""
    models = models_at(model, path[:-1], raw)
    if kind in _UNKNOWN:
        return _unknown_key(model, models, path, file)
    if kind == _MISSING:
        return _missing(models, path, in_program=in_program)
    if kind == UNKNOWN_KIND:
        return _unknown_kind(value, path)
    if detail["loc"] and detail["loc"][-1] == _NAME and not isinstance(found.key, str):
        return problem_of_form(
            f"{_yaml(found.key)} is read as {_no_text(found.key)}, not as a name",
            path,
            code=WRONG_TYPE,
            help="pass a string" if in_program else "put it in quotes, or rename it",
        )
    if detail["loc"] and detail["loc"][-1] == _NAME:
        value = found.key
    refusal = _refusal(detail)
    known_secret = (bool(path) and secret(path)) or in_secret(model, path, raw)
    # A misspelt or misplaced `password` is one as well.
    hidden = known_secret or (value is not found.key and any(map(hides_value, path)))
    if isinstance(_raw_kind(value), Encrypted) and (refusal is None or not refusal.at):
        return problem_of_form(
            f"{key} is encrypted, and only the engine can decrypt it",
            path,
            code=ENCRYPTED,
            help="write it in clear text where it is no secret, or use `metallb up`",
        )
    if refusal is not None:
        return _refused(refusal, value, path, hidden=hidden, in_program=in_program)
    wanted = wanted_type(kind)
    if wanted:
        place = Place(
            path,
            file,
            models_at(model, path, raw) if kind.startswith("model_") else items_of(models, key),
            form=form_of_value(models, key),
            named=kind.startswith(("dict_", "mapping_")),
            needed=_is_needed(models, path),
            in_program=in_program,
            secret=known_secret,
        )
        shown = "" if hidden else _show(value, hidden=False)
        summary, help = wrong_type(value, wanted, place, shown)
        return problem_of_form(summary, path, code=WRONG_TYPE, help=help)
    fault, help = _fault(detail, value, key, hidden=hidden)
    if isinstance(value, str) and not (hidden or in_program):
        help = stray_help(value) or help
    return problem_of_form(f"{_show(value, hidden=hidden)} {fault}", path, help=help)


def _missing(models: Sequence[type[BaseModel]], path: Location, *, in_program: bool) -> Problem:
    """A key that is left out, or a section."""
    key = str(path[-1])
    help = f"pass {key}" if in_program else f"add `{key}: {form_of_value(models, key)}`"
    return problem_of_form(f"{key} is missing", path, code=MISSING, help=help)


def _unknown_key(
    model: type[BaseModel], models: Sequence[type[BaseModel]], path: Location, file: str
) -> Problem:
    key = str(path[-1])
    step, called = shown_key(key)
    path = (*path[:-1], step)
    others = [each for each in models_at(model, path[:-1]) if key in keys_of(each)]
    if others:
        # A key of the other kind is spelled right, and its nearest neighbour would mislead.
        here, there = kinds_of(models), kinds_of(others)
        return problem_of_form(
            f"kind {here} has no key {called}",
            path,
            code=UNKNOWN_KEY,
            detail=f"It is a key of kind {there}.",
            help=f"remove it, or set kind: {there}",
        )
    known = sorted({name for each in models for name in keys_of(each)})
    near = nearest_key(key, known)
    help = f"did you mean '{near}'?" if near else f"the keys here are: {', '.join(known)}"
    if key.lower() in _ELSEWHERE and near != "routers":
        help = _ELSEWHERE[key.lower()]
    return problem_of_form(
        f"{called} is not a key of {file}" if len(path) < 2 else f"{called} is not a key here",
        path,
        code=UNKNOWN_KEY,
        help=help,
    )


def _meant(problem: Problem, model: type[BaseModel]) -> Location | None:
    """The key that a key which is unknown was to be."""
    *above, key = problem.location
    known = sorted({name for each in models_at(model, above) for name in keys_of(each)})
    near = nearest_key(str(key), known)
    return (*above, near) if near else None


def _unknown_kind(value: Any, path: Location) -> Problem:
    at = (*path, KIND)
    kind = _raw_kind(value)
    listed = sorted(kinds().items(), key=lambda each: not each[1].takes_racks)
    ways = [f"`kind: {name}` {each.example}".rstrip() for name, each in listed]
    help = f"write {', or '.join(ways)}"
    if isinstance(kind, Encrypted):
        return problem_of_form("kind is encrypted", at, code=ENCRYPTED, help=help)
    if kind is _NOTHING or kind is None:
        return problem_of_form("kind is missing", at, code=MISSING, help=help)
    if not isinstance(value, Mapping):
        summary = f"{path[-1] if path else 'the platform'} is {type_of(value)}, not a mapping"
        name, first = listed[0]
        keys = [f"`{KIND}: {name}`"]
        keys += [
            f"`{key}: ...`" for key in keys_of(first) if key != KIND and is_required(first, key)
        ]
        help = f"write its keys below it: {' and '.join(keys)}"
        return problem_of_form(summary, path, code=WRONG_TYPE, help=help)
    return problem_of_form(f"{_show(kind, hidden=False)} is not a kind of platform", at, help=help)


def _refused(
    refusal: InvalidValue, value: Any, path: Location, *, hidden: bool, in_program: bool
) -> Problem:
    """A refusal by a validator of ours."""
    help = refusal.in_program if in_program else refusal.help
    detail = refusal.requirement
    code = refusal.code
    if refusal.whole:
        return problem_of_form(refusal.fault, path, code=code, detail=detail, help=help)
    # Such a rule runs on values that are sound by themselves: an encrypted one breaks it too.
    encrypted = isinstance(value, Encrypted)
    shown = "the encrypted value" if encrypted else _show(value, hidden=hidden)
    fault = refusal.fault
    if isinstance(value, str) and not (hidden or in_program):
        help = stray_help(value) or help
    if hidden:
        fault = _NOT_TAKEN if refusal.shows and _shows(fault, value) else fault
        help = "correct the value" if refusal.shows else help
    return problem_of_form(f"{shown} {fault}", path, code=code, detail=detail, help=help)


def _shows(text: str, value: Any) -> bool:
    """Whether a text has a value in it, or an address of a block or range."""
    return any(part in text for part in re.split(r"[\s/-]+", str(value)) if part)


def _fault(detail: ErrorDetails, value: Any, key: str, *, hidden: bool) -> tuple[str, str]:
    """Fault and help of an error that pydantic itself makes about a value of the right type."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "too_short":
            return "has no entry", "add at least one"
        case "greater_than_equal":
            least = context.get("ge")
            return f"is less than {least}", f"write a number of at least {least}"
        case "less_than_equal":
            most = context.get("le")
            return f"is more than {most}", f"write a number of at most {most}"
        case "enum" | "literal_error":
            words = [each for each in _WORD.findall(str(context.get("expected", ""))) if each]
            known = f"write one of: {', '.join(words)}"
            near = _near_word(value, words) if isinstance(value, str) and not hidden else ""
            help = f"did you mean '{near}'? The values are {', '.join(words)}" if near else known
            return f"is not a value of {key}", help
        case "value_error":
            return f"is {context.get('error')}", "write a value of that form"
    return _NOT_TAKEN, "correct the value"


_WORD = re.compile("'([^']*)'")


def _near_word(value: str, words: Sequence[str]) -> str:
    plain = {each.lower(): each for each in words}
    near = get_close_matches(value.lower(), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else ""


def _is_needed(models: Sequence[type[BaseModel]], path: Location) -> bool:
    """Whether a key may not be removed: nothing behind a key is no default."""
    return not path or any(is_required(each, str(path[-1])) for each in models)


def _refusal(detail: ErrorDetails) -> InvalidValue | None:
    """Our own refusal behind an error, where a validator of ours made it."""
    error = detail.get("ctx", {}).get("error")
    return error if isinstance(error, InvalidValue) else None


def _raw_kind(value: Any) -> Any:
    """The `kind` that was given, for the error about an unknown one."""
    return value.get(KIND, _NOTHING) if isinstance(value, Mapping) else value


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
        return "a boolean"
    return "nothing" if value is None else "a number"


def _yaml(value: Any) -> str:
    """A plain word as YAML spells it."""
    words = {True: "true", False: "false", None: "null"}
    plain = isinstance(value, bool) or value is None
    return words[value] if plain else str(value)


def _show(value: Any, *, hidden: bool) -> str:
    if hidden:
        return "the value (a secret, not shown)"
    if value is _NOTHING:
        return "nothing"
    if isinstance(value, Mapping):
        return "the mapping"
    if isinstance(value, list | tuple):
        return f"the list of {len(value)}" if value else "the list"
    text = str(value) if isinstance(value, str) else _yaml(value)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    return quoted(text) if isinstance(value, str) else text
