"""Two values of one property, cut around what differs between them."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from metallb.problems.escape import escaped

__all__ = ["Line", "line_differences", "value_pair", "value_text"]

_MAX_VALUE = 200
_BEFORE = 60
"""Characters shown in front of the first difference."""
_CONTEXT = 2
"""Lines around a difference; what they belong to is above them."""
_MAX_LINES = 40
_MAX_RUN = 18
"""Where lines are replaced, so many of either side: the new ones are shown as well as the old."""
_MAX_PLACE = 140
_NAMING = 3
"""So many values tell an entry of a list from the others: a peer's address is its third."""
_MAX_SECTIONS = 5
_CHANGED = ("-", "+")
_HAS_VALUE = re.compile(r"[^:]+: \S")

_Opcode = tuple[str, int, int, int, int]


class Line(NamedTuple):
    """One line of a difference."""

    sign: str
    """`-`, `+` or a space as in any diff, `@@` for a place, `...` for what is left out."""
    text: str


def value_text(value: Any) -> str:
    """A property's value on one line, cut where it is long."""
    return _window(_one_line(value), 0)


def value_pair(old: Any, new: Any) -> tuple[str, str]:
    """Both values on a line each, cut around the first difference where they are long."""
    before, after = _one_line(old), _one_line(new)
    if before == after and old != new:
        # Their white space differs, or a number from its text.
        before, after = (json.dumps(value, ensure_ascii=False) for value in (old, new))
    return _cut(before, after)


def line_differences(old: Any, new: Any) -> list[Line]:
    """The lines in which two texts differ, each place below a line that says where it is.

    Nothing where one of them is no text of several lines: then `value_pair` says more. Whole places
    are left out where there are many, and their lines counted.
    """
    if not all(isinstance(value, str) and "\n" in value.strip() for value in (old, new)):
        return []
    before, after = old.splitlines(), new.splitlines()
    # By its own rule difflib starts no match at a line that a long text has very often. Without it,
    # a thousand peers with a new hold time take minutes.
    places = list(SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT))
    shown: list[Line] = []
    left = list(places)
    for place in places:
        lines = list(_hunk(place, before, after))
        if shown and len(shown) + len(lines) > _MAX_LINES:
            break
        shown += lines[:_MAX_LINES]
        if _changed(place) == sum(line.sign in _CHANGED for line in lines[:_MAX_LINES]):
            left.remove(place)
    more = sum(map(_changed, places)) - sum(line.sign in _CHANGED for line in shown)
    if more:
        where = _sections(left, before, after)
        left_out = f"and {more} more changed lines{where}: --json has them all"
        shown.append(Line("...", escaped(left_out)))
    return shown


def _changed(place: Sequence[_Opcode]) -> int:
    return sum(
        (high - low) + (end - begin) for tag, low, high, begin, end in place if tag != "equal"
    )


def _sections(places: Iterable[Sequence[_Opcode]], before: list[str], after: list[str]) -> str:
    """The unindented keys that places stand below: a pool left out is not taken for one more peer.

    Found in one pass for all of them, since there may be thousands.
    """
    found: dict[str, None] = {}
    keys = [
        [number for number, line in enumerate(lines) if not _rank(line) and line.endswith(":")]
        for lines in (before, after)
    ]
    for tag, low, high, begin, _ in chain.from_iterable(places):
        if tag != "equal":
            side, lines, index = (0, before, low) if high > low else (1, after, begin)
            at = bisect_right(keys[side], index)
            if at:
                found[_name(lines, keys[side][at - 1])] = None
    names = list(found)[:_MAX_SECTIONS]
    return f" below {', '.join(names)}" if names else ""


def _hunk(place: Sequence[_Opcode], before: list[str], after: list[str]) -> Iterator[Line]:
    _, low, high, begin, end = next(code for code in place if code[0] != "equal")
    where = _belongs_to(before, low, high) if high > low else _belongs_to(after, begin, end)
    yield Line("@@", _window(": ".join([f"line {begin + 1}", *where]), 0, _MAX_PLACE))
    for tag, low, high, begin, end in place:
        if tag == "equal":
            yield from (Line(" ", _window(text, 0)) for text in after[begin:end])
            continue
        removed, added = before[low:high], after[begin:end]
        for sign, run, other in (("-", removed, added), ("+", added, removed)):
            most = _MAX_RUN if other else len(run)
            # A long line is cut where it differs from the one that takes its place.
            for text, against in zip_longest(run[:most], other[: len(run[:most])]):
                yield Line(sign, _window(text, 0) if against is None else _cut(text, against)[0])
            if len(run) > most:
                yield Line(" ", "...")


def _belongs_to(lines: list[str], begin: int, end: int) -> list[str]:
    """The keys and entries around a line of YAML or JSON, as far as its indentation tells."""
    index = next((number for number in range(begin, end) if lines[number].strip()), begin)
    rank = _rank(lines[index])
    names: list[str] = []
    for number in range(index - 1, -1, -1):
        if not rank:
            break
        if lines[number].strip() and _rank(lines[number]) < rank:
            rank = _rank(lines[number])
            names.insert(0, _name(lines, number))
    return [" > ".join(name for name in names if name)] if any(names) else []


def _rank(line: str) -> int:
    """How deep a line stands; an entry of a list may stand below its key without being indented."""
    text = line.lstrip(" ")
    return 2 * (len(line) - len(text)) + text.startswith("- ")


def _name(lines: list[str], number: int) -> str:
    """A key as it is; an entry of a list by its first values."""
    text = lines[number].strip()
    if not text.startswith("- "):
        return text.strip(' ":,[{')
    own = _rank(lines[number]) + 3  # the rank of its keys, the first of which stands behind "- "
    found = [text[2:]]
    for line in lines[number + 1 :]:
        if len(found) == _NAMING or (line.strip() and _rank(line) < own):
            break
        if _rank(line) == own and _HAS_VALUE.match(line):
            found.append(line.strip())
    return ", ".join(item.strip(": ") for item in found)


def _one_line(value: Any) -> str:
    if value is None:
        return "(none)"
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(shown.split())


def _cut(before: str, after: str) -> tuple[str, str]:
    longest = max(len(before), len(after))
    shortest = min(len(before), len(after))
    first = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    begin = max(0, min(first - _BEFORE, longest - _MAX_VALUE))
    return _window(before, begin), _window(after, begin)


def _window(text: str, begin: int, most: int = _MAX_VALUE) -> str:
    cut = escaped(text[begin : begin + most])
    return ("..." if begin else "") + cut + ("..." if begin + most < len(text) else "")
