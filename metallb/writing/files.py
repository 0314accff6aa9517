"""One file that the command line names, written whole or not at all.

It replaces nothing but what the same command wrote before, unless it is forced to.
"""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from metallb.problems.errors import MetalLBError, UsageError
from metallb.problems.escape import one_line
from metallb.problems.file_errors import cause_of, is_wrong_path
from metallb.writing.entries import kind_of, opened, put, read, status

__all__ = ["not_replaced", "refuse_taken", "write_file"]

_HEAD = 4096
"""Bytes of a file by which it is recognised."""
_NAME = 200
_OTHER_PATH = "choose another path, or create its folder first"
_OF_DISK = "check the path, its permissions and the free space"
_TAKEN = "E204"

Ours = Callable[[str], bool]
"""Whether the beginning of a file says that the same command wrote it."""


def write_file(
    path: Path, text: str, *, ours: Ours, force: bool = False, option: str = "--force"
) -> None:
    """Write a file that the command line names.

    A device or a pipe is written into. A link is not followed, and only `force` replaces it.

    :param ours: recognises a file that may be replaced, by its beginning.
    :param option: what replaces any other file; empty where nothing does.
    :raises UsageError: the file is another's, or the path is wrong; nothing was changed.
    :raises MetalLBError: the disk does not take it.
    """
    try:
        if _takes_a_stream(path):
            with path.open("w", encoding="utf-8") as stream:
                stream.write(text)
            return
        if not force:
            refuse_taken(path, ours=ours, option=option)
        with opened(path.parent) as folder:
            found = status(folder, path.name)
            if found is not None and stat.S_ISDIR(found.st_mode):
                raise IsADirectoryError(21, os.strerror(21))
            if found is not None and not (
                stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)
            ):
                raise not_replaced(path, kind_of(found), "")
            beside = f".{path.name[:_NAME]}.{secrets.token_hex(4)}"
            put(folder, path.name, text.encode("utf-8"), beside=beside)
    except OSError as error:
        summary = f"cannot write to {one_line(str(path))}: {cause_of(error)}"
        if is_wrong_path(error):
            raise UsageError(summary, code="E203", help=_OTHER_PATH) from error
        raise MetalLBError(summary, code="E203", help=_OF_DISK) from error


def refuse_taken(path: Path, *, ours: Ours, option: str = "--force") -> None:
    """Refuse a path where something is that the command did not write.

    :raises UsageError: there is; parameters as of `write_file`.
    :raises OSError: it can't be looked at.
    """
    if _takes_a_stream(path):
        return
    with opened(path.parent) as folder:
        found = status(folder, path.name)
        if found is None or stat.S_ISDIR(found.st_mode):
            return  # a folder is no file to write, whatever is in it
        if not stat.S_ISREG(found.st_mode):
            raise not_replaced(path, kind_of(found), option)
        if found.st_size and not ours(
            (read(folder, path.name, _HEAD) or b"").decode(errors="replace")
        ):
            raise not_replaced(path, "a file that this command did not write", option)


def not_replaced(path: Path, what: str, option: str) -> UsageError:
    """The refusal to replace what has a path.

    :param what: what it is.
    :param option: what replaces it all the same; empty where nothing does.
    """
    return UsageError(
        f"{one_line(str(path))} is {what}",
        code=_TAKEN,
        detail="Only a file of the same command's is replaced.",
        help=f"choose another name, or use {option}" if option else "choose another name",
    )


def _takes_a_stream(path: Path) -> bool:
    """Whether a path is a pipe, or a device such as /dev/stdout on a terminal."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
