"""The waves of an update: which peers change together, so that each node keeps enough sessions.

A wave holds objects whose change ends sessions. Objects that end none are in no wave, and are
written at once. Waves are filled in the order of the peers' names, each by the first one that has
room, so that the same two configurations give the same waves.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from metallb.forecast.redials import EFFECTS, PASSWORD, Effect, Redial, redials
from metallb.forecast.site import Session, Site
from metallb.models.strict import StrictModel
from metallb.routing import BgpPeerSpec
from metallb.routing.fields import manifest_key
from metallb.stackfile.availability import Availability

__all__ = ["Ends", "Plan", "Step", "Wave", "plan_of", "renamed_peers"]

Ends = tuple[str, tuple[str, str]]
"""What identifies a session: node, and what it connects to."""
_WHOLE_NODE = frozenset(
    manifest_key(BgpPeerSpec, name) for name, effect in EFFECTS.items() if effect is Effect.NODE
)


class Wave(StrictModel):
    """Peers that change together; the next wave begins when their sessions are up again."""

    peers: tuple[str, ...]
    """Names of the BGPPeers after the change."""
    keys: tuple[str, ...] = ()
    """Names of the Secrets with MD5 keys that change with them."""
    sessions: int
    """How many sessions are down meanwhile."""
    seconds: int
    """How long each is down at most."""
    fault: str = ""
    """Why the wave takes more sessions of a node than the stack file permits, so that `up` refuses
    the change; empty where it does not."""


@dataclass(frozen=True)
class Step:
    """A wave with its sessions.

    :ivar redials: sessions that end and come back; `ended` those that do not.
    :ivar opened: new sessions of nodes that lose others.
    """

    peers: tuple[str, ...]
    keys: tuple[str, ...]
    redials: tuple[Redial, ...]
    ended: tuple[Session, ...]
    opened: tuple[Session, ...]
    fault: str = ""

    @property
    def down(self) -> Counter[str]:
        """How many sessions each node lacks meanwhile."""
        return Counter(each.node for each in self.closed)

    @property
    def closed(self) -> tuple[Session, ...]:
        """Sessions that end, as they were."""
        return (*(each.before for each in self.redials), *self.ended)

    @property
    def awaited(self) -> tuple[Session, ...]:
        """Sessions that have to be up afterwards."""
        return (*(each.after for each in self.redials), *self.opened)

    @property
    def shown(self) -> Wave:
        """The wave as it is shown."""
        return Wave(
            peers=self.peers,
            keys=self.keys,
            sessions=len(self.closed),
            seconds=max((each.seconds for each in self.redials), default=0),
            fault=self.fault,
        )


@dataclass(frozen=True)
class Plan:
    """All waves of an update.

    :ivar opened: new sessions, of peers in no wave, of nodes that lose others: they have to be up
        before the first wave, and before the peers of `removed` are deleted.
    :ivar removed: names of former peers, which an update deletes at its end.
    :ivar leaving: the sessions that end with them.
    :ivar behind: for each of several peers that stand for a former one, but the first: the first,
        whose change takes the former one away.
    """

    steps: tuple[Step, ...] = ()
    opened: tuple[Session, ...] = ()
    removed: tuple[str, ...] = ()
    leaving: tuple[Session, ...] = ()
    behind: Mapping[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the waves can't keep the limit; none where they do."""
        return tuple(step.fault for step in self.steps if step.fault)


def renamed_peers(before: Site, after: Site) -> Mapping[str, str]:
    """Former names of peers by the present ones, where the same sessions go to another object.

    An update replaces such an object, in place of making the new one beside it. Of several peers
    that stand for a former one, the first has its place.
    """
    if not after.by_name:
        return {}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for new, olds in sorted(_former_names(before, after).items()):
        old = min(olds - taken, default=None)
        if old is not None:
            found[new] = old
            taken.add(old)
    return found


def plan_of(
    before: Site,
    after: Site,
    limits: Availability,
    *,
    down: Collection[Ends] = (),
    living: Callable[[str], bool] = lambda _: True,
) -> Plan:
    """The waves of a change of one site into the other.

    What another program of the speakers does is left out: a DaemonSet restarts them node after
    node.

    :param down: sessions that are not up now. Their peers change first: it costs nothing, and may
        be what brings them up.
    :param living: whether a node has any session to lose.
    """
    if not after.by_name:
        return Plan()
    # The speakers' own restart is no change of a peer.
    before = replace(before, mode=after.mode, release=after.release, speaker=after.speaker)
    change = _Change.of(before, after, living)
    most = _Most(
        limits, {node.name: node.rack for site in (before, after) for node in site.nodes.values()}
    )
    atoms = [change.atom(names, most) for names in change.together()]
    ordered = sorted(atoms, key=lambda each: (not _any_down(each, down), each.peers))
    opened = [
        session
        for name, sessions in change.opened.items()
        if name not in change.changing
        for session in sessions
    ]
    return Plan(
        steps=tuple(_packed(ordered, most)),
        opened=tuple(opened),
        removed=tuple(sorted(change.removed)),
        leaving=tuple(change.leaving),
        behind=change.behind,
    )


@dataclass(frozen=True)
class _Most:
    """The limits by node.

    :ivar racks: names of racks by node.
    """

    limits: Availability
    racks: Mapping[str, str]

    def of(self, node: str) -> int:
        """Sessions of a node that may be down at once."""
        return self.limits.of_rack(self.racks.get(node, ""))

    def racks_of(self, nodes: Iterable[str]) -> frozenset[str]:
        """Racks of some nodes."""
        return frozenset(self.racks.get(node, "") for node in nodes)


@dataclass
class _Change:
    """What happens to the sessions of each peer.

    :ivar redials: by the name of the peer after the change; so are `ended` and `opened`.
    :ivar removed: former peers that nothing stands for, and their sessions in `leaving`.
    """

    before: Site
    after: Site
    redials: dict[str, list[Redial]] = field(default_factory=dict)
    ended: dict[str, list[Session]] = field(default_factory=dict)
    opened: dict[str, list[Session]] = field(default_factory=dict)
    leaving: list[Session] = field(default_factory=list)
    removed: frozenset[str] = frozenset()
    former_names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, before: Site, after: Site, living: Callable[[str], bool]) -> "_Change":
        found = cls(before, after, former_names=_former_names(before, after))
        for redial in redials(before, after):
            if living(redial.before.node):
                found.redials.setdefault(redial.after.peer.name, []).append(redial)
        former = {each.ends for each in before.sessions}
        present = {each.ends for each in after.sessions}
        takes_over = {old: new for new, old in renamed_peers(before, after).items()}
        names = {peer.name for peer in after.routing.peers}
        losing = set()
        for session in before.sessions:
            if session.ends in present or not living(session.node):
                continue
            losing.add(session.node)
            name = takes_over.get(session.peer.name, session.peer.name)
            if name in names:
                found.ended.setdefault(name, []).append(session)
            else:
                found.leaving.append(session)
        for session in after.sessions:
            if session.ends not in former and session.node in losing:
                found.opened.setdefault(session.peer.name, []).append(session)
        gone = {peer.name for peer in before.routing.peers} - names
        found.removed = frozenset(gone - set(takes_over))
        return found

    @cached_property
    def changing(self) -> frozenset[str]:
        """Names of the peers whose change ends sessions."""
        return frozenset((*self.redials, *self.ended))

    @property
    def behind(self) -> dict[str, str]:
        """As of a plan."""
        first = {old: new for new, old in renamed_peers(self.before, self.after).items()}
        return {
            name: first[old]
            for name, olds in self.former_names.items()
            for old in olds
            if first.get(old, name) != name
        }

    def together(self) -> list[tuple[str, ...]]:
        """Names of peers that can't change one after the other, and single ones."""
        groups = {name: {name} for name in sorted(self.changing)}
        for shared in self._shared():
            whole = set().union(*(groups[name] for name in shared))
            groups.update(dict.fromkeys(whole, whole))
        return sorted({tuple(sorted(names)) for names in groups.values()})

    def _shared(self) -> Iterator[list[str]]:
        """Peers with a cause in common."""
        causes: dict[tuple[str, str], set[str]] = {}
        changed, changing = self._changed_keys, self.changing
        for name, listed in self.redials.items():
            for old in self.former_names.get(name, ()):
                causes.setdefault(("former", old), set()).add(name)
            for redial in listed:
                if not self.after.native and _WHOLE_NODE & set(redial.fields):
                    causes.setdefault(("node", redial.after.node), set()).add(name)
                former = redial.before.peer.name
                if former != name and former in changing:
                    # Both objects would mean the session in between, or neither.
                    causes.setdefault(("moved", former), {former}).add(name)
                key = _key_of(redial.after)
                if PASSWORD in redial.fields and key in changed:
                    causes.setdefault(("key", key), set()).add(name)
        yield from (sorted(names) for names in causes.values())

    @cached_property
    def _changed_keys(self) -> frozenset[str]:
        """Secrets that are there, and get another key."""
        former = self.before.routing.passwords
        return frozenset(
            name
            for name, key in self.after.routing.passwords.items()
            if name in former and former[name] != key
        )

    def atom(self, names: Sequence[str], most: _Most) -> Step:
        """The smallest wave that these peers can be in."""
        again = tuple(each for name in names for each in self.redials.get(name, ()))
        changed = self._changed_keys
        keys = {_key_of(each.after) for each in again if PASSWORD in each.fields} & changed
        made = Step(
            peers=tuple(names),
            keys=tuple(sorted(keys)),
            redials=again,
            ended=tuple(each for name in names for each in self.ended.get(name, ())),
            opened=tuple(each for name in names for each in self.opened.get(name, ())),
        )
        return replace(made, fault=self._fault(made, most))

    def _fault(self, step: Step, most: _Most) -> str:
        """Why these peers break the limit by themselves; empty where they do not."""
        for name in step.peers:
            former = sorted(self.former_names.get(name, ()))
            if len(former) > 1:
                return (
                    f"BGPPeer {name} takes the place of {', '.join(former)}, which an update "
                    "deletes together at its end"
                )
            if former and (used := self._advertised(name, former[0])):
                return (
                    f"BGPPeer {former[0]} gets the name {name}, and advertisement {used} chooses "
                    "peers by name: it would reach neither until both are changed"
                )
        for node, count in sorted(step.down.items()):
            if count > most.of(node):
                because = self._because(step)
                return f"{count} sessions of node {node} end at once: {because}"
        return ""

    def _advertised(self, name: str, former: str) -> str:
        """An advertisement that names a peer of two names; empty where none does."""
        for site in (self.before, self.after):
            for each in site.routing.advertisements:
                if {name, former} & set(each.spec.peers or ()):
                    return each.name
        return ""

    def _because(self, step: Step) -> str:
        if step.keys:
            return f"Secret {step.keys[0]} has the key of {', '.join(step.peers)}"
        fields = sorted({each for redial in step.redials for each in redial.fields} & _WHOLE_NODE)
        if fields and not self.after.native:
            return f"{', '.join(fields)} is one for all sessions of a node"
        return f"{', '.join(step.peers)} can't change one after the other"


def _former_names(before: Site, after: Site) -> dict[str, frozenset[str]]:
    """Names that go, by the new names of peers that have their sessions."""
    gone = {peer.name for peer in before.routing.peers}
    gone -= {peer.name for peer in after.routing.peers}
    known = {peer.name for peer in before.routing.peers}
    former = {session.ends: session.peer.name for session in before.sessions}
    found: dict[str, set[str]] = {}
    for session in after.sessions:
        old = former.get(session.ends)
        if old in gone and session.peer.name not in known:
            found.setdefault(session.peer.name, set()).add(old)
    return {name: frozenset(olds) for name, olds in found.items()}


@dataclass
class _Filling:
    """A wave that is being filled.

    :ivar taken: sessions that each node lacks meanwhile.
    """

    atoms: list[Step]
    taken: Counter[str]
    racks: frozenset[str]

    def has_room(self, atom: Step, need: Counter[str], most: _Most) -> bool:
        """Whether the limits permit the atom besides. One that breaks them is alone."""
        if self.atoms[0].fault or atom.fault:
            return False
        at_once = most.limits.racks_at_once
        if at_once is not None and len(self.racks | most.racks_of(need)) > at_once:
            return False
        return all(self.taken[node] + count <= most.of(node) for node, count in need.items())


def _packed(atoms: Iterable[Step], most: _Most) -> Iterator[Step]:
    """Atoms put together as far as the limits permit."""
    waves: list[_Filling] = []
    for atom in atoms:
        need = atom.down
        wave = next((each for each in waves if each.has_room(atom, need, most)), None)
        if wave is None:
            wave = _Filling([], Counter(), frozenset())
            waves.append(wave)
        wave.atoms.append(atom)
        wave.taken.update(need)
        wave.racks |= most.racks_of(need)
    return (_joined(wave.atoms) for wave in waves)


def _joined(atoms: Sequence[Step]) -> Step:
    return Step(
        peers=tuple(sorted(name for each in atoms for name in each.peers)),
        keys=tuple(sorted(name for each in atoms for name in each.keys)),
        redials=tuple(redial for each in atoms for redial in each.redials),
        ended=tuple(session for each in atoms for session in each.ended),
        opened=tuple(session for each in atoms for session in each.opened),
        fault=atoms[0].fault,
    )


def _any_down(step: Step, down: Collection[Ends]) -> bool:
    return any(each.ends in down for each in step.closed)


def _key_of(session: Session) -> str:
    """Name of the Secret with a session's key; empty without one."""
    reference = session.peer.spec.password_secret
    return (reference.name or "") if reference is not None else ""
