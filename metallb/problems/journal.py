"""Problems on their way from a Pulumi program to its runner: lines of JSON in a file.

The engine would carry them as text between other text. A program without a runner (`pulumi up`)
has no journal and prints its problems.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from metallb.files.bounded import MIB, read_bounded
from metallb.problems.problem import Problem

__all__ = ["JOURNAL_FILE", "journal", "journalled", "record"]

JOURNAL_FILE = "problems.jsonl"
"""Name of the file in the workspace folder of a run."""

_MAX_BYTES = 64 * MIB
_journal: ContextVar[Path | None] = ContextVar("journal", default=None)


@contextmanager
def journal(path: Path) -> Iterator[None]:
    """Record the problems of the code below, and of the tasks that it starts, in a file."""
    token = _journal.set(path)
    try:
        yield
    finally:
        _journal.reset(token)


def record(problems: Iterable[Problem]) -> bool:
    """Add problems to the journal; whether there is one."""
    path = _journal.get()
    if path is None:
        return False
    lines = "".join(json.dumps(each.as_dict()) + "\n" for each in problems)
    with path.open("a", encoding="utf-8") as file:
        file.write(lines)
    return True


def journalled(path: Path) -> tuple[Problem, ...]:
    """The problems of a file, each once, in their order; none without the file.

    A last line that a program could not finish is left out.

    :raises OSError: it is no regular file, or larger than any run's.
    """
    if not path.is_file():
        return ()
    lines = read_bounded(path, _MAX_BYTES).decode("utf-8").splitlines(keepends=True)
    whole = (json.loads(line) for line in lines if line.endswith("\n"))
    return tuple(dict.fromkeys(Problem.from_dict(value) for value in whole))
