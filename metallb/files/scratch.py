"""Folders of one process, for copies that no other user reads and that must not outlive it.

A process that is killed can't clean up. Its folder lies where the next one looks, locked by an open
file that the kernel lets go of with the last process that has it: the engine inherits it, so what
an engine still uses is left alone. The next process removes what no process has any more.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["own_place", "private_folder", "private_handles"]

_PREFIX = "run-"
_LOCK = "lock"
_NAME = "metallb"
_VARIABLES = ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME")


class _Open:
    """Handles of the folders that this process has; of the process, as they are."""

    handles: list[int] = []


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only its owner reads, gone afterwards.

    After a SIGKILL it stays until the next one is made.
    """
    place = own_place()
    with _alone(place):
        _swept(place)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # a file system without locks: then nothing there is swept
            fcntl.flock(handle, fcntl.LOCK_EX)
    _Open.handles.append(handle)
    try:
        # A folder of its own, so that no file of a copy is the lock.
        inside = folder / "files"
        inside.mkdir()
        yield inside
    finally:
        _Open.handles.remove(handle)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def private_handles() -> tuple[int, ...]:
    """What a child has to inherit that works in these folders, and may outlive this process."""
    return tuple(_Open.handles)


def own_place() -> Path:
    """A folder of this user that no other user can write to: of the session, or the cache.

    The first that can be made of XDG_RUNTIME_DIR, XDG_CACHE_HOME and ~/.cache; else one of the
    system's temporary folder.
    """
    for root in _roots():
        place = root / _NAME
        with suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_own(place):
                return place
    place = Path(tempfile.gettempdir()) / f"{_NAME}-{os.getuid()}"
    with suppress(OSError):
        place.mkdir(mode=0o700, exist_ok=True)
        if _is_own(place):
            return place
    # A folder of another user, or a link, is in its place.
    return Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))


def _roots() -> Iterator[Path]:
    session, cache = (Path(os.environ.get(name, "")) for name in _VARIABLES)
    if session.is_absolute() and session.is_dir():
        yield session
    if cache.is_absolute():
        yield cache
    with suppress(RuntimeError):
        yield Path.home() / ".cache"


def _is_own(place: Path) -> bool:
    found = place.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & others
    )


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Inside, no other process makes or sweeps a folder of the place."""
    handle = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _swept(place: Path) -> None:
    """Remove the folders that no process has any more."""
    for folder in place.glob(f"{_PREFIX}*"):
        try:
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
