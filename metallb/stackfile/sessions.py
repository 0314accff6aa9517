"""What every mapping of the stack file that sets fields of peers has in common."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import model_validator

from metallb.models.strict import StrictModel
from metallb.problems.problem import Location
from metallb.routing.stack_keys import FORMER_KEYS
from metallb.stackfile.base import InvalidValue, Section

__all__ = ["SessionKeys", "former_keys"]

_PRESENT = {former: key for key, former in FORMER_KEYS.items()}


class SessionKeys(Section):
    """A level of the keys of sessions. Of two keys that mean one thing it has one."""

    @model_validator(mode="after")
    def _one_name(self) -> "SessionKeys":
        for key, former in _pairs(type(self), *FORMER_KEYS.items()):
            if getattr(self, former) is not None and getattr(self, key) is not None:
                present, old = _spelled(self, key), _spelled(self, former)
                raise InvalidValue(
                    f"{present} and {old} are both set",
                    f"{old} is a former name of {present}.",
                    f"remove {old}",
                    at=(old,),
                    whole=True,
                )
        return self

    @model_validator(mode="after")
    def _one_password(self) -> "SessionKeys":
        for key, other in _pairs(type(self), ("password", "password_secret")):
            if getattr(self, key) is not None and getattr(self, other) is not None:
                raise InvalidValue(
                    "password and passwordSecret are both set",
                    "A session has one MD5 key: this file has it, or a Secret made elsewhere.",
                    "remove one of the two",
                    at=("passwordSecret",),
                    whole=True,
                )
        return self


@cache
def _pairs(model: type[StrictModel], *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    """The pairs of which a level has both fields. There may be a thousand nodes."""
    return [pair for pair in pairs if set(pair) <= set(model.model_fields)]


def _spelled(section: StrictModel, key: str) -> str:
    return str(type(section).model_fields[key].alias)


def former_keys(whole: StrictModel) -> Iterator[tuple[Location, str, str]]:
    """Every key with a former name: its location, that name, and the present one.

    :param whole: the stack file.
    """
    for name in whole.model_fields_set:
        section = _spelled(whole, name)
        yield from _former_below(getattr(whole, name), (f"metallb:{section}",))


def _former_below(value: Any, at: Location) -> Iterator[tuple[Location, str, str]]:
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _former_below(item, (*at, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _former_below(item, (*at, key))
    elif isinstance(value, StrictModel):
        for name in sorted(value.model_fields_set):
            below = getattr(value, name)
            if name in _PRESENT and below is not None:
                former = _spelled(value, name)
                yield (*at, former), former, _spelled(value, _PRESENT[name])
            elif isinstance(below, tuple | dict | StrictModel):
                yield from _former_below(below, (*at, _spelled(value, name)))
