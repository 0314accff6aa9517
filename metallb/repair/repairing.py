"""Makes an interrupted stack ready for the next update: lock, pending operations, leftovers.

Changes the engine's state and, only where a resource is named, the provider. Runs no program. What
is to be done about the platform's resources is decided by its `Recovery`; the next update does the
rest.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.problems.errors import EngineError
from metallb.repair.backend import Backend
from metallb.repair.engine import Engine, EngineState
from metallb.repair.locks import UNREADABLE, dead_locks_removed
from metallb.repair.processes import recorded
from metallb.repair.recovery import Creations, Deployment, Recovery
from metallb.repair.state import Pending, held_id, owned_ids, with_created, without_pending

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
    creations: Creations | None = None
    """Finds Kubernetes objects; None for a stack that has no cluster, or whose cluster is gone."""

    def run(self, *, release: Collection[str] = ()) -> tuple[str, ...]:
        """Do what is needed; one line for each thing that was done.

        Each step reads the state anew: the one before may have changed it, and so may an update
        that ended meanwhile. None writes a state that another update has changed since.

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

    @property
    def _backend(self) -> Backend | None:
        """The stack's files on a file backend."""
        if self.backend is None:
            return None
        found = Backend(self.backend, self.project, self.stack.rpartition("/")[2])
        return found if found.is_there else None

    def _unlocked(self) -> bool:
        return dead_locks_removed(self._state, stack=self.stack, backend=self._backend)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Inside, no update runs; on a backend that is no folder, none ran when it was entered."""
        self._unlocked()
        if self._backend is None:
            yield
            return
        with recorded(os.getpid()), self._backend.locked():
            yield

    # --- state ----------------------------------------------------------------------------

    def _state_restored(self, error: EngineError) -> str:
        """Make a state readable that was cut off while it was written.

        No update runs meanwhile: a state that is being written looks like one that was cut off.
        """
        backend = self._backend
        way = "restore it from the backend's own backups or versions; without any, remove it there"
        if backend is not None:
            with self._alone():
                if done := backend.restored():
                    return done
            files = " and ".join(str(file) for file in backend.states())
            way = f"restore {files} from a backup of yours; without any, delete it"
        raise EngineError(
            f"the state of stack {self.stack} is incomplete, and no whole backup is beside it",
            code="E701",
            detail="The engine was killed, or had no room on the disk, while it wrote the state.",
            help=f"{way} and run `pulumi stack init {self.stack}`, then the update: it imports "
            "blocks by their tags, and names the sessions to adopt",
        ) from error

    def _replaced(self, before: Deployment, after: Deployment) -> None:
        """Put a state in place of the one that it was made of, and of no other.

        An update that runs now would end in between, unseen.
        """
        backend = self._backend
        if backend is not None and backend.lock_files():
            raise self._state.changed()
        self._state.write(after, instead_of=before)

    # --- pending operations ---------------------------------------------------------------

    def _pending_settled(self) -> list[str]:
        """Take over what was made all the same, then drop the pending operations.

        In this order: whatever fails in between, the state still says what was under way.
        """
        deployment: Deployment = self._state.read()
        if not deployment.get("pending_operations"):
            return []
        count = len(deployment["pending_operations"])
        # Slow: their calls of the provider and the cluster may take minutes.
        objects, others = self.creations.found(deployment) if self.creations else ([], [])
        found = self.recovery.interrupted(deployment) if self.recovery is not None else []
        new = {item.urn: made for item, made in found if held_id(deployment, item.urn) is None}
        if new:
            deployment = self._imported(deployment, [i for i, _ in found if i.urn in new], new)
        settled = without_pending(deployment)
        for item, made in found:
            if held_id(deployment, item.urn) != made:
                # It is a replacement, and `pulumi import` needs a free address.
                settled = with_created(settled, item, made, {**item.wanted, "id": made})
        for each in objects:
            item = each.pending
            outputs: dict[str, Any] = {**item.inputs, "__inputs": item.wanted}
            if each.manager:
                # Under another name, the provider's next apply meets this one's fields.
                outputs["__fieldManager"] = each.manager
            settled = with_created(settled, item, each.id, outputs)
        self._replaced(deployment, settled)
        done = [f"dropped {count} operations that were under way when the engine ended"]
        done += [f"imported {item.name}: {self._noun(item)}{made}" for item, made in found]
        done += [f"took over {each.pending.name}: {each.id}" for each in objects]
        return done + others

    def _imported(
        self, before: Deployment, items: list[Pending], ids: Mapping[str, str]
    ) -> Deployment:
        """The state once the engine has taken resources over, and done nothing else."""
        version = self.recovery.plugin_version if self.recovery is not None else ""
        self._state.import_resources(items, ids, version)
        after = self._state.read()
        if owned_ids(after) != owned_ids(before) | set(ids.items()):
            raise self._state.changed()
        return after

    def _replacements_taken_back(self) -> list[str]:
        """Keep resources that wait for deletion and that the stack file needs again."""
        if self.recovery is None:
            return []
        before = self._state.read()
        after, done = self.recovery.taken_back(before)
        if done:
            self._replaced(before, after)
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
        return self.recovery.leftovers(self._state.read, release, self._alone)
