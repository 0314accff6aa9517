"""YAML with every way in which it can hurt closed: bounded, no repeated keys, plain values alone.

Aliases and merge keys are refused, or followed within bounds, as the caller asks.
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

from metallb.config.alias_sizes import AliasSizes
from metallb.config.yaml_faults import syntax_fault
from metallb.errors import ConfigError
from metallb.plain_words import plain_value
from metallb.yaml_text import PlainWord

__all__ = ["StackLoader", "parse_yaml", "parse_yaml_documents"]

_MAX_DEPTH = 64
_MAX_VALUES = 200_000
_MAX_NUMBER = 40


class _StrictLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML without repeated keys; aliases are refused, or counted, before they can multiply.

    Reads plain words as Go's readers do (Pulumi, Kubernetes, MetalLB): `1234:1` is a text and no
    number to the base of sixty, a date is a text, and so is `=`.

    :ivar merging: whether `<<` merges, as it does for Go's readers, rather than being a mistake.
    """

    merging: bool = False


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
        raise yaml.constructor.ConstructorError(
            None, None, "a number out of all bounds", node.start_mark
        )
    return loader.construct_yaml_int(node)


_StrictLoader.add_constructor(f"{_CORE}int", _integer)


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    seen: set[Any] = set()
    for key_node, value_node in node.value:
        if loader.merging and key_node.tag == f"{_CORE}merge":
            made.update(_merged(loader, value_node))
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool | None):
            raise yaml.constructor.ConstructorError(
                None, None, "a key is a plain word", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice in one mapping", key_node.start_mark
            )
        seen.add(key)
        made[key] = loader.construct_object(value_node, deep=True)
    return made


def _merged(loader: _StrictLoader, node: yaml.Node) -> dict[Any, Any]:
    """What a `<<` brings. As in yaml.v2 it replaces keys before it, and those behind replace it."""
    sources = node.value[::-1] if isinstance(node, yaml.SequenceNode) else [node]
    made: dict[Any, Any] = {}
    for source in sources:
        if not isinstance(source, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(
                None, None, "<< merges a mapping, or a list of mappings", source.start_mark
            )
        made.update(loader.construct_object(source, deep=True))
    return made


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


class StackLoader(_StrictLoader):
    """Takes a plain word for a value only where every reader of YAML takes it for that value."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


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
            where=where,
            seen=f"{len(documents)} documents",
            rule="holds one YAML document",
            remedy="remove the lines `---` between them, or keep one document",
            file_line=_second_document(text),
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
        mark = getattr(error, "problem_mark", None)
        line = f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        fault, remedy = syntax_fault(error)
        raise ConfigError(
            where=f"{where}{line}",
            rule=f"is not YAML that can be read: {fault}",
            remedy=remedy,
            file_line=mark.line + 1 if mark else 0,
        ) from error
    except (ValueError, RecursionError, OverflowError) as error:
        raise ConfigError(
            where=where,
            rule="is not YAML that can be read: a value or a nesting out of all bounds",
            remedy="correct the YAML",
        ) from error


def _documents(text: str, kind: type[_StrictLoader], *, merging: bool) -> Iterator[Any]:
    loader = kind(text)
    loader.merging = merging
    try:
        while loader.check_data():
            yield loader.get_data()
    finally:
        loader.dispose()


def _refuse_dangerous(text: str, *, aliases: bool) -> None:
    """Look at the event stream first: it is linear in the text whatever the document expands to."""
    depth = 0
    size = AliasSizes()
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        problem = ""
        if count > _MAX_VALUES:
            problem = f"more than {_MAX_VALUES} values"
        elif isinstance(event, yaml.AliasEvent) and not aliases:
            problem = "aliases are not used in these files"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                problem = f"nested deeper than {_MAX_DEPTH}"
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent):
            tag = getattr(event, "tag", None)
            if tag is not None and tag != "!":
                problem = "tags are not used in these files"
        if aliases and not problem:
            problem = size.take(event, most=_MAX_VALUES, deepest=_MAX_DEPTH)
        if problem:
            raise yaml.constructor.ConstructorError(
                None,
                None,
                problem,
                event.start_mark,  # type: ignore[arg-type]
            )
