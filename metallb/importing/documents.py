"""Documents of foreign files: which are MetalLB's configuration, and what the others are."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metallb.files.bounded import MIB
from metallb.importing.chart_values import GROUP, KEY, UnreadValues, inline_documents, values_in
from metallb.importing.installed import Installed, installed_by, newest_first
from metallb.importing.kustomize import is_kustomization, patches_of
from metallb.importing.substitution import CODE, template_mistake
from metallb.problems.errors import ConfigError
from metallb.problems.lines import Lines
from metallb.problems.problem import Location, Position, Problem, spelled
from metallb.routing.configmap_values import meant
from metallb.stackfile.files import read_text
from metallb.stackfile.paths import is_there
from metallb.stackfile.yaml_documents import parse_yaml_documents

__all__ = [
    "FORK_KEY",
    "TOP_KEYS",
    "Documents",
    "Item",
    "Passed",
    "entries_of",
    "is_configuration",
    "parsed_documents",
]

TOP_KEYS = frozenset(("peers", "bgp-communities", "address-pools", "bfd-profiles"))
"""Keys of MetalLB's ConfigMap document."""
UNNAMED = "(without a name)"
FORK_KEY = "peer-autodiscovery"
"""The key that the Lokomotive fork adds."""
_SUFFIXES = (".yaml", ".yml", ".json")
_MAX_FILES, _MAX_BYTES, _MAX_ENTRIES = 2000, 64 * MIB, 200_000
"""Of a folder: files that are read, their bytes, and whatever is in it."""
_NAME_THEM = "name the folder, or the file, with MetalLB's objects"
_MAX_KEYS = 3
_MOST_ALIKE = 10
_MOST_KINDS = 6
_WORDS_OF_METALLB = (GROUP, "address-pools", KEY, FORK_KEY)


@dataclass(frozen=True)
class Item:
    """A document, or an item of a List.

    :ivar steps: document and then keys or positions down to it.
    :ivar bare: what to call a ConfigMap's document without the ConfigMap around it: `config`.
    :ivar within: keys within the text at `steps`, where a text holds the document.
    :ivar spelled: an object with its plain words as they are spelled.
    """

    path: Path
    steps: Location
    value: Mapping[str, Any]
    bare: str = ""
    within: Location | None = None
    spelled: Any = None

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.value.get("kind", ""))

    @property
    def group(self) -> str:
        """Its API group and version."""
        return str(self.value.get("apiVersion", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its metadata."""
        found = self.value.get("metadata")
        return found if isinstance(found, Mapping) else {}

    @property
    def name(self) -> str:
        """Its name; empty where it has none."""
        found = self.metadata.get("name")
        return "" if found is None else str(found)

    @property
    def namespace(self) -> str:
        """Its namespace; empty where it is the one that the file is applied to."""
        return str(self.metadata.get("namespace") or "")

    @property
    def called(self) -> str:
        """What problems call it: the first key of every location in it."""
        return f"{self.path}: {self.label}"

    @property
    def label(self) -> str:
        """The same without its file."""
        return self.bare or f"{self.kind} {self.name or UNNAMED}"

    @property
    def origin(self) -> Location:
        """Its location."""
        return (self.called,)


@dataclass(frozen=True)
class Passed:
    """A document that is not MetalLB's configuration.

    :ivar number: its position in the file, from zero; None where no file holds it.
    :ivar kind: what it is, without its name.
    :ivar position: where it is; None where that is not known.
    """

    path: Path
    number: int | None
    kind: str
    name: str = ""
    why: str = ""
    position: Position | None = None

    @property
    def alike(self) -> tuple[Path, int | None, str, str]:
        """Equal for items of one List that differ in their names alone."""
        return (self.path, self.number, self.kind, self.why)

    def note(self, count: int = 1) -> str:
        """The line that a person reads.

        :param count: of documents that share it.
        """
        place = f"{self.path}:{self.position.line}" if self.position else str(self.path)
        what = f"{self.kind} {self.name}" if self.name else self.kind
        if count > 1:
            place, what = str(self.path), f"{count} x {self.kind}"
        reason = f": {self.why}" if self.why else ""
        document = "" if self.number is None else f"document {self.number + 1}: "
        return f"{place}: {document}{what}{reason}"


@dataclass
class Documents:
    """What the files of a source hold.

    :ivar installed: what they say of the MetalLB that reads them, the surest first.
    :ivar lines: finds positions in all of them.
    """

    items: list[Item] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    installed: list[Installed] = field(default_factory=list)
    lines: Lines = field(default_factory=lambda: Lines(read_text))

    @classmethod
    def of(cls, *sources: Path) -> "Documents":
        """The documents of files and folders.

        :raises ConfigError: a file that can't be read and may hold MetalLB's configuration.
        """
        made = cls()
        files = list(dict.fromkeys(path for source in sources for path in _files(source)))
        # What a Kustomization patches with is part of an object, and no object.
        patches = {each for path in files if is_kustomization(path) for each in patches_of(path)}
        for path in files:
            if path.resolve() in patches:
                made.passed.append(Passed(path, 0, "a patch", why="a Kustomization applies it"))
                continue
            try:
                made._read(path)
            except ConfigError as error:
                if path in sources or not _is_foreign_template(path):
                    raise
                template = error.problem.code == CODE
                why = error.problem.summary if template else "it is no YAML before it is filled in"
                made.passed.append(Passed(path, 0, "a template", why=why))
        made.installed = newest_first(made.installed)
        return made

    @classmethod
    def of_objects(cls, objects: Iterable[Mapping[str, Any]], source: str) -> "Documents":
        """Objects that come from no file.

        :param source: what locations call the place that they come from.
        """
        made = cls(lines=_NoLines(read_text))
        for each in objects:
            found = list(_installed(each))
            made.installed += found
            if not any(one.runs for one in found):
                made.items.append(Item(Path(source), (), each))
        made.installed = newest_first(made.installed)
        return made

    def in_short(self) -> Iterator[str]:
        """A line for each document that was passed over for a reason, and one for all others."""
        plain = [each for each in self.passed if not each.why]
        yield from _notes([each for each in self.passed if each.why])
        if len(plain) < 2:
            yield from _notes(plain)
            return
        files = len({each.path for each in plain})
        where = f"in {files} files" if files > 1 else f"in {plain[0].path}"
        what = f"{len(plain)} documents {where} that are no configuration of MetalLB"
        yield f"{what}: {_kinds(each.kind for each in plain)}; -v lists them"

    def notes(self) -> Iterator[str]:
        """A line for each document that was passed over; many of one kind in a file share one, and
        so do items of a List that differ in their names alone."""
        yield from _notes(self.passed)

    def found(self, besides: Iterable[str] = ()) -> str:
        """What there is in place of MetalLB's configuration.

        :param besides: what was read and is none of it.
        """
        return _kinds((each.kind for each in self.passed), besides) or "no document"

    def _read(self, path: Path) -> None:
        text = read_text(path)
        words = parsed_documents(text, path, spelled=True)
        objects = any(isinstance(each, Mapping) and "kind" in each for each in words)
        objects = objects or GROUP in text
        # What the API server reads: for it an unquoted 012 is a number, whatever the field.
        plain = parsed_documents(text, path) if objects else words
        for number, (document, read) in enumerate(zip(words, plain, strict=True)):
            if meant(document) is None:
                continue
            try:
                items = list(_items(path, number, document, read))
            except UnreadValues as unread:
                prefix = (f"{path}: {KEY}",)
                self.lines.add(prefix, path, (number, *unread.steps), within=())
                raise ConfigError.of(
                    [self.in_text(unread.error, unread.text, prefix)], f"{path} can't be read"
                ) from unread.error
            self.items += items
            self.installed += _installed(read)
            if not items:
                what, why = _described(path, document)
                position = self.lines.at(path, (number,))
                self.passed.append(Passed(path, number, what, why=why, position=position))

    def in_text(self, error: ConfigError, text: str, prefix: Location) -> Problem:
        """Why a text in a file is no YAML, at the file's own line.

        :param prefix: of the locations in the text.
        """
        line, column = _place(error)
        template = template_mistake(text, spelled(prefix), line)
        if template is not None:
            line, column = _place(template)
        found = self.lines.inside(prefix, line, column) if line else None
        return (template or error).problem.at(found or self.lines.find(prefix))


class _NoLines(Lines):
    """Objects that no file holds have no positions."""

    def add(
        self, prefix: Location, path: Path, steps: Location, *, within: Location | None = None
    ) -> None:
        """Forget it."""

    def at(self, path: Path, steps: Location) -> None:
        """None."""


def _place(error: ConfigError) -> tuple[int, int]:
    position = error.problem.position
    return (position.line, position.column) if position else (0, 0)


def parsed_documents(text: str, path: Path, *, spelled: bool = False) -> list[Any]:
    """The documents of a foreign file, with its aliases followed.

    :raises ConfigError: no YAML; for a template, which program fills it in.
    """
    try:
        return parse_yaml_documents(text, where=str(path), spelled=spelled, aliases=True)
    except ConfigError as error:
        template = template_mistake(text, str(path), _place(error)[0])
        if template is None:
            raise
        raise template from error


def is_configuration(document: Any) -> bool:
    """Whether a document is a Kubernetes object, a ConfigMap's document, or values with one."""
    if not isinstance(document, Mapping):
        return False
    if "kind" in document and "apiVersion" in document:
        return True
    if (TOP_KEYS | {FORK_KEY}) & set(document):
        return True
    try:
        return any(True for _ in inline_documents(document, document))
    except UnreadValues:
        return True


def _files(source: Path) -> list[Path]:
    """The files of a folder, or the one file.

    :raises ConfigError: there is none, or more than one configuration ever has; or one of them is
        a pipe, a socket or a device.
    """
    if not source.is_dir():
        return [source]
    found, size = [], 0
    for path in entries_of(source):
        if path.suffix not in _SUFFIXES or not is_there(path) or path.is_dir():
            continue
        found.append(path)
        # What is no regular file counts for nothing here, and is refused by its reader.
        size += path.stat().st_size
        if len(found) > _MAX_FILES:
            raise _too_much(source, f"more than {_MAX_FILES} YAML and JSON files in the folder")
        if size > _MAX_BYTES:
            raise _too_much(source, f"more than {_MAX_BYTES} bytes of YAML and JSON in the folder")
    if not found:
        raise ConfigError(
            "no YAML or JSON file in the folder",
            code="E113",
            position=Position(str(source)),
            help=_NAME_THEM,
        )
    return sorted(found)


def entries_of(folder: Path) -> list[Path]:
    """What is in a folder and its folders.

    :raises ConfigError: more than one configuration ever has.
    """
    found: list[Path] = []
    for path in _below(folder):
        found.append(path)
        if len(found) > _MAX_ENTRIES:
            raise _too_much(folder, f"more than {_MAX_ENTRIES} files and folders in the folder")
    return found


def _below(folder: Path) -> Iterator[Path]:
    """What is in a folder and its folders. Links to folders are not followed."""
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    yield Path(entry.path)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
        except PermissionError:
            continue


def _too_much(source: Path, summary: str) -> ConfigError:
    return ConfigError(
        summary,
        code="E112",
        position=Position(str(source)),
        detail="A folder is read as one configuration, and none is as large.",
        help=_NAME_THEM,
    )


def _is_foreign_template(path: Path) -> bool:
    """Whether a file that is no YAML is a template of anything but MetalLB's configuration."""
    try:
        text = read_text(path)
    except ConfigError:
        return False
    template = template_mistake(text, str(path), 0) is not None
    return template and not any(word in text for word in _WORDS_OF_METALLB)


def _items(path: Path, number: int, document: Any, read: Any) -> Iterator[Item]:
    """What a document holds of MetalLB's, or what may be: any Kubernetes object."""
    if not isinstance(document, Mapping):
        return
    if "kind" not in document and (TOP_KEYS | {FORK_KEY}) & set(document):
        yield Item(path, (number,), document, bare="config")
        return
    for steps, spelled_one, one in _objects(document, read):
        inline = list(inline_documents(spelled_one, one))
        for found in inline:
            at = (number, *steps, *found.steps)
            if found.read is None:
                yield Item(path, at, found.document, bare=KEY, within=found.within)
            else:
                yield Item(path, at, found.read, within=found.within, spelled=found.document)
        if not inline and "kind" in one and not is_kustomization(path):
            yield Item(path, (number, *steps), one, spelled=spelled_one)


Parts = tuple[Location, Mapping[str, Any], Mapping[str, Any]]


def _objects(spelled: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Parts]:
    """A document, or each item of a List, as kubectl prints them: keys down to it, and both
    readings."""
    listed = document.get("items")
    kind = str(document.get("kind", ""))
    if not (kind.endswith("List") and isinstance(listed, list)):
        yield (), spelled, document
        return
    # Items of a list of one kind leave out what the list has.
    head = {"apiVersion": document.get("apiVersion", ""), "kind": kind.removesuffix("List")}
    for position, item in enumerate(listed):
        if isinstance(item, Mapping):
            words = spelled["items"][position]
            if "kind" not in item:
                words, item = {**head, **words}, {**head, **item}
            yield ("items", position), words, item


def _notes(passed: Sequence[Passed]) -> Iterator[str]:
    """The lines of documents, as of `Documents.notes`."""
    alike = Counter((each.path, each.kind) for each in passed)
    listed = Counter(each.alike for each in passed)
    shown: set[tuple[Any, ...]] = set()
    for each in passed:
        key = (each.path, each.kind)
        if listed[each.alike] > 1:
            if each.alike not in shown:
                shown.add(each.alike)
                yield each.note(listed[each.alike])
        elif alike[key] <= _MOST_ALIKE:
            yield each.note()
        elif key not in shown:
            shown.add(key)
            yield f"{each.note()}; and {alike[key] - 1} more documents of this kind"


def _kinds(kinds: Iterable[str], besides: Iterable[str] = ()) -> str:
    """Kinds with how many there are of each, the most frequent first, and what else there is."""
    counted = Counter(kinds).most_common()
    shown = [kind if count == 1 else f"{count} x {kind}" for kind, count in counted]
    shown += besides
    rest = len(shown) - _MOST_KINDS
    more = [f"and {rest} more kinds"] if rest > 0 else []
    return ", ".join([*shown[:_MOST_KINDS], *more])


def _installed(document: Any) -> Iterator[Installed]:
    """What a document says of the MetalLB that reads it."""
    if isinstance(document, Mapping):
        for _, _, each in _objects(document, document):
            plain = each if "kind" in each else {"values": each}
            found = installed_by(each, values_in(plain))
            if found.by:
                yield found


def _described(path: Path, document: Any) -> tuple[str, str]:
    """What a document is that holds nothing of MetalLB's, and why it is passed over."""
    if is_kustomization(path):
        return "a Kustomization", f"`kubectl kustomize {path.parent}` prints what it makes"
    if isinstance(document, Mapping):
        keys = ", ".join(str(key) for key in list(document)[:_MAX_KEYS])
        more = ", ..." if len(document) > _MAX_KEYS else ""
        return f"a mapping with the keys {keys}{more}" if keys else "an empty mapping", ""
    return ("a list" if isinstance(document, list) else "a text"), ""
