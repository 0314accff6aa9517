"""From a key path to the line of the file that it stands in: editors and CI point at it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from metallb.config.files import read_text
from metallb.errors import ConfigError

__all__ = ["Lines"]

_Loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader


@dataclass(frozen=True)
class _Root:
    """Where a prefix of key paths begins.

    :ivar steps: document and then keys or positions down to the part that the prefix stands for.
    :ivar inner: the part is a text that holds YAML itself, as a ConfigMap's value does.
    :ivar within: keys within that text down to the part that the prefix stands for.
    """

    path: Path
    steps: tuple[int | str, ...]
    inner: bool
    within: tuple[int | str, ...] = ()


@dataclass
class Lines:
    """Finds lines by prefix and key path. Files are looked at only when a line is asked for.

    Only for files that `metallb.config.files` has read: it has refused what could hurt here.
    """

    roots: dict[str, _Root] = field(default_factory=dict)
    _nodes: dict[Path, list[yaml.Node]] = field(default_factory=dict)
    _keys: dict[int, tuple[dict[str, int], list[str]]] = field(default_factory=dict)
    _found: dict[str, tuple[yaml.Node, int] | None] = field(default_factory=dict)

    def add(
        self,
        prefix: str,
        path: Path,
        steps: tuple[int | str, ...],
        *,
        inner: bool = False,
        within: tuple[int | str, ...] = (),
    ) -> None:
        """Say what key paths with this prefix refer to."""
        self.roots.setdefault(prefix, _Root(path, steps, inner, within))

    def find(self, where: str) -> tuple[Path, int] | None:
        """File and line (from one) of a place, or of the nearest part around it that exists."""
        prefix = where
        while prefix and prefix not in self.roots:
            cut = max(prefix.rfind(sign) for sign in ":.[ ")
            prefix = prefix[: max(cut, 0)]
        root = self.roots.get(prefix)
        if root is None:
            return None
        if prefix not in self._found:
            self._found[prefix] = self._part(root)
        part = self._found[prefix]
        if part is None:
            return root.path, 1
        node, offset = part
        line = self._follow(node, where[len(prefix) :].lstrip(": "))
        return root.path, offset + line + 1

    def find_in_text(self, prefix: str, number: int) -> tuple[Path, int] | None:
        """File and line of a line (from one) of the text that a prefix stands for, YAML or not."""
        root = self.roots[prefix]
        node = self._node(root)
        return None if node is None else (root.path, _first_line(node) + number)

    def _node(self, root: _Root) -> yaml.Node | None:
        """What the steps lead to, as far as they lead."""
        documents = self._documents(root.path)
        number, *steps = root.steps
        if not isinstance(number, int) or number >= len(documents):
            return None
        return _below(documents[number], steps)

    def _part(self, root: _Root) -> tuple[yaml.Node, int] | None:
        node = self._node(root)
        if node is None:
            return None
        if root.inner and isinstance(node, yaml.ScalarNode):
            first = _first_line(node)
            try:
                inner = yaml.compose(node.value, Loader=_Loader)
            except yaml.YAMLError:
                inner = None
            return (_below(inner, root.within), first) if inner is not None else (node, 0)
        return node, 0

    def _documents(self, path: Path) -> list[yaml.Node]:
        if path not in self._nodes:
            try:
                self._nodes[path] = list(yaml.compose_all(read_text(path), Loader=_Loader))
            except (yaml.YAMLError, ConfigError):
                self._nodes[path] = []
        return self._nodes[path]

    def _follow(self, node: yaml.Node, rest: str) -> int:
        line: int = node.start_mark.line
        while rest:
            rest = rest.removeprefix(".")
            if isinstance(node, yaml.MappingNode):
                key = self._key(node, rest)
                if key is None:
                    break
                key_node, node = node.value[self._keys[id(node)][0][key]]
                line, rest = key_node.start_mark.line, rest[len(key) :]
            elif isinstance(node, yaml.SequenceNode):
                match = re.match(r"\[(\d+)\]", rest)
                if match is None or int(match[1]) >= len(node.value):
                    break
                node = node.value[int(match[1])]
                line, rest = node.start_mark.line, rest[match.end() :]
            else:
                break
        return line

    def _key(self, node: yaml.MappingNode, rest: str) -> str | None:
        """The longest key of the mapping that the path goes on with."""
        if id(node) not in self._keys:
            order = {str(key.value): position for position, (key, _) in enumerate(node.value)}
            unusual = sorted((key for key in order if "." in key or "[" in key), key=len)
            self._keys[id(node)] = (order, unusual[::-1])
        order, unusual = self._keys[id(node)]
        for key in unusual:
            if rest.startswith(key) and rest[len(key) : len(key) + 1] in ("", ".", "["):
                return key
        word = re.match(r"[^.\[]*", rest)
        return word[0] if word is not None and word[0] in order else None


def _first_line(node: yaml.Node) -> int:
    """Line (from zero) of a text's first line; a block scalar starts on the line below its `|`."""
    line: int = node.start_mark.line
    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return line + 1 if block else line


def _below(node: yaml.Node, steps: Iterable[int | str]) -> yaml.Node:
    """What the steps lead to, as far as they lead."""
    for step in steps:
        child = _child(node, step)
        if child is None:
            return node
        node = child
    return node


def _child(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                child: yaml.Node = value
                return child
    return None
