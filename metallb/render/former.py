"""The files of former releases in a folder whose marker lists none."""

import re
import stat
from collections.abc import Iterator
from contextlib import suppress

from metallb.inventory.planned import Phase
from metallb.writing.entries import names, open_below, read, status

__all__ = ["former_files"]

_FOLDERS = (
    (),
    *((name,) for name in ("install", "configuration", "helm")),
    *((f"{number}-{phase}",) for number in range(1, len(Phase) + 1) for phase in Phase),
)
_OBJECT = re.compile(r"[0-9]{2}0-[a-z0-9]+-[^/]+\.yaml")
_VALUES = re.compile(r"[^/.][^/]*\.values")
_HEAD = re.compile(
    rb"apiVersion: [^\n]+\nkind: ([A-Za-z]+)\nmetadata:\n(?:  [^\n]*\n)*?"
    rb"    app\.kubernetes\.io/managed-by: pulumi\n"
)
"""How each of their objects begins, also in a file that was cut off behind its labels."""
_LIMIT = 64 * 1024


def former_files(root: int) -> frozenset[str]:
    """The paths of files that a release without a journal wrote.

    An object is known by its file's name and by the label that every object of these releases has,
    a chart's values by the comment above them. Every other file is another's.

    :param root: the open folder.
    """
    return frozenset(_found(root))


def _found(root: int) -> Iterator[str]:
    for parts in _FOLDERS:
        with suppress(OSError), open_below(root, parts) as folder:
            for name in names(folder):
                if _is_ours(folder, name):
                    yield "/".join((*parts, name))


def _is_ours(folder: int, name: str) -> bool:
    found = status(folder, name)
    if found is None or not stat.S_ISREG(found.st_mode):
        return False
    if _VALUES.fullmatch(name):
        return (read(folder, name, _LIMIT) or b"").startswith(b"# chart: ")
    if not _OBJECT.fullmatch(name):
        return False
    text = read(folder, name, _LIMIT) or b""
    head = _HEAD.match(text)
    # An empty one is of a disk that was full.
    return not text or (head is not None and f"-{head[1].decode().lower()}-" in name)
