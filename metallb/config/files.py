"""Reads a stack file as bytes on disk, with every way in which YAML can hurt closed.

Used where no engine hands the values over (render, check, schema). Does not decrypt: a value of the
form `secure: ...` becomes a sealed secret that nothing can print.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from metallb.config.alias_sizes import AliasSizes
from metallb.config.base import SEALED
from metallb.config.load import NAMESPACE, as_error, with_misspelt
from metallb.config.namespaces import misspelt_keys, misspelt_top_keys
from metallb.errors import ConfigError
from metallb.yaml_text import PlainWord

__all__ = [
    "SEALED",
    "StackFile",
    "parse_yaml",
    "parse_yaml_documents",
    "read_stack_file",
    "read_text",
]

_MAX_BYTES = 8 * 1024 * 1024
_MAX_DEPTH = 64
_MAX_VALUES = 200_000
_MAX_NUMBER = 40


class StackFile:
    """The parts of a stack file that this product reads.

    :ivar sections: what stands below `config:` under `metallb:`, by key.
    :ivar config: every other config value, by its full key (provider settings and the like).
    :ivar secret_sections: keys of `sections` that hold a sealed secret somewhere.
    """

    def __init__(self, path: Path, document: Mapping[str, Any]) -> None:
        self.path = path
        misspelt = list(misspelt_top_keys(document))
        config = document.get("config")
        config = {} if config is None else config
        if not isinstance(config, Mapping):
            raise ConfigError(
                where=f"{path}: config",
                seen=type(config).__name__,
                rule="holds the stack's settings as a mapping",
                remedy="write `config:` and the keys indented below it",
            )
        misspelt += misspelt_keys(config)
        self.sections: dict[str, Any] = {}
        self.config: dict[str, Any] = {}
        self.secret_sections: set[str] = set()
        for key, value in config.items():
            namespace, _, name = str(key).partition(":")
            if namespace == NAMESPACE and name:
                opened, sealed = _unseal(value)
                self.sections[name] = opened
                if sealed:
                    self.secret_sections.add(name)
            else:
                self.config[str(key)] = value
        if misspelt:
            # What such keys say is not there, and is not missed: they stop whoever reads the file.
            if "config" in document:
                misspelt = with_misspelt(misspelt, self.sections, self.secret_sections)
            raise as_error(misspelt, str(path))


def read_stack_file(path: Path) -> StackFile:
    """The stack file at a path.

    :raises ConfigError: no such file, not UTF-8, not YAML, or YAML with no place in a stack file.
    """
    document = parse_yaml(read_text(path), where=str(path))
    if document is None:
        document = {}
    if not isinstance(document, Mapping):
        raise ConfigError(
            where=str(path),
            seen=f"a {type(document).__name__}",
            rule="a stack file is a mapping with the key `config`",
            remedy="start from one of the templates in stacks/",
        )
    return StackFile(path, document)


def read_text(path: Path) -> str:
    """A text file of bounded size.

    :raises ConfigError: not there, too large, or not UTF-8.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(
                where=str(path),
                seen=f"{path.stat().st_size} bytes",
                rule=f"at most {_MAX_BYTES} bytes",
                remedy="check that this is the file you meant",
            )
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            where=f"{path}: byte {error.start}",
            seen="bytes that are not UTF-8",
            rule="the file is UTF-8 text",
            remedy="save it as UTF-8",
            file=str(path),
            file_line=error.object.count(b"\n", 0, error.start) + 1,
        ) from error
    except OSError as error:
        raise ConfigError(
            where=str(path),
            seen=error.strerror or "an error of the file system",
            rule="the file can be read",
            remedy="check the path and its permissions",
            file=str(path),
        ) from error


class _StrictLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML without repeated keys; aliases are refused, or counted, before they can multiply.

    Reads plain words as Go's readers do (Pulumi, Kubernetes, MetalLB): `1234:1` is a text and no
    number to the base of sixty, and a date is a text.

    :ivar merging: whether `<<` merges, as it does for Go's readers, rather than being a mistake.
    """

    merging: bool = False


_CORE = "tag:yaml.org,2002:"
_StrictLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.removeprefix(_CORE) not in ("int", "float", "timestamp")
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


def parse_yaml(text: str, *, where: str, spelled: bool = False, aliases: bool = False) -> Any:
    """One YAML document, strictly. Nothing at all is None.

    :param spelled: numbers, booleans and nulls come as `PlainWord`, which keeps how they stand in
        the file.
    :param aliases: anchors, aliases and merge keys are followed, within the bounds on size.
    :raises ConfigError: a syntax error, a repeated key, an anchor or alias, or too deep a nesting.
    """
    documents = parse_yaml_documents(text, where=where, spelled=spelled, aliases=aliases)
    if len(documents) > 1:
        raise ConfigError(
            where=where,
            seen=f"{len(documents)} documents",
            rule="holds one YAML document",
            remedy="remove the lines `---` between them, or keep one document",
        )
    return documents[0] if documents else None


def parse_yaml_documents(
    text: str, *, where: str, spelled: bool = False, aliases: bool = False
) -> list[Any]:
    """Every document of a YAML text, strictly.

    :param spelled: as for `parse_yaml`.
    :param aliases: as for `parse_yaml`.
    :raises ConfigError: as `parse_yaml`.
    """
    try:
        _refuse_dangerous(text, aliases=aliases)
        kind = _SpelledLoader if spelled else _StrictLoader
        return list(_documents(text, kind, merging=aliases))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(
            where=f"{where}{line}",
            rule=f"is not YAML that can be read: {getattr(error, 'problem', None) or error}",
            remedy="correct the YAML",
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


def _unseal(value: Any) -> tuple[Any, bool]:
    """Put the sealed mark where an encrypted value stands."""
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            return SEALED, True
        opened = {key: _unseal(item) for key, item in value.items()}
        return {key: item for key, (item, _) in opened.items()}, any(s for _, s in opened.values())
    if isinstance(value, list):
        items = [_unseal(item) for item in value]
        return [item for item, _ in items], any(sealed for _, sealed in items)
    return value, False
