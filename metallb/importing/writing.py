"""Writes a stack file as a person would: sections in order, short values on one line."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from metallb.yaml_text import represent_text

__all__ = ["stack_text"]

_WIDTH = 88


class _Flow(dict[str, Any]):
    """A mapping that fits on one line."""


class _Dumper(yaml.SafeDumper):
    """Block style, except for what is short."""

    def increase_indent(self, flow: Any = None, indentless: Any = None) -> None:
        """Indent lists below their key, as the templates in stacks/ do."""
        del indentless
        super().increase_indent(flow=bool(flow), indentless=False)


def _flow(dumper: yaml.SafeDumper, value: _Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


def _sequence(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    short = all(not isinstance(item, Mapping | list) for item in value)
    fits = short and sum(len(str(item)) + 2 for item in value) < _WIDTH // 2
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=fits)


_Dumper.add_representer(_Flow, _flow)
_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(str, represent_text)


def stack_text(sections: Mapping[str, Any], *, comments: Iterable[str] = ()) -> str:
    """The text of a stack file.

    :param comments: lines for the head of the file, without `#`.
    """
    head = "# yaml-language-server: $schema=schema.json\n"
    head += "".join(f"# {line}\n" if line else "#\n" for line in comments)
    document = {"config": {f"metallb:{key}": _compact(value) for key, value in sections.items()}}
    return head + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )


def _compact(value: Any) -> Any:
    if isinstance(value, Mapping):
        made = {key: _compact(item) for key, item in value.items()}
        plain = all(not isinstance(item, Mapping | list) for item in made.values())
        short = sum(len(str(key)) + len(str(item)) + 4 for key, item in made.items()) < _WIDTH // 2
        return _Flow(made) if made and plain and short else made
    if isinstance(value, list | tuple):
        return [_compact(item) for item in value]
    return value
