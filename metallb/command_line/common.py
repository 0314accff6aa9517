"""What every command has: its common options, its exit codes, and notes that may be silenced."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["COMMON", "EXIT_CODES", "add_common", "add_format", "note", "set_up"]

COMMON = ("--dir", "--color", "--quiet", "--verbose")
"""Options of every command."""
EXIT_CODES = (
    "Exit codes: 0 done; 1 a failure; 2 a mistake in the command line or a file, nothing was "
    "changed; 3 done, and what the command looks for is there (changes, differences, something "
    "unhealthy); 4 unknown (status); 130 interrupted; 141 nothing reads the output any more."
)
_NO_COLOR, _FORCE_COLOR = "NO_COLOR", "FORCE_COLOR"


class _Quiet:
    """Whether notes are silenced; of the process, as standard error is."""

    on = False


def add_common(parser: argparse.ArgumentParser, *, default: object = argparse.SUPPRESS) -> None:
    """Add the options of every command to a parser.

    :param default: `SUPPRESS` for a command, whose options may stand before its name as well.
    """

    group = parser.add_argument_group("common options")
    group.add_argument(
        "--dir",
        dest="folder",
        type=Path,
        metavar="DIR",
        default=default,
        help="look for stacks by their names in this folder alone (stacks/, then the current "
        "folder); a path is taken as it is",
    )
    group.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default=default or "auto",
        help="colours: on a terminal (auto, which heeds NO_COLOR and FORCE_COLOR), always or never",
    )
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        default=default or False,
        help="no notes, counts or progress on standard error; errors stay",
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=default or False,
        help="show on standard error which files are used, and how long it took",
    )


def add_format(parser: argparse.ArgumentParser, *forms: str) -> None:
    """Add `--format` to a command that prints text and documents, and `--json`, its former name.

    :param forms: what it has besides `text`.
    """
    parser.add_argument(
        "--format",
        choices=["text", *forms],
        default="text",
        help="form of the output (text); JSON documents have a schema in docs/schemas",
    )
    parser.add_argument(
        "--json", dest="format", action="store_const", const="json", help="same as --format json"
    )


def note(text: str) -> None:
    """Write a line to standard error, where notes are not silenced."""
    if not _Quiet.on:
        print(text, file=sys.stderr)


@contextmanager
def set_up(args: argparse.Namespace) -> Iterator[None]:
    """Inside, the common options of a command line hold."""
    before = {name: os.environ.get(name) for name in (_NO_COLOR, _FORCE_COLOR)}
    color = getattr(args, "color", "auto")
    if color != "auto":
        on, off = (_FORCE_COLOR, _NO_COLOR) if color == "always" else (_NO_COLOR, _FORCE_COLOR)
        os.environ[on] = "1"
        os.environ.pop(off, None)
    _Quiet.on = bool(getattr(args, "quiet", False))
    try:
        yield
    finally:
        _Quiet.on = False
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
