"""Base of the models whose keys others see: camelCase there, strict, immutable."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from metallb.described import DescribedModel

__all__ = ["StrictModel"]


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
