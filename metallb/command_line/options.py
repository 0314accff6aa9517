"""Common to every command line of this repository: no abbreviations, nothing empty, and no option
that the command would not use.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted, visible

__all__ = ["STACK_HELP", "CommandParser", "refuse_empty", "unused", "whole_number"]

STACK_HELP = "name of a stack (or organization/name), or path of a stack file"
"""Help of the argument that every command takes (`metallb.loading.stack.load`)."""


class CommandParser(argparse.ArgumentParser):
    """A parser, and by it its subparsers, that takes options by their whole names alone.

    An abbreviation may mean another option tomorrow, and `--y` is no consent.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})

    def error(self, message: str) -> NoReturn:
        """End with 2 and the message, which quotes what was typed."""
        super().error(visible(message))


def refuse_empty(argv: Sequence[str] | None) -> None:
    """No argument of a command line is empty: most often a shell variable is not set.

    :raises UsageError: one is.
    """
    words = sys.argv[1:] if argv is None else argv
    for position, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--") and "=" in word else word
        if not value.strip():
            shown = shlex.join(words[: position + 1])
            raise UsageError(
                f"argument {position + 1} is empty: {shown}",
                code="E208",
                detail="Most often a shell variable is not set.",
                help="give it a value, or leave it out together with its option",
            )


def unused(option: str, place: str, *, detail: str, help: str = "leave it out") -> UsageError:
    """The refusal of an option that would change nothing.

    :param place: where it has no use: `with --json`, `without -o`, `for stack file x.yaml`.
    :param detail: why it is not used there.
    """
    return UsageError(f"{option} has no use {place}", location=(option,), detail=detail, help=help)


def whole_number(text: str) -> int:
    """A number of at least one, in decimal digits, for argparse."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) >= 1):
        msg = f"{quoted(text)} is not a whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
