"""A text that attacks whatever shows it, put into every place of a document where texts stand."""

import copy
from collections.abc import Iterator
from typing import Any

HOSTILE = (
    "a\x1b[2J\x1b]0;t\x07b\rc\x08\x7fd\x9be\x85f\u2028g\u202eh\u2066i\u200fj\u061ck\0l"
    "\n::error::FORGED\nFORGED: healthy\n<script>alert(1)</script> | `FORGED` ``` [red]x[/red]"
)
"""Colours, titles, carriage return, backspace, C1 controls, line breaks of Unicode and plain ones,
bidi marks and isolates, an end of a text in C, a command of a CI runner, markup."""
FORGED = ("::error::FORGED", "FORGED: healthy")


def attacked(value: Any, hostile: str = HOSTILE) -> Iterator[tuple[str, Any]]:
    """Copies of a document, in each of which one text or key is, or ends with, the hostile one."""
    for path in _places(value, ()):
        *steps, last = path
        for how in ("instead", "behind"):
            made = copy.deepcopy(value)
            part = made
            for step in steps:
                part = part[step]
            if isinstance(last, _Key):
                name = str(last)
                part[hostile if how == "instead" else name + hostile] = part.pop(last.name)
            else:
                part[last] = hostile if how == "instead" else str(part[last]) + hostile
            yield f"{how}: {'.'.join(map(str, path))}", made


class _Key:
    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, _Key(key))
            yield from _places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))
    else:
        yield path


def obeyed(text: str) -> set[str]:
    """What a terminal or a CI runner would obey in an output, or take for a line of the program."""
    found = {sign for sign in set(text) if not (sign.isprintable() or sign in "\n\t")}
    lines = text.splitlines()
    found |= {line for line in lines if line.startswith(FORGED)}
    # A runner passes over blanks.
    return found | {line for line in lines if line.strip().startswith(FORGED[0])}
