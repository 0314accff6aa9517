"""From a location to its place in a YAML file: editors and CI point at it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import yaml

from metallb.problems.problem import Location, Position, Problem

__all__ = ["Lines"]


_MERGE = "tag:yaml.org,2002:merge"
_OF_KEYS = ("E102", "E106", "E108")
"""Codes of problems with a key, whatever its value: unknown, in the wrong place, written twice."""
_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"

_Index = dict[str, tuple[yaml.Node, yaml.Node]]


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Composes nodes, whose values are not read: of all plain words it knows `<<`."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        "<": yaml.SafeLoader.yaml_implicit_resolvers["<"]
    }


class _Root(NamedTuple):
    """What locations with a prefix refer to.

    :ivar steps: document and then keys or positions down to it.
    :ivar within: keys within the text at `steps`, which holds YAML itself; None without a text.
    """

    path: Path
    steps: Location
    within: Location | None


@dataclass(frozen=True)
class _Text:
    """A text that holds YAML, as a ConfigMap's value does, and the lines of its file."""

    node: yaml.ScalarNode
    source: list[str]

    @cached_property
    def _lines(self) -> list[str]:
        return str(self.node.value).split("\n")

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Line and column of the file (from 0; -1 for a column that is not known)."""
        start, end = self.node.start_mark, self.node.end_mark
        if self.node.style == "|":
            number = start.line + 1 + line
            own = self._lines[line] if line < len(self._lines) else ""
            written = self.source[number] if number < len(self.source) else ""
            return number, len(written) - len(own) + column if written.endswith(own) else -1
        if start.line == end.line:
            return start.line, start.column
        return min(start.line + line + (self.node.style == ">"), end.line), -1


class _Spot(NamedTuple):
    """A node, the key in front of it where it has one, and the text that it is in."""

    node: yaml.Node
    key: yaml.Node | None = None
    text: _Text | None = None

    def begins(self, *, value: bool) -> tuple[int, int]:
        """Line and column of the key or the list item.

        :param value: of the value, where that is a word or a text beside its key.
        """
        mark = (self.key or self.node).start_mark
        if value and self.key is not None and isinstance(self.node, yaml.ScalarNode):
            own, key = self.node.start_mark, self.key.end_mark
            # The value of an alias is written elsewhere.
            beside = own.line == key.line and own.column >= key.column
            mark = own if beside and (self.node.value or self.node.style) else mark
        if self.text is not None:
            return self.text.place(mark.line, mark.column)
        return mark.line, mark.column


class Lines:
    """Finds positions by location. Files are looked at only when a position is needed.

    Only for files that have been read within the bounds of `metallb.stackfile.files`, which refuses
    what could hurt here. Each mapping is indexed once, however many locations lead through it.
    """

    def __init__(self, read: Callable[[Path], str]) -> None:
        """Nothing is known yet.

        :param read: the text of a file. What it raises is not passed on: the first reader of the
            file has reported it, and a position is only an addition.
        """
        self._read = read
        self._roots: dict[Location, _Root] = {}
        self._texts: dict[Path, str] = {}
        self._sources: dict[Path, list[str]] = {}
        self._documents: dict[Path, list[yaml.Node]] = {}
        self._begins: dict[Location, _Spot | None] = {}
        self._inner: list[yaml.Node] = []
        self._indices: dict[int, _Index] = {}

    def add(
        self, prefix: Location, path: Path, steps: Location, *, within: Location | None = None
    ) -> None:
        """Declare what locations with this prefix refer to.

        :param steps: document and then keys or positions down to it.
        :param within: keys within the text at `steps`, where a text holds YAML itself.
        """
        self._roots[prefix] = _Root(path, steps, within)
        self._begins.pop(prefix, None)

    def knows(self, prefix: Location) -> bool:
        """Whether this very prefix was declared."""
        return prefix in self._roots

    def placed(self, problem: Problem) -> Problem:
        """The problem at its position; as it is where it has one, or no location that is known."""
        if problem.position is not None or not problem.location:
            return problem
        return problem.at(self.find(problem.location, key=problem.code in _OF_KEYS))

    def find(self, location: Location, *, key: bool = False) -> Position | None:
        """Where a location is, or the nearest part around it that exists.

        :param key: the key, and not the value beside it.
        """
        for length in range(len(location), -1, -1):
            root = self._roots.get(location[:length])
            if root is not None:
                return self._find(location[:length], root, location[length:], key=key)
        return None

    def at(self, path: Path, steps: Location) -> Position | None:
        """Where a part of a file is, from the number of its document on."""
        spot, rest = self._reach(path, steps)
        return None if spot is None else _position(path, spot.begins(value=not rest))

    def nodes(self, location: Location) -> tuple[yaml.Node | None, yaml.Node] | None:
        """The key, where there is one, and the value of a location; None where it has no such."""
        for length in range(len(location), -1, -1):
            root = self._roots.get(location[:length])
            if root is None or root.within is not None:
                continue
            spot, missing = self._reach(root.path, (*root.steps, *location[length:]))
            return None if spot is None or missing else (spot.key, spot.node)
        return None

    def inside(self, prefix: Location, line: int, column: int = 0) -> Position | None:
        """Where a line and a column (from 1) of the text of a prefix are in its file."""
        root = self._roots[prefix]
        spot, _ = self._reach(root.path, root.steps)
        if spot is None or not isinstance(spot.node, yaml.ScalarNode):
            return None
        text = _Text(spot.node, self._source(root.path))
        row, offset = text.place(line - 1, max(column - 1, 0))
        return _position(root.path, (row, offset if column else -1))

    def _find(self, prefix: Location, root: _Root, rest: Location, *, key: bool) -> Position | None:
        if prefix not in self._begins:
            self._begins[prefix] = self._begin(root)
        begin = self._begins[prefix]
        if begin is None:
            return Position(str(root.path), 1)
        spot, missing = self._follow(begin, rest)
        return _position(root.path, spot.begins(value=not missing and not key))

    def _begin(self, root: _Root) -> _Spot | None:
        """What a root refers to, as far as the file has it."""
        spot, missing = self._reach(root.path, root.steps)
        if root.within is None or spot is None or missing:
            return spot
        outer = spot.node
        if not isinstance(outer, yaml.ScalarNode):
            return spot
        try:
            node = yaml.compose(outer.value, Loader=_Loader)
        except (yaml.YAMLError, ValueError):
            node = None
        if node is None:
            return spot
        self._inner.append(node)  # ids of living nodes are the keys of `_indices`
        begin = _Spot(node, text=_Text(outer, self._source(root.path)))
        return self._follow(begin, root.within)[0]

    def _reach(self, path: Path, steps: Location) -> tuple[_Spot | None, Location]:
        documents = self._composed(path)
        number, *rest = steps
        if not isinstance(number, int) or number >= len(documents):
            return None, steps
        return self._follow(_Spot(documents[number]), tuple(rest))

    def _composed(self, path: Path) -> list[yaml.Node]:
        if path not in self._documents:
            try:
                self._texts[path] = self._read(path)
                self._documents[path] = list(yaml.compose_all(self._texts[path], Loader=_Loader))
            except Exception:
                self._documents[path] = []
        return self._documents[path]

    def _source(self, path: Path) -> list[str]:
        if path not in self._sources:
            self._sources[path] = re.split(_BREAK, self._texts.get(path, ""))
        return self._sources[path]

    def _follow(self, spot: _Spot, steps: Location) -> tuple[_Spot, Location]:
        """What the steps lead to, as far as they lead, and the steps that are left."""
        for position, step in enumerate(steps):
            child = self._child(spot.node, step)
            if child is None:
                return spot, steps[position:]
            key, node = child
            spot = _Spot(node, key, spot.text)
        return spot, ()

    def _child(self, node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
        if isinstance(node, yaml.MappingNode):
            return self._index(node).get(str(step))
        within = isinstance(node, yaml.SequenceNode) and isinstance(step, int)
        return (None, node.value[step]) if within and int(step) < len(node.value) else None

    def _index(self, node: yaml.MappingNode) -> _Index:
        """Keys and values by the keys' text; what `<<` brings among them."""
        if id(node) not in self._indices:
            found: _Index = {}
            self._indices[id(node)] = found
            for key, value in node.value:
                if key.tag == _MERGE:
                    several = isinstance(value, yaml.SequenceNode)
                    for source in value.value[::-1] if several else [value]:
                        if isinstance(source, yaml.MappingNode):
                            found.update(self._index(source))
                elif isinstance(key, yaml.ScalarNode):
                    found[key.value] = (key, value)
        return self._indices[id(node)]


def _position(path: Path, place: tuple[int, int]) -> Position:
    line, column = place
    return Position(str(path), line + 1, column + 1)
