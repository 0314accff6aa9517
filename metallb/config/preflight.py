"""Section `metallb:preflight`: warnings that a team has decided to live with."""

from typing import Annotated

from pydantic import Field

from metallb.config.base import Section, Text

__all__ = ["IgnoredWarning", "Preflight"]


class IgnoredWarning(Section):
    """A warning that is silenced, and why."""

    id: Text
    """Id of the rule, as `check` prints it."""
    reason: Annotated[Text, Field(min_length=10)]
    """Why this is fine here; at least ten characters, for the next reader."""


class Preflight(Section):
    """How findings are treated. Errors can't be silenced."""

    ignore: tuple[IgnoredWarning, ...] = ()
    """Silenced warnings."""
