"""Positions in a Lokomotive configuration: HCL's reader gives no positions."""

import re
from functools import cached_property
from pathlib import Path

from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Position, Problem
from metallb.stackfile import NAMESPACE, section_names
from metallb.stackfile.files import read_text

__all__ = ["COMPONENT", "LokomotiveLines"]

COMPONENT = 'component "metallb"'
"""First key of the locations in the component's block."""
_BLOCK = re.compile(r'\s*component\s+"metallb"')
_FIRST_WORD = re.compile(r'\s*"?([\w./-]+)')
_OF_KEYS = "E102"
"""Code of problems with a key, whatever its value."""
_VALUE = re.compile(r'\s*"?[\w./-]+"?\s*=\s*(?=[^\s{\[])')
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"')
_PLATFORM = f"{NAMESPACE}:platform"
_OF_SECTION = {f"{NAMESPACE}:{name}": name for name in section_names()}


class LokomotiveLines:
    """Finds positions by location; the file is looked at only when a position is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _lines(self) -> list[str]:
        try:
            return read_text(self._path).splitlines()
        except ConfigError:
            return []

    @cached_property
    def _words(self) -> list[str]:
        return [_plain(match[1]) if match else "" for match in map(_FIRST_WORD.match, self._lines)]

    @property
    def has_component(self) -> bool:
        """Whether the component's block is in the file."""
        return self._component() is not None

    def placed(self, problem: Problem) -> Problem:
        """The problem at its position."""
        return problem.at(self.find(problem.location, key=problem.code == _OF_KEYS))

    def find(self, location: Location, *, key: bool = False) -> Position:
        """Where a location is, or the nearest part around it that is found.

        :param location: in HCL's words (`('component "metallb"', "address_pools", "default")`) or
            in those of the stack file that is made of it (`("metallb:addressPools", "default")`).
        :param key: the key, and not the value beside it.
        """
        # The platform comes from the cluster's block, wherever that is.
        whole = location[:1] == (_PLATFORM,)
        number = 0 if whole else self._component()
        if number is None:
            return Position(str(self._path))
        within, complete, word = number, True, ""
        steps = location if location[:1] != (COMPONENT,) else location[1:]
        for position, step in enumerate(steps):
            if isinstance(step, int) and position == len(steps) - 1:
                return self._item(within, step)
            # Blocks of one name are a list.
            again = step if isinstance(step, int) else 0
            word = word if isinstance(step, int) else _plain(_OF_SECTION.get(step, step))
            for _ in range(again):
                within = self._below(within + 1, word) or within
            found = self._below(within, word)
            complete = found is not None
            within = within if found is None else found
        return self._at(within, value=complete and not key and len(location) > 1)

    def _component(self) -> int | None:
        blocks = (number for number, line in enumerate(self._lines) if _BLOCK.match(line))
        return next(blocks, None)

    def _below(self, first: int, word: str) -> int | None:
        for number in range(first, len(self._words)):
            if self._words[number] == word or self._words[number].startswith(f"{word}_"):
                return number
        return None

    def _at(self, number: int, *, value: bool) -> Position:
        line = self._lines[number] if number < len(self._lines) else ""
        match = _VALUE.match(line) if value else None
        column = match.end() if match else len(line) - len(line.lstrip())
        return Position(str(self._path), number + 1, column + 1)

    def _item(self, number: int, index: int) -> Position:
        """An item of the list of texts whose key is on a line."""
        text = "\n".join(self._lines[number:])
        start, end = text.find("["), text.find("]")
        items = list(_TEXT.finditer(text, max(start, 0), max(end, 0)))
        if start < 0 or index >= len(items):
            return self._at(number, value=False)
        place = items[index].start()
        line = text.count("\n", 0, place)
        return Position(str(self._path), number + line + 1, place - text.rfind("\n", 0, place))


def _plain(word: str) -> str:
    """One spelling for addressPools, address_pools and address-pools."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", word).replace("-", "_").lower()
