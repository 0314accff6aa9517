"""BGP sessions that exist: which the state has under another name, and which it does not know."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from metallb.config import AddressFamily, EquinixMetalPlatform
from metallb.config.equinix_metal import MetalNode
from metallb.errors import MetalLBError, PlatformError
from metallb.recovery.names import SESSION_TYPE, session_key, session_name
from metallb.recovery.state import Pending

__all__ = [
    "HeldSession",
    "SessionPlan",
    "held_sessions",
    "interrupted_sessions",
    "kept_sessions",
    "plan_sessions",
    "replaced_sessions",
    "sessions_in_question",
    "strange_sessions",
]

Known = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class HeldSession:
    """A session that the engine's state has."""

    name: str
    """Resource name."""
    id: str
    device_id: str
    family: str


@dataclass
class SessionPlan:
    """What an update does with sessions that exist, by resource name."""

    imports: dict[str, str] = field(default_factory=dict)
    """Ids of sessions to import."""
    former: dict[str, str] = field(default_factory=dict)
    """Resource names under which the state has a session whose node is called otherwise now."""
    mistakes: list[MetalLBError] = field(default_factory=list)
    """What has to be decided by a person first."""


def held_sessions(known: Known) -> dict[str, HeldSession]:
    """The sessions among the platform's resources in the engine's state, by resource name.

    :param known: outputs of the resources in the engine's state, by resource name.
    """
    return {
        name: HeldSession(
            name, str(outputs["id"]), str(outputs["deviceId"]), str(outputs["addressFamily"])
        )
        for name, outputs in known.items()
        if session_key(name) is not None and {"id", "deviceId", "addressFamily"} <= set(outputs)
    }


def sessions_in_question(platform: EquinixMetalPlatform, known: Known) -> bool:
    """Whether the state alone does not say what becomes of each session, so that the API is asked.

    It does in a usual update: every session is in it, of the device that the stack file names.
    """
    held = held_sessions(known)
    return platform.manage_sessions and any(
        _in_question(node, family, held.get(session_name(node.key, family.value)))
        for node in platform.nodes
        for family in platform.address_families
    )


def plan_sessions(
    platform: EquinixMetalPlatform,
    known: Known,
    sessions: Iterable[Mapping[str, Any]],
    waiting: Mapping[str, str] | None = None,
) -> SessionPlan:
    """What becomes of the sessions that the project has.

    A session carries no tag, so nothing tells a lost reply of ours from somebody else's session:
    adopting one that the state does not know is a person's word, and the remedy is the line to
    write. One that the state knows is never adopted: a second name for it would end in its being
    closed under the first.

    :param sessions: the project's sessions, as the API lists them.
    :param waiting: resource names, by id, of sessions that the engine is about to close: they are
        not adopted, as they would be closed all the same.
    """
    desk = _Desk(platform, known, list(sessions), waiting or {})
    for position, node in enumerate(platform.nodes):
        for family in platform.address_families:
            own = desk.held.get(session_name(node.key, family.value))
            if _in_question(node, family, own):
                desk.decide(f"metallb:platform.nodes[{position}]", node, family, own)
    return desk.plan


def replaced_sessions(
    platform: EquinixMetalPlatform,
    known: Known,
    planned: Collection[str],
    node_key: str,
    device_id: str,
) -> list[HeldSession]:
    """Sessions of a node that the state has of another device than the node has now.

    :param planned: names of sessions that are imported anyhow.
    """
    held = held_sessions(known)
    names = (session_name(node_key, family.value) for family in platform.address_families)
    return [
        held[name]
        for name in names
        if name in held and name not in planned and held[name].device_id != device_id
    ]


def interrupted_sessions(
    pending: Iterable[Pending], sessions: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Sessions that were being opened when the engine ended and exist: ids by their URNs.

    Here the state itself says that the session is ours, so it can be imported without a question.
    """
    there = {(_device_id(item), str(item["address_family"])): str(item["id"]) for item in sessions}
    found = {}
    for item in pending:
        if item.type != SESSION_TYPE:
            continue
        held = there.get((str(item.inputs.get("deviceId")), str(item.inputs.get("addressFamily"))))
        if held is not None:
            found[item.urn] = held
    return found


def kept_sessions(
    platform: EquinixMetalPlatform,
    waiting: Mapping[str, str],
    held: Mapping[str, str],
    sessions: Iterable[Mapping[str, Any]],
) -> list[str]:
    """Ids of sessions that wait for deletion and whose device is their node's again.

    :param waiting: resource names of those that wait, by id.
    :param held: ids of the sessions that the state has in their place, by resource name.
    :param sessions: the project's sessions, as the API lists them.
    """
    there = {str(item["id"]): item for item in sessions}
    nodes = {
        session_name(node.key, family.value): node
        for node in platform.nodes
        for family in platform.address_families
    }

    def serves(session_id: str | None, node: MetalNode) -> bool:
        session = there.get(session_id or "")
        if session is None:
            return False
        if node.device_id is not None:
            return _device_id(session) == node.device_id
        return (session.get("device") or {}).get("hostname") == node.hostname

    return [
        one
        for one, name in waiting.items()
        if name in nodes and serves(one, nodes[name]) and not serves(held.get(name), nodes[name])
    ]


def strange_sessions(
    platform: EquinixMetalPlatform, known: Collection[str], sessions: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Sessions of the project that neither state nor stack file has: their devices by their ids.

    Those of the file's own nodes are left to the next update, which asks what becomes of them.

    :param known: ids in the state, those that wait for deletion among them.
    """
    ids = {node.device_id for node in platform.nodes if node.device_id is not None}
    names = {node.hostname for node in platform.nodes if node.device_id is None}
    families = {family.value for family in platform.address_families}
    found = {}
    for session in sessions:
        device = _device_id(session)
        hostname = str((session.get("device") or {}).get("hostname") or "")
        ours = session["address_family"] in families and (device in ids or hostname in names)
        if str(session["id"]) not in known and not ours:
            found[str(session["id"])] = hostname or device
    return found


def _in_question(node: MetalNode, family: AddressFamily, own: HeldSession | None) -> bool:
    line = node.bgp_sessions.get(family)
    return (
        own is None
        or (node.device_id is not None and own.device_id != node.device_id)
        or (line is not None and line != own.id)
    )


class _Desk:
    """Where it is decided, session by session."""

    def __init__(
        self,
        platform: EquinixMetalPlatform,
        known: Known,
        sessions: list[Mapping[str, Any]],
        waiting: Mapping[str, str],
    ) -> None:
        self.plan = SessionPlan()
        self._waiting = waiting
        self.held = held_sessions(known)
        self._names = {session.id: session.name for session in self.held.values()}
        self._wanted = {
            session_name(node.key, family.value)
            for node in platform.nodes
            for family in platform.address_families
        }
        self._there: dict[tuple[str, str], list[str]] = {}
        for session in sessions:
            # A host name is no key: two devices of a project may share one.
            hostname = str((session.get("device") or {}).get("hostname") or "")
            for name in (hostname, _device_id(session)):
                key = (name, str(session["address_family"]))
                self._there.setdefault(key, []).append(str(session["id"]))

    def decide(
        self, where: str, node: MetalNode, family: AddressFamily, own: HeldSession | None
    ) -> None:
        """Decide about the session of one node and family."""
        name = session_name(node.key, family.value)
        there = self._there.get((node.device_id or node.key, family.value), [])
        line = node.bgp_sessions.get(family)
        if line is not None and line not in there:
            free = [one for one in there if self._free(one) and one not in self._waiting]
            self._refuse(_stale(f"{where}.bgpSessions.{family}", family, line, free))
            return
        where = f"{where} ({node.key})"
        # Without a line for it, the session that the state has already comes first.
        known = [one for one in there if not self._free(one)]
        found = line or next(iter([*known, *there]), None)
        if found is None or (own is not None and found == own.id):
            return
        other = self._names.get(found)
        if other is None and found in self._waiting:
            self._refuse(_waits(where, family, found, back=self._waiting[found] == name))
        elif other is None:
            if line is not None:
                self.plan.imports[name] = line
            else:
                self._refuse(_unknown(where, family, found, mine=bool(self.held)))
        elif own is None and other not in self._wanted and other not in self._carried():
            self.plan.former[name] = other
        else:
            self._refuse(_taken(where, family, found, other, name))

    def _free(self, session_id: str) -> bool:
        return session_id not in self._names

    def _carried(self) -> Collection[str]:
        return self.plan.former.values()

    def _refuse(self, mistake: MetalLBError) -> None:
        self.plan.mistakes.append(mistake)


def _device_id(session: Mapping[str, Any]) -> str:
    """The id of a session's device, which a list that was not asked to include it refers to."""
    device = session.get("device") or {}
    return str(device.get("id") or str(device.get("href") or "").rpartition("/")[2])


def _unknown(where: str, family: str, found: str, *, mine: bool) -> MetalLBError:
    remedy = f"adopt it: write `bgpSessions: {{{family}: {found}}}` at this node"
    if not mine:
        remedy += (
            "; or set metallb:platform.manageSessions to false where something else opens them"
        )
    return PlatformError(
        where=where,
        seen=f"{family} session {found}, which this stack did not open or whose reply it lost",
        rule="a device has one session of an address family, and a second is refused",
        remedy=remedy,
    )


def _waits(where: str, family: str, found: str, *, back: bool) -> MetalLBError:
    """A session that an update replaced and could not close.

    :param back: whether it is the node's own of before, and not another one's.
    """
    remedy = (
        "python -m metallb recover STACK, which keeps it"
        if back
        else "take this node out for one `up`, which closes it; then put it back"
    )
    return PlatformError(
        where=where,
        seen=f"{family} session {found}, which waits in the state for its deletion",
        rule="what an update replaced and could not close is closed by the next one, so it can't "
        "be adopted",
        remedy=remedy,
    )


def _stale(where: str, family: str, line: str, there: list[str]) -> MetalLBError:
    """The line of a session that was closed since, or whose device is another one now."""
    if there:
        seen = f"{line}, and the device has session {there[0]}"
        remedy = f"write `bgpSessions: {{{family}: {there[0]}}}` at this node to adopt that one"
    else:
        seen = f"{line}, which the device does not have"
        remedy = "take the line out; where the device has no session, one is opened then"
    return PlatformError(
        where=where,
        seen=seen,
        rule="a session that is adopted is one of the node's device",
        remedy=remedy,
    )


def _taken(where: str, family: str, found: str, other: str, name: str) -> MetalLBError:
    return PlatformError(
        where=where,
        seen=f"{family} session {found}, which the state has as {other}",
        rule="a session follows its device to another name by itself only where the old name has "
        "left the stack file and the new one is new to the state",
        remedy="where two nodes name one device, take one out; where nodes changed their names "
        f"among each other, change them in the state as well: pulumi state rename, {other} to "
        f"{name} (docs/recovery.md, Names of nodes)",
    )
