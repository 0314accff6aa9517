"""Which objects meet on a node: label selectors as constraints, compared without pairs.

Nodes' labels are not known before there is a cluster, so an answer is one of three: two selectors
share a node for certain, never do, or may (it depends on labels nobody has written down here).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from metallb.routing.selectors import HOSTNAME_LABEL, LabelSelector, LabelSelectorRequirement

__all__ = ["NOT_A_LABEL", "Clash", "Member", "Term", "clashes", "hosts_of", "terms_of"]

NOT_A_LABEL = "\0"
"""Starts a key of a term that says something else than which nodes are meant."""
_MAX_EXPANSION = 4096
_MAX_SHAPES = 24


@dataclass(frozen=True)
class Term:
    """One way to be chosen: for each label key the values that will do.

    :ivar allowed: key and allowed values, sorted by key. Nothing here chooses every node.
    :ivar fuzzy: conditions that are no list of values (NotIn, Exists, DoesNotExist), as text.
    """

    allowed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fuzzy: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Label keys that are looked at."""
        return tuple(key for key, _ in self.allowed)

    def with_values(self, key: str, values: Iterable[str]) -> "Term":
        """The term with one more constraint."""
        more = (*self.allowed, (key, tuple(sorted(set(values)))))
        return Term(tuple(sorted(more)), self.fuzzy)


def terms_of(selectors: Sequence[LabelSelector] | None) -> tuple[Term, ...]:
    """The terms of an OR-list of selectors; none given chooses every node.

    A selector that no node can satisfy yields no term.
    """
    if not selectors:
        return (Term(),)
    found = (_term(selector) for selector in selectors)
    return tuple(term for term in found if term is not None)


def _term(selector: LabelSelector) -> Term | None:
    allowed: dict[str, set[str]] = {}
    for key, value in (selector.match_labels or {}).items():
        allowed[key] = {value}
    others: list[LabelSelectorRequirement] = []
    for condition in selector.match_expressions or ():
        if condition.operator == "In":
            values = set(condition.values or ())
            allowed[condition.key] = allowed.get(condition.key, values) & values
        else:
            others.append(condition)
    fuzzy: set[str] = set()
    present = {condition.key for condition in others if condition.operator == "Exists"}
    for condition in others:
        key, values = condition.key, set(condition.values or ())
        if condition.operator == "NotIn" and key in allowed:
            allowed[key] -= values
        elif condition.operator == "DoesNotExist" and (key in allowed or key in present):
            return None
        elif condition.operator != "Exists" or key not in allowed:
            fuzzy.add(f"{key} {condition.operator} {sorted(values)}")
    if not all(allowed.values()):
        return None
    return Term(
        tuple((key, tuple(sorted(values))) for key, values in sorted(allowed.items())),
        "; ".join(sorted(fuzzy)),
    )


def hosts_of(selectors: Sequence[LabelSelector] | None) -> frozenset[str] | None:
    """Host names that the selectors choose, where they choose by host name alone."""
    hosts: set[str] = set()
    for term in terms_of(selectors):
        if term.fuzzy or term.keys != (HOSTNAME_LABEL,):
            return None
        hosts.update(term.allowed[0][1])
    return frozenset(hosts)


@dataclass(frozen=True)
class Member:
    """Something that runs on nodes, and the attribute in which it may differ from others."""

    index: int
    terms: tuple[Term, ...]
    attribute: Hashable


@dataclass(frozen=True)
class Clash:
    """Two members on one node whose attributes differ.

    :ivar certain: they share a node for certain, rather than perhaps.
    """

    index: int
    other: int
    certain: bool


@dataclass
class _Shape:
    """Terms that look at the same label keys."""

    keys: tuple[str, ...]
    entries: list[tuple[Member, Term]] = field(default_factory=list)


def clashes(members: Sequence[Member]) -> Iterator[Clash]:
    """For each member at most one clash with an earlier one, and at most one possible clash.

    Terms of one shape meet in a dictionary of their values; terms of two shapes meet in what the
    shapes have in common. Both are linear in the members, and shapes are few.
    """
    if len({member.attribute for member in members}) < 2:
        return
    shapes: dict[tuple[str, ...], _Shape] = {}
    for member in members:
        for term in member.terms:
            keys = term.keys
            shapes.setdefault(keys, _Shape(keys)).entries.append((member, term))
    best: dict[tuple[int, bool], Clash] = {}
    groups = list(shapes.values())
    if len(groups) > _MAX_SHAPES:
        # Nobody writes that many kinds of selectors by hand: say "perhaps" and stay linear.
        first = members[0]
        for member in members[1:]:
            if member.attribute != first.attribute:
                _keep(best, Clash(member.index, first.index, certain=False))
    else:
        for position, left in enumerate(groups):
            for right in groups[position:]:
                _meet(left, right, best)
                if right is not left:
                    _meet(right, left, best)
    for index in sorted({index for index, _ in best}):
        certain = best.get((index, True))
        yield certain or best[(index, False)]


def _keep(best: dict[tuple[int, bool], Clash], clash: Clash) -> None:
    later, earlier = max(clash.index, clash.other), min(clash.index, clash.other)
    known = best.get((later, clash.certain))
    if known is None or earlier < known.other:
        best[(later, clash.certain)] = Clash(later, earlier, certain=clash.certain)


def _meet(left: _Shape, right: _Shape, best: dict[tuple[int, bool], Clash]) -> None:
    common = tuple(key for key in left.keys if key in right.keys)
    # Where one shape asks for nothing that the other does not, its nodes include the other's.
    nested = _of_nodes(common) in (_of_nodes(left.keys), _of_nodes(right.keys))
    # By point: the first entries, one for each of two attributes and for being fuzzy or not.
    points: dict[tuple[str, ...], dict[tuple[bool, Hashable], tuple[Member, Term]]] = defaultdict(
        dict
    )
    for member, term in left.entries:
        for point in _points(term, common):
            _remember(points[point], member, term)
    for member, term in right.entries:
        for point in _points(term, common):
            for other, other_term in points.get(point, {}).values():
                if other.attribute == member.attribute or other.index == member.index:
                    continue
                certain = nested and (
                    (not term.fuzzy and not other_term.fuzzy) or term == other_term
                )
                _keep(best, Clash(member.index, other.index, certain=certain))


def _of_nodes(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys that are labels of a node, and so can make the set of nodes smaller."""
    return tuple(key for key in keys if not key.startswith(NOT_A_LABEL))


def _remember(
    known: dict[tuple[bool, Hashable], tuple[Member, Term]], member: Member, term: Term
) -> None:
    """Keep the first entries of two attributes: enough to find one that differs from any."""
    slot = (bool(term.fuzzy), member.attribute)
    if slot not in known and sum(1 for fuzzy, _ in known if fuzzy is slot[0]) < 2:
        known[slot] = (member, term)


def _points(term: Term, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    values = dict(term.allowed)
    found = product(*(values[key] for key in keys))
    # One long list of host names is usual; several lists at once are cut off where they explode.
    return found if len(keys) < 2 else islice(found, _MAX_EXPANSION)
