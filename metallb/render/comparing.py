"""How a folder differs from the files of a stack, file by file, with a diff that shows no key."""

import re
from collections.abc import Iterator
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path

from metallb.models.strict import StrictModel
from metallb.problems.escape import escaped, one_line
from metallb.render.former import former_files
from metallb.render.manifests import SECRETS, FileSet
from metallb.writing.sets import Compared, compare_set

__all__ = ["Difference", "What", "differences", "folder_differences", "text_differences"]

_LINES = 2_000
"""Lines of a file up to which it is compared line by line, which takes long for large ones."""
_KEYS = re.compile(
    r"^kind: Secret$|PRIVATE KEY|://[^/\s]*@|"
    r"(?:password|passwd|passphrase|token|secret-?key|api-?key|client-key-data)"
    r"[\"']?\s*:\s*(?!true\b|false\b)\S",
    re.IGNORECASE | re.MULTILINE,
)
"""What a file with a key has in it. Also what only may be one: such a file is named alone."""
_SCHEMA = re.compile(r"^kind: CustomResourceDefinition$", re.MULTILINE)
"""What describes such fields, and has none of them."""


class What(StrEnum):
    """In what way something differs."""

    MISSING = "missing"
    """It is not there."""
    SURPLUS = "surplus"
    """It is there, and is no longer rendered."""
    CONTENT = "content"
    """It has other lines."""
    HIDDEN = "hidden"
    """It has other lines, which may hold a key, or are very many."""
    NO_FILE = "noFile"
    """Something else has its place."""
    RIGHTS = "rights"
    """It holds a key, and others may read it."""
    UNFINISHED = "unfinished"
    """A run of render was cut off."""
    UNMARKED = "unmarked"
    """Render did not write the folder."""
    REFUSED = "refused"
    """The API server refuses it."""


class Difference(StrictModel):
    """One thing that differs."""

    what: What
    """In what way."""
    file: str = ""
    """The file's path in the folder; empty where the folder as a whole is meant."""
    summary: str
    """What is different, in words."""
    diff: tuple[str, ...] = ()
    """Lines of a unified diff, from what is there to what is rendered."""

    def lines(self) -> tuple[str, ...]:
        """Those of `git diff` for other content, and one that begins with `#` for the rest."""
        return self.diff or (f"# {self.summary}",)


def folder_differences(folder: Path, files: FileSet) -> tuple[Difference, ...]:
    """How a folder differs from these files, by `differences`.

    :raises UsageError: the folder can't be read, or its journal is none of render's.
    """
    return tuple(differences(compare_set(folder, files.files, former_files), files))


def differences(found: Compared, files: FileSet) -> Iterator[Difference]:
    """What is different; nothing where nothing is."""
    if found.unfinished:
        yield Difference(
            what=What.UNFINISHED,
            summary="the set is unfinished: a run of render was cut off, and the next one "
            "completes it",
        )
    if not found.marked:
        yield Difference(
            what=What.UNMARKED, summary="render did not write this folder: it has no journal"
        )
    for name in found.missing:
        yield _of(What.MISSING, name, "missing")
    for name in found.surplus:
        yield _of(What.SURPLUS, one_line(name), "no longer rendered")
    for name, data in found.different.items():
        wanted = files.files[name]
        if data is None:
            yield _of(What.NO_FILE, name, "no file of render's")
        elif data == wanted.data:
            yield _of(What.RIGHTS, name, "other rights than 0600")
        else:
            old, new = (each.decode("utf-8", "replace") for each in (data, wanted.data))
            yield from text_differences(name, old, new, private=wanted.private)


def _of(what: What, name: str, words: str, diff: tuple[str, ...] = ()) -> Difference:
    return Difference(what=what, file=name, summary=f"{words}: {name}", diff=diff)


def text_differences(name: str, old: str, new: str, *, private: bool) -> Iterator[Difference]:
    """The difference of two texts; nothing of equal ones."""
    if old == new:
        return
    if private or SECRETS in name or any(map(_may_hold_key, (old, new))):
        yield _of(What.HIDDEN, name, "different, and not shown since it may hold a key")
        return
    left, right = (escaped(each).splitlines() for each in (old, new))
    if max(len(left), len(right)) > _LINES:
        yield _of(What.HIDDEN, name, "different, and not shown since it is long")
        return
    diff = unified_diff(left, right, f"a/{name}", f"b/{name}", lineterm="")
    yield _of(What.CONTENT, name, "different", tuple(diff))


def _may_hold_key(text: str) -> bool:
    return bool(_KEYS.search(text)) and not _SCHEMA.search(text)
