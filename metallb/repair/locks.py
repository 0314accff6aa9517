"""Whether somebody works on the stack, and the locks of those who do no longer."""

import os
import socket
from collections.abc import Collection
from pathlib import Path

from metallb.errors import EngineError
from metallb.recovery import LockOwner, lock_owner, lock_owners, unlocked
from metallb.repair.engine import EngineState

__all__ = ["UNREADABLE", "dead_locks_removed"]

UNREADABLE = "failed to load checkpoint"
"""What the engine says of a state that was cut off while it was written."""

_FOLDER = Path(".pulumi") / "locks" / "organization"


def dead_locks_removed(
    state: EngineState, *, stack: str, project: str, backend: Path | None
) -> bool:
    """Take away locks whose processes are gone; whether there were any. Changes no state.

    :param backend: folder of a file backend; of any other the engine is asked.
    :raises EngineError: somebody holds the lock, or may.
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
            raise _held(stack, f"{file}, which names nobody")
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
        said = str(error.__cause__ or error)
        owners = lock_owners(said)
        if not owners and UNREADABLE in said:
            # No lock is in the way: what is, is settled by whoever reads the state next.
            return False
        if not owners:
            raise
        _refuse_living(stack, owners)
        state.cancel()
        return True
    return False


def _refuse_living(stack: str, owners: Collection[LockOwner]) -> None:
    if not unlocked(owners, host=socket.gethostname(), alive=_alive(owners)):
        raise _held(stack, ", ".join(f"{one.user}@{one.host} (pid {one.pid})" for one in owners))


def _held(stack: str, seen: str) -> EngineError:
    return EngineError(
        where=f"stack {stack}",
        seen=seen,
        rule="an update is under way, or was on another machine",
        remedy=f"wait for it; only when you know that it is dead: pulumi cancel --yes --stack "
        f"{stack}",
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
