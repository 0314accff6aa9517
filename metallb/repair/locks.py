"""Whether an update of the stack runs, and the locks of updates that died."""

import os
import socket
from collections.abc import Collection
from pathlib import Path

from metallb.errors import EngineError
from metallb.repair.engine import EngineState
from metallb.repair.owners import LockOwner, lock_owner, lock_owners, unlocked

__all__ = ["UNREADABLE", "dead_locks_removed"]

UNREADABLE = "failed to load checkpoint"
"""The engine's text about a state that was cut off while it was written."""

_FOLDER = Path(".pulumi") / "locks" / "organization"


def dead_locks_removed(
    state: EngineState, *, stack: str, project: str, backend: Path | None
) -> bool:
    """Take away locks whose processes are gone; whether there were any. Changes no state.

    :param backend: folder of a file backend; any other is reached through the engine.
    :raises EngineError: an update holds the lock, or may hold it.
    """
    if backend is None or not (backend / ".pulumi").is_dir():
        return _by_engine(state, stack)
    return _by_files(backend / _FOLDER / project / stack.rpartition("/")[2], stack)


def _by_files(folder: Path, stack: str) -> bool:
    found: dict[Path, LockOwner] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            owner = lock_owner(file.read_text(encoding="utf-8"))
        except FileNotFoundError:  # its update has just ended
            continue
        if owner is None:
            raise _held(stack, f"the lock {file} names no owner")
        found[file] = owner
    if not found:
        return False
    _refuse_living(stack, list(found.values()))
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


def _refuse_living(stack: str, owners: Collection[LockOwner]) -> None:
    if not unlocked(owners, host=socket.gethostname(), alive=_alive(owners)):
        listed = ", ".join(f"{one.user}@{one.host} (pid {one.pid})" for one in owners)
        raise _held(stack, f"locked by {listed}")


def _held(stack: str, why: str) -> EngineError:
    return EngineError(
        f"stack {stack} is in use: {why}",
        code="E501",
        detail="An update runs, or died on another machine, where its process can't be checked.",
        help=f"wait for it to end; where it is dead, run `pulumi cancel --yes --stack {stack}`",
    )


def _alive(owners: Collection[LockOwner]) -> set[int]:
    return {
        owner.pid for owner in owners if Path(f"/proc/{owner.pid}").exists() or _runs(owner.pid)
    }


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
