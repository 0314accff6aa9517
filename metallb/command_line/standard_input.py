"""Standard input as a file: what reads files checks size and kind, and reads more than once.

Messages call it by its name and not by that of the copy that is read.
"""

import atexit
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from metallb.files.bounded import MIB
from metallb.files.scratch import private_folder
from metallb.problems.errors import UsageError
from metallb.problems.problem import Problem

__all__ = [
    "STANDARD_INPUT",
    "file_of",
    "in_words",
    "is_spooled",
    "renamed",
    "spooled",
    "typed_name",
]

STANDARD_INPUT = "standard input"
"""What messages call it."""
_TYPED = "-"
_NAME = "Pulumi.stdin.yaml"
_LIMIT = 64 * MIB


class _Spooled:
    """The file, once standard input is read; of the process, as its standard input is."""

    path: Path | None = None


def spooled() -> Path:
    """A file with what standard input holds, which is gone when the process ends.

    :raises UsageError: standard input is a terminal, or has more than 64 MiB.
    """
    if _Spooled.path is None or not _Spooled.path.exists():
        if sys.stdin.isatty():
            raise UsageError(
                "- is standard input, which is a terminal",
                help="lead a file or the output of a command to it: command | metallb ...",
            )
        kept = ExitStack()
        folder = kept.enter_context(private_folder())
        atexit.register(kept.close)
        data = sys.stdin.buffer.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise UsageError(
                f"standard input has more than {_LIMIT} bytes",
                code="E112",
                help="write it to files in a folder, and name the folder",
            )
        _Spooled.path = folder / _NAME
        _Spooled.path.write_bytes(data)
    return _Spooled.path


def file_of(path: Path) -> Path:
    """The file that a path on the command line means: `-` is standard input.

    :raises UsageError: as `spooled`.
    """
    return spooled() if str(path) == _TYPED else path


def is_spooled(path: Path) -> bool:
    """Whether a file holds what standard input held."""
    return _Spooled.path is not None and path == _Spooled.path


def typed_name(path: Path) -> str:
    """A file as a command line names it."""
    return _TYPED if is_spooled(path) else str(path)


def in_words(text: str) -> str:
    """A text for people, in which standard input has its name."""
    return text.replace(str(_Spooled.path), STANDARD_INPUT) if _Spooled.path else text


def renamed(problem: Problem) -> Problem:
    """A problem of standard input under that name."""
    if _Spooled.path is None:
        return problem
    at = problem.position
    return replace(
        problem,
        summary=in_words(problem.summary),
        location=tuple(
            in_words(each) if isinstance(each, str) and str(_Spooled.path) in each else each
            for each in problem.location
        ),
        detail=in_words(problem.detail),
        help=in_words(problem.help),
        position=at and at._replace(file=in_words(at.file)),
    )
