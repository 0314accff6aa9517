"""The file that marks a folder as ours and lists what is ours in it.

Nothing is replaced or removed that it does not list. It is written before the first file of a set,
with the names of the old set and the new one, and again behind the last: a run that was cut off
leaves it with `"complete": false`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["MARKER", "Journal", "UnreadableJournal", "digest", "parsed"]

MARKER = ".metallb-rendered"
_ABOUT = "Made by `metallb render`, which replaces and removes the files below and no others."
_VERSION = 2
"""The first one was a line of text, without names."""
_LIMIT = 1_000_000
"""Names that a journal may have."""
_PART = re.compile(r"[A-Za-z0-9][^/\\\x00-\x1f\x7f]{0,254}")
"""What each part of a name is. A journal comes with its folder, perhaps from a stranger: none of
its names leads out of the folder, or to a hidden file."""
_DEPTH = 3
_ENDS = (".yaml", ".values")


class UnreadableJournal(ValueError):
    """A marker that is none of ours, or of a later release."""


@dataclass(frozen=True)
class Journal:
    """What is ours in a folder.

    :ivar names: paths in the folder.
    :ivar digests: of the files that are ours only as long as they are unchanged, every content that
        they may have. A content with a key has none: it could be guessed by it.
    :ivar complete: whether the set is whole.
    :ivar listed: whether names are known; a marker of the first version has none.
    """

    names: frozenset[str] = frozenset()
    digests: Mapping[str, frozenset[str]] = field(default_factory=dict)
    complete: bool = True
    listed: bool = True

    def data(self) -> bytes:
        """The file: the same bytes for the same set."""
        document = {
            "about": _ABOUT,
            "version": _VERSION,
            "complete": self.complete,
            "files": sorted(self.names),
            "unchanged": {name: sorted(found) for name, found in sorted(self.digests.items())},
        }
        return (json.dumps(document, indent=1) + "\n").encode()

    def begun(self, names: Iterable[str], digests: Mapping[str, str]) -> "Journal":
        """The journal while a set of these names takes the place of this one."""
        both = {name: set(found) for name, found in self.digests.items()}
        for name, one in digests.items():
            both.setdefault(name, set()).add(one)
        return Journal(
            names=self.names | set(names),
            digests={name: frozenset(found) for name, found in both.items()},
            complete=False,
        )


def parsed(data: bytes) -> Journal:
    """The journal of a marker.

    :raises UnreadableJournal: it can't be trusted.
    """
    if not data.lstrip().startswith(b"{"):
        # A line of text; nothing, where the disk was full. Any other text is not this program's.
        if data.strip() and not data.startswith(b"Written by `python -m metallb render`"):
            msg = "it has a text that is none of this program's"
            raise UnreadableJournal(msg)
        return Journal(listed=False)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        msg = "it is cut off, or no JSON"
        raise UnreadableJournal(msg) from None
    version = document.get("version")
    if version != _VERSION:
        msg = "it is of another release"
        raise UnreadableJournal(msg)
    names, complete = document.get("files"), document.get("complete")
    digests = document.get("unchanged", {})
    if (
        not isinstance(names, list)
        or len(names) > _LIMIT
        or not all(map(_is_fit, names))
        or not isinstance(complete, bool)
        or not isinstance(digests, dict)
        or not all(
            name in names and isinstance(found, list) and all(isinstance(one, str) for one in found)
            for name, found in digests.items()
        )
    ):
        msg = "it lists what is no file of this program"
        raise UnreadableJournal(msg)
    return Journal(
        names=frozenset(names),
        digests={name: frozenset(found) for name, found in digests.items()},
        complete=complete,
    )


def _is_fit(name: object) -> bool:
    if not isinstance(name, str) or not name.endswith(_ENDS):
        return False
    parts = name.split("/")
    return len(parts) <= _DEPTH and all(_PART.fullmatch(part) for part in parts)


def digest(data: bytes) -> str:
    """The digest of a content."""
    return hashlib.sha256(data).hexdigest()
