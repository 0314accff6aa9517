"""Makes an interrupted stack ready for the next update: lock, pending operations, leftovers.

Changes the engine's state and, only where a resource is named, the provider. Runs no program. What
is to be done about the platform's resources is decided by its `Recovery`; the next update does the
rest.
"""

import gzip
import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from metallb.errors import EngineError
from metallb.repair.engine import Engine, EngineState
from metallb.repair.locks import UNREADABLE, dead_locks_removed
from metallb.repair.recovery import Recovery
from metallb.repair.state import Pending, held_id, with_replacement, without_pending

__all__ = ["Repair"]


@dataclass(frozen=True)
class Repair:
    """Repairs one stack.

    :param engine: the CLI, in a folder with the project's Pulumi.yaml.
    :param project: the Pulumi project's name.
    :param recovery: the platform's part; None for a platform without resources.
    """

    engine: Engine
    project: str
    stack: str
    recovery: Recovery | None = None
    backend: Path | None = None
    """Folder of a file backend; None for any other."""

    def run(self, *, release: Collection[str] = ()) -> tuple[str, ...]:
        """Do what is needed; one line for each thing that was done.

        Each step reads the state anew: the one before may have changed it, and so may an update
        that ended meanwhile.

        :param release: ids of leftovers to release at the provider.
        :raises EngineError: an update holds the lock, or the engine failed.
        :raises PlatformError: an id that is not of a leftover of this stack, or a silent API.
        """
        done = []
        # Before anything is read: a state that is being written looks like one that was cut off.
        if self._unlocked():
            done.append("removed the lock of an update whose process is gone")
        try:
            self._state.read()
        except EngineError as error:
            if UNREADABLE not in str(error.__cause__ or error):
                raise
            done.append(self._state_restored(error))
        done += self._pending_settled()
        done += self._replacements_taken_back()
        done += self._unread_refreshed()
        done += self._leftovers(release)
        return tuple(done)

    def hints(self) -> tuple[str, ...]:
        """What may be left of this stack and can't be proven to be, one line each.

        :raises PlatformError: a silent API.
        """
        return self.recovery.hints(self._state.read()) if self.recovery is not None else ()

    def _noun(self, item: Pending) -> str:
        return f"{self.recovery.noun(item)} " if self.recovery is not None else ""

    @property
    def _state(self) -> EngineState:
        return EngineState(self.engine, self.stack)

    def _unlocked(self) -> bool:
        return dead_locks_removed(
            self._state, stack=self.stack, project=self.project, backend=self.backend
        )

    # --- state ----------------------------------------------------------------------------

    def _state_restored(self, error: EngineError) -> str:
        """Make a state readable that was cut off while it was written.

        Where the state is whole, what is cut off is the file of attributes that the backend keeps
        beside it, which is not needed. Else the engine's own backup takes its place: one step
        older, and what that step made is found again, blocks by their tags.
        """
        name = self.stack.rpartition("/")[2]
        folder = self.backend / ".pulumi" / "stacks" / self.project if self.backend else None
        for suffix in (".json", ".json.gz"):
            state = folder / f"{name}{suffix}" if folder else None
            if state is None or not state.exists():
                continue
            attributes = state.with_name(f"{state.name}.attrs")
            if _is_whole(state) and attributes.exists():
                attributes.unlink()
                return f"removed {attributes}: the engine ended while it wrote it"
            backup = state.with_name(f"{state.name}.bak")
            if backup.exists() and _is_whole(backup):
                shutil.copyfile(state, state.with_name(f"{state.name}.broken"))
                shutil.copyfile(backup, state)
                attributes.unlink(missing_ok=True)
                return f"restored the state from {backup}: the engine ended while it wrote it"
        raise EngineError(
            f"the state of stack {self.stack} is incomplete, and no backup is beside it",
            code="E701",
            detail="The engine was killed while it wrote the state.",
            help="restore it from the backend's own backups or versions; without any, run "
            f"`pulumi stack rm --force {self.stack}`, then the update, which finds blocks by tags",
        ) from error

    # --- pending operations ---------------------------------------------------------------

    def _pending_settled(self) -> list[str]:
        """Take over what was made all the same, then drop the pending operations.

        In this order: whatever fails in between, the state still says what was under way.
        """
        deployment = self._state.read()
        if not deployment.get("pending_operations"):
            return []
        count = len(deployment["pending_operations"])
        found = self.recovery.interrupted(deployment) if self.recovery is not None else []
        new = {item.urn: made for item, made in found if held_id(deployment, item.urn) is None}
        if new:
            items = [item for item, _ in found if item.urn in new]
            version = self.recovery.plugin_version if self.recovery is not None else ""
            self._state.import_resources(items, new, version)
            deployment = self._state.read()
        settled = without_pending(deployment)
        for item, made in found:
            if held_id(deployment, item.urn) != made:
                # It is a replacement, and `pulumi import` needs a free address.
                settled = with_replacement(settled, item, made)
        self._state.write(settled)
        done = [f"dropped {count} operations that were under way when the engine ended"]
        done += [f"imported {item.name}: {self._noun(item)}{made}" for item, made in found]
        return done

    def _replacements_taken_back(self) -> list[str]:
        """Keep resources that wait for deletion and that the stack file needs again."""
        if self.recovery is None:
            return []
        deployment, done = self.recovery.taken_back(self._state.read())
        if done:
            self._state.write(deployment)
        return done

    # --- resources that were made and not read ---------------------------------------------

    def _unread_refreshed(self) -> list[str]:
        urns = self.recovery.unread(self._state.read()) if self.recovery is not None else []
        if not urns:
            return []
        self._state.refresh(urns)
        return [f"read again: {urn.rpartition('::')[2]}" for urn in urns]

    # --- resources that are in no state ------------------------------------------------------

    def _leftovers(self, release: Collection[str]) -> list[str]:
        if self.recovery is None:
            return []
        return self.recovery.leftovers(self._state.read, release, self._unlocked)


def _is_whole(file: Path) -> bool:
    """Whether a file of the backend holds a whole JSON document."""
    content = file.read_bytes()
    try:
        json.loads(gzip.decompress(content) if file.name.count(".gz") else content)
    except (ValueError, OSError, EOFError):
        return False
    return True
