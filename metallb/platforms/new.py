"""What `metallb new` wants to know for a stack of a platform."""

from collections.abc import Iterable
from typing import NamedTuple

from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted

__all__ = ["NewOption", "named"]


class NewOption(NamedTuple):
    """An option of `new`, which is a question where it is left out on a terminal."""

    name: str
    """Its name, such as `router`."""
    metavar: str
    """The form of its value, such as `RACK=ADDRESS`."""
    help: str
    """What it is, in a few words that serve as the question as well."""
    default: str = ""
    """What it is where it is left out."""
    repeated: bool = False
    """Whether there may be several."""
    optional: bool = False
    """Whether there may be none."""


def named(option: NewOption, values: Iterable[str]) -> dict[str, list[str]]:
    """Values of the form NAME=PART,PART by their names, those of one name together.

    :raises UsageError: one has not this form.
    """
    found: dict[str, list[str]] = {}
    for value in values:
        name, _, parts = value.partition("=")
        listed = [each.strip() for each in parts.split(",") if each.strip()]
        if not name.strip() or not listed:
            raise UsageError(
                f"{quoted(value)} is not of the form {option.metavar}",
                location=(f"--{option.name}",),
                detail=f"It stands for: {option.help}.",
                help=f"write {option.metavar}",
            )
        found.setdefault(name.strip(), []).extend(listed)
    return found
