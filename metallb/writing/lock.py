"""Keeps two processes from writing into one folder at the same time."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from metallb.problems.errors import MetalLBError, UsageError
from metallb.writing.entries import kind_of, status

__all__ = ["LOCK", "exclusive"]

LOCK = ".metallb-lock"
"""File with the number of the process that writes. The kernel's lock on it counts, not the file:
one that a killed process left keeps nothing out."""
_BUSY = "E209"
_TAKEN = "E204"
_NUMBER = 20
"""Bytes of a process's number."""


@contextmanager
def exclusive(folder: int, shown: str) -> Iterator[None]:
    """Inside, no other process is in the same block with this folder.

    :param folder: the open folder.
    :param shown: what to call it.
    :raises MetalLBError: another process is, now.
    :raises UsageError: what has the name of the lock is no lock.
    """
    found = status(folder, LOCK)
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise _no_lock(shown, kind_of(found))
    file = _taken(folder, shown)
    try:
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        # Before the lock goes: a process that opened this file meanwhile finds another one there.
        with suppress(OSError):
            os.unlink(LOCK, dir_fd=folder)
        os.close(file)


def _taken(folder: int, shown: str) -> int:
    """The open file, locked, that has the name."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        file = os.open(LOCK, flags, 0o666, dir_fd=folder)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(folder, file):
                _refuse_other_file(file, shown)
                return file
        except UsageError:
            os.close(file)
            raise
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                os.close(file)
                raise
            number = os.read(file, _NUMBER).decode("ascii", "replace").strip()
            os.close(file)
            other = f"process {number}" if number.isdecimal() else "another process"
            raise MetalLBError(
                f"{other} is writing into {shown}",
                code=_BUSY,
                detail="One process at a time writes into a folder; nothing was changed.",
                help="wait for it, or give another folder",
            ) from None
        os.close(file)


def _is_named(folder: int, file: int) -> bool:
    """Whether an open file still has the name: its last holder removes it."""
    with suppress(FileNotFoundError):
        there = os.stat(LOCK, dir_fd=folder, follow_symlinks=False)
        return os.path.samestat(there, os.fstat(file))
    return False


def _refuse_other_file(file: int, shown: str) -> None:
    """Refuse a file with more than a number in it, or with a second name: it may be a person's.

    :raises UsageError: the open file is such a one.
    """
    content = os.pread(file, _NUMBER, 0).strip()
    if os.fstat(file).st_nlink > 1 or (content and not content.isdigit()):
        raise _no_lock(shown, "a file")


def _no_lock(shown: str, what: str) -> UsageError:
    return UsageError(
        f"{shown}/{LOCK} is {what} that render did not write",
        code=_TAKEN,
        detail="The file of that name keeps two processes from writing at once.",
        help="remove it, or give another folder",
    )
