"""Keys of a stack file that are in the wrong place or almost ours: nothing would read them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from metallb.problems.credentials import shown_key
from metallb.problems.problem import Position
from metallb.stackfile.form import owner_of, section_of
from metallb.stackfile.form_codes import problem_of_form
from metallb.stackfile.load import NAMESPACE, Misplaced, section_names
from metallb.stackfile.stack import StackConfig

__all__ = ["TOP_KEYS", "misplaced_keys", "misspelt_keys", "without_config"]

TOP_KEYS = {
    "config": "The settings of the stack, as namespace:name.",
    "environment": "Environments of Pulumi ESC, by name, or a definition of one.",
    "encryptedkey": "The key that encrypts the stack's secrets, encrypted by a KMS.",
    "encryptionsalt": "The salt of the passphrase that encrypts the stack's secrets.",
    "secretsprovider": "What encrypts the stack's secrets.",
}
"""What Pulumi reads of a stack file (sdk/go/common/workspace, ProjectStack), in this spelling."""
_NEAR = 0.85
_MISPLACED = "E106"
_UNREAD = "{} is not a key of a stack file"
_NEAR_WITH_A_SECTION = 0.7
"""`metal:authToken` may be another product's; `metal:bgp` is not."""
_NAMESPACED = r"[A-Za-z][-A-Za-z0-9]*:.+"


def misspelt_keys(keys: Iterable[Any]) -> Iterator[Misplaced]:
    """A problem for each key below `config:` that is no other product's, and not spelled as ours.

    Other products' keys (`kubernetes:context`) are theirs, whatever they say.
    """
    for key in keys:
        namespace, colon, name = str(key).partition(":")
        if str(key) in TOP_KEYS:
            yield _misplaced(
                f"{key} is below config:, where nothing reads it",
                str(key),
                help=f"begin {key}: in column 1: it is a key of the whole file",
            )
        elif not colon:
            bare = re.sub(rf"^{NAMESPACE}[^a-z]?", "", str(key), flags=re.IGNORECASE)
            yield _not_ours(str(key), "a key without a namespace", bare)
        elif namespace == NAMESPACE and not name:
            yield _not_ours(str(key), "a namespace alone", "")
        elif namespace != NAMESPACE and _is_near(namespace, name):
            yield _misplaced(
                f"{key} is in the namespace {namespace}, which nothing reads",
                str(key),
                help=_help(name),
                section=_near_section(name),
            )


def misplaced_keys(document: Mapping[str, Any], lines: Mapping[str, int]) -> Iterator[Misplaced]:
    """A problem for each key of a whole stack file that is none of Pulumi's.

    :param lines: the lines of the keys.
    """
    config = document.get("config")
    inner = config if isinstance(config, Mapping) else {}
    for key in map(str, document):
        if key in TOP_KEYS:
            continue
        line = lines.get(key, 0)
        near = get_close_matches(key.lower(), TOP_KEYS, n=1, cutoff=0.8)
        if key in section_names() or re.fullmatch(_NAMESPACED, key):
            yield _outdented(key, line, inner)
        elif _is_near(key, ""):
            yield _misplaced(
                _UNREAD.format(key),
                key,
                line,
                f"{_help('')}, indented below config:",
                anything=True,
            )
        elif near:
            yield _misplaced(
                _UNREAD.format(key),
                key,
                line,
                f"did you mean '{near[0]}'?",
                is_config=near[0] == "config",
            )
        else:
            owner = owner_of(key, StackConfig)
            section = owner or _near_section(key, _NEAR_WITH_A_SECTION)
            known = f"remove it; the keys here are: {', '.join(TOP_KEYS)}"
            meant = f"did you mean '{NAMESPACE}:{section}', indented below config:?"
            if owner:
                meant = f"indent it below {NAMESPACE}:{owner}:, which is indented below config:"
            help = meant if section else known
            yield _misplaced(_UNREAD.format(key), key, line, help, section=section)


def without_config(document: Mapping[str, Any], lines: Mapping[str, int]) -> Iterator[Misplaced]:
    """The problems of a file that lacks the line `config:`."""
    found = list(misplaced_keys(document, lines))
    ours = [each for each in found if _is_ours(each)]
    others = [each for each in found if each not in ours]
    if any(each.is_config for each in others):
        yield from found  # the line is there, under another name
        return
    help = "write config: and the sections below it, or start from a template in stacks/"
    summary = "the file has no line config:"
    if ours:
        help = f"write config: above {ours[0].key}, and indent what follows by two columns"
        summary = f"the line config: is missing above {ours[0].key}"
    line = min((each.line for each in ours), default=1) or 1
    yield _misplaced(summary, "config", line, help, detail="Settings are read below it alone.")
    # A file that has nothing of a stack file is another file, and its keys are right there.
    yield from others if ours or TOP_KEYS.keys() & set(document) else ()


def _misplaced(
    summary: str,
    key: str,
    line: int = 0,
    help: str = "",
    *,
    detail: str = "",
    section: str = "",
    anything: bool = False,
    is_config: bool = False,
) -> Misplaced:
    step, called = shown_key(key)
    summary, help = summary.replace(key, called), help.replace(key, called)
    problem = problem_of_form(summary, (step,), code=_MISPLACED, detail=detail, help=help)
    if line:
        problem = problem.at(Position("", line, 1))
    return Misplaced(problem, section, anything, is_config)


def _is_ours(found: Misplaced) -> bool:
    return bool(re.fullmatch(_NAMESPACED, found.key) or found.section or found.anything)


def _outdented(key: str, line: int, inner: Mapping[Any, Any]) -> Misplaced:
    namespace, _, name = key.rpartition(":")
    section = section_of(key, section_names())
    if not section and (namespace == NAMESPACE or _is_near(namespace, name)):
        section = _near_section(name)
    whole = f"{NAMESPACE}:{section}" if section else key
    write = f"indent it by two columns, below config:, as {whole}"
    merge = f"move its keys to {whole} below config:, which is there as well"
    help = merge if whole in inner else write
    summary = f"{key} is at the left margin, where nothing reads it"
    return _misplaced(summary, key, line, help, section=section)


def _not_ours(key: str, what: str, name: str) -> Misplaced:
    owner = owner_of(name, StackConfig)
    if owner:
        return _misplaced(
            f"{key} is a key of {NAMESPACE}:{owner}, and nothing reads it here",
            key,
            help=f"indent it by two columns, below {NAMESPACE}:{owner}:",
            section=owner,
        )
    return _misplaced(
        f"{key} is {what}",
        key,
        help=_help(name),
        detail="Keys below config: are written namespace:name.",
        section=_near_section(name),
        anything=not _near_section(name),
    )


def _is_near(namespace: str, name: str) -> bool:
    letters = re.sub("[^a-z]", "", namespace.lower())
    alike = SequenceMatcher(None, letters, NAMESPACE).ratio()
    return alike >= (_NEAR_WITH_A_SECTION if name in section_names() else _NEAR)


def _near_section(name: str, cutoff: float = 0.5) -> str:
    known = {each.lower(): each for each in section_names()}
    near = get_close_matches(name.lower(), known, n=1, cutoff=cutoff)
    return known[near[0]] if near else ""


def _help(name: str) -> str:
    near = _near_section(name)
    if near:
        return f"did you mean '{NAMESPACE}:{near}'?"
    return "write each section as one key: " + ", ".join(
        f"{NAMESPACE}:{each}" for each in section_names()
    )
