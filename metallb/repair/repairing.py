"""Makes an interrupted stack ready for the next update: lock, pending operations, leftover blocks.

Changes the engine's state and, only where a block is named, the provider. Runs no program. What it
decides by is in `metallb.recovery`; the next update does the rest.
"""

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.errors import EngineError, PlatformError
from metallb.lookups import project_blocks, project_sessions, release_block
from metallb.recovery import (
    SESSION_TYPE,
    LockOwner,
    Pending,
    interrupted_sessions,
    leftover_blocks,
    lock_owners,
    metal_ids,
    ownership_tag,
    pending_creates,
    unlocked,
    unread_urns,
    without_pending,
)

__all__ = ["Engine", "Repair"]

Engine = Callable[[list[str]], str]
"""Runs one command of the Pulumi CLI and answers its standard output; raises EngineError."""

_UNREADABLE = "failed to load checkpoint"
_PLUGIN_VERSION = "3.2.1"


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
        """Do what is needed, in words, one line each. Nothing needed: no line.

        :param release: ids of leftover blocks that are given back to the provider.
        :raises EngineError: somebody holds the lock, or the engine failed.
        :raises PlatformError: a block that is not a leftover of this stack, or a silent API.
        """
        told = []
        try:
            deployment = self._export()
        except EngineError as error:
            if _UNREADABLE not in str(error.__cause__ or error):
                raise
            told.append(self._state_restored(error))
            deployment = self._export()
        if self._lock_removed(deployment):
            told.append("removed the lock of an update whose process is gone")
        told += self._pending_settled(deployment)
        told += self._unread_refreshed(deployment)
        told += self._leftovers_told(deployment, release)
        return tuple(told)

    # --- state ----------------------------------------------------------------------------

    def _state_restored(self, error: EngineError) -> str:
        """Put the engine's own backup in place of a state that was cut off while it was written.

        The backup is one step older. What that step made is found again: blocks by their tags.
        """
        name = self.stack.rpartition("/")[2]
        folder = self.backend / ".pulumi" / "stacks" / self.project if self.backend else None
        for suffix in (".json", ".json.gz"):
            state = folder / f"{name}{suffix}" if folder else None
            backup = state.with_name(f"{state.name}.bak") if state else None
            if state and backup and backup.exists() and backup.stat().st_size:
                shutil.copyfile(state, state.with_name(f"{state.name}.broken"))
                shutil.copyfile(backup, state)
                return f"restored the state from {backup}: the engine ended while it wrote it"
        raise EngineError(
            where=f"stack {self.stack}",
            seen="a state that was cut off while it was written, and no backup beside it",
            rule="the state is read before anything else",
            remedy="restore it from the backend's own backups or versions; without any, "
            f"pulumi stack rm --force {self.stack} and run the update: blocks are found by tags",
        ) from error

    # --- lock -----------------------------------------------------------------------------

    def _lock_removed(self, deployment: Mapping[str, Any]) -> bool:
        """Write the state as it is: the cheapest thing that needs the lock."""
        try:
            self._import(deployment)
        except EngineError as error:
            owners = lock_owners(str(error.__cause__ or error))
            if not owners:
                raise
            if not unlocked(owners, host=socket.gethostname(), alive=_alive(owners)):
                raise EngineError(
                    where=f"stack {self.stack}",
                    seen=", ".join(f"{one.user}@{one.host} (pid {one.pid})" for one in owners),
                    rule="an update is under way, or was on another machine",
                    remedy="wait for it; only when you know that it is dead: "
                    f"pulumi cancel --yes --stack {self.stack}",
                ) from error
            self.engine(["cancel", "--yes", "--stack", self.stack])
            return True
        return False

    # --- pending operations ---------------------------------------------------------------

    def _pending_settled(self, deployment: Mapping[str, Any]) -> list[str]:
        """Import what was made all the same, then drop the pending operations."""
        if not deployment.get("pending_operations"):
            return []
        pending = pending_creates(deployment)
        found: dict[str, str] = {}
        platform = self.config.platform
        if isinstance(platform, EquinixMetalPlatform) and any(
            item.type == SESSION_TYPE for item in pending
        ):
            found = interrupted_sessions(pending, project_sessions(platform.project_id, self.token))
        self._import(without_pending(deployment))
        imported = [item for item in pending if item.urn in found]
        if imported:
            self._import_sessions(imported, found)
        count = len(deployment["pending_operations"])
        told = [f"dropped {count} operations that were under way when the engine ended"]
        told += [f"imported {item.name}: session {found[item.urn]}" for item in imported]
        return told

    def _import_sessions(self, pending: list[Pending], ids: Mapping[str, str]) -> None:
        parents = {item.parent: item.parent.rpartition("::")[2] for item in pending}
        wanted = {
            "nameTable": {name: urn for urn, name in parents.items()},
            "resources": [
                {
                    "type": item.type,
                    "name": item.name,
                    "id": ids[item.urn],
                    "parent": parents[item.parent],
                    "version": _PLUGIN_VERSION,
                }
                for item in pending
            ],
        }
        flags = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"]
        with _written(wanted) as file:
            self.engine(["import", "--file", file.name, *flags, "--stack", self.stack])

    # --- resources that were made and not read ---------------------------------------------

    def _unread_refreshed(self, deployment: Mapping[str, Any]) -> list[str]:
        urns = unread_urns(deployment)
        if not urns:
            return []
        targets = [part for urn in urns for part in ("--target", urn)]
        self.engine(["refresh", "--yes", "--skip-preview", *targets, "--stack", self.stack])
        return [f"read again: {urn.rpartition('::')[2]}" for urn in urns]

    # --- blocks that nobody knows ---------------------------------------------------------

    def _leftovers_told(self, deployment: Mapping[str, Any], release: Collection[str]) -> list[str]:
        platform = self.config.platform
        if not isinstance(platform, EquinixMetalPlatform):
            return []
        tags = {
            name: ownership_tag(self.project, self.stack.rpartition("/")[2], name)
            for name, settings in platform.elastic_ips.items()
            if not settings.adopted
        }
        blocks = project_blocks(platform.project_id, self.token)
        known = set(metal_ids(deployment).values())
        leftovers = {str(item["id"]): item for item in leftover_blocks(tags, known, blocks)}
        for block_id in release:
            if block_id not in leftovers:
                raise PlatformError(
                    where=f"block {block_id}",
                    seen="in use by the stack" if block_id in known else "not one of its leftovers",
                    rule="only a block with this stack's tag that its state lacks is released",
                    remedy=f"leftovers: {', '.join(leftovers) or 'none'}",
                )
        told = []
        for block_id, block in leftovers.items():
            what = f"block {block_id} ({block.get('network')}/{block.get('cidr')})"
            if block_id in release:
                release_block(block_id, self.token)
                told.append(f"released {what}")
            else:
                told.append(
                    f"{what} was reserved for this stack and is not in its state: the next update "
                    "imports it where the stack has none; otherwise it is paid for and serves "
                    f"nobody: release it with --release {block_id}"
                )
        return told

    # --- the engine's state ---------------------------------------------------------------

    def _export(self) -> dict[str, Any]:
        # Without --show-secrets: they stay encrypted on their way out and back in.
        whole = json.loads(self.engine(["stack", "export", "--stack", self.stack]))
        return dict(whole.get("deployment") or {})

    def _import(self, deployment: Mapping[str, Any]) -> None:
        with _written({"version": 3, "deployment": deployment}) as file:
            self.engine(["stack", "import", "--file", file.name, "--stack", self.stack])


def _written(value: Mapping[str, Any]) -> Any:
    """A temporary file that only its owner reads, with a value as JSON."""
    file = tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8")  # noqa: SIM115
    json.dump(value, file)
    file.flush()
    return file


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
