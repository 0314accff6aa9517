"""Locks of a stack on a file backend, as the engine writes them and tells of them."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

__all__ = ["LockOwner", "lock_owner", "lock_owners", "unlocked"]

_LOCK = re.compile(r"created by (?P<user>[^\s@]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)")


@dataclass(frozen=True)
class LockOwner:
    """Who holds a lock of a stack on a file backend."""

    user: str
    host: str
    pid: int


def lock_owner(text: str) -> LockOwner | None:
    """The owner that a lock file names; None for one that says nothing yet."""
    try:
        found = json.loads(text)
        return LockOwner(str(found["username"]), str(found["hostname"]), int(found["pid"]))
    except (ValueError, KeyError, TypeError):
        return None


def lock_owners(text: str) -> tuple[LockOwner, ...]:
    """The owners that the engine names when it refuses: `created by user@host (pid 123)`."""
    return tuple(
        LockOwner(found["user"], found["host"], int(found["pid"])) for found in _LOCK.finditer(text)
    )


def unlocked(owners: Iterable[LockOwner], *, host: str, alive: Collection[int]) -> bool:
    """Whether every lock is of a process on this machine that is gone, so that it may be removed.

    :param alive: ids of the processes that run on this machine.
    """
    found = list(owners)
    return bool(found) and all(owner.host == host and owner.pid not in alive for owner in found)
