"""The one reader of files: regular files of a bounded size, and an answer at once for all others.

A named pipe is waited for, a device has no end, and some devices do something when they are
opened: what is no regular file is never read, also behind a link or where it takes a file's place
meanwhile.
"""

import errno
import os
import stat
from pathlib import Path

__all__ = ["KIB", "MIB", "NotRegular", "TooLarge", "kind_of", "read_bounded"]

KIB = 1024
MIB = 1024 * KIB
_CHUNK = 256 * KIB
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FLAGS |= getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class NotRegular(OSError):
    """The path names a pipe, a socket or a device."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(errno.EINVAL, f"is {kind}, not a regular file", str(path))


class TooLarge(OSError):
    """The file has more bytes than its kind of file ever has.

    :ivar limit: bytes that it may have.
    """

    def __init__(self, path: Path, limit: int, size: int) -> None:
        # The size that a file system reports may be too small (/proc), and says nothing then.
        has = f"has {size} bytes," if size > limit else "has"
        super().__init__(errno.EFBIG, f"{has} more than {limit} bytes", str(path))
        self.limit = limit


def read_bounded(path: Path, limit: int) -> bytes:
    """The bytes of a regular file, links followed.

    :param limit: bytes that it may have.
    :raises NotRegular: it is a pipe, a socket or a device.
    :raises TooLarge: it has more bytes.
    :raises OSError: it is a directory, or can't be read.
    """
    _refuse(path, path.stat())
    descriptor = os.open(path, _FLAGS)
    try:
        found = os.fstat(descriptor)
        _refuse(path, found)
        if found.st_size > limit:
            raise TooLarge(path, limit, found.st_size)
        chunks: list[bytes] = []
        left = limit + 1
        while left and (chunk := os.read(descriptor, min(left, _CHUNK))):
            chunks.append(chunk)
            left -= len(chunk)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
    finally:
        os.close(descriptor)
    if not left:
        raise TooLarge(path, limit, found.st_size)
    return b"".join(chunks)


def kind_of(path: Path) -> str:
    """What a path names that is neither a regular file nor a directory; empty otherwise.

    :raises OSError: there is no such path.
    """
    return _KINDS.get(stat.S_IFMT(path.stat().st_mode), "")


def _refuse(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise NotRegular(path, _KINDS.get(stat.S_IFMT(found.st_mode), "a special file"))
