"""Asks engine and platform what an earlier update left behind; `metallb.recovery` understands it.

Nothing is asked of the platform when the state knows every resource of the stack file, so a usual
update costs no call more. Without an engine (render, unit tests) or a token nothing is asked.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.errors import MetalLBError, PlatformError, PreflightError
from metallb.lookups import api_token, check_token, project_blocks, project_sessions
from metallb.recovery import (
    block_imports,
    block_name,
    leftover_blocks,
    ownership_tag,
    replaced_blocks,
    session_conflicts,
    session_name,
    unread,
)

__all__ = ["Leftovers", "find_leftovers"]

# Built into the engine: the outputs of a stack's resources, from its last checkpoint.
_READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_PLATFORM = "equinix-metal:"
_WAITS = (0.1, 0.3, 1.0, 2.0)
"""Seconds before each further attempt to read the state."""


class Leftovers:
    """Which blocks to import, and a watch over those that are reserved now.

    :ivar opens_sessions: whether a session of the stack file is missing in the state.
    """

    def __init__(
        self,
        project_id: str,
        tags: Mapping[str, str],
        imports: Mapping[str, str],
        fresh: frozenset[str],
        token: str | None,
        *,
        opens_sessions: bool = False,
    ) -> None:
        self.opens_sessions = opens_sessions
        self._project_id = project_id
        self._tags = tags
        self._imports = imports
        self._fresh = fresh
        self._token = token

    def tag(self, block: str) -> str:
        """The tag that a block of this stack is reserved with."""
        return self._tags[block]

    def import_id(self, block: str) -> str | None:
        """Id of the block that an earlier update reserved without learning of it."""
        return self._imports.get(block)

    def watch(self, block: str, block_id: pulumi.Output[str]) -> None:
        """Tell of a second block when this one was reserved just now.

        The provider repeats a reservation whose reply was lost; both then exist.
        """
        if block not in self._fresh or pulumi.runtime.is_dry_run():
            return
        tags = {block: self._tags[block]}

        async def look(own: str) -> str:
            try:
                there = await asyncio.to_thread(project_blocks, self._project_id, self._token)
            except PlatformError as error:
                pulumi.log.warn(f"could not look for blocks reserved twice: {error.line()}")
                return own
            for extra in leftover_blocks(tags, {own}, there):
                pulumi.log.warn(
                    f"metallb:platform.elasticIps.{block}: block {extra['id']} "
                    f"({extra.get('network')}/{extra.get('cidr')}) was reserved as well: a reply "
                    "was lost and the provider plugin asked again. It is paid for and serves "
                    f"nobody; release it with `python -m metallb recover {pulumi.get_stack()} "
                    f"--release {extra['id']}`"
                )
            return own

        # The program waits for it: Pulumi awaits every Output before it ends.
        _: pulumi.Output[str] = block_id.apply(look)


def find_leftovers(stack: StackConfig, token: str | None) -> Leftovers | None:
    """What earlier updates left at the platform, or None for a platform that is not asked.

    :raises PreflightError: sessions that are open already, or blocks that would be replaced; the
        message says what to do.
    :raises PlatformError: blocks that can't be imported, the API did not answer, or a token that
        can't be sent.
    """
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return None
    tags = {
        name: ownership_tag(pulumi.get_project(), pulumi.get_stack(), name)
        for name, settings in platform.elastic_ips.items()
        if not settings.adopted
    }
    secret = api_token(token)
    known = _known() if secret else None
    if known is None:
        return Leftovers(platform.project_id, tags, {}, frozenset(), secret)
    check_token(token)
    _refuse("resources could not be read", unread(known, pulumi.get_stack()))
    _refuse("Elastic IP blocks would be replaced", replaced_blocks(platform, known))
    fresh = frozenset(name for name in tags if block_name(name) not in known)
    imports = {}
    if fresh:
        blocks = project_blocks(platform.project_id, secret)
        imports = block_imports(platform, tags, known, blocks)
    for name, found in sorted(imports.items()):
        pulumi.log.info(f"elastic IP block {name}: {found} was reserved by this stack; imported")
    opens = _opens_sessions(platform, known)
    if opens:
        _refuse_open_sessions(platform, known, secret)
    return Leftovers(
        platform.project_id, tags, imports, fresh - set(imports), secret, opens_sessions=opens
    )


def _opens_sessions(platform: EquinixMetalPlatform, known: Collection[str]) -> bool:
    return platform.manage_sessions and any(
        session_name(node.key, family.value) not in known and family not in node.bgp_sessions
        for node in platform.nodes
        for family in platform.address_families
    )


def _refuse_open_sessions(
    platform: EquinixMetalPlatform, known: Collection[str], token: str | None
) -> None:
    sessions = project_sessions(platform.project_id, token)
    _refuse("BGP sessions are open already", session_conflicts(platform, known, sessions))


def _refuse(what: str, mistakes: list[MetalLBError]) -> None:
    if mistakes:
        raise PreflightError(
            where="metallb:platform", rule=f"{len(mistakes)} {what}", mistakes=mistakes
        )


def _state() -> Mapping[str, Any] | None:
    """What the engine has of this stack, by URN.

    The engine writes the state while the program asks for it, and who reads a backend of files may
    meet half a file, so it is asked again.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    for wait in (*_WAITS, None):
        try:
            answer = pulumi.runtime.invoke(_READ_STATE, {"stackName": stack})
            outputs = (answer.value or {}).get("outputs")
            if isinstance(outputs, Mapping):
                return outputs
            problem = "the engine answers without outputs"
        except Exception as error:
            problem = str(error)
        if isinstance(get_monitor(), MockMonitor) and not problem.startswith("invoke of"):
            # Tests, or `render`: what answers there has no state.
            return None
        if wait is not None:
            time.sleep(wait)
    pulumi.log.warn(
        "the stack's state can't be read, so nothing is known of what earlier updates left at the "
        f"platform, nor whether a block would be replaced: {problem}"
    )
    return None


def _known() -> dict[str, Mapping[str, Any]] | None:
    """Outputs of the platform's resources in the engine's state, by resource name.

    None where there is no engine, or where it can't say.
    """
    outputs = _state()
    if outputs is None:
        return None
    return {
        str(urn).rpartition("::")[2]: item.get("outputs") or {}
        for urn, item in outputs.items()
        if f"{_PLATFORM}index" in str(urn)
    }
