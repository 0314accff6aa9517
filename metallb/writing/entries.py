"""The entries of one open folder: looked at, read, written and removed without following a link.

Every call names an entry of an open folder, so that a folder that is replaced meanwhile, by a link
for instance, leads nowhere else. An entry is replaced as a whole: the new content is written beside
it, flushed to the disk, and takes its name in one step.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = [
    "NEW",
    "kind_of",
    "make_folder",
    "names",
    "open_below",
    "opened",
    "put",
    "read",
    "remove_new",
    "status",
    "sync",
]

NEW = ".metallb-new"
"""Name of a file while it is written; one that is left is of a run that was killed."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_WITHOUT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
_PRIVATE_FOLDER, _PRIVATE_FILE, _ANY_FOLDER, _ANY_FILE = 0o700, 0o600, 0o777, 0o666


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """An open folder by its path, which may be a link to it.

    :raises OSError: it is not there, or is no folder.
    """
    folder = os.open(path, _FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def open_below(folder: int, parts: tuple[str, ...]) -> Iterator[int]:
    """An open folder below an open one. No part of the way is a link.

    :raises OSError: it is not there, or no folder.
    """
    if not parts:
        yield folder
        return
    below = os.open(parts[0], _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    try:
        with open_below(below, parts[1:]) as found:
            yield found
    finally:
        os.close(below)


def status(folder: int, name: str) -> os.stat_result | None:
    """What an entry is, a link as a link; None where there is none."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def names(folder: int) -> list[str]:
    """The names of the entries."""
    return sorted(os.listdir(folder))


def kind_of(found: os.stat_result) -> str:
    """What an entry is, in words for an error."""
    if stat.S_ISLNK(found.st_mode):
        return "a symbolic link"
    if stat.S_ISDIR(found.st_mode):
        return "a folder"
    return "a file" if stat.S_ISREG(found.st_mode) else "a device, pipe or socket"


def read(folder: int, name: str, limit: int) -> bytes | None:
    """The first bytes of a regular file, at most `limit`; None where the entry is none.

    :raises OSError: it can't be read.
    """
    try:
        # Without waiting: the entry may be a pipe that nothing writes into.
        file = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
            return None
        raise
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        parts: list[bytes] = []
        while limit > 0 and (part := os.read(file, limit)):
            parts.append(part)
            limit -= len(part)
        return b"".join(parts)
    finally:
        os.close(file)


def make_folder(folder: int, name: str, *, private: bool = False) -> None:
    """Make a folder where there is none.

    :param private: for its owner alone (0700), from the beginning and whatever the umask.
    """
    with suppress(FileExistsError), _umask_for(private=private):
        os.mkdir(name, _PRIVATE_FOLDER if private else _ANY_FOLDER, dir_fd=folder)


def put(
    folder: int,
    name: str,
    data: bytes,
    *,
    private: bool = False,
    beside: str = NEW,
    flush: bool = True,
) -> None:
    """Make an entry a file with this content, all of it or none of it.

    A file that is replaced keeps its rights, as far as the umask allows them.

    :param private: for its owner alone (0600), from the beginning and whatever the umask.
    :param beside: name of the file while it is written.
    :param flush: it is on the disk before it has its name, which a caller of many files does at
        once for all of them.
    """
    before = None if private else status(folder, name)
    mode = _PRIVATE_FILE if private else _ANY_FILE
    if before is not None and stat.S_ISREG(before.st_mode):
        # The owner's own right to write is needed for nothing but the next run's convenience.
        mode = stat.S_IMODE(before.st_mode) & 0o777
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with _umask_for(private=private):
        file = os.open(beside, flags, mode, dir_fd=folder)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            if flush:
                os.fsync(file)
        finally:
            os.close(file)
        os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise


def remove_new(folder: int) -> None:
    """Remove the file that a killed run was writing."""
    found = status(folder, NEW)
    if found is not None and stat.S_ISREG(found.st_mode):
        os.unlink(NEW, dir_fd=folder)


def sync(folder: int) -> None:
    """Flush the names of a folder to the disk, where its file system can."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _WITHOUT_SYNC:
            raise


@contextmanager
def _umask_for(*, private: bool) -> Iterator[None]:
    """Inside, the umask fits files for their owner alone: it neither widens nor narrows them."""
    if not private:
        yield
        return
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
