"""What `check` and `routers --check` print of their problems, and the exit code."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from metallb.command_line.common import note
from metallb.problems.codes import Code
from metallb.problems.documents import as_format, counted
from metallb.problems.escape import one_line
from metallb.problems.problem import Problem
from metallb.problems.text import style_of

__all__ = ["in_order", "noted", "verdict"]

_REFUSED = 2


def verdict(
    found: Sequence[Problem], args: argparse.Namespace, described: Iterable[Code] = ()
) -> int:
    """Print problems in the wanted format, and how many they are; the exit code.

    :param described: what the codes mean, for formats that list them.
    """
    args.shown = True
    text = as_format(found, args.format, described, style_of(sys.stdout))
    if text:
        print(text)
    errors = sum(problem.is_error for problem in found)
    warnings = len(found) - errors
    note(counted(found))
    return _REFUSED if errors or (args.strict and warnings) else 0


def noted(text: str) -> None:
    """A line beside the problems, which changes no exit code."""
    note(f"note: {one_line(text)}")


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of the file; what has no line keeps its order."""
    return sorted(problems, key=_order)


def _order(problem: Problem) -> tuple[str, int]:
    return (problem.position.file, problem.position.line) if problem.position else ("", 0)
