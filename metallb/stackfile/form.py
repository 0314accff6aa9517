"""The form of what a stack file says: words that readers differ about, and sections in the wrong
place. What a value may be is the models' matter.

Goes by the models along the raw values, since validated ones no longer show how they were written.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, SecretStr

from metallb.models.encrypted import Encrypted
from metallb.platforms.base import Platform
from metallb.platforms.registry import platforms_from
from metallb.problems.credentials import hides_value, is_shown, shown_key
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem, Unshown, spelled
from metallb.stackfile.base import Duration
from metallb.stackfile.form_codes import problem_of_form
from metallb.stackfile.keys import KIND, may_hold_secret
from metallb.stackfile.suggestions import duration_help
from metallb.yaml_text.plain_words import Misread, Reading, reading

__all__ = [
    "Form",
    "form_of",
    "may_be_secret",
    "misread_anywhere",
    "owner_of",
    "section_of",
    "truth_of",
]

_DECIMAL = r"0|-?[1-9][0-9]*"
_DIGITS = r"[0-9]+"
_ASDOT = r"([0-9]{1,5})\.([0-9]{1,5})"
_LARGEST_HALF = 65535
_SHOWN = 40
_NAMESPACED = r"[A-Za-z][-A-Za-z0-9]*:[A-Za-z].*"
_TRUTH = {
    **dict.fromkeys(("y", "yes", "on", "true"), "true"),
    **dict.fromkeys(("n", "no", "off", "false"), "false"),
}
_NAMESPACE = "metallb"
_WRONG_TYPE, _MISPLACED, _MISREAD = "E104", "E106", "E107"


class Form(NamedTuple):
    """What is wrong with the form of the sections.

    :ivar elsewhere: sections that stand inside others, by name.
    :ivar inside: locations of keys that are out of place with all that is below them.
    """

    problems: list[Problem]
    elsewhere: dict[str, Any]
    inside: list[Location]

    def covers(self, location: Location) -> bool:
        """Whether another problem at this location would repeat one of these."""
        return any(location == each.location for each in self.problems) or any(
            location[: len(each)] == each for each in self.inside
        )

    def displaced(self, problem: Problem) -> None:
        """Add the problem of a key that is out of place with all that is below it."""
        self.problems.append(problem)
        self.inside.append(problem.location)


def form_of(
    sections: Mapping[str, Any], model: type[BaseModel], secret_sections: Collection[str] = ()
) -> Form:
    """What is wrong with the form of the sections below `config:`.

    :param model: the model of all sections.
    """
    form = Form([], {}, [])
    known = _fields(model)
    for name, value in sections.items():
        walk = _Walk(form, model, tuple(known), secret=name in secret_sections)
        walk.value(value, known.get(name), (f"{_NAMESPACE}:{name}",))
    return form


def section_of(key: str, names: Collection[str]) -> str:
    """The section that a key in a wrong place is; empty for another key."""
    name = key.removeprefix(f"{_NAMESPACE}:")
    return name if name in names else ""


def truth_of(word: str) -> str:
    """`true` or `false` for a word of that meaning, such as `yes`; empty for another word."""
    return _TRUTH.get(word.lower(), "")


def owner_of(key: str, model: type[BaseModel]) -> str:
    """The one section that has a key; empty where none or several have."""
    owners = [
        name
        for name, shape in _fields(model).items()
        if shape.values is None and shape.below(key) is not None
    ]
    return owners[0] if len(owners) == 1 else ""


def may_be_secret(location: Location, model: type[BaseModel]) -> bool:
    """Whether a single value may be a secret: by its key's name, or since no model describes it.

    :param location: from the section on, such as `("metallb:bgp", "password")`.
    :param model: the model of all sections.
    """
    if not location or any(map(hides_value, location)):
        return True
    shape = _fields(model).get(section_of(str(location[0]), _fields(model)))
    for step in location[1:]:
        if shape is None or shape.anything:
            return True
        shape = shape.items if isinstance(step, int) else shape.below(step)
    return shape is None or shape.anything or shape.holds_secret


def misread_anywhere(value: Any, path: Location) -> Iterator[Problem]:
    """Misread words of a value that no model describes; it may be a secret, and is not shown."""
    form = Form([], {}, [])
    _Walk(form, BaseModel, (), secret=True).value(value, None, path)
    yield from form.problems


class _Shape(NamedTuple):
    """What may stand at a place.

    :ivar kinds: types of single values.
    :ivar items: what the entries of a list are.
    :ivar values: what stands behind the keys of a mapping with free keys.
    :ivar timed: a duration with a unit.
    :ivar anything: it is not ours to say.
    """

    kinds: frozenset[Any]
    models: tuple[type[BaseModel], ...]
    items: "_Shape | None"
    values: "_Shape | None"
    timed: bool
    anything: bool

    @property
    def holds_secret(self) -> bool:
        """Whether a single value here may be a secret: of a section, the one that is in it."""
        below = [each for each in (self.items, self.values) if each is not None]
        inner = any(each.anything or each.holds_secret for each in below)
        return SecretStr in self.kinds or inner or any(map(may_hold_secret, self._any_of()))

    def below(self, key: str, kind: object = None) -> "_Shape | None":
        """What may stand behind a key.

        :param kind: the kind of a platform, which is looked at first.
        """
        if self.anything:
            return self
        found = (_fields(model).get(key) for model in self._any_of(kind))
        return next((each for each in found if each is not None), self.values)

    def _any_of(self, kind: object = None) -> Iterator[type[BaseModel]]:
        for model in self.models:
            yield from platforms_from(kind) if model is Platform else (model,)


@cache
def _fields(model: type[BaseModel]) -> dict[str, _Shape]:
    return {
        each.alias or name: _shape(each.annotation) for name, each in model.model_fields.items()
    }


def _shape(annotation: Any) -> _Shape:
    parts = list(_parts(annotation))
    items = [get_args(part)[0] for part in parts if get_origin(part) in (tuple, list)]
    values = [get_args(part)[1] for part in parts if get_origin(part) is dict]
    return _Shape(
        kinds=frozenset(part for part in parts if get_origin(part) is None),
        models=tuple(
            part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)
        ),
        items=_shape(items[0]) if items else None,
        values=_shape(values[0]) if values else None,
        timed=annotation is Duration or Duration in get_args(annotation),
        anything=Any in parts,
    )


def _parts(annotation: Any) -> Iterator[Any]:
    """The members of a union, without what is annotated to them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin is Literal:
        yield str
    elif origin in (None, tuple, list, dict):
        yield annotation
    else:
        for each in get_args(annotation):
            yield from _parts(each)


class _Walk(NamedTuple):
    form: Form
    model: type[BaseModel]
    names: tuple[str, ...]
    secret: bool

    def value(self, value: Any, shape: _Shape | None, path: Location) -> None:
        if isinstance(value, Misread):
            self.form.problems.append(self._misread(value, shape, path))
        elif isinstance(value, Mapping):
            kind = value.get(KIND)
            for key, item in value.items():
                self._entry(key, item, shape, path, kind)
        elif isinstance(value, list | tuple):
            items = shape if shape is None or shape.anything else shape.items
            for index, item in enumerate(value):
                self.value(item, items, (*path, index))
        elif not isinstance(value, Encrypted) and shape is not None:
            self._single(value, shape, path)

    def _entry(
        self, key: Any, item: Any, shape: _Shape | None, path: Location, kind: object
    ) -> None:
        here = (*path, str(key))
        if isinstance(key, Misread):
            named = shape is not None and shape.values is not None and not shape.anything
            self.form.problems.append(_misread_key(key, here, named=named))
        below = None if shape is None else shape.below(str(key), kind)
        if below is not None and ":" not in str(key):
            # A key of this place, or a name where keys are free: `bgp` is no section among them.
            self.value(item, below, here)
            return
        name = section_of(str(key), self.names)
        # Among free keys `bgp` is a name; with its namespace it is a section.
        taken = shape is None or shape.anything or (below is not None and name == key)
        if name and not taken:
            self.form.elsewhere.setdefault(name, item)
            self.form.displaced(_inside(f"{_NAMESPACE}:{name}", here))
        elif not taken and below is None and re.fullmatch(_NAMESPACED, str(key)):
            self.form.displaced(_inside(str(key), here))
        elif not taken and below is None and len(path) == 1 and owner_of(str(key), self.model):
            self.form.displaced(_of_another(owner_of(str(key), self.model), here))
        else:
            self.value(item, below, here)

    def _single(self, value: Any, shape: _Shape, path: Location) -> None:
        """A number or boolean of another spelling than its own, in quotes or not."""
        if str in shape.kinds or shape.anything:
            return
        text = isinstance(value, str)
        if int in shape.kinds and text and not re.fullmatch(_DECIMAL, value):
            fault = "is not a whole number in decimal digits"
            self._wrong(value, shape, path, fault, _number_in(value, path))
        elif int in shape.kinds and isinstance(value, float):
            self._wrong(value, shape, path, "is not a whole number", _asdot(str(value), path))
        elif bool in shape.kinds and (
            value not in ("true", "false") if text else _is_number(value)
        ):
            truth = _TRUTH.get(str(value).lower(), "")
            self._wrong(value, shape, path, "is not true or false", truth)

    def _wrong(self, value: Any, shape: _Shape, path: Location, fault: str, meant: str) -> None:
        hidden = self._hides(shape, path)
        shown = "the value (not shown)" if hidden else _shown(value)
        help = _typed(shape) if hidden or not meant else f"write {_line(path, meant)}"
        self.form.problems.append(
            problem_of_form(f"{shown} {fault}", path, code=_WRONG_TYPE, help=help)
        )

    def _misread(self, word: Misread, shape: _Shape | None, path: Location) -> Problem:
        read = reading(word) or Reading("another value", "readers differ")
        free = shape is not None and shape.anything and not _is_word(word)
        if free or self._hides(shape, path) or shape is None:
            return problem_of_form(
                "YAML does not read the value (not shown) as the text that is written",
                path,
                code=_MISREAD,
                help=_typed(shape) or "put it in quotes",
            )
        return problem_of_form(
            f"{_cut(word)} is read as {read.meaning}",
            path,
            code=_MISREAD,
            detail=f"{read.why[:1].upper()}{read.why[1:]}.",
            help=_help(word, read, shape, path),
        )

    def _hides(self, shape: _Shape | None, path: Location) -> bool:
        """Whether the value may be a secret: also under a key that may be a misspelt `password`."""
        by_name = any(map(hides_value, path))
        return self.secret or by_name or shape is None or shape.holds_secret


def _help(word: str, read: Reading, shape: _Shape, path: Location) -> str:
    as_text = _line(path, f"'{word}'")
    if word == "~":
        if _typed(shape):
            return f"{_typed(shape)}, or remove the key"
        return f"write {_line(path, 'null')}, or remove the key; for the text write {as_text}"
    if shape.timed:
        return duration_help(word)
    truth = _TRUTH.get(word.lower(), "")
    typed = _typed(shape)
    if typed:
        meant = truth if bool in shape.kinds else read.number
        if int in shape.kinds and not re.fullmatch(_DECIMAL, meant):
            meant = _asdot(word, path)
        if not meant and int in shape.kinds and word.lstrip("+-").isdecimal():
            return "write a number of at most 64 bits"
        return f"write {_line(path, meant)}" if meant else typed
    plain = read.number or truth
    if shape.anything and plain:
        return f"write {_line(path, plain)}, or for the text {as_text}"
    return f"write {as_text}"


def _typed(shape: _Shape | None) -> str:
    """The help where nothing but a number or a boolean may stand; nothing elsewhere."""
    if shape is None or str in shape.kinds:
        return ""
    if bool in shape.kinds:
        return "write true or false"
    return "write a whole number in decimal digits" if int in shape.kinds else ""


def _is_word(word: str) -> bool:
    """Whether it is a word for a boolean, or for nothing, and so no secret."""
    return word == "~" or word.lower() in _TRUTH


def _misread_key(key: Misread, path: Location, *, named: bool) -> Problem:
    """A problem of a key.

    :param named: whether the keys of the mapping are names that a person chooses.
    """
    if not (named or _is_word(key) or key == "<<" or is_shown(key)):
        return problem_of_form(
            f"YAML does not read {Unshown.words} as the text that is written",
            (*path[:-1], Unshown(key)),
            code=_MISREAD,
            help="put it in quotes, or rename it",
        )
    read = reading(key) or Reading("another value", "readers differ")
    merge = "write the keys of the other mapping here"
    return problem_of_form(
        f"the key {_cut(key)} is read as {read.meaning}",
        path,
        code=_MISREAD,
        detail=f"{read.why[:1].upper()}{read.why[1:]}.",
        help=merge if key == "<<" else f"write '{_cut(key)}': with the quotes, or rename it",
    )


def _of_another(owner: str, path: Location) -> Problem:
    return problem_of_form(
        f"{path[-1]} is a key of {_NAMESPACE}:{owner}, not of {path[0]}",
        path,
        code=_MISPLACED,
        help=f"write it below {_NAMESPACE}:{owner}:",
    )


def _inside(key: str, path: Location) -> Problem:
    step, called = shown_key(key)
    return problem_of_form(
        f"{called} is indented too far: it is inside {spelled(path[:-1])}",
        path if called == key else (*path[:-1], step),
        code=_MISPLACED,
        detail="Nothing reads such a key inside a section.",
        help=f"write {called}: directly below config:, two columns to its right",
    )


def _number_in(text: str, path: Location) -> str:
    """The decimal digits of a text that spells a whole number in another way."""
    digits = text.strip()
    if re.fullmatch(_DECIMAL, digits):
        return digits
    if digits.startswith("/") and not str(path[-1]).endswith("Length"):
        return ""  # /28 is a size, and not the number 28
    if meant := _asdot(digits, path):
        return meant
    found = reading(digits) if digits else None
    if found is not None:
        return found.number if re.fullmatch(_DECIMAL, found.number) else ""
    if _is_asn(path) and not digits[-1:].isdigit():
        return ""  # 6451x is 64512 with a slip of the hand, and not the other AS number 6451
    runs = re.findall(_DIGITS, digits)  # AS64512, or 300ms
    return runs[0] if len(runs) == 1 and re.fullmatch(_DECIMAL, runs[0]) else ""


def _asdot(text: str, path: Location) -> str:
    """An AS number of two numbers and a point as one number (RFC 5396); empty for other texts."""
    parts = re.fullmatch(_ASDOT, text) if _is_asn(path) else None
    if parts is None or max(map(int, parts.groups())) > _LARGEST_HALF:
        return ""
    return str(int(parts[1]) * (_LARGEST_HALF + 1) + int(parts[2]))


def _is_asn(path: Location) -> bool:
    return str(path[-1]).lower().endswith("asn")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _line(path: Location, value: str) -> str:
    """What to write, without indentation and without the dash of an entry."""
    last = path[-1]
    return _cut(value) if isinstance(last, int) else f"{last}: {_cut(value)}"


def _shown(value: Any) -> str:
    return quoted(_cut(value)) if isinstance(value, str) else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
