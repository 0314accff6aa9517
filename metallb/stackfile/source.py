"""The text of a stack file with the places of its keys and values: for edits that keep the rest."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from metallb.problems.credentials import hides_value, is_shown
from metallb.problems.errors import ConfigError
from metallb.problems.escape import escaped
from metallb.problems.lines import Lines
from metallb.problems.problem import Location
from metallb.stackfile.form import may_be_secret
from metallb.stackfile.stack import StackConfig
from metallb.stackfile.yaml_documents import StackLoader, parse_yaml

__all__ = ["CONFIG", "Edit", "Nodes", "Source", "differences", "value_at"]

CONFIG = "config"
_HIDDEN = "(not shown)"
_COMMENT = re.compile(r"#.*")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")

Nodes = tuple[yaml.Node | None, yaml.Node]
"""The key, where there is one, and the value."""


@dataclass(frozen=True, order=True)
class Edit:
    """The text that takes the place of what is from `start` to before `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """A text that is YAML.

    :ivar path: the file that it is of, for its name alone.
    """

    path: Path
    text: str

    @cached_property
    def document(self) -> Any:
        """What the text says; nothing where it is no stack file's YAML."""
        try:
            return parse_yaml(self.text, where=str(self.path), kind=StackLoader)
        except ConfigError:
            return None

    @cached_property
    def _lines(self) -> Lines:
        lines = Lines(lambda _: self.text)
        lines.add((), self.path, (0,))
        return lines

    @cached_property
    def _starts(self) -> list[int]:
        return [match.start() for match in _LINE.finditer(self.text)]

    def nodes(self, location: Location) -> Nodes | None:
        """Key and value at a location of the document; None where there is none."""
        return self._lines.nodes(location)

    def edited(self, edits: tuple[Edit, ...]) -> str:
        """The text with edits, which do not overlap."""
        text = self.text
        for each in sorted(edits, reverse=True):
            text = text[: each.start] + each.text + text[each.end :]
        return text

    def written(self, node: yaml.Node) -> str:
        """How a node is written."""
        return self.text[node.start_mark.index : node.end_mark.index]

    def replaced(self, node: yaml.Node, text: str) -> Edit:
        """The edit that writes another text in the place of a node."""
        return Edit(node.start_mark.index, node.end_mark.index, text)

    def shifted(self, first: int, last: int, columns: int) -> tuple[Edit, ...] | None:
        """The edits that move lines (from 0) to the right, or to the left where there is room."""
        edits = []
        for number in range(first, last + 1):
            start = self._starts[number]
            line = self._line(number)
            if not line.strip():
                continue
            room = len(line) - len(line.lstrip(" "))
            if columns < 0 and room < -columns:
                if not line.lstrip().startswith("#"):
                    return None
                edits.append(Edit(start, start + room, ""))
            else:
                edits.append(Edit(start, start + max(-columns, 0), " " * max(columns, 0)))
        return tuple(edits)

    def begins(self, node: yaml.Node) -> int:
        """The line (from 0) of a key, or of the comments right above it in its column."""
        line, column = int(node.start_mark.line), int(node.start_mark.column)
        while line and self._line(line - 1).startswith(" " * column + "#"):
            line -= 1
        return line

    def _line(self, number: int) -> str:
        found = _LINE.match(self.text, self._starts[number])
        return found[0] if found else ""

    def last_line(self, nodes: Nodes) -> int:
        """The last line (from 0) of a key and its value, without comments that follow."""
        key, value = nodes
        own = int(key.end_mark.line) if key is not None else 0
        if isinstance(value, yaml.CollectionNode) and not value.flow_style:
            below = value.value
            pairs = below if isinstance(value, yaml.MappingNode) else [(None, x) for x in below]
            return max((self.last_line(pair) for pair in pairs), default=own)
        end = value.end_mark
        ends = int(end.line) - (end.column == 0 and end.line > value.start_mark.line)
        return max(own, ends)


def value_at(document: Any, location: Location) -> Any:
    """The value at a location of a document; None where there is none."""
    for step in location:
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def differences(before: Source, after: Source, name: str) -> tuple[str, ...]:
    """A unified diff of two texts of one file, without anything that may be a secret.

    Keys and values keep their order, so what is hidden in one of them is hidden in both. Where a
    value belongs is known of the text afterwards.
    """
    old, new = (list(_leaves(each.nodes(()), ())) for each in (before, after))
    if len(old) != len(new):
        return (f"# {name} differs",)
    hidden = [
        any(map(hides_value, was))
        or (may_be_secret(at[1:], StackConfig) if at else not is_shown(word))
        for (_, _, was), (_, word, at) in zip(old, new, strict=True)
    ]
    left, right = (
        escaped(_masked(source, [node for node, *_ in leaves], hidden)).splitlines()
        for source, leaves in ((before, old), (after, new))
    )
    name = name.lstrip("/")
    return tuple(unified_diff(left, right, f"a/{name}", f"b/{name}", lineterm="", n=0))


def _leaves(nodes: Nodes | None, location: Location) -> Iterator[tuple[yaml.Node, str, Location]]:
    """Keys and single values in their order, with their text; of values also the location."""
    if nodes is None:
        return
    key, value = nodes
    if key is not None and location != (CONFIG,):
        yield key, str(key.value), ()
    if isinstance(value, yaml.MappingNode):
        for inner, item in value.value:
            yield from _leaves((inner, item), (*location, str(inner.value)))
    elif isinstance(value, yaml.SequenceNode):
        for index, item in enumerate(value.value):
            yield from _leaves((None, item), (*location, index))
    else:
        yield value, str(value.value), location


def _masked(source: Source, leaves: list[yaml.Node], hidden: list[bool]) -> str:
    """The text with a sign in place of what may be a secret: such values, and all comments."""
    parts, end = [], 0
    for node, hides in zip(leaves, hidden, strict=True):
        parts.append(_COMMENT.sub("# ...", source.text[end : node.start_mark.index]))
        written = source.written(node)
        parts.append(_HIDDEN + "\n" * written.count("\n") if hides and written else written)
        end = node.end_mark.index
    return "".join([*parts, _COMMENT.sub("# ...", source.text[end:])])
