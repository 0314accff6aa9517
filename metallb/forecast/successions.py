"""Sessions that go to another peer object, and the order in which that is made.

In the FRR modes MetalLB's webhook refuses a peer while another one has the same router on a node
of it (MetalLB internal/config/validation.go). So the object that gives a node up changes first, and
one that goes makes room by being replaced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metallb.forecast.site import Site

__all__ = ["Succession", "former_names", "renamed_peers", "succession_of"]


@dataclass(frozen=True)
class Succession:
    """What a change of peers needs besides the objects.

    :ivar renamed: former names of peers by the present ones: the engine replaces these objects.
    :ivar behind: for each peer that takes sessions over, the peers that have to be written first.
    :ivar refused: peers for which no order helps: an object that goes at the end of an update has
        their sessions, or they exchange sessions.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    behind: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def succession_of(before: Site, after: Site) -> Succession:
    """Which peers take sessions of others over, and how."""
    if not after.by_name:
        return Succession()
    renamed = renamed_peers(before, after)
    heirs = {old: new for new, old in renamed.items()}
    present = {peer.name for peer in after.routing.peers}
    behind: dict[str, set[str]] = {}
    refused: set[str] = set()
    former = {session.ends: session.peer.name for session in before.sessions}
    for session in after.sessions:
        name, old = session.peer.name, former.get(session.ends)
        if old is None or old == name or renamed.get(name) == old:
            continue
        first = old if old in present else heirs.get(old)
        if first is None or first == name:
            refused.add(name)
        else:
            behind.setdefault(name, set()).add(first)
    refused |= set(_in_circles(behind))
    return Succession(
        renamed,
        {name: frozenset(firsts) for name, firsts in behind.items() if name not in refused},
        frozenset(refused),
    )


def renamed_peers(before: Site, after: Site) -> Mapping[str, str]:
    """Former names of peers by the present ones, where the same sessions go to another object.

    An update replaces such an object, in place of making the new one beside it. Of several peers
    that stand for a former one, the first has its place.
    """
    if not after.by_name:
        return {}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for new, olds in sorted(former_names(before, after).items()):
        old = min(olds - taken, default=None)
        if old is not None:
            found[new] = old
            taken.add(old)
    return found


def former_names(before: Site, after: Site) -> dict[str, frozenset[str]]:
    """Names that go, by the new names of peers that have their sessions."""
    known = {peer.name for peer in before.routing.peers}
    gone = known - {peer.name for peer in after.routing.peers}
    former = {session.ends: session.peer.name for session in before.sessions}
    found: dict[str, set[str]] = {}
    for session in after.sessions:
        old = former.get(session.ends)
        if old in gone and session.peer.name not in known:
            found.setdefault(session.peer.name, set()).add(old)
    return {name: frozenset(olds) for name, olds in found.items()}


def _in_circles(behind: Mapping[str, set[str]]) -> Iterator[str]:
    """Peers that wait for themselves."""
    for name in behind:
        reached: set[str] = set()
        open_ = list(behind[name])
        while open_:
            each = open_.pop()
            if each not in reached:
                reached.add(each)
                open_ += behind.get(each, ())
        if name in reached:
            yield name
