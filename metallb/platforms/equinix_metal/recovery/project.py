"""What `metallb recover` does about the blocks and sessions of a project."""

from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from metallb.platforms.equinix_metal.client import project_blocks, project_sessions, release_block
from metallb.platforms.equinix_metal.names import SESSION_TYPE, ownership_prefix
from metallb.platforms.equinix_metal.recovery.blocks import (
    adopted_blocks,
    described,
    leftover_blocks,
    named_by_tag,
)
from metallb.platforms.equinix_metal.recovery.sessions import (
    interrupted_sessions,
    kept_sessions,
    strange_sessions,
)
from metallb.platforms.equinix_metal.recovery.state import metal_ids, unread_urns, waiting_sessions
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.problems.errors import PlatformError
from metallb.repair.recovery import Alone, Deployment
from metallb.repair.state import Pending, pending_creates, with_kept

__all__ = ["ProjectRecovery"]

_MOST_SHOWN = 20
"""Sessions of a hint: a project of many clusters has many that are none of this stack's."""


@dataclass(frozen=True)
class ProjectRecovery:
    """Recovers one stack's blocks and sessions (`metallb.repair.recovery.Recovery`).

    :param project: the Pulumi project's name.
    :param token: API token of the stack's config, if it is kept there.
    """

    platform: EquinixMetalPlatform
    project: str
    stack: str
    token: str | None
    plugin_version: str = "3.2.1"

    def noun(self, pending: Pending) -> str:
        """Sessions alone are imported."""
        return self.platform.looked_at[pending.type]

    def interrupted(self, deployment: Deployment) -> list[tuple[Pending, str]]:
        """Sessions that were being opened and exist, with their ids."""
        pending = [item for item in pending_creates(deployment) if item.type == SESSION_TYPE]
        if not pending:
            return []
        ids = interrupted_sessions(pending, project_sessions(self.platform.project_id, self.token))
        return [(item, ids[item.urn]) for item in pending if item.urn in ids]

    def taken_back(self, deployment: Deployment) -> tuple[Deployment, list[str]]:
        """Keep sessions that wait for deletion and whose device the stack file names again."""
        waiting = waiting_sessions(deployment)
        if not waiting or not self.platform.manage_sessions:
            return deployment, []
        held = {
            str(item["urn"]).rpartition("::")[2]: str(item["id"])
            for item in deployment.get("resources") or ()
            if item.get("type") == SESSION_TYPE and item.get("id") and not item.get("delete")
        }
        there = project_sessions(self.platform.project_id, self.token)
        kept = kept_sessions(self.platform, waiting, held, there)
        for session in kept:
            deployment = with_kept(deployment, session)
        return deployment, [
            f"kept {waiting[one]}: session {one}, which waited for deletion" for one in kept
        ]

    def unread(self, deployment: Deployment) -> list[str]:
        """URNs of blocks and sessions that were created and not read."""
        return unread_urns(deployment)

    def leftovers(
        self, read: Callable[[], Deployment], release: Collection[str], alone: Alone
    ) -> list[str]:
        """Blocks with this stack's tag that are in no state."""
        blocks = project_blocks(self.platform.project_id, self.token)
        # An update that reserved one of these blocks has ended by then, and none imports one.
        with alone() if release else nullcontext():
            return self._leftovers(blocks, read(), release)

    def _leftovers(
        self, blocks: list[dict[str, Any]], state: Deployment, release: Collection[str]
    ) -> list[str]:
        platform = self.platform
        prefix = ownership_prefix(self.project, self.stack)
        reserved = {name for name, one in platform.elastic_ips.items() if not one.adopted}
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

    def hints(self, deployment: Deployment) -> tuple[str, ...]:
        """Sessions of the project that something else may have opened."""
        platform = self.platform
        if not platform.manage_sessions:
            return ()
        there = project_sessions(platform.project_id, self.token)
        found = strange_sessions(platform, metal_ids(deployment), there)
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
