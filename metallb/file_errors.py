"""Errors of the file system in the product's own words: one line, and whose fault it is."""

import errno
from collections.abc import Collection

from metallb.errors import MetalLBError, UsageError

__all__ = ["file_error", "is_wrong_path"]

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


def is_wrong_path(error: OSError) -> bool:
    """Whether another path would do; a full or broken disk is not healed by one."""
    return error.errno in _WRONG_PATH


def file_error(error: OSError, typed: Collection[str] = ()) -> MetalLBError:
    """The error to tell.

    :param typed: what stands on the command line; a wrong path among it is a person's mistake.
    """
    name = str(error.filename or "")
    seen = error.strerror or type(error).__name__
    if name in typed and is_wrong_path(error):
        return UsageError(
            where=name,
            seen=seen,
            rule="the path is one that the command can read or write",
            remedy="give another path, or make its folder first",
        )
    return MetalLBError(
        where=name or "operating system",
        seen=seen,
        rule="the machine does what the command asks of it",
        remedy="check the path, its permissions and the free space",
    )
