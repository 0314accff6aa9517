"""What `render --check` and `--diff-cluster` print of the differences, and the exit code."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from metallb.actions.document import Document, print_document
from metallb.preflight import rules
from metallb.problems.documents import as_format
from metallb.problems.escape import markdown_code, markdown_fenced, visible
from metallb.problems.problem import Position, Problem, Severity
from metallb.render.comparing import Difference

__all__ = ["DifferencesDocument", "verdict"]

_DIFFERS = 3
_CODE = "E211"
_ROOM = 50_000
"""Characters of a diff in Markdown; GitHub refuses comments of more than 65,536."""


class DifferencesDocument(Document):
    """How a folder or a cluster differs from what a stack file renders."""

    folder: str | None = None
    """The folder; null where a cluster was compared."""
    differences: tuple[Difference, ...] = ()
    """Everything that differs; empty where nothing does."""


def verdict(
    args: argparse.Namespace, name: str, found: Sequence[Difference], folder: Path | None
) -> int:
    """Print the differences in the wanted format, and what they mean; the exit code.

    :param name: of the stack.
    :param folder: what was compared; None where it was a cluster.
    """
    args.shown = True
    place = "the cluster" if folder is None else str(folder)
    verb = "has" if folder is None else "is"
    renders = f"what {args.stack} renders"
    if args.format == "json":
        shown = None if folder is None else str(folder)
        print_document(
            args, DifferencesDocument(stack=name, folder=shown, differences=tuple(found))
        )
    elif args.format == "markdown":
        print("\n".join(_markdown(place, renders, verb, found)))
    elif args.format != "text":
        problems = [_problem(each, args.stack, folder) for each in found]
        text = as_format(problems, args.format, (each.described for each in rules()))
        print(text, end="\n" if text else "")
    elif found:
        print("\n".join(visible(line) for each in found for line in each.lines()))
    else:
        print(visible(f"{place} {verb} {renders}"))
    if found and args.format == "text":
        print(visible(f"{place} {verb} not {renders}"), file=sys.stderr)
    return _DIFFERS if found else 0


def _markdown(place: str, renders: str, verb: str, found: Sequence[Difference]) -> Iterator[str]:
    state = f"{verb} not" if found else verb
    yield f"### MetalLB: {markdown_code(place)} {state} {markdown_code(renders)}"
    if not found:
        return
    lines = [markdown_fenced(line) for each in found for line in each.lines()]
    room, shown = _ROOM, 0
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        shown += 1
    yield from ("", "```diff", *lines[:shown], "```")
    if shown < len(lines):
        yield f"... and {len(lines) - shown} more lines: --format json has all"


def _problem(difference: Difference, stack: str, folder: Path | None) -> Problem:
    """A difference at its file, for what shows problems at files."""
    written = folder is not None and difference.file
    return Problem(
        _CODE,
        Severity.ERROR,
        difference.summary,
        detail="The files are what the stack file renders.",
        help=f"metallb render {stack} -o {folder}"
        if folder is not None
        else "apply the files, or correct the stack file",
        position=Position(str(folder / difference.file)) if folder and written else None,
    )
