"""Errors of the file system as errors of the product: what failed, and whether a path is wrong."""

import errno
from collections.abc import Collection
from pathlib import Path

from metallb.errors import MetalLBError, UsageError

__all__ = ["cause_of", "file_error", "is_wrong_path", "write_file"]

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


def write_file(path: Path, text: str) -> None:
    """Write a file that the command line names.

    :raises MetalLBError: it can't be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        summary = f"cannot write to {path}: {cause_of(error)}"
        if is_wrong_path(error):
            raise UsageError(summary, code="E203", help=_OTHER_PATH) from error
        raise MetalLBError(summary, code="E203", help=_OF_DISK) from error
