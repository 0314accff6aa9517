"""Problems for people, in the form of a compiler's messages:

Pulumi.dc1.yaml:14:15: error[P6]: hold time 2s is too short (metallb:bgp.holdTime)
  A hold time is 0, or 3 to 65535 whole seconds: ... (RFC 4271, 4.2)
  help: write whole seconds, such as 3s or 90s
"""

import os
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TextIO

from metallb.problems.escape import one_line
from metallb.problems.problem import Problem, Severity

__all__ = ["PLAIN", "Style", "first_line", "problems_text", "style_of"]

_INDENT = "  "
_NARROWEST = 40
_WIDEST = 100
_PLACES = 3
"""Places shown of a problem that a file has more than once."""
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_HELP = "\x1b[36m"


class Style(NamedTuple):
    """How text is laid out.

    :ivar colour: with the colours of a terminal.
    :ivar width: columns to wrap at; 0 leaves each part on one line, which suits pipes.
    """

    colour: bool = False
    width: int = 0


PLAIN = Style()
"""For files, pipes and logs: a part is a line, so that it can be searched for."""


def style_of(stream: TextIO) -> Style:
    """Colours and wrapping on a terminal; neither elsewhere. NO_COLOR turns colours off, and
    FORCE_COLOR on.

    Sources: no-color.org; force-color.org; POSIX, COLUMNS.
    """
    never, always = (bool(os.environ.get(name)) for name in ("NO_COLOR", "FORCE_COLOR"))
    if not stream.isatty():
        return Style(colour=True) if always and not never else PLAIN
    colour = not never and (always or os.environ.get("TERM") != "dumb")
    return Style(colour=colour, width=min(max(_columns(stream), _NARROWEST), _WIDEST))


def _columns(stream: TextIO) -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDEST
    except (OSError, ValueError):
        return _WIDEST


def problems_text(problems: Iterable[Problem], style: Style = PLAIN) -> str:
    """Every problem; those that differ in their place alone are one, with a count."""
    return "\n".join(line for each in _merged(problems) for line in _lines(each, style))


def first_line(problem: Problem) -> str:
    """What is wrong and where, without rule and help."""
    return next(_lines([problem], PLAIN))


def _merged(problems: Iterable[Problem]) -> Iterable[list[Problem]]:
    """Problems that differ in their place alone, together."""
    found: dict[Problem, list[Problem]] = {}
    for each in problems:
        bare = replace(each, location=(), position=None)
        found.setdefault(bare, []).append(each)
    return found.values()


def _lines(same: list[Problem], style: Style) -> Iterator[str]:
    problem = same[0]
    count = len(same)
    kind = f"{problem.severity}[{problem.code}]:" if problem.code else f"{problem.severity}:"
    place = f"{one_line(str(problem.position))}: " if problem.position else ""
    key = f" ({one_line(problem.where)})" if problem.location else ""
    times = f" ({count} times)" if count > 1 else ""
    summary = one_line(problem.summary)
    if style.colour:
        kind = f"{_COLOURS[problem.severity]}{kind}{_RESET}"
        summary = f"{_BOLD}{summary}{_RESET}"
    yield f"{place}{kind} {summary}{key}{times}"
    if count > 1:
        yield from _wrapped(f"also at: {_places(same)}", style)
    yield from _wrapped(problem.detail, style)
    if problem.help:
        lines = list(_wrapped(f"help: {problem.help}", style))
        if style.colour:
            lines[0] = lines[0].replace("help:", f"{_HELP}help:{_RESET}", 1)
        yield from lines


def _places(same: list[Problem]) -> str:
    others = same[1:]
    shown = [_place(each) for each in others[:_PLACES]]
    more = len(others) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _place(problem: Problem) -> str:
    position = f"{problem.position} " if problem.position else ""
    key = f"({problem.where})" if problem.location else ""
    return f"{position}{key}".strip() or "the same place"


def _wrapped(text: str, style: Style) -> list[str]:
    text = one_line(text)
    if not text:
        return []
    if not style.width:
        return [_INDENT + text]
    return textwrap.wrap(
        text,
        style.width,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT * 2 if text.startswith("help:") else _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
