"""YAML with every way in which it can hurt closed: bounded, no repeated keys, plain values alone.

Aliases and merge keys are refused, or followed within bounds, as the caller chooses.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

import yaml

from metallb.problems.credentials import is_shown
from metallb.problems.errors import ConfigError
from metallb.problems.escape import quoted
from metallb.problems.problem import Position, Unshown
from metallb.stackfile.alias_sizes import AliasSizes
from metallb.stackfile.yaml_faults import YamlRefusal, syntax_fault
from metallb.yaml_text.plain_words import plain_value
from metallb.yaml_text.writer import PlainWord

__all__ = ["StackLoader", "parse_yaml", "parse_yaml_documents"]

_REPEATED, _TOO_LARGE = "E108", "E112"
_MAX_DEPTH = 64
_MAX_VALUES = 200_000
_MAX_NUMBER = 40
_UNSPACED = re.compile(r"[A-Za-z][\w.-]*([:=])")


class _StrictLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML without repeated keys; aliases are refused, or counted, before they can multiply.

    Reads plain words as Go's readers do (Pulumi, Kubernetes, MetalLB): `1234:1` is a text and no
    number to the base of sixty, a date is a text, and so is `=`.

    :ivar merging: whether `<<` merges, as it does for Go's readers, rather than being a mistake.
    :ivar entries: the mappings that are entries of lists.
    """

    merging: bool = False
    spaced: ClassVar[bool] = False
    """Whether `{key:value}` is refused: it is one key without a value."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.entries: set[int] = set()

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        """The value of a node, at once: no value is part of itself, as PyYAML allows for."""
        made = self.yaml_constructors.get(node.tag) or self.yaml_constructors[None]
        return made(self, node)


_CORE = "tag:yaml.org,2002:"
_StrictLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.removeprefix(_CORE) not in ("int", "float", "timestamp", "value")
    ]
    for first, resolvers in _StrictLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver(
    f"{_CORE}int",
    re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)\Z"),
    list("-+0123456789"),
)
_StrictLoader.add_implicit_resolver(
    f"{_CORE}float",
    re.compile(
        r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+"
        r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))\Z|\.(?:nan|NaN|NAN)\Z"
    ),
    list("-+0123456789."),
)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    if len(node.value) > _MAX_NUMBER:
        raise YamlRefusal(
            f"a number has more than {_MAX_NUMBER} digits",
            node.start_mark,
            help="write fewer digits, or put it in quotes where it is a text",
        )
    return loader.construct_yaml_int(node)


_StrictLoader.add_constructor(f"{_CORE}int", _integer)


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    first: dict[Any, yaml.Mark] = {}
    for key_node, value_node in node.value:
        if loader.merging and key_node.tag == f"{_CORE}merge":
            made.update(_merged(loader, value_node))
            continue
        key = loader.construct_object(key_node, deep=True)
        if loader.spaced and node.flow_style:
            _refuse_unspaced(key_node, value_node)
        if not isinstance(key, str | int | float | bool | None):
            raise YamlRefusal(
                "a key is a list or a mapping", key_node.start_mark, help="write a word as the key"
            )
        if key in first:
            raise _twice(loader, node, key_node, first[key], value_node)
        first[key] = key_node.start_mark
        made[key] = loader.construct_object(value_node, deep=True)
    return made


def _refuse_unspaced(key: yaml.Node, value: yaml.Node) -> None:
    """Refuse a key with a value and without a space. None of it is shown: it may hold a secret."""
    if not isinstance(key, yaml.ScalarNode) or key.style:
        return
    found = _UNSPACED.match(key.value)
    if found is None or value.start_mark.index != value.end_mark.index:
        return
    sign = "no space after its colon" if found[1] == ":" else "`=` in place of a colon"
    help = "write `KEY: VALUE`, with a space after the colon"
    raise YamlRefusal(f"a key in braces has {sign}", key.start_mark, help=help)


def _twice(
    loader: _StrictLoader,
    mapping: yaml.MappingNode,
    key: yaml.ScalarNode,
    first: yaml.Mark,
    value: yaml.Node,
) -> YamlRefusal:
    help = "remove one of the two"
    if isinstance(value, yaml.MappingNode):
        help = f"move the keys below it to line {first.line + 1}, and remove it here"
    elif id(mapping) in loader.entries and not mapping.flow_style:
        help += ", or write `- ` before it where it begins the next entry of the list"
    # Beside a single value it may be a secret in a wrong place; its line and column say which.
    known = isinstance(value, yaml.CollectionNode) or is_shown(key.value)
    return YamlRefusal(
        f"{f'the key {quoted(key.value)}' if known else Unshown.words} is written twice",
        key.start_mark,
        help=help,
        code=_REPEATED,
        detail=f"It is in line {first.line + 1} already.",
    )


def _merged(loader: _StrictLoader, node: yaml.Node) -> dict[Any, Any]:
    """What a `<<` brings. As in yaml.v2 it replaces keys before it, and those behind replace it."""
    sources = node.value[::-1] if isinstance(node, yaml.SequenceNode) else [node]
    made: dict[Any, Any] = {}
    for source in sources:
        if not isinstance(source, yaml.MappingNode):
            raise YamlRefusal(
                "`<<` is given something other than mappings",
                source.start_mark,
                help="write `<<: *ANCHOR`, the anchor being that of a mapping",
            )
        made.update(loader.construct_object(source, deep=True))
    return made


def _sequence(loader: _StrictLoader, node: yaml.SequenceNode) -> list[Any]:
    loader.entries.update(id(each) for each in node.value if isinstance(each, yaml.MappingNode))
    return [loader.construct_object(each, deep=True) for each in node.value]


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _sequence)


class StackLoader(_StrictLoader):
    """Takes a plain word for a value only where every reader of YAML takes it for that value."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    spaced = True


def _plain(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return node.value if node.style else plain_value(node.value)


StackLoader.add_constructor(f"{_CORE}str", _plain)


class _SpelledLoader(_StrictLoader):
    """Keeps the spelling of plain words, for formats whose reader looks at the field first.

    Knows the booleans y and n besides, as yaml.v2 does.
    """

    bool_values = {**yaml.SafeLoader.bool_values, "y": True, "n": False}


def _spelled(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> PlainWord:
    meaning = _StrictLoader.yaml_constructors[node.tag](loader, node)
    return PlainWord(node.value, meaning=meaning)


_SpelledLoader.add_implicit_resolver(f"{_CORE}bool", re.compile(r"[yYnN]\Z"), list("yYnN"))
for _kind in ("int", "float", "bool", "null"):
    _SpelledLoader.add_constructor(_CORE + _kind, _spelled)


def parse_yaml(
    text: str,
    *,
    where: str,
    spelled: bool = False,
    aliases: bool = False,
    kind: type[_StrictLoader] | None = None,
) -> Any:
    """One YAML document, strictly. Nothing at all is None.

    :param spelled: numbers, booleans and nulls come as `PlainWord`, which keeps how they stand in
        the file.
    :param aliases: anchors, aliases and merge keys are followed, within the bounds on size.
    :param kind: another loader than these two.
    :raises ConfigError: a syntax error, a repeated key, an anchor or alias, or too deep a nesting.
    """
    documents = parse_yaml_documents(text, where=where, spelled=spelled, aliases=aliases, kind=kind)
    if len(documents) > 1:
        raise ConfigError(
            f"the file has {len(documents)} YAML documents, not one",
            code="E101",
            position=Position(where, _second_document(text), 1),
            help="remove the lines `---` between them, or keep one document",
        )
    return documents[0] if documents else None


def _second_document(text: str) -> int:
    """The line that begins the second document, from one."""
    events = yaml.parse(text, Loader=_StrictLoader)
    starts = [each for each in events if isinstance(each, yaml.DocumentStartEvent)]
    return int(starts[1].start_mark.line) + 1  # type: ignore[union-attr]


def parse_yaml_documents(
    text: str,
    *,
    where: str,
    spelled: bool = False,
    aliases: bool = False,
    kind: type[_StrictLoader] | None = None,
) -> list[Any]:
    """Every document of a YAML text, strictly.

    :param spelled: as for `parse_yaml`.
    :param aliases: as for `parse_yaml`.
    :param kind: as for `parse_yaml`.
    :raises ConfigError: as `parse_yaml`.
    """
    try:
        _refuse_dangerous(text, aliases=aliases)
        kind = kind or (_SpelledLoader if spelled else _StrictLoader)
        return list(_documents(text, kind, merging=aliases))
    except yaml.YAMLError as error:
        fault = syntax_fault(error, text)
        raise ConfigError(
            fault.summary,
            code=fault.code,
            position=Position(where, fault.line, fault.column),
            detail=fault.detail,
            help=fault.help,
        ) from error
    except (ValueError, RecursionError, OverflowError) as error:
        raise ConfigError(
            "a value or a nesting is out of all bounds",
            code=_TOO_LARGE,
            position=Position(where),
            help="check that this is the file you meant",
        ) from error


def _documents(text: str, kind: type[_StrictLoader], *, merging: bool) -> Iterator[Any]:
    loader = kind(text)
    loader.merging = merging
    try:
        while loader.check_data():
            yield loader.get_data()
    finally:
        loader.dispose()


# A foreign file is read for what it is, for its words, and for its values.
@lru_cache(maxsize=1)
def _refuse_dangerous(text: str, *, aliases: bool) -> None:
    """Look at the event stream first: it is linear in the text whatever the document expands to."""
    depth = 0
    # Without an alias a text is no larger than its events.
    size = AliasSizes() if aliases and "*" in text else None
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        if count > _MAX_VALUES:
            raise _too_large(f"more than {_MAX_VALUES} values", event)
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            if isinstance(event, yaml.AliasEvent):
                _refuse_alias(event, size)
                tag = None
            else:
                tag = event.tag  # type: ignore[attr-defined]
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise _too_large(f"values nested deeper than {_MAX_DEPTH}", event)
            if tag is not None and tag != "!":
                summary = "a tag is used; these files have none"
                raise _refused(summary, event, "remove the word that begins with !")
        if size is not None and (fault := size.take(event, most=_MAX_VALUES, deepest=_MAX_DEPTH)):
            raise _too_large(fault, event)


def _refuse_alias(event: yaml.AliasEvent, size: AliasSizes | None) -> None:
    """Refuse an alias that can't be followed.

    :param size: what is known of the text's anchors; None where none may be followed.
    """
    if size is None:
        summary = "an alias is used; stack files have none"
        raise _refused(summary, event, "write the value out in each place")
    if not size.knows(event.anchor or ""):
        summary = "an alias has no anchor that ends before it"
        raise _refused(summary, event, "write the value out, or correct the name")


def _refused(summary: str, event: yaml.Event, help: str) -> YamlRefusal:
    return YamlRefusal(summary, event.start_mark, help=help)  # type: ignore[arg-type]


def _too_large(what: str, event: yaml.Event) -> YamlRefusal:
    help = "check that this is the file you meant; no configuration is as large"
    mark: yaml.Mark = event.start_mark  # type: ignore[assignment]
    return YamlRefusal(f"the file has {what}", mark, help=help, code=_TOO_LARGE)
