"""Reads from engine and platform what an earlier update left behind.

The platform is not called when the state has every resource of the stack file, so a usual update
costs no call more. Without an engine (render, unit tests) or a token nothing is read.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from metallb.components.guard import ReportedError
from metallb.components.own_state import StateUnreadable, own_stack, own_state
from metallb.platforms.equinix_metal.client import project_blocks, project_sessions
from metallb.platforms.equinix_metal.names import (
    block_name,
    node_key,
    ownership_prefix,
    ownership_tag,
    session_name,
)
from metallb.platforms.equinix_metal.recovery.blocks import (
    adopted_blocks,
    block_imports,
    described,
    forgotten_blocks,
    leftover_blocks,
    named_by_tag,
    own_blocks_adopted,
    replaced_blocks,
)
from metallb.platforms.equinix_metal.recovery.sessions import (
    HeldSession,
    SessionPlan,
    held_sessions,
    plan_sessions,
    replaced_sessions,
    sessions_in_question,
)
from metallb.platforms.equinix_metal.recovery.state import unread, waiting_sessions
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform, MetalNode
from metallb.platforms.equinix_metal.tokens import api_token, check_token
from metallb.platforms.provisioned import StateReader
from metallb.problems.errors import MetalLBError, PlatformError, PreflightError
from metallb.problems.problem import Problem

__all__ = ["Leftovers", "find_leftovers"]

_PLATFORM = "equinix-metal:"
_BLOCK_COMPONENT = "metallb:index:ElasticIpBlock"
_OPEN = "BGP sessions need a decision"


class Leftovers:
    """What becomes of blocks and sessions that exist, and a watch over blocks reserved now.

    Of a state that can't be read, nothing is known: each session then follows the stack file alone.
    """

    def __init__(
        self,
        platform: EquinixMetalPlatform,
        token: str | None,
        known: Mapping[str, Mapping[str, Any]] | None,
        imports: Mapping[str, str] | None = None,
        sessions: SessionPlan | None = None,
        read_state: StateReader = lambda _: None,
    ) -> None:
        self._platform = platform
        self._read_state = read_state
        self._tags = _tags(platform)
        self._token = token
        self._known = known
        self._imports = imports or {}
        self._sessions = sessions or SessionPlan()
        self._listing: asyncio.Future[list[dict[str, Any]]] | None = None

    @property
    def opens_sessions(self) -> bool:
        """Whether a session of the stack file is yet to be opened, by the state."""
        if self._known is None or not self._platform.manage_sessions:
            return False
        there = {*self._known, *self._sessions.imports, *self._sessions.former}
        return any(
            session_name(node.key, family.value) not in there
            for node in self._platform.nodes
            for family in self._platform.address_families
        )

    def tag(self, block: str) -> str:
        """The tag that a block of this stack is reserved with."""
        return self._tags[block]

    def import_id(self, block: str) -> str | None:
        """Id of the block that an earlier update reserved without learning of it."""
        return self._imports.get(block)

    def session_imports(self, node: MetalNode) -> dict[str, str]:
        """Ids of sessions to import, by address family.

        A resource that keeps the id that it was imported from can't be replaced any more, so the
        stack file's line counts only while the state lacks the session.
        """
        if self._known is None:
            return {family.value: found for family, found in node.bgp_sessions.items()}
        return self._by_family(node, self._sessions.imports)

    def former_keys(self, node: MetalNode) -> dict[str, str]:
        """What the node was called when its sessions came into the state, by address family."""
        names = self._by_family(node, self._sessions.former)
        return {family: node_key(name) for family, name in names.items()}

    def sessions_to_leave(self) -> list[HeldSession]:
        """Sessions in the state of a stack that manages none any more: they are not to be closed.

        Left out of the program they would be; so they stay in it, retained, until a refresh finds
        that something else has closed them.
        """
        if self._platform.manage_sessions:
            return []
        return [session for _, session in sorted(held_sessions(self._known or {}).items())]

    def confirm(self, key: str, device_id: str) -> Awaitable[None] | None:
        """Make sure that no session is in the way of ours at the device that a host name found.

        That is another one than the state knows when a device was replaced under its name; what
        the new one has is looked up then, and only then.

        :raises ReportedError: when awaited: the device has a session that the state does not know.
        """
        replaced = replaced_sessions(
            self._platform, self._known or {}, self._sessions.imports, key, device_id
        )
        return self._confirmed(key, device_id) if replaced else None

    async def _confirmed(self, key: str, device_id: str) -> None:
        if self._listing is None:
            # One list for all nodes: a rack of devices is replaced at once.
            listing = asyncio.to_thread(project_sessions, self._platform.project_id, self._token)
            self._listing = asyncio.ensure_future(listing)
        try:
            sessions = await self._listing
            nodes = tuple(
                node.model_copy(update={"device_id": device_id}) if node.key == key else node
                for node in self._platform.nodes
            )
            platform = self._platform.model_copy(update={"nodes": nodes})
            plan = await asyncio.to_thread(
                _planned, platform, self._known or {}, sessions, self._read_state
            )
            position = next(i for i, node in enumerate(nodes) if node.key == key)
            own = ("metallb:platform", "nodes", position)
            _refuse(_OPEN, [each for each in plan.problems if each.location[:3] == own])
        except MetalLBError as error:
            raise ReportedError(error) from error

    def watch(self, block: str, block_id: pulumi.Output[str]) -> None:
        """Warn of a second block when this one was reserved just now.

        The provider repeats a reservation whose reply was lost; both then exist.
        """
        if self._known is None or pulumi.runtime.is_dry_run():
            return
        # A block that is replaced is in the state, and reserved all the same.
        held = str(self._known.get(block_name(block), {}).get("id"))
        before = (held, self._imports.get(block))

        async def look(own: str) -> str:
            if own in before:
                return own
            try:
                there = await asyncio.to_thread(
                    project_blocks, self._platform.project_id, self._token
                )
            except PlatformError as error:
                pulumi.log.warn(f"could not look for blocks reserved twice: {error.line()}")
                return own
            owned = {own, *adopted_blocks(self._platform, there), *_ids(self._known or {})}
            for extra in leftover_blocks(_prefix(), owned, there):
                if named_by_tag(_prefix(), extra) != block:
                    continue
                pulumi.log.warn(
                    f"metallb:platform.elasticIps.{block}: block {described(extra)} was reserved "
                    "as well: a reply was lost and the provider plugin repeated the call. It is "
                    "charged and not used; release it with `metallb recover "
                    f"{pulumi.get_stack()} --release {extra['id']}`"
                )
            return own

        # The program waits for it: Pulumi awaits every Output before it ends.
        _: pulumi.Output[str] = block_id.apply(look)

    def _by_family(self, node: MetalNode, found: Mapping[str, str]) -> dict[str, str]:
        names = {
            family.value: session_name(node.key, family.value)
            for family in self._platform.address_families
        }
        return {family: found[name] for family, name in names.items() if name in found}


def find_leftovers(
    platform: EquinixMetalPlatform, token: str | None, read_state: StateReader
) -> Leftovers:
    """What earlier updates left at the platform.

    :raises PreflightError: sessions that are open already, or blocks that would be replaced; the
        message says what to do.
    :raises PlatformError: blocks that can't be imported, the API did not answer, or a token that
        can't be sent.
    """
    secret = api_token(token)
    state = _state(platform) if secret else None
    if state is None:
        return Leftovers(platform, secret, None)
    known = _known(state)
    check_token(token)
    _refuse("resources have no properties in the state", unread(known, pulumi.get_stack()))
    _refuse("Elastic IP blocks would be replaced", replaced_blocks(platform, known))
    tags = _tags(platform)
    imports = {}
    wanting = [name for name in tags if block_name(name) not in known]
    blocks = []
    if wanting or (_has_block(known) and _adopts_by_tag(platform)):
        blocks = project_blocks(platform.project_id, secret, _block_ids(known))
    own = own_blocks_adopted(platform, known, _leaving(state), blocks)
    _refuse("Elastic IP blocks would be released", own)
    if wanting:
        imports = block_imports(platform, tags, known, blocks)
    owned = {*_ids(known), *imports.values(), *adopted_blocks(platform, blocks)}
    new = [name for name in wanting if name not in imports]
    _look_at_leftovers(new, known, leftover_blocks(_prefix(), owned, blocks))
    for name, found in sorted(imports.items()):
        pulumi.log.info(f"elastic IP block {name}: {found} was reserved by this stack; imported")
    sessions = SessionPlan()
    if sessions_in_question(platform, known):
        there = project_sessions(platform.project_id, secret)
        sessions = _planned(platform, known, there, read_state)
        _refuse(_OPEN, sessions.problems)
    return Leftovers(platform, secret, known, imports, sessions, read_state)


def _look_at_leftovers(
    new: list[str],
    known: Mapping[str, Mapping[str, Any]],
    leftovers: list[Mapping[str, Any]],
) -> None:
    """Warn of blocks that neither state nor stack file has.

    :raises PreflightError: a block would be reserved in place of one of them.
    """
    _refuse(
        "blocks would be reserved in place of others",
        forgotten_blocks(_prefix(), new, known, leftovers),
    )
    for block in leftovers:
        pulumi.log.warn(
            f"block {described(block)} was reserved for this stack as "
            f"{named_by_tag(_prefix(), block)} and is not in its state: `metallb "
            f"recover {pulumi.get_stack()}` shows what can be done with it"
        )


def _prefix() -> str:
    return ownership_prefix(pulumi.get_project(), pulumi.get_stack())


def _tags(platform: EquinixMetalPlatform) -> dict[str, str]:
    """Ownership tags of the blocks that the stack reserves, by block."""
    return {
        name: ownership_tag(pulumi.get_project(), pulumi.get_stack(), name)
        for name, settings in platform.elastic_ips.items()
        if not settings.adopted
    }


def _ids(known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {str(outputs["id"]) for outputs in known.values() if "id" in outputs}


def _planned(
    platform: EquinixMetalPlatform,
    known: Mapping[str, Mapping[str, Any]],
    there: list[dict[str, Any]],
    read_state: StateReader,
) -> SessionPlan:
    """What becomes of sessions that exist.

    What the engine answers a program leaves out sessions that wait for deletion, so the whole state
    is read as well, but only where a session may be adopted.
    """
    plan = plan_sessions(platform, known, there)
    if not (plan.imports or plan.problems) or isinstance(get_monitor(), MockMonitor):
        return plan
    whole = read_state(own_stack())
    if whole is None:
        pulumi.log.warn(
            "the whole state can't be read, so a session to adopt may be one that the engine is "
            f"about to close: `metallb recover {pulumi.get_stack()}` first"
        )
        return plan
    return plan_sessions(platform, known, there, waiting_sessions(whole))


def _refuse(what: str, problems: Sequence[Problem]) -> None:
    if problems:
        raise PreflightError.of(problems, f"{len(problems)} {what}")


def _state(platform: EquinixMetalPlatform) -> Mapping[str, Any] | None:
    """What the engine has of this stack, by URN.

    :raises PlatformError: it stays unreadable, and sessions that it may have would be closed.
    """
    try:
        return own_state()
    except StateUnreadable as error:
        problem = str(error)
    if not platform.manage_sessions:
        raise PlatformError(
            f"the stack's state can't be read: {problem}",
            code="E503",
            location=("metallb:platform", "manageSessions"),
            detail="With manageSessions: false, sessions that an earlier update opened stay open, "
            "and the state alone has them.",
            help="run the update again, once nothing else writes the state",
        )
    pulumi.log.warn(
        "the stack's state can't be read, so nothing is known of what earlier updates left at the "
        f"platform, nor whether a block would be replaced: {problem}"
    )
    return None


def _known(state: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Outputs of the platform's resources in the engine's state, by resource name."""
    return {
        str(urn).rpartition("::")[2]: item.get("outputs") or {}
        for urn, item in state.items()
        if f"{_PLATFORM}index" in str(urn)
    }


def _leaving(state: Mapping[str, Any]) -> set[str]:
    """Resource names of blocks that stay at the provider when the state loses them.

    The block's component has it among its outputs; an older state has not, and keeps its blocks.
    """
    return {
        f"{str(urn).rpartition('::')[2]}-block"
        for urn, item in state.items()
        if str(urn).rpartition("::")[0].endswith(_BLOCK_COMPONENT)
        and (item.get("outputs") or {}).get("may_leave") is True
    }


def _has_block(known: Mapping[str, Mapping[str, Any]]) -> bool:
    return any("cidrNotation" in outputs for outputs in known.values())


def _block_ids(known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    blocks = (outputs for outputs in known.values() if "cidrNotation" in outputs)
    return [str(outputs["id"]) for outputs in blocks if outputs.get("id")]


def _adopts_by_tag(platform: EquinixMetalPlatform) -> bool:
    return any(settings.adopt_tag is not None for settings in platform.elastic_ips.values())
