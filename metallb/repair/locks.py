"""Whether an update of the stack runs, and the locks of updates that died."""

from collections.abc import Iterable
from pathlib import Path

from metallb.files.bounded import KIB, read_bounded
from metallb.problems.errors import EngineError
from metallb.repair.backend import Backend
from metallb.repair.engine import EngineState
from metallb.repair.owners import LockOwner, is_gone, lock_owner, lock_owners
from metallb.repair.processes import engine_records, this_machine

__all__ = ["UNREADABLE", "dead_locks_removed"]

UNREADABLE = "failed to load checkpoint"
"""The engine's text about a state that was cut off while it was written."""


def dead_locks_removed(state: EngineState, *, stack: str, backend: Backend | None) -> bool:
    """Take away locks whose processes are gone; whether there were any. Changes no state.

    :param backend: the files of a file backend; any other is reached through the engine.
    :raises EngineError: an update holds the lock, or may hold it.
    """
    if backend is None:
        return _by_engine(state, stack)
    return _by_files(backend, stack)


def _by_files(backend: Backend, stack: str) -> bool:
    found: dict[Path, LockOwner] = {}
    for file in backend.lock_files():
        try:
            owner = lock_owner(read_bounded(file, 64 * KIB).decode("utf-8", "replace"))
        except FileNotFoundError:  # its update has just ended
            continue
        if owner is None:
            raise _held(stack, f"the lock {file} names no owner")
        found[file] = owner
    if not found:
        return False
    _refuse_living(stack, found.values())
    # Only these: an update that begins now has a lock of its own in the same folder.
    for file in found:
        file.unlink(missing_ok=True)
        file.with_name(f"{file.name}.attrs").unlink(missing_ok=True)
    return True


def _by_engine(state: EngineState, stack: str) -> bool:
    try:
        state.lock()
    except EngineError as error:
        text = str(error.__cause__ or error)
        owners = lock_owners(text)
        if not owners and UNREADABLE in text:
            # There is no lock: the next reader of the state settles what fails here.
            return False
        if not owners:
            raise
        _refuse_living(stack, owners)
        state.cancel()
        return True
    return False


def _refuse_living(stack: str, owners: Iterable[LockOwner]) -> None:
    found = list(owners)
    records = engine_records()
    if not all(is_gone(each, this_machine(each.pid), records) for each in found):
        listed = ", ".join(f"{one.user}@{one.host} (pid {one.pid})" for one in found)
        raise _held(stack, f"locked by {listed}")


def _held(stack: str, why: str) -> EngineError:
    return EngineError(
        f"stack {stack} is in use: {why}",
        code="E501",
        detail="An update runs, or died where its process can't be checked: on another machine, or "
        "in another container.",
        help=f"wait for it to end; where it is dead, run `pulumi cancel --yes --stack {stack}`",
    )
