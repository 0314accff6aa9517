"""Whether the owner of a stack's lock is gone: host, boot, PID namespace and process start.

A lock of the engine names user, host, process and time. A process id alone proves nothing: it is of
one PID namespace of one boot of one machine, and is used again. What the lock does not name is
known of an engine that this program started (`metallb.repair.processes`).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from metallb.repair.processes import EngineRecord, Machine
from metallb.repair.times import moment

__all__ = ["LockOwner", "is_gone", "lock_owner", "lock_owners"]

_LOCK = re.compile(
    r"created by (?P<user>[^\s@]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)(?: at (?P<time>\S+))?"
)
_NO_NAMES = frozenset({"", "localhost", "localhost.localdomain", "(none)"})
"""Host names that any machine may have."""
_SLACK = timedelta(seconds=5)
"""Start times are of the kernel's clock, and locks of the wall's."""


@dataclass(frozen=True)
class LockOwner:
    """Who holds a lock of a stack on a file backend."""

    user: str
    host: str
    pid: int
    written: datetime | None = field(default=None, compare=False)
    """When the lock was written; None where that can't be read."""


def lock_owner(text: str) -> LockOwner | None:
    """The owner that a lock file names; None for one that says nothing yet."""
    try:
        found = json.loads(text)
        return LockOwner(
            str(found["username"]),
            str(found["hostname"]),
            int(found["pid"]),
            moment(str(found.get("timestamp") or "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def lock_owners(text: str) -> tuple[LockOwner, ...]:
    """The owners that the engine names when it refuses: `created by user@host (pid 123) at ...`."""
    return tuple(
        LockOwner(found["user"], found["host"], int(found["pid"]), moment(found["time"] or ""))
        for found in _LOCK.finditer(text)
    )


def is_gone(owner: LockOwner, machine: Machine, records: Iterable[EngineRecord]) -> bool:
    """Whether the owner of a lock is proven to have ended.

    :param machine: this one, and the processes that have the owner's id.
    :param records: of engines that this program started and that did not end in order.
    """
    if owner.host != machine.host or owner.host in _NO_NAMES:
        return False
    own = [each for each in records if (each.pid, each.host) == (owner.pid, owner.host)]
    if any(_may_be(owner, started) for started in machine.started):
        return False
    if machine.sees_all:
        # A record of another machine under the same name.
        return all(each.machine == machine.id for each in own)
    return any(
        (each.boot, each.namespace) == (machine.boot, machine.namespace) and _is_of(each, owner)
        for each in own
    )


def _may_be(owner: LockOwner, started: datetime | None) -> bool:
    """Whether a process with the owner's id may be the owner: one that began later is not."""
    return started is None or owner.written is None or started <= owner.written + _SLACK


def _is_of(record: EngineRecord, owner: LockOwner) -> bool:
    """Whether the engine of a record may have written a lock."""
    return owner.written is None or record.begun <= owner.written + _SLACK
