"""BGP sessions that exist: which the state has under another name, and which it does not know."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from metallb.platforms.equinix_metal.names import SESSION_TYPE, session_key, session_name
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform, MetalNode
from metallb.platforms.facts import AddressFamily
from metallb.problems.problem import Location, Problem, Severity, spelled
from metallb.repair.state import Pending

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
    problems: list[Problem] = field(default_factory=list)
    """What a person has to decide first."""


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
    """Whether the state alone does not decide what becomes of each session, so that the API has to.

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

    A session carries no tag, so nothing distinguishes a lost reply of ours from a session that
    something else opened: adopting one that the state does not have is a person's decision, and the
    help is the line to write. One that the state has is never adopted: a second name for it would
    end in its being closed under the first.

    :param sessions: the project's sessions, as the API lists them.
    :param waiting: resource names, by id, of sessions that the engine is about to close: they are
        not adopted, as they would be closed all the same.
    """
    planner = _Planner(platform, known, list(sessions), waiting or {})
    for position, node in enumerate(platform.nodes):
        for family in platform.address_families:
            own = planner.held.get(session_name(node.key, family.value))
            if _in_question(node, family, own):
                planner.decide(("metallb:platform", "nodes", position), node, family, own)
    return planner.plan


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

    The state itself has these sessions as ours, so they are imported without a decision.
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

    Those of the file's own nodes are left to the next update, which refuses or adopts them.

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


class _Planner:
    """Decides session by session."""

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
        self, location: Location, node: MetalNode, family: AddressFamily, own: HeldSession | None
    ) -> None:
        """Decide about the session of one node and family."""
        name = session_name(node.key, family.value)
        there = self._there.get((node.device_id or node.key, family.value), [])
        line = node.bgp_sessions.get(family)
        if line is not None and line not in there:
            free = [one for one in there if self._free(one) and one not in self._waiting]
            self._refuse(_stale(location, node, family, line, free))
            return
        # Without a line for it, the session that the state has already comes first.
        known = [one for one in there if not self._free(one)]
        found = line or next(iter([*known, *there]), None)
        if found is None or (own is not None and found == own.id):
            return
        other = self._names.get(found)
        if other is None and found in self._waiting:
            back = self._waiting[found] == name
            self._refuse(_waits(location, node, family, found, back=back))
        elif other is None:
            if line is not None:
                self.plan.imports[name] = line
            else:
                self._refuse(_unknown(location, node, family, found, mine=bool(self.held)))
        elif own is None and other not in self._wanted and other not in self._carried():
            self.plan.former[name] = other
        else:
            self._refuse(_taken(location, node, found, other, name))

    def _free(self, session_id: str) -> bool:
        return session_id not in self._names

    def _carried(self) -> Collection[str]:
        return self.plan.former.values()

    def _refuse(self, problem: Problem) -> None:
        self.plan.problems.append(problem)


def _device_id(session: Mapping[str, Any]) -> str:
    """The id of a session's device: included in the list, or as a reference."""
    device = session.get("device") or {}
    return str(device.get("id") or str(device.get("href") or "").rpartition("/")[2])


def _unknown(
    location: Location, node: MetalNode, family: str, found: str, *, mine: bool
) -> Problem:
    help = f"adopt it: write `bgpSessions: {{{family}: {found}}}` at this node"
    if not mine:
        help += "; or write `manageSessions: false` below metallb:platform where something else "
        help += "opens the sessions"
    return _problem(
        location,
        f"node {node.key} has {family} session {found}, which is not in the state",
        code="E306",
        detail="A device has one session an address family, and the provider refuses a second. "
        "Something else opened this one, or this stack did and the reply was lost.",
        help=help,
    )


def _waits(location: Location, node: MetalNode, family: str, found: str, *, back: bool) -> Problem:
    """A session that an update replaced and could not close.

    :param back: whether it is the node's own of before, and not another one's.
    """
    help = (
        "run `metallb recover STACK`, which keeps it"
        if back
        else "remove this node for one `up`, which closes the session; then write the node again"
    )
    return _problem(
        location,
        f"{family} session {found} of node {node.key} waits for its deletion in the state",
        code="E502",
        detail="The next update closes what the last one replaced and could not close, so this "
        "session can't be adopted.",
        help=help,
    )


def _stale(
    location: Location, node: MetalNode, family: str, line: str, there: list[str]
) -> Problem:
    """The line of a session that was closed since, or whose device is another one now."""
    if there:
        has = f"has {there[0]}, not {line}"
        help = f"to adopt it, write `bgpSessions: {{{family}: {there[0]}}}` at this node"
    else:
        has = f"has no session {line}"
        help = f"remove {spelled((*location, 'bgpSessions', family))}: where the device has no "
        help += "session, the update opens one"
    return _problem(
        (*location, "bgpSessions", family),
        f"the device of node {node.key} {has}",
        code="E302",
        detail="A session to adopt is one of the node's own device.",
        help=help,
    )


def _taken(location: Location, node: MetalNode, found: str, other: str, name: str) -> Problem:
    return _problem(
        location,
        f"session {found} of node {node.key} is in the state as {other}",
        code="E306",
        detail="A session follows its device to a new name by itself only where the old name is "
        "not in the stack file any more and the new one is not in the state yet.",
        help="where two nodes name one device, remove one; where nodes exchanged their names, "
        f"rename them in the state as well: pulumi state rename, {other} to {name} "
        "(docs/recovery.md, Names of nodes)",
    )


def _problem(location: Location, summary: str, *, code: str, detail: str, help: str) -> Problem:
    return Problem(code, Severity.ERROR, summary, location, detail, help)
