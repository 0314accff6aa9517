"""Reads a stack file as bytes on disk, with every way in which YAML can hurt closed.

Used where no engine hands the values over (render, check, schema). Does not decrypt: a value of the
form `secure: ...` becomes a sealed secret that nothing can print.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from metallb.config.base import SEALED
from metallb.config.ciphertext import is_encrypted, wrong_ciphertexts
from metallb.config.clear_text import ClearText, clear_texts
from metallb.config.form import misread_anywhere
from metallb.config.load import NAMESPACE, Misplaced, as_error, section_names, with_misplaced
from metallb.config.namespaces import TOP_KEYS, misplaced_keys, misspelt_keys, without_config
from metallb.config.yaml_documents import StackLoader, parse_yaml
from metallb.errors import ConfigError, MetalLBError

__all__ = [
    "SEALED",
    "StackFile",
    "open_stack_file",
    "read_stack_file",
    "read_text",
]

_MAX_BYTES = 8 * 1024 * 1024


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
        self._elsewhere = dict(_sections_of(document))
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
        told = {each.where for each in self.misread}
        return [*(each for each in mistakes if each.where not in told), *self.misread]


def _sections_of(document: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Sections that are not below `config:`, and those that such a one took in with the lines that
    follow it."""
    for key, value in document.items():
        name = str(key).removeprefix(f"{NAMESPACE}:")
        if name not in section_names():
            continue
        yield name, _unseal(value)[0]
        for inner, item in value.items() if isinstance(value, Mapping) else ():
            if str(inner).startswith(f"{NAMESPACE}:"):
                yield str(inner).removeprefix(f"{NAMESPACE}:"), _unseal(item)[0]


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
    document = parse_yaml(text, where=str(path), kind=StackLoader)
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
    for event in yaml.parse(text, Loader=StackLoader):
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
