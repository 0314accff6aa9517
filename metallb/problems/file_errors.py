"""Errors of the file system as errors of the product: what failed, and whether a path is wrong."""

import errno
import os
from collections.abc import Collection
from pathlib import Path

from metallb.problems.errors import MetalLBError, UsageError

__all__ = ["cause_of", "file_error", "folder_fault", "is_wrong_path"]

_WRONG_PATH = frozenset(
    (
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.EINVAL,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
    )
)
_OTHER_PATH = "choose another path, or create its folder first"
_OF_DISK = "check the path, its permissions and the free space"


def is_wrong_path(error: OSError) -> bool:
    """Whether another path helps; it does not where a disk is full or broken."""
    return error.errno in _WRONG_PATH


def cause_of(error: OSError) -> str:
    """The reason, as a part of a sentence: `no such file or directory`."""
    text = error.strerror or type(error).__name__
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def file_error(error: OSError, typed: Collection[str] = ()) -> MetalLBError:
    """The error to show.

    :param typed: the arguments of the command line; a wrong path among them is a person's mistake.
    """
    name = str(error.filename or "")
    cause = cause_of(error)
    summary = f"cannot access {name}: {cause}" if name else f"the operating system reports: {cause}"
    if name in typed and is_wrong_path(error):
        return UsageError(summary, code="E203", help=_OTHER_PATH)
    return MetalLBError(summary, code="E203", help=_OF_DISK)


def folder_fault(folder: Path, *, to_write: bool = False) -> str:
    """Why no folder can be at a path; empty where one is or can be made.

    :param to_write: whether this process is to write into it, so that rights count as well.
    """
    try:
        for path in (folder, *folder.parents):
            if path.is_symlink() and not path.exists():
                return f"{path} is a link to nowhere"
            if path.exists():
                if not path.is_dir():
                    return f"{path} is not a directory"
                return f"no permission to write to {path}" if to_write and not _may(path) else ""
    except (OSError, ValueError) as error:
        return cause_of(error) if isinstance(error, OSError) and is_wrong_path(error) else ""
    return ""


def _may(folder: Path) -> bool:
    """Whether this process may create files in a folder."""
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)
