"""Reads a stack file as bytes on disk, with every way in which YAML can hurt closed.

Used where no engine hands the values over (render, check, schema). Does not decrypt: a value of the
form `secure: ...` becomes a sealed secret that nothing can print.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml

from metallb.config.base import SEALED
from metallb.config.ciphertext import is_encrypted, wrong_ciphertexts
from metallb.config.clear_text import ClearText, clear_texts
from metallb.config.form import misread_anywhere
from metallb.config.load import NAMESPACE, Misplaced, as_error, section_names, with_misplaced
from metallb.config.namespaces import TOP_KEYS, misplaced_keys, misspelt_keys, without_config
from metallb.config.yaml_bounds import refuse_dangerous
from metallb.config.yaml_faults import syntax_fault
from metallb.errors import ConfigError, MetalLBError
from metallb.plain_words import plain_value
from metallb.yaml_text import PlainWord

__all__ = [
    "SEALED",
    "StackFile",
    "open_stack_file",
    "parse_yaml",
    "parse_yaml_documents",
    "read_stack_file",
    "read_text",
]

_MAX_BYTES = 8 * 1024 * 1024
_MAX_NUMBER = 40


class StackFile:
    """The parts of a stack file that this product reads.

    :ivar sections: what stands below `config:` under `metallb:`, by key.
    :ivar config: every other config value, by its full key (provider settings and the like).
    :ivar secret_sections: keys of `sections` that hold a sealed secret somewhere.
    :ivar misplaced: keys that are misspelt or in the wrong place.
    :ivar misread: values of other namespaces that are not read as they are written.
    :ivar clear_texts: credentials that stand in clear text, those of other namespaces among them.
    """

    def __init__(
        self, path: Path, document: Mapping[Any, Any], lines: Mapping[str, int] | None = None
    ) -> None:
        self.path = path
        config = document.get("config")
        config = {} if config is None else config
        if not isinstance(config, Mapping):
            raise ConfigError(
                where=f"{path}: config",
                seen=_called(config),
                rule="is no mapping: it holds the stack's settings",
                remedy="write `config:` and the keys indented below it",
            )
        has_config = "config" in document
        top = misplaced_keys if has_config else without_config
        self.misplaced: list[Misplaced] = [*top(document, lines or {}), *misspelt_keys(config)]
        self.misread: list[MetalLBError] = list(wrong_ciphertexts(config))
        self.clear_texts: tuple[ClearText, ...] = tuple(clear_texts(config))
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
                self.misread += misread_anywhere(value, (str(key),))
        self._elsewhere = {
            name: _unseal(value)[0]
            for key, value in document.items()
            if (name := str(key).removeprefix(f"{NAMESPACE}:")) in section_names()
        }
        self._alone = not has_config

    def mistakes(self) -> list[MetalLBError]:
        """What is wrong with the file where something of it is in no place that is read.

        The mistakes of its sections come with it; of a file whose sections are all in place,
        nothing.
        """
        if self._alone:
            return [*self.misplaced]
        if not (self.misplaced or self.misread):
            return []
        mistakes = with_misplaced(
            self.misplaced, self.sections, self.secret_sections, self._elsewhere
        )
        return [*mistakes, *self.misread]


def read_stack_file(path: Path) -> StackFile:
    """The stack file at a path.

    :raises ConfigError: no such file, not UTF-8, not YAML, or YAML with no place in a stack file.
    """
    file = open_stack_file(path)
    mistakes = file.mistakes()
    if mistakes:
        # What such keys say is not there, and is not missed: they stop every reader of the file.
        raise as_error(mistakes, str(path))
    return file


def open_stack_file(path: Path) -> StackFile:
    """The stack file at a path, whatever is out of place in it.

    :raises ConfigError: no such file, not UTF-8, or not YAML of a mapping.
    """
    text = read_text(path)
    document = parse_yaml(text, where=str(path), kind=_StackLoader)
    if document is None:
        document = {}
    if not isinstance(document, Mapping):
        raise ConfigError(
            where=str(path),
            seen=_called(document),
            rule="is no mapping: a stack file is one, with the key `config`",
            remedy="start from one of the templates in stacks/",
        )
    in_place = "config" in document and TOP_KEYS.keys() >= set(document)
    return StackFile(path, document, {} if in_place else _top_lines(text))


def _called(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false"}
    return kinds.get(type(value), "a number")


def _top_lines(text: str) -> dict[str, int]:
    """The lines of the keys at the left margin, from one."""
    lines: dict[str, int] = {}
    depth = 0
    for event in yaml.parse(text, Loader=_StrictLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif depth == 1 and isinstance(event, yaml.ScalarEvent):
            lines.setdefault(event.value, event.start_mark.line + 1)  # type: ignore[union-attr]
    return lines


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


class _StackLoader(_StrictLoader):
    """Takes a plain word for a value only where every reader of YAML takes it for that value."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


def _plain(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return node.value if node.style else plain_value(node.value)


_StackLoader.add_constructor(f"{_CORE}str", _plain)


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
        )
    return documents[0] if documents else None


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
        refuse_dangerous(text, aliases=aliases)
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


def _unseal(value: Any) -> tuple[Any, bool]:
    """Put the sealed mark where an encrypted value stands."""
    if is_encrypted(value):
        return SEALED, True
    if isinstance(value, Mapping):
        opened = {key: _unseal(item) for key, item in value.items()}
        return {key: item for key, (item, _) in opened.items()}, any(s for _, s in opened.values())
    if isinstance(value, list):
        items = [_unseal(item) for item in value]
        return [item for item, _ in items], any(sealed for _, sealed in items)
    return value, False
