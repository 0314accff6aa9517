"""Mistakes of a stack file that have one right answer, corrected in its text.

A correction is made where the answer leaves no room for doubt, and kept where the file, read anew,
says what was meant and nothing else: the rest of the document is the same, the mistake is gone, and
no other has come in its place. Comments, order and layout stay.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel

from metallb.algebra.addresses import address_of
from metallb.algebra.intervals import block_of, interval_of
from metallb.problems.credentials import plain_name
from metallb.problems.problem import Location, Problem, Unshown
from metallb.stackfile.form import may_be_secret, owner_of, truth_of
from metallb.stackfile.keys import keys_of, leaves, models_at, sure_key
from metallb.stackfile.load import NAMESPACE, section_names
from metallb.stackfile.source import CONFIG, Edit, Source, value_at
from metallb.stackfile.stack import StackConfig
from metallb.stackfile.suggestions import meant_duration
from metallb.yaml_text.plain_words import Misread

__all__ = ["corrected"]

_UNKNOWN, _TYPE, _VALUE, _PLACE, _WORD = "E102", "E104", "E105", "E106", "E107"
_REFERS = "E109"
_FORM = "E"
"""Begins the codes of problems that are found in any file."""
_HOST_BITS = "A5"
_AS_NUMBER = re.compile(r"(?:[Aa][Ss][Nn]? ?)?([1-9][0-9]{0,9})")
_NAMESPACED = re.compile(r"[A-Za-z][-A-Za-z0-9]*:.+")
_INDENT = 2

Problems = Callable[[str], Sequence[Problem]]
"""Every problem of a text."""


@dataclass(frozen=True)
class _Correction:
    """One change.

    :ivar moves: locations of the document, before and after.
    :ivar values: locations afterwards, and the values there.
    """

    edits: tuple[Edit, ...]
    moves: tuple[tuple[Location, Location], ...] = ()
    values: tuple[tuple[Location, Any], ...] = ()
    line: bool = False
    """Whether the line `config:` is new."""

    @property
    def targets(self) -> tuple[Location, ...]:
        """What is another than before, by its location afterwards."""
        return (*(to for _, to in self.moves), *(at for at, _ in self.values))

    def applied(self, document: Any) -> Any:
        """The document that the changed text has to have."""
        changed = deepcopy(document)
        if self.line:
            changed[CONFIG] = {}
        for before, after in self.moves:
            item = value_at(changed, before[:-1]).pop(before[-1])
            value_at(changed, after[:-1])[after[-1]] = item
        for location, value in self.values:
            value_at(changed, location[:-1])[location[-1]] = value
        return changed


def corrected(source: Source, problems_of: Problems) -> Source:
    """The text with every correction that can be made.

    :param problems_of: reads a text as a stack file.
    """
    refused: set[tuple[Any, ...]] = set()
    problems = problems_of(source.text)
    while True:
        found = [
            (each, list(_proposals(each, source)))
            for each in problems
            if each.identity not in refused
        ]
        found = [(problem, ways) for problem, ways in found if ways]
        better = _together(found, source, problems, problems_of)
        if better is None:
            better = _one_of(found, source, problems, problems_of, refused)
        if better is None:
            return source
        source, problems = better


_Found = list[tuple[Problem, list[_Correction]]]
_Better = tuple[Source, Sequence[Problem]] | None


def _together(
    found: _Found, source: Source, problems: Sequence[Problem], problems_of: Problems
) -> _Better:
    """All first proposals that are apart from each other, in one step."""
    taken: list[_Correction] = []
    solved: list[Problem] = []
    for problem, ways in found:
        if not any(_meet(ways[0], other) for other in taken):
            taken.append(ways[0])
            solved.append(problem)
    return _tried(taken, solved, source, problems, problems_of) if len(taken) > 1 else None


def _one_of(
    found: _Found,
    source: Source,
    problems: Sequence[Problem],
    problems_of: Problems,
    refused: set[tuple[Any, ...]],
) -> _Better:
    for problem, ways in found:
        for way in ways:
            better = _tried([way], [problem], source, problems, problems_of)
            if better is not None:
                return better
        refused.add(problem.identity)
    return None


def _meet(one: _Correction, other: _Correction) -> bool:
    """Whether two corrections touch one part of the document: one may depend on the other."""
    ends = [
        [each for move in way.moves for each in move] + [at for at, _ in way.values]
        for way in (one, other)
    ]
    return any(a[: len(b)] == b[: len(a)] for a in ends[0] for b in ends[1])


def _tried(
    ways: list[_Correction],
    solved: list[Problem],
    source: Source,
    problems: Sequence[Problem],
    problems_of: Problems,
) -> _Better:
    """The text with corrections; None where it is not what was meant."""
    changed = Source(source.path, source.edited(tuple(e for way in ways for e in way.edits)))
    document = source.document
    for way in ways:
        document = way.applied(document)
    if changed.document is None or not _same(changed.document, document):
        return None
    after = problems_of(changed.text)
    known = {each.identity for each in problems}
    if {each.identity for each in solved} & {each.identity for each in after}:
        return None
    # What a key holds that was nowhere is looked at for the first time where it is in its place.
    judged = [
        target[:-1] if problem.code == _PLACE else target
        for way, problem in zip(ways, solved, strict=True)
        for target in way.targets
    ]
    for each in after:
        at = (CONFIG, *each.location)
        is_new = each.code.startswith(_FORM) and each.identity not in known
        if is_new and each.code != _REFERS and any(part[: len(at)] == at for part in judged):
            return None
    return changed, after


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and of the same types."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return (isinstance(one, str) and isinstance(other, str) and one == other) or (
        type(one) is type(other) and bool(one == other)
    )


def _proposals(problem: Problem, source: Source) -> Iterator[_Correction]:
    location = problem.location
    if not location or any(isinstance(step, Unshown) for step in location):
        return
    if problem.code == _PLACE:
        yield from _in_place(location, source)
        return
    at = (CONFIG, *location)
    nodes = source.nodes(at)
    if nodes is None:
        return
    key, node = nodes
    if problem.code == _UNKNOWN:
        meant = _meant(location, source)
        if meant and isinstance(key, yaml.ScalarNode):
            yield _Correction(
                (source.replaced(key, _like(source.written(key), meant)),),
                moves=((at, (*at[:-1], meant)),),
            )
    elif isinstance(node, yaml.ScalarNode) and not may_be_secret(location, StackConfig):
        words = _choices(location, source)
        found = value_at(source.document, at)
        for text, value in _values(problem.code, found, words, source.written(node), node.style):
            yield _Correction((source.replaced(node, text),), values=((at, value),))


def _meant(location: Location, source: Source) -> str | None:
    """The key that a key can have been meant for, where its mapping has no such key yet."""
    above = value_at(source.document, (CONFIG, *location[:-1]))
    if len(location) == 1:
        named = [f"{NAMESPACE}:{name}" for name in section_names()]
        meant = sure_key(str(location[0]), named)
    else:
        known = {name for each in _models(location, source) for name in keys_of(each)}
        meant = sure_key(str(location[-1]), sorted(known))
    taken = not isinstance(above, Mapping) or meant in above
    return None if taken else meant


def _models(location: Location, source: Source) -> list[type[BaseModel]]:
    """The models of the mapping that a location is in."""
    first = str(location[0]).removeprefix(f"{NAMESPACE}:")
    config = value_at(source.document, (CONFIG,))
    raw = {str(key).removeprefix(f"{NAMESPACE}:"): item for key, item in config.items()}
    return models_at(StackConfig, (first, *location[1:-1]), raw)


def _choices(location: Location, source: Source) -> tuple[str, ...]:
    """The words that a key takes, where it takes words of a list alone."""
    found: list[str] = []
    for model in _models(location, source):
        for name, field in model.model_fields.items():
            if location[-1] in (name, field.alias):
                for leaf in leaves(field.annotation):
                    if isinstance(leaf, str):
                        found.append(leaf)
                    elif isinstance(leaf, type) and issubclass(leaf, Enum):
                        found += [str(each.value) for each in leaf]
    return tuple(dict.fromkeys(found))


def _duration(value: str) -> str:
    """A duration whose unit is written out; without one it may be any."""
    return meant_duration(value) if any(map(str.isalpha, value)) else ""


def _choice(value: str, words: Sequence[str]) -> str:
    """The word of a list that is written in other letters, small or large."""
    found = [each for each in words if each.lower() == value.strip().lower()]
    return found[0] if len(found) == 1 and found[0] != value else ""


def _values(
    code: str, value: Any, words: Sequence[str], written: str, style: str | None
) -> Iterator[tuple[str, Any]]:
    """Texts to write in place of a value, and what YAML reads of each.

    :param words: the values to choose from, where the key has such.
    :param written: the value with its quotes, whose kind is `style`.
    """
    if isinstance(value, Misread):
        if code == _WORD:
            yield from _words(value)
    elif isinstance(value, str):
        if code in (_VALUE, _HOST_BITS) and (block := _block(value)) != value:
            yield _like(written, block), block
        found = _AS_NUMBER.fullmatch(value.strip())
        if code == _TYPE and found:
            yield found[1], int(found[1])
        if code == _TYPE and truth_of(value):
            yield truth_of(value), truth_of(value) == "true"
        meant = _choice(value, words) or _duration(value)
        if code == _VALUE and meant:
            yield _like(written, meant), meant
    elif isinstance(value, bool | int | float) and code == _TYPE and not style:
        yield f'"{written}"', written


def _words(word: Misread) -> Iterator[tuple[str, Any]]:
    """A word of readers that differ: as the boolean that it means, or as the text that it is."""
    truth = truth_of(word)
    if truth:
        yield truth, truth == "true"
    if plain_name(word):
        yield f'"{word}"', str(word)


def _block(text: str) -> str:
    """A block by its first address, as MetalLB reads it, without spaces."""
    bare = "".join(text.split())
    if "-" in bare or not (address_of(bare) or interval_of(bare)):
        return text
    return block_of(bare)


def _like(written: str, text: str) -> str:
    """A text in the quotes of another one."""
    quote = written[:1] if written[:1] in ("'", '"') else ""
    return f"{quote}{text}{quote}"


def _in_place(location: Location, source: Source) -> Iterator[_Correction]:
    """A key that is in no place that is read, in its own."""
    document = source.document
    if not isinstance(document, Mapping):
        return
    first = str(location[0])
    if len(location) == 1 and first == CONFIG and CONFIG not in document:
        yield from _with_config(document, source)
    elif len(location) == 1 and first in document:
        yield from _below_config(first, document, source)
    elif len(location) == 1:
        yield from _named(first, document, source)
    else:
        yield from _out_of(location, document, source)


def _with_config(document: Mapping[Any, Any], source: Source) -> Iterator[_Correction]:
    """The line `config:` above the sections, where they are the end of the file."""
    keys = list(document)
    sections = [key for key in keys if _NAMESPACED.fullmatch(str(key))]
    if not any(map(_is_section, sections)) or keys[-len(sections) :] != sections:
        return
    first, last = (source.nodes((key,)) for key in (sections[0], sections[-1]))
    if first is None or last is None or first[0] is None or not _is_block(source, ()):
        return
    columns = 0 if first[0].start_mark.column else _INDENT
    shifted = source.shifted(source.begins(first[0]), source.last_line(last), columns)
    if shifted:
        start, *rest = shifted
        head = Edit(start.start, start.end, f"{CONFIG}:\n{start.text}")
        moves = tuple(((key,), (CONFIG, key)) for key in sections)
        yield _Correction((head, *rest), moves=moves, line=True)


def _below_config(key: str, document: Mapping[Any, Any], source: Source) -> Iterator[_Correction]:
    """A section at the left margin, where it follows those below `config:`."""
    config = document.get(CONFIG)
    nodes, around = source.nodes((key,)), source.nodes((CONFIG,))
    if not (_is_section(key) and isinstance(config, Mapping) and config and key not in config):
        return
    keys = list(document)
    between = keys[keys.index(CONFIG) + 1 : keys.index(key)]
    if keys.index(key) < keys.index(CONFIG) or not all(map(_is_section, between)):
        return
    if nodes is None or around is None or nodes[0] is None or not _is_block(source, (CONFIG,)):
        return
    if between:
        return  # they come first, in a step of their own
    column = around[1].value[0][0].start_mark.column
    shifted = source.shifted(source.begins(nodes[0]), source.last_line(nodes), column)
    if shifted:
        yield _Correction(shifted, moves=(((key,), (CONFIG, key)),))


def _named(key: str, document: Mapping[Any, Any], source: Source) -> Iterator[_Correction]:
    """A key below `config:` without its namespace, or one of a section that is not indented."""
    config = document.get(CONFIG)
    nodes = source.nodes((CONFIG, key))
    if not isinstance(config, Mapping) or nodes is None or nodes[0] is None:
        return
    namespace, colon, name = key.rpartition(":")
    owner = "" if colon else owner_of(key, StackConfig)
    whole = f"{NAMESPACE}:{name}"
    if name in section_names() and whole not in config:
        if not colon or sure_key(namespace, [NAMESPACE]):
            text = _like(source.written(nodes[0]), whole)
            edits = (source.replaced(nodes[0], text),)
            yield _Correction(edits, moves=(((CONFIG, key), (CONFIG, whole)),))
    elif owner:
        yield from _into(f"{NAMESPACE}:{owner}", key, config, source)


def _into(
    section: str, key: str, config: Mapping[Any, Any], source: Source
) -> Iterator[_Correction]:
    """A key that is to be the last one of the section right above it."""
    keys = list(config)
    inner = config.get(section)
    before = keys.index(key) - 1
    if before < 0 or keys[before] != section or not isinstance(inner, Mapping) or key in inner:
        return
    nodes, around = source.nodes((CONFIG, key)), source.nodes((CONFIG, section))
    if nodes is None or around is None or nodes[0] is None or not inner:
        return
    if not (_is_block(source, (CONFIG,)) and _is_block(source, (CONFIG, section))):
        return
    columns = around[1].value[0][0].start_mark.column - nodes[0].start_mark.column
    shifted = source.shifted(source.begins(nodes[0]), source.last_line(nodes), columns)
    if columns > 0 and shifted:
        yield _Correction(shifted, moves=(((CONFIG, key), (CONFIG, section, key)),))


def _out_of(
    location: Location, document: Mapping[Any, Any], source: Source
) -> Iterator[_Correction]:
    """A section that is indented too far, at the end of the one above it."""
    config = document.get(CONFIG)
    key, at = location[-1], (CONFIG, *location)
    nodes, around = source.nodes(at), source.nodes((CONFIG, location[0]))
    if not (isinstance(config, Mapping) and _is_section(key) and key not in config):
        return
    if nodes is None or around is None or nodes[0] is None or around[0] is None:
        return
    blocks = all(_is_block(source, at[:length]) for length in range(1, len(at)))
    if not blocks or source.last_line(nodes) != source.last_line(around):
        return
    columns = around[0].start_mark.column - nodes[0].start_mark.column
    shifted = source.shifted(source.begins(nodes[0]), source.last_line(nodes), columns)
    if columns < 0 and shifted:
        yield _Correction(shifted, moves=((at, (CONFIG, key)),))


def _is_section(key: Any) -> bool:
    namespace, _, name = str(key).rpartition(":")
    return namespace == NAMESPACE and name in section_names()


def _is_block(source: Source, location: Location) -> bool:
    """Whether a mapping or a list is written over lines, by its indentation."""
    nodes = source.nodes(location)
    return (
        nodes is not None and isinstance(nodes[1], yaml.CollectionNode) and not nodes[1].flow_style
    )
