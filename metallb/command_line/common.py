"""What every command has: its common options, and notes that may be silenced."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from metallb import __version__
from metallb.command_line.options import COMMON_OPTIONS
from metallb.command_line.standard_input import in_words

__all__ = ["COMMON", "add_common", "add_format", "note", "set_up"]

COMMON = ("--dir", "--color", "--quiet", "--verbose", "--version")
"""Options of every command."""
_NO_COLOR, _FORCE_COLOR = "NO_COLOR", "FORCE_COLOR"


class _Quiet:
    """Whether notes are silenced; of the process, as standard error is."""

    on = False


def add_common(parser: argparse.ArgumentParser, *, default: object = argparse.SUPPRESS) -> None:
    """Add the options of every command to a parser.

    :param default: `SUPPRESS` for a command, whose options may stand before its name as well.
    """

    group = parser.add_argument_group(COMMON_OPTIONS)
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
        help="show what is summed up otherwise, and on standard error which files are used and how "
        "long it took",
    )
    group.add_argument(
        "--version", action="version", version=__version__, help="print the version and stop"
    )


def add_format(parser: argparse._ActionsContainer, *forms: str, former: bool = False) -> None:
    """Add `--format` to a command that prints text and documents.

    :param forms: what it has besides `text`.
    :param former: whether it also takes `--json`, the former name of `--format json`.
    """
    parser.add_argument(
        "--format",
        choices=["text", *forms],
        default="text",
        help="form of the output (text); `metallb schema` has the schemas of JSON documents",
    )
    if former:
        parser.add_argument(
            "--json",
            dest="format",
            action="store_const",
            const="json",
            help="same as --format json",
        )


def note(text: str) -> None:
    """Write a line to standard error, where notes are not silenced."""
    if not _Quiet.on:
        print(in_words(text), file=sys.stderr)


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
