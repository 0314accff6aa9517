"""The waves of an update: which peers change together, so that each node keeps enough sessions.

A wave holds objects whose change ends sessions. Objects that end none are in no wave, and are
written at once. Waves are filled in the order of the peers' names, each by the first one that has
room, so that the same two configurations give the same waves.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from metallb.forecast.floors import Floor, Room, floors_of
from metallb.forecast.redials import EFFECTS, PASSWORD, RELOAD, Effect, Redial, redials
from metallb.forecast.site import Ends, Session, Site
from metallb.forecast.steps import Plan, Step
from metallb.forecast.successions import former_names, renamed_peers, succession_of
from metallb.routing import BgpPeerSpec
from metallb.routing.fields import manifest_key
from metallb.stackfile.availability import Availability

__all__ = ["plan_of"]

_WHOLE_NODE = frozenset(
    manifest_key(BgpPeerSpec, name) for name, effect in EFFECTS.items() if effect is Effect.NODE
)


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
    opened = [
        session
        for name, sessions in change.opened.items()
        if name not in change.changing
        for session in sessions
    ]
    floors = floors_of(before, after, limits, atoms, opened, living)
    ordered = sorted(
        (_kept(each, floors) for each in atoms),
        key=lambda each: (not _any_down(each, down), each.peers),
    )
    return Plan(
        steps=tuple(_packed(ordered, most, floors)),
        opened=tuple(opened),
        removed=tuple(sorted(change.removed)),
        leaving=tuple(change.leaving),
        behind=succession_of(before, after).behind,
        announcers=tuple(floor.left() for floor in floors),
    )


def _kept(atom: Step, floors: Sequence[Floor]) -> Step:
    """The smallest wave of some peers, with the pool that it leaves too little of by itself."""
    short = Room(floors).short(atom.peers) if not atom.fault else None
    if short is None:
        return atom
    left = short.left((atom.peers,)).left
    nodes = sorted(node for node in short.nodes_of[atom.peers] if node not in left)
    fault = (
        f"pool {short.pool} keeps {len(left)} of {len(short.sessions)} announcers, and needs "
        f"{short.least}: {', '.join(atom.peers)} {'ends' if len(atom.peers) == 1 else 'end'} the "
        f"sessions of {', '.join(nodes)}"
    )
    return replace(atom, fault=fault, limit=("byPool", short.pool, "minAnnouncers"))


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
        found = cls(before, after, former_names=former_names(before, after))
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
        every = [redial for listed in self.redials.values() for redial in listed]
        reloaded = {each.after.node for each in every if RELOAD in each.fields}
        for name, listed in self.redials.items():
            for old in self.former_names.get(name, ()):
                causes.setdefault(("former", old), set()).add(name)
            for redial in listed:
                of_node = not self.after.native and _WHOLE_NODE & set(redial.fields)
                if of_node or redial.after.node in reloaded:
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
        return replace(made, fault=self._fault(made, most), limit=("maxSessionsDown",))

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
        if any(RELOAD in redial.fields for redial in step.redials):
            return (
                f"the FRR of MetalLB {self.after.release} resets all sessions with ebgpMultiHop "
                "of a node at each reload"
            )
        fields = sorted({each for redial in step.redials for each in redial.fields} & _WHOLE_NODE)
        if fields and not self.after.native:
            return f"{', '.join(fields)} is one for all sessions of a node"
        return f"{', '.join(step.peers)} can't change one after the other"


@dataclass
class _Filling:
    """A wave that is being filled.

    :ivar room: what it leaves of the pools.
    :ivar taken: sessions that each node lacks meanwhile.
    """

    room: Room
    atoms: list[Step] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    racks: frozenset[str] = frozenset()

    def has_room(self, atom: Step, need: Counter[str], most: _Most) -> bool:
        """Whether the limits permit the atom besides. One that breaks them is alone."""
        if self.atoms[0].fault or atom.fault:
            return False
        at_once = most.limits.racks_at_once
        if at_once is not None and len(self.racks | most.racks_of(need)) > at_once:
            return False
        if any(self.taken[node] + count > most.of(node) for node, count in need.items()):
            return False
        return self.room.short(atom.peers) is None

    def take(self, atom: Step, need: Counter[str], most: _Most) -> None:
        """The atom is in the wave now."""
        self.atoms.append(atom)
        self.taken.update(need)
        self.racks |= most.racks_of(need)
        self.room.take(atom.peers)

    def step(self) -> Step:
        """The wave."""
        closed = {each.peers for each in self.atoms}
        return Step(
            peers=tuple(sorted(name for each in self.atoms for name in each.peers)),
            keys=tuple(sorted(name for each in self.atoms for name in each.keys)),
            redials=tuple(redial for each in self.atoms for redial in each.redials),
            ended=tuple(session for each in self.atoms for session in each.ended),
            opened=tuple(session for each in self.atoms for session in each.opened),
            announcers=tuple(
                floor.left(closed)
                for floor in self.room.floors
                if not closed.isdisjoint(floor.nodes_of)
            ),
            fault=self.atoms[0].fault,
            limit=self.atoms[0].limit,
        )


def _packed(atoms: Iterable[Step], most: _Most, floors: Sequence[Floor]) -> Iterator[Step]:
    """Atoms put together as far as the limits permit."""
    waves: list[_Filling] = []
    for atom in atoms:
        need = atom.down
        wave = next((each for each in waves if each.has_room(atom, need, most)), None)
        if wave is None:
            wave = _Filling(Room(floors))
            waves.append(wave)
        wave.take(atom, need, most)
    return (wave.step() for wave in waves)


def _any_down(step: Step, down: Collection[Ends]) -> bool:
    return any(each.ends in down for each in step.closed)


def _key_of(session: Session) -> str:
    """Name of the Secret with a session's key; empty without one."""
    reference = session.peer.spec.password_secret
    return (reference.name or "") if reference is not None else ""
