"""Base of the models whose keys others see: camelCase there, strict, immutable."""

from typing import Any

from pydantic import BeforeValidator, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

from metallb.described import DescribedModel

__all__ = ["AS_GO_READS", "TRUTH", "WHOLE_NUMBER", "RuleError", "StrictModel"]

AS_GO_READS: dict[str, bool] = {"as_go_reads": True}
"""Validation context of objects that MetalLB or its API server reads as they stand: Go takes no
text in quotes for a number or a boolean. A stack file's may be one: Pulumi decrypts to texts."""


class RuleError(ValueError):
    """A validator's refusal: the rule that was broken and what to do about it.

    :ivar at: for a rule about several keys of one mapping, the key below it whose value is at
        fault, as the file spells it. The value itself is shown from there, so no rule repeats it.
    """

    def __init__(self, rule: str, remedy: str, *, at: tuple[str, ...] = ()) -> None:
        super().__init__(rule)
        self.remedy = remedy
        self.at = at


def _whole_number(value: Any, info: ValidationInfo) -> Any:
    # A Python boolean is a number; `peerAsn: yes` would become AS 1.
    if isinstance(value, bool):
        rule = "is a whole number, and YAML reads this as true or false"
        raise RuleError(rule, "write the number")
    if isinstance(value, str) and info.context == AS_GO_READS:
        rule = "is a whole number, and in quotes it is a text"
        raise RuleError(rule, "write it without quotes")
    return value


def _truth(value: Any, info: ValidationInfo) -> Any:
    if info.context == AS_GO_READS and value is not None and not isinstance(value, bool):
        rule = "is true or false, and this is a text or a number"
        raise RuleError(rule, "write true or false, without quotes")
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
