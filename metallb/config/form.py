"""The form of what a stack file says: words that readers differ about, and sections in the wrong
place. What a value may be is the models' matter.

Goes by the models along the raw values, since validated ones no longer show how they were written.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr

from metallb.config.base import SEALED
from metallb.errors import MetalLBError
from metallb.plain_words import Misread, Reading, reading

__all__ = ["Form", "form_of", "misread_anywhere", "owner_of", "section_of"]

_DECIMAL = re.compile(r"0|-?[1-9][0-9]*")
_SHOWN = 40
_NAMESPACED = re.compile(r"[A-Za-z][-A-Za-z0-9]*:[A-Za-z].*")
_TRUTH = {"y": "true", "yes": "true", "on": "true", "n": "false", "no": "false", "off": "false"}
_NAMESPACE = "metallb"


@dataclass(frozen=True)
class Form:
    """What is wrong with the form of the sections.

    :ivar elsewhere: sections that stand inside others, by name.
    """

    mistakes: list[MetalLBError] = field(default_factory=list)
    elsewhere: dict[str, Any] = field(default_factory=dict)

    def covers(self, where: str) -> bool:
        """Whether another mistake at this place would repeat one of these."""
        return any(
            where == each.where
            or (isinstance(each, _Inside) and where.startswith(f"{each.where}."))
            for each in self.mistakes
        )


class _Inside(MetalLBError):
    """A section inside another one; all that stands below it is out of place with it."""


def form_of(
    sections: Mapping[str, Any], model: type[BaseModel], secret_sections: Collection[str] = ()
) -> Form:
    """What is wrong with the form of what stands below `config:` under `metallb:`.

    :param model: the model of all sections.
    """
    form = Form()
    known = _fields(model)
    for name, value in sections.items():
        walk = _Walk(form, model, tuple(known), secret=name in secret_sections)
        walk.value(value, known.get(name), (f"{_NAMESPACE}:{name}",))
    return form


def section_of(key: str, names: Collection[str]) -> str:
    """The section that a key in a wrong place is; empty for another key."""
    name = key.removeprefix(f"{_NAMESPACE}:")
    return name if name in names else ""


def owner_of(key: str, model: type[BaseModel]) -> str:
    """The one section that has a key; empty where none or several have."""
    owners = [
        name
        for name, shape in _fields(model).items()
        if shape.values is None and shape.below(key) is not None
    ]
    return owners[0] if len(owners) == 1 else ""


def misread_anywhere(value: Any, path: tuple[int | str, ...]) -> Iterator[MetalLBError]:
    """Misread words of a value that no model describes; it may be a secret, and is not shown."""
    form = Form()
    _Walk(form, BaseModel, (), secret=True).value(value, None, path)
    yield from form.mistakes


@dataclass(frozen=True)
class _Shape:
    """What may stand at a place.

    :ivar kinds: types of single values.
    :ivar items: what the entries of a list are.
    :ivar values: what stands behind the keys of a mapping with free keys.
    :ivar anything: it is not ours to say.
    """

    kinds: frozenset[Any]
    models: tuple[type[BaseModel], ...]
    items: "_Shape | None"
    values: "_Shape | None"
    anything: bool

    def below(self, key: str) -> "_Shape | None":
        """What may stand behind a key."""
        if self.anything:
            return self
        found = (_fields(model).get(key) for model in self.models)
        return next((each for each in found if each is not None), self.values)


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


@dataclass(frozen=True)
class _Walk:
    form: Form
    model: type[BaseModel]
    names: tuple[str, ...]
    secret: bool

    def value(self, value: Any, shape: _Shape | None, path: tuple[int | str, ...]) -> None:
        if isinstance(value, Misread):
            self.form.mistakes.append(self._misread(value, shape, path))
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self._entry(key, item, shape, path)
        elif isinstance(value, list | tuple):
            items = shape if shape is None or shape.anything else shape.items
            for index, item in enumerate(value):
                self.value(item, items, (*path, index))
        elif value != SEALED and shape is not None:
            self._single(value, shape, path)

    def _entry(
        self, key: Any, item: Any, shape: _Shape | None, path: tuple[int | str, ...]
    ) -> None:
        here = (*path, str(key))
        if isinstance(key, Misread):
            self.form.mistakes.append(_misread_key(key, here))
        below = None if shape is None else shape.below(str(key))
        name = section_of(str(key), self.names)
        # Among free keys `bgp` is a name; with its namespace it is a section.
        taken = shape is None or shape.anything or (below is not None and name == key)
        if name and not taken:
            self.form.elsewhere.setdefault(name, item)
            self.form.mistakes.append(_inside(f"{_NAMESPACE}:{name}", here))
        elif not taken and below is None and _NAMESPACED.fullmatch(str(key)):
            self.form.mistakes.append(_inside(str(key), here))
        elif not taken and below is None and len(path) == 1 and owner_of(str(key), self.model):
            self.form.mistakes.append(_of_another(owner_of(str(key), self.model), here))
        else:
            self.value(item, below, here)

    def _single(self, value: Any, shape: _Shape, path: tuple[int | str, ...]) -> None:
        """A number or boolean of another spelling than its own, in quotes or not."""
        if str in shape.kinds or shape.anything:
            return
        text = isinstance(value, str)
        if int in shape.kinds and text and not _DECIMAL.fullmatch(value):
            self._wrong(
                value, shape, path, "is no whole number in decimal digits", _number_in(value)
            )
        elif bool in shape.kinds and (
            value not in ("true", "false") if text else _is_number(value)
        ):
            truth = _TRUTH.get(str(value).lower(), "")
            self._wrong(value, shape, path, "is neither true nor false", truth)

    def _wrong(
        self, value: Any, shape: _Shape, path: tuple[int | str, ...], rule: str, meant: str
    ) -> None:
        hidden = self._hides(shape)
        self.form.mistakes.append(
            MetalLBError(
                where=_spell(path),
                seen="(not shown)" if hidden else _cut(repr(value)),
                rule=rule,
                remedy=_typed(shape) if hidden or not meant else f"write {_line(path, meant)}",
            )
        )

    def _misread(
        self, word: Misread, shape: _Shape | None, path: tuple[int | str, ...]
    ) -> MetalLBError:
        read = reading(word) or Reading("another value", "readers differ")
        if self._hides(shape) or shape is None:
            return MetalLBError(
                where=_spell(path),
                seen="(not shown)",
                rule="is not read by YAML as the text that is written",
                remedy=_typed(shape) or "put it in quotes",
            )
        return MetalLBError(
            where=_spell(path),
            seen=_cut(word),
            rule=f"is read as {read.meaning}: {read.why}",
            remedy=_remedy(word, read, shape, path),
        )

    def _hides(self, shape: _Shape | None) -> bool:
        """Whether the value may be a secret: also under a key that may be a misspelt `password`."""
        return self.secret or shape is None or SecretStr in shape.kinds


def _remedy(word: str, read: Reading, shape: _Shape, path: tuple[int | str, ...]) -> str:
    quoted = _line(path, f"'{word}'")
    if word == "~":
        return f"write {_line(path, 'null')}, or leave it out; for the text write {quoted}"
    truth = _TRUTH.get(word.lower(), "")
    typed = _typed(shape)
    if typed:
        meant = truth if bool in shape.kinds else read.number
        if not meant and int in shape.kinds and word.lstrip("+-").isdecimal():
            return "write a number of at most 64 bits"
        return f"write {_line(path, meant)}" if meant else typed
    plain = read.number or truth
    if shape.anything and plain:
        return f"write {_line(path, plain)}, or for the text {quoted}"
    return f"write {quoted}"


def _typed(shape: _Shape | None) -> str:
    """The help where nothing but a number or a boolean may stand; nothing elsewhere."""
    if shape is None or str in shape.kinds:
        return ""
    if bool in shape.kinds:
        return "write true or false"
    return "write a number in decimal digits" if int in shape.kinds else ""


def _misread_key(key: Misread, path: tuple[int | str, ...]) -> MetalLBError:
    read = reading(key) or Reading("another value", "readers differ")
    merge = "write the keys of the other mapping here"
    return MetalLBError(
        where=_spell(path),
        seen=_cut(key),
        rule=f"is a key that is read as {read.meaning}: {read.why}",
        remedy=merge if key == "<<" else f"write '{_cut(key)}': with the quotes, or rename it",
    )


def _of_another(owner: str, path: tuple[int | str, ...]) -> MetalLBError:
    return _Inside(
        where=_spell(path),
        rule=f"is a key of {_NAMESPACE}:{owner}, and nothing reads it here",
        remedy=f"write it below {_NAMESPACE}:{owner}:",
    )


def _inside(key: str, path: tuple[int | str, ...]) -> MetalLBError:
    return _Inside(
        where=_spell(path),
        seen=f"inside {_spell(path[:-1])}",
        rule="is indented too far: nothing reads such a key inside of a section",
        remedy=f"write {key}: directly below config:, two columns to its right",
    )


def _number_in(text: str) -> str:
    """The decimal digits of a text that spells a whole number in another way."""
    digits = text.strip()
    if _DECIMAL.fullmatch(digits):
        return digits
    found = reading(digits) if digits else None
    return found.number if found is not None and _DECIMAL.fullmatch(found.number) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _line(path: tuple[int | str, ...], value: str) -> str:
    """The line to write, without its indentation."""
    last = path[-1]
    return f"- {_cut(value)}" if isinstance(last, int) else f"{last}: {_cut(value)}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _spell(path: tuple[int | str, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
