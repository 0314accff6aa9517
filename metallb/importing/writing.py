"""Writes a stack file as a person would: sections in order, short values on one line."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from metallb.problems.errors import ConfigError, MetalLBError
from metallb.problems.escape import one_line, yaml_escaped
from metallb.stackfile.yaml_documents import StackLoader, parse_yaml
from metallb.yaml_text.writer import represent_text

__all__ = ["stack_text"]

_WIDTH = 88
_TOO_LARGE = "E112"


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
    """The text of a stack file, which is read again and compared before it is given out.

    :param comments: lines for the head of the file, without `#`. What they name may come from
        elsewhere: a line break or a control character in them is written as its code.
    :raises MetalLBError: it would be read as something else; a defect.
    """
    head = "# yaml-language-server: $schema=schema.json\n"
    head += "".join(f"# {one_line(line)}\n" if line else "#\n" for line in comments)
    document = {"config": {f"metallb:{key}": value for key, value in sections.items()}}
    compact = {"config": {key: _compact(each) for key, each in document["config"].items()}}
    dumped = yaml.dump(compact, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    text = head + yaml_escaped(dumped)
    _refuse_other_meaning(text, document)
    return text


def _refuse_other_meaning(text: str, document: Any) -> None:
    try:
        read = parse_yaml(text, where="import", kind=StackLoader)
    except ConfigError as error:
        if error.problem.code == _TOO_LARGE:
            raise  # a limit of every stack file, which an imported one can reach as well
        read = None
    if not _same(read, document):
        raise MetalLBError(
            "the stack file would be read as something else than what is meant",
            code="E900",
            detail="The text is read again before it is written; nothing was written.",
            help="report it as a defect, with the file that was imported",
        )


def _same(read: Any, meant: Any) -> bool:
    """Whether what is read is what is meant, with the same types, in the same order."""
    if isinstance(meant, Mapping):
        return (
            isinstance(read, Mapping)
            and list(map(str, read)) == list(map(str, meant))
            and all(_same(read[key], meant[key]) for key in read)
        )
    if isinstance(meant, list | tuple):
        return (
            isinstance(read, list)
            and len(read) == len(meant)
            and all(_same(one, other) for one, other in zip(read, meant, strict=True))
        )
    return type(read) is type(meant) and bool(read == meant)


def _compact(value: Any) -> Any:
    if isinstance(value, Mapping):
        made = {key: _compact(item) for key, item in value.items()}
        plain = all(not isinstance(item, Mapping | list) for item in made.values())
        short = sum(len(str(key)) + len(str(item)) + 4 for key, item in made.items()) < _WIDTH // 2
        return _Flow(made) if made and plain and short else made
    if isinstance(value, list | tuple):
        return [_compact(item) for item in value]
    return value
