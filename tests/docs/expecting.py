"""What the stories expect of a command beside its page, and whether its output has it."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import pytest

from tests.docs.commands import Command, lines_missing
from tests.docs.sandbox import lacks

__all__ = ["Key", "begins", "entry_of", "is_about_one_of", "says"]

Key = tuple[str, str]
"""A page, and how a command on it begins."""
T = TypeVar("T")


def begins(line: str, start: str) -> bool:
    """Whether a line begins with these words, the last of them whole."""
    return f"{line} ".replace(",", " ").startswith(f"{start} ".replace(",", " "))


def entry_of(table: Mapping[Key, T], command: Command, default: T) -> T:
    """What a table of the stories has for a command: its entry with the longest beginning."""
    found = {
        start: value
        for (page, start), value in table.items()
        if page == command.page and begins(command.line, start)
    }
    return found[max(found, key=len)] if found else default


def is_about_one_of(key: Key, found: Iterable[Command]) -> bool:
    """Whether a story is about a command that a page shows."""
    page, start = key
    return any(each.page == page and begins(each.line, start) for each in found)


def says(
    command: Command, code: int, text: str, *, expected: int = 0, patterns: Iterable[str] = ()
) -> None:
    """Fail unless a command ended with its exit code and printed what its page shows."""
    if code and (why := lacks(command, text)):
        pytest.skip(f"NOT run to its end: {why}")
    assert code == expected, text
    missed = lines_missing(command.shown, text)
    assert missed == [], f"{missed} is not in:\n{text}"
    for pattern in patterns:
        assert re.search(pattern, text, re.MULTILINE), f"{pattern!r} is not in:\n{text}"
