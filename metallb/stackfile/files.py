"""Reads a stack file as bytes on disk, with every way in which YAML can hurt closed.

Used where no engine hands the values over (render, check, schema). Does not decrypt: a value of the
form `secure: ...` becomes a sealed secret that nothing can print.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from metallb.files.bounded import MIB, NotRegular, TooLarge, read_bounded
from metallb.models.encrypted import Encrypted
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Position, Problem
from metallb.stackfile.ciphertext import is_encrypted, wrong_ciphertexts
from metallb.stackfile.clear_text import ClearText, clear_texts
from metallb.stackfile.form import misread_anywhere
from metallb.stackfile.load import NAMESPACE, Misplaced, error_of, section_names, with_misplaced
from metallb.stackfile.namespaces import TOP_KEYS, misplaced_keys, misspelt_keys, without_config
from metallb.stackfile.yaml_documents import StackLoader, parse_yaml

__all__ = [
    "StackFile",
    "open_stack_file",
    "read_stack_file",
    "read_text",
]

_MAX_BYTES = 8 * MIB


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
                f"config is {_called(config)}, not a mapping",
                code="E104",
                location=("config",),
                position=Position(str(path), (lines or {}).get("config", 0)),
                help="write `config:` and the keys indented below it",
            )
        has_config = "config" in document
        top = misplaced_keys if has_config else without_config
        self.misplaced: list[Misplaced] = [*top(document, lines or {}), *misspelt_keys(config)]
        self.misread: list[Problem] = list(wrong_ciphertexts(config))
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

    def problems(self) -> list[Problem]:
        """What is wrong with the file where something of it is in no place that is read.

        The problems of its sections come with it; of a file whose sections are all in place,
        nothing.
        """
        if self._alone:
            return [each.problem for each in self.misplaced]
        if not (self.misplaced or self.misread):
            return []
        problems = with_misplaced(
            self.misplaced, self.sections, self.secret_sections, self._elsewhere
        )
        misread = {each.location for each in self.misread}
        return [*(each for each in problems if each.location not in misread), *self.misread]


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


def read_stack_file(path: Path, text: str | None = None) -> StackFile:
    """The stack file at a path.

    :param text: what the file is to hold, where that is not written yet.
    :raises ConfigError: no such file, not UTF-8, not YAML, or YAML with no place in a stack file.
    """
    file = open_stack_file(path, text)
    problems = file.problems()
    if problems:
        # What is below such keys is not there, and is not missed: they stop every reader.
        raise error_of(problems, str(path))
    return file


def open_stack_file(path: Path, text: str | None = None) -> StackFile:
    """The stack file at a path, whatever is out of place in it.

    :param text: as of `read_stack_file`.
    :raises ConfigError: no such file, not UTF-8, or not YAML of a mapping.
    """
    text = read_text(path) if text is None else text
    document = parse_yaml(text, where=str(path), kind=StackLoader)
    if document is None:
        document = {}
    if not isinstance(document, Mapping):
        raise ConfigError(
            f"the file is {_called(document)}, not a mapping",
            code="E104",
            position=Position(str(path), 1),
            detail="A stack file is a mapping with the key `config`.",
            help="start from one of the templates in stacks/",
        )
    in_place = "config" in document and TOP_KEYS.keys() >= set(document)
    return StackFile(path, document, {} if in_place else _top_lines(text))


def _called(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "a boolean"}
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
    """A text file: a regular one, of bounded size.

    :raises ConfigError: not there, no regular file, too large, or not UTF-8.
    """
    try:
        return read_bounded(path, _MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise ConfigError(
            f"the file is not UTF-8 at byte {error.start}",
            code="E101",
            position=Position(str(path), line, column),
            help="save it as UTF-8",
        ) from error
    except TooLarge as error:
        raise ConfigError(
            f"the file {error.strerror}",
            code="E112",
            position=Position(str(path)),
            help="check that this is the right file",
        ) from error
    except NotRegular as error:
        raise ConfigError(
            f"{path} {error.strerror}",
            code="E203",
            position=Position(str(path)),
            detail="A pipe or a device may have no end, and would be waited for.",
            help="write what it gives into a file, and name that one",
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or "not a name that a file can have"
        raise ConfigError(
            f"cannot read {path}: {reason.lower()}",
            code="E203",
            position=Position(str(path)),
            help="check the path and its permissions",
        ) from error


def _unseal(value: Any) -> tuple[Any, bool]:
    """Put the sealed mark where an encrypted value stands."""
    if isinstance(value, Mapping):
        if is_encrypted(value):
            return Encrypted(), True
        opened = {key: _unseal(item) for key, item in value.items()}
        return {key: item for key, (item, _) in opened.items()}, any(s for _, s in opened.values())
    if isinstance(value, list):
        items = [_unseal(item) for item in value]
        return [item for item, _ in items], any(sealed for _, sealed in items)
    return value, False
