"""How a folder differs from the files of a stack, as a unified diff that shows no key."""

import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from metallb.problems.escape import escaped, one_line
from metallb.render.former import former_files
from metallb.render.manifests import SECRETS, FileSet
from metallb.writing.sets import Compared, compare_set

__all__ = ["differences", "folder_differences", "text_differences"]

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


def folder_differences(folder: Path, files: FileSet) -> tuple[str, ...]:
    """How a folder differs from these files, by `differences`.

    :raises UsageError: the folder can't be read, or its journal is none of render's.
    """
    return tuple(differences(compare_set(folder, files.files, former_files), files))


def differences(found: Compared, files: FileSet) -> Iterator[str]:
    """Lines that say what is different; none where nothing is.

    The lines of `git diff` for a file with other content, and one line beginning with `#` for
    everything else.
    """
    if found.unfinished:
        yield "# the set is unfinished: a run of render was cut off, and the next one completes it"
    if not found.marked:
        yield "# render did not write this folder: it has no journal"
    for name in found.missing:
        yield f"# missing: {name}"
    for name in found.surplus:
        yield f"# no longer rendered: {one_line(name)}"
    for name, data in found.different.items():
        wanted = files.files[name]
        if data is None:
            yield f"# no file of render's: {name}"
        elif data == wanted.data:
            yield f"# other rights than 0600: {name}"
        else:
            old, new = (each.decode("utf-8", "replace") for each in (data, wanted.data))
            yield from text_differences(name, old, new, private=wanted.private)


def text_differences(name: str, old: str, new: str, *, private: bool) -> Iterator[str]:
    """The lines in which two texts differ, by the rules of `differences`; none of equal ones."""
    if old == new:
        return
    if private or SECRETS in name or any(map(_may_hold_key, (old, new))):
        yield f"# different, and not shown since it may hold a key: {name}"
        return
    left, right = (escaped(each).splitlines() for each in (old, new))
    if max(len(left), len(right)) > _LINES:
        yield f"# different, and not shown since it is long: {name}"
        return
    yield from unified_diff(left, right, f"a/{name}", f"b/{name}", lineterm="")


def _may_hold_key(text: str) -> bool:
    return bool(_KEYS.search(text)) and not _SCHEMA.search(text)
