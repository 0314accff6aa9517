"""Base of the models whose keys others see: camelCase there, strict, immutable."""

from collections.abc import Callable
from inspect import signature
from typing import Any, TypeVar

from pydantic import BeforeValidator, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

from metallb.models.described import DescribedModel

__all__ = [
    "AS_GO_READS",
    "TRUTH",
    "WHOLE_NUMBER",
    "InvalidValue",
    "StrictModel",
    "inspected",
]

AS_GO_READS: dict[str, bool] = {"as_go_reads": True}
"""Validation context of objects that MetalLB or its API server reads as they stand: Go takes no
text in quotes for a number or a boolean. A stack file's may be one: Pulumi decrypts to texts."""


_Function = TypeVar("_Function", bound=Callable[..., Any])
_WRONG_TYPE, _WRONG_VALUE, _TOGETHER = "E104", "E105", "E111"


class InvalidValue(ValueError):
    """A validator's refusal of a value.

    :ivar fault: what is wrong, as a predicate: the value is put in front of it ("is not a name").
        With `whole`, a sentence of its own.
    :ivar requirement: what holds instead, and why.
    :ivar help: what to do.
    :ivar at: where several keys of one mapping are wrong together, the key below it that is at
        fault, as the file spells it.
    :ivar whole: the fault is a sentence, since it is about several keys.
    :ivar code: code of the problem; that of a wrong value, or of keys that do not go together.
    :ivar in_program: what to do where a program passes the value, if that is something else.
    :ivar shows: its texts have the value in them, or parts of it, so none is for a secret.
    """

    def __init__(
        self,
        fault: str,
        requirement: str,
        help: str,
        *,
        at: tuple[str, ...] = (),
        whole: bool = False,
        code: str = "",
        in_program: str = "",
        shows: bool = False,
    ) -> None:
        super().__init__(fault)
        self.fault = fault
        self.requirement = requirement
        self.help = help
        self.at = at
        self.whole = whole
        self.code = code or (_TOGETHER if whole else _WRONG_VALUE)
        self.in_program = in_program or help
        self.shows = shows


def inspected(validator: _Function) -> _Function:
    """Keep the signature of a validator of many fields: pydantic asks for it at each of them."""
    validator.__signature__ = signature(validator)  # type: ignore[attr-defined]
    return validator


@inspected
def _whole_number(value: Any, info: ValidationInfo) -> Any:
    # A Python boolean is a number; `peerAsn: yes` would become AS 1.
    if isinstance(value, bool):
        fault = "is read as a boolean, not as a whole number"
        raise InvalidValue(fault, "", "write the number", code=_WRONG_TYPE)
    if isinstance(value, str) and info.context == AS_GO_READS:
        fault, help = "is a text, not a whole number", "write it without quotes"
        raise InvalidValue(fault, "", help, code=_WRONG_TYPE, in_program="pass an integer")
    return value


@inspected
def _truth(value: Any, info: ValidationInfo) -> Any:
    if info.context == AS_GO_READS and value is not None and not isinstance(value, bool):
        help = "write true or false, without quotes"
        raise InvalidValue(
            "is not true or false", "", help, code=_WRONG_TYPE, in_program="pass a boolean"
        )
    return value


# Behind `Field(ge=...)` in an annotation: in front of it, bounds get lost from the schemas.
WHOLE_NUMBER = BeforeValidator(_whole_number)
"""Marks a field of type `int`; every one of a strict model has it."""
TRUTH = BeforeValidator(_truth)
"""Marks a field of type `bool` of a MetalLB object."""


class StrictModel(DescribedModel):
    """A model that refuses unknown keys and keeps values out of its errors.

    Its fields are described by the text below them, which JSON Schemas and CRDs take over.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        # Validators are made for the models that a run uses, and not for each while importing.
        defer_build=True,
    )
