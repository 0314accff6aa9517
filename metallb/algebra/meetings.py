"""Which objects meet on a node, for any number of objects and without comparing all pairs."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from metallb.algebra.selectors import Domain, Meeting, Term, meeting

__all__ = ["Clash", "Member", "clashes", "meeting_any"]

_MAX_EXPANSION = 4096
_MAX_SHAPES = 24
_MAX_COMPARISONS = 100_000

_Rest = tuple[tuple[str, Domain], ...]
_Slots = dict[tuple[str, _Rest], list[tuple["Member", Term]]]


@dataclass(frozen=True)
class Member:
    """Something that runs on nodes, and the attribute in which it may differ from others.

    :ivar side: two members of one side are never compared; those of none are, with everything.
    """

    index: int
    terms: tuple[Term, ...]
    attribute: Hashable
    side: str = ""


@dataclass(frozen=True)
class Clash:
    """Two members on one node whose attributes differ.

    :ivar certain: they share a node for certain, rather than perhaps.
    """

    index: int
    other: int
    certain: bool


class _Shape:
    """Terms that list values of the same keys.

    :ivar others: keys of further conditions of any entry.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.entries: list[tuple[Member, Term]] = []
        self.others: set[str] = set()

    def add(self, member: Member, term: Term) -> None:
        self.entries.append((member, term))
        self.others.update(key for key, _ in term.conditions)


def meeting_any(some: Sequence[Iterable[Term]], there: Iterable[Iterable[Term]]) -> set[int]:
    """Which of some objects may share a node with any of others, by index.

    All of them, where finding out would take too long: what is missing here is apart for certain.
    """
    known = [Member(index, tuple(terms), "there") for index, terms in enumerate(there)]
    first = len(known)
    more = [Member(first + index, tuple(terms), "some") for index, terms in enumerate(some)]
    search = _searched([*known, *more])
    if search.exhausted:
        return set(range(len(more)))
    return {clash.index - first for clash in search.found()}


def clashes(members: Sequence[Member]) -> Iterator[Clash]:
    """For each member at most one clash with an earlier one, a certain one where there is any.

    Terms of one shape meet in a dictionary of their values; terms of two shapes meet in what the
    shapes have in common. Both are linear in the members, and shapes are few.
    """
    yield from _searched(members).found()


def _searched(members: Sequence[Member]) -> "_Search":
    search = _Search()
    if len({member.attribute for member in members}) < 2:
        return search
    shapes: dict[tuple[str, ...], _Shape] = {}
    for member in members:
        for term in member.terms:
            shapes.setdefault(term.keys, _Shape(term.keys)).add(member, term)
    groups = list(shapes.values())
    if len(groups) > _MAX_SHAPES:
        # So many kinds of selectors are not written by hand: say "perhaps" and stay linear.
        first = members[0]
        for member in members[1:]:
            if member.attribute != first.attribute:
                search.keep(Clash(member.index, first.index, certain=False))
    else:
        for position, left in enumerate(groups):
            for right in groups[position:]:
                search.meet(left, right)
                if right is not left:
                    search.meet(right, left)
    return search


class _Search:
    """The clashes of one set of members, and what is left of the comparisons it may cost."""

    def __init__(self) -> None:
        self._best: dict[tuple[int, bool], Clash] = {}
        self._left = _MAX_COMPARISONS

    @property
    def exhausted(self) -> bool:
        """Whether some were not compared."""
        return self._left < 0

    def found(self) -> Iterator[Clash]:
        for index in sorted({index for index, _ in self._best}):
            certain = self._best.get((index, True))
            yield certain or self._best[(index, False)]

    def keep(self, clash: Clash) -> None:
        later, earlier = max(clash.index, clash.other), min(clash.index, clash.other)
        known = self._best.get((later, clash.certain))
        if known is None or earlier < known.other:
            self._best[(later, clash.certain)] = Clash(later, earlier, certain=clash.certain)

    def meet(self, left: _Shape, right: _Shape) -> None:
        common = tuple(key for key in left.keys if key in right.keys)
        # A value of one shape decides against a condition of the other, so it tells entries apart.
        telling = tuple(key for key in left.keys if key in right.others)
        points: dict[tuple[str, ...], _Slots] = defaultdict(dict)
        for member, term in left.entries:
            rest = (*term.conditions, *((key, term.of(key)) for key in telling))
            for point in _points(term, common):
                _remember(points[point].setdefault((member.side, rest), []), member, term)
        for member, term in right.entries:
            for point in _points(term, common):
                self._at_point(member, term, points.get(point, {}))

    def _at_point(self, member: Member, term: Term, slots: _Slots) -> None:
        count = 0
        for (side, _), entries in slots.items():
            if side and side == member.side:
                continue
            for other, other_term in entries:
                if other.attribute == member.attribute or other.index == member.index:
                    continue
                self._left -= 1
                if self.exhausted:
                    return
                found = meeting(term, other_term)
                if found is not Meeting.NEVER:
                    certain = found is Meeting.CERTAIN
                    self.keep(Clash(member.index, other.index, certain=certain))
                    count += _MAX_SHAPES if certain else 1
            if count > _MAX_SHAPES:
                # Enough to say, where conditions are of so many kinds.
                return


def _remember(known: list[tuple[Member, Term]], member: Member, term: Term) -> None:
    """Keep the first entries of two attributes: enough to find one that differs from any."""
    if len(known) < 2 and all(member.attribute != other.attribute for other, _ in known):
        known.append((member, term))


def _points(term: Term, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    # One long list of host names is usual; several lists at once are cut off where they explode.
    long = sum(1 for key in keys if len(term.of(key).values) > 1)
    found = term.combinations(keys)
    return found if long < 2 else islice(found, _MAX_EXPANSION)
