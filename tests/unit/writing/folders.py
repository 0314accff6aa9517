"""Folders and sets for tests of what writes them."""

import stat
from pathlib import Path

from metallb.writing.journal import MARKER
from metallb.writing.sets import SetFile, Written, write_set

__all__ = ["NEW_SET", "OLD_SET", "by_path", "no_former", "tree", "write"]

OLD_SET = {
    "1-a/010-same.yaml": SetFile(b"same\n"),
    "1-a/020-other.yaml": SetFile(b"old\n"),
    "1-a/090-secrets/090-key.yaml": SetFile(b"old key\n", private=True),
    "2-gone/010-gone.yaml": SetFile(b"gone\n"),
    "2-gone/kustomization.yaml": SetFile(b"ours\n", yields=True),
}
NEW_SET = {
    "1-a/010-same.yaml": SetFile(b"same\n"),
    "1-a/020-other.yaml": SetFile(b"new\n" * 2000),
    "1-a/090-secrets/090-key.yaml": SetFile(b"new key\n", private=True),
    "3-b/010-more.yaml": SetFile(b"more\n"),
    "3-b/090-secrets/x.values": SetFile(b"another key\n", private=True),
    "3-b/kustomization.yaml": SetFile(b"ours\n", yields=True),
}


def no_former(_: int) -> frozenset[str]:
    """No file is known to be a former release's."""
    return frozenset()


def write(folder: Path, files: dict[str, SetFile]) -> Written:
    """Write a set."""
    return write_set(folder, files, no_former)


def by_path(files: dict[str, SetFile]) -> dict[str, bytes]:
    """The contents of a set."""
    return {name: each.data for name, each in files.items()}


def tree(folder: Path, *, marker: bool = False) -> dict[str, bytes | str]:
    """Every entry of a folder but its folders: contents, and targets of links."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[name] = str(path.readlink())
        elif stat.S_ISREG(mode) and (marker or name != MARKER):
            found[name] = path.read_bytes()
    return found
