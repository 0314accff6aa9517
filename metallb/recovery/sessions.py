"""BGP sessions that exist and that the state does not know."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from metallb.config import EquinixMetalPlatform
from metallb.errors import MetalLBError, PlatformError
from metallb.recovery.names import SESSION_TYPE, session_name
from metallb.recovery.state import Pending

__all__ = ["interrupted_sessions", "session_conflicts"]


def session_conflicts(
    platform: EquinixMetalPlatform,
    known: Collection[str],
    sessions: Iterable[Mapping[str, Any]],
) -> list[MetalLBError]:
    """Sessions that are open already where the stack would open its own.

    A session carries no tag, so nothing tells a lost reply of ours from somebody else's session:
    adopting it is a person's word, and the remedy is the line to write.
    """
    there: dict[tuple[str, str], str] = {}
    for session in sessions:
        device = session.get("device") or {}
        for name in (device.get("hostname"), device.get("id")):
            if name:
                there[str(name), str(session["address_family"])] = str(session["id"])
    found = []
    for position, node in enumerate(platform.nodes):
        for family in platform.address_families:
            held = there.get((node.device_id or node.key, family.value))
            wanted = node.bgp_sessions.get(family)
            if held is None or session_name(node.key, family.value) in known or wanted == held:
                continue
            found.append(
                PlatformError(
                    where=f"metallb:platform.nodes[{position}] ({node.key})",
                    seen=f"{family} session {held}, which this stack did not open or whose reply "
                    "it lost",
                    rule="a device has one session of an address family, and a second is refused",
                    remedy=f"adopt it: write `bgpSessions: {{{family}: {held}}}` at this node; or "
                    "set metallb:platform.manageSessions to false where something else opens them",
                )
            )
    return list(found)


def interrupted_sessions(
    pending: Iterable[Pending], sessions: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Sessions that were being opened when the engine ended and exist: ids by their URNs.

    Here the state itself says that the session is ours, so it can be imported without a question.
    """
    there = {
        (str((item.get("device") or {}).get("id")), str(item["address_family"])): str(item["id"])
        for item in sessions
    }
    found = {}
    for item in pending:
        if item.type != SESSION_TYPE:
            continue
        held = there.get((str(item.inputs.get("deviceId")), str(item.inputs.get("addressFamily"))))
        if held is not None:
            found[item.urn] = held
    return found
