"""Section `metallb:preflight`: warnings that a team has decided to live with."""

from typing import Annotated

from pydantic import AfterValidator, Field

from metallb.stackfile.base import InvalidValue, Section, Text

__all__ = ["IgnoredWarning", "Preflight"]

_SHORTEST_REASON = 10


def _reason(value: str) -> str:
    if len(value.strip()) < _SHORTEST_REASON:
        rule = f"A reason has at least {_SHORTEST_REASON} characters: the next reader needs it."
        help = "write why the warning is fine here, or remove the entry"
        raise InvalidValue("is too short for a reason", rule, help)
    return value


class IgnoredWarning(Section):
    """A warning that is silenced, and why."""

    id: Text
    """Id of the rule, as `check` prints it."""
    reason: Annotated[
        Text, AfterValidator(_reason), Field(json_schema_extra={"minLength": _SHORTEST_REASON})
    ]
    """Why this is fine here; at least ten characters, for the next reader."""


class Preflight(Section):
    """How findings are treated. Errors can't be silenced."""

    ignore: tuple[IgnoredWarning, ...] = ()
    """Silenced warnings."""
