"""The stack that an imported document makes."""

from collections.abc import Mapping
from typing import Any

from metallb.stackfile import StackConfig, stack_config

__all__ = ["imported_stack"]


def imported_stack(sections: Mapping[str, Any], *, source: str) -> StackConfig:
    """Validate the sections that were made of an imported document.

    :param source: what to call the document in errors.
    :raises ConfigError: with every mistake.
    """
    # Not by `metallb.loading.stack`: there is no stack file yet that it could read or point into.
    return stack_config(sections, source=source)
