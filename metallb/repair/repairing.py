"""Makes an interrupted stack ready for the next update: lock, pending operations, leftover blocks.

Changes the engine's state and, only where a block is named, the provider. Runs no program. What it
decides by is in `metallb.recovery`; the next update does the rest.
"""

import gzip
import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.errors import EngineError, PlatformError
from metallb.lookups import project_blocks, project_sessions, release_block
from metallb.recovery import (
    SESSION_TYPE,
    Pending,
    adopted_blocks,
    described,
    held_id,
    interrupted_sessions,
    kept_sessions,
    leftover_blocks,
    metal_ids,
    named_by_tag,
    ownership_prefix,
    pending_creates,
    strange_sessions,
    unread_urns,
    waiting_sessions,
    with_kept,
    with_replacement,
    without_pending,
)
from metallb.repair.engine import Engine, EngineState
from metallb.repair.locks import UNREADABLE, dead_locks_removed

__all__ = ["Repair"]

_MOST_SHOWN = 20
"""Sessions of a hint: a project of many clusters has many that are none of this stack's."""


@dataclass(frozen=True)
class Repair:
    """Repairs one stack.

    :param engine: the CLI, in a folder with the project's Pulumi.yaml.
    :param project: the Pulumi project's name.
    :param token: API token of the stack's config, if it is kept there.
    """

    engine: Engine
    project: str
    stack: str
    config: StackConfig
    token: str | None = None
    backend: Path | None = None
    """Folder of a file backend; None for any other."""

    def run(self, *, release: Collection[str] = ()) -> tuple[str, ...]:
        """Do what is needed; one line for each thing that was done.

        Each step reads the state anew: the one before may have changed it, and so may an update
        that ended meanwhile.

        :param release: ids of leftover blocks to release at the provider.
        :raises EngineError: an update holds the lock, or the engine failed.
        :raises PlatformError: a block that is not a leftover of this stack, or a silent API.
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
        platform = self.config.platform
        if not isinstance(platform, EquinixMetalPlatform) or not platform.manage_sessions:
            return ()
        there = project_sessions(platform.project_id, self.token)
        found = strange_sessions(platform, metal_ids(self._state.read()), there)
        if not found:
            return ()
        shown = [f"{session} ({device})" for session, device in found.items()][:_MOST_SHOWN]
        more = f" and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
        return (
            "hint: sessions of the project that neither this stack's state nor its stack file has: "
            f"{', '.join(shown)}{more}. Something else opened them, or an update of this stack did "
            "and the reply was lost: nothing proves either. To close one that is not needed, "
            "call DELETE /bgp/sessions/ID of the API, or write it at its node (bgpSessions) for "
            "one `up` and remove the node again",
        )

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
        found = self._interrupted(deployment)
        new = {item.urn: made for item, made in found if held_id(deployment, item.urn) is None}
        if new:
            self._state.import_sessions([item for item, _ in found if item.urn in new], new)
            deployment = self._state.read()
        settled = without_pending(deployment)
        for item, made in found:
            if held_id(deployment, item.urn) != made:
                # It is a replacement, and `pulumi import` needs a free address.
                settled = with_replacement(settled, item, made)
        self._state.write(settled)
        done = [f"dropped {count} operations that were under way when the engine ended"]
        done += [f"imported {item.name}: session {made}" for item, made in found]
        return done

    def _interrupted(self, deployment: Mapping[str, Any]) -> list[tuple[Pending, str]]:
        """Sessions that were being opened and exist, with their ids."""
        pending = [item for item in pending_creates(deployment) if item.type == SESSION_TYPE]
        platform = self.config.platform
        if not pending or not isinstance(platform, EquinixMetalPlatform):
            return []
        ids = interrupted_sessions(pending, project_sessions(platform.project_id, self.token))
        return [(item, ids[item.urn]) for item in pending if item.urn in ids]

    def _replacements_taken_back(self) -> list[str]:
        """Keep sessions that wait for deletion and whose device the stack file names again."""
        deployment = self._state.read()
        waiting = waiting_sessions(deployment)
        platform = self.config.platform
        if (
            not waiting
            or not isinstance(platform, EquinixMetalPlatform)
            or not platform.manage_sessions
        ):
            return []
        held = {
            str(item["urn"]).rpartition("::")[2]: str(item["id"])
            for item in deployment.get("resources") or ()
            if item.get("type") == SESSION_TYPE and item.get("id") and not item.get("delete")
        }
        there = project_sessions(platform.project_id, self.token)
        kept = kept_sessions(platform, waiting, held, there)
        for session in kept:
            deployment = with_kept(deployment, session)
        if kept:
            self._state.write(deployment)
        return [f"kept {waiting[one]}: session {one}, which waited for deletion" for one in kept]

    # --- resources that were made and not read ---------------------------------------------

    def _unread_refreshed(self) -> list[str]:
        urns = unread_urns(self._state.read())
        if not urns:
            return []
        self._state.refresh(urns)
        return [f"read again: {urn.rpartition('::')[2]}" for urn in urns]

    # --- blocks that are in no state ------------------------------------------------------

    def _leftovers(self, release: Collection[str]) -> list[str]:
        platform = self.config.platform
        if not isinstance(platform, EquinixMetalPlatform):
            return []
        prefix = ownership_prefix(self.project, self.stack.rpartition("/")[2])
        reserved = {name for name, one in platform.elastic_ips.items() if not one.adopted}
        blocks = project_blocks(platform.project_id, self.token)
        if release:
            # An update that reserved one of these blocks has ended by now; its state is read below.
            self._unlocked()
        state = self._state.read()
        known = metal_ids(state) | set(adopted_blocks(platform, blocks))
        leftovers = {str(item["id"]): item for item in leftover_blocks(prefix, known, blocks)}
        for block_id in release:
            if block_id not in leftovers:
                raise self._not_released(block_id, used=block_id in known, leftovers=leftovers)
        lines = []
        for block_id, block in leftovers.items():
            what = f"block {described(block)}"
            if block_id in release:
                release_block(block_id, self.token)
                lines.append(f"released {what}")
            elif (name := named_by_tag(prefix, block)) not in reserved:
                lines.append(
                    f"{what} was reserved for this stack as {name}, which its file does not "
                    "reserve: it is charged; to keep its addresses, write adoptId: "
                    f"{block_id} at the block that gets them; otherwise release it with "
                    f"--release {block_id}"
                )
            else:
                lines.append(
                    f"{what} was reserved for this stack and is not in its state: the next update "
                    "imports it where the stack has none; otherwise it is charged and not used: "
                    f"release it with --release {block_id}"
                )
        return lines

    def _not_released(
        self, block_id: str, *, used: bool, leftovers: Collection[str]
    ) -> PlatformError:
        why = "is in use by" if used else "is no leftover of"
        listed = f"give one of: {', '.join(leftovers)}" if leftovers else "leave --release out"
        return PlatformError(
            f"block {block_id} {why} stack {self.stack}",
            code="E204",
            detail="Only a block with this stack's tag that is not in its state is released.",
            help=listed,
        )


def _is_whole(file: Path) -> bool:
    """Whether a file of the backend holds a whole JSON document."""
    content = file.read_bytes()
    try:
        json.loads(gzip.decompress(content) if file.name.count(".gz") else content)
    except (ValueError, OSError, EOFError):
        return False
    return True
