"""Label selectors: what one chooses, and what two have in common, as far as that is certain.

A selector is a conjunction of conditions, and every operator of Kubernetes is one set of values for
one key, so that "never the same object" and "chooses part of the other" are exact. Which labels
objects really carry is not known before there is a cluster: where neither holds, two selectors may
share an object. Semantics: k8s.io/apimachinery, pkg/labels.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import product
from math import prod
from typing import NamedTuple, Protocol

__all__ = [
    "HOSTNAME_LABEL",
    "OPERATORS",
    "OS_LABEL",
    "PEER",
    "Domain",
    "Meeting",
    "Requirement",
    "Selector",
    "Term",
    "chooses",
    "dead_selectors",
    "hosts_of",
    "label_terms",
    "meeting",
    "meets_any",
    "node_terms",
    "service_terms",
    "terms_of",
]

HOSTNAME_LABEL = "kubernetes.io/hostname"
"""The label by which a peer is bound to a node (Kubernetes well-known labels)."""
OS_LABEL = "kubernetes.io/os"
"""The label with a node's operating system (Kubernetes well-known labels)."""
PEER = "\0peer"
"""Key of a term that stands for the name of a peer, which is no label."""
_SERVICE = "\0service "
"""Starts a key of a term that is a label of a Service, and not of a node."""


class Requirement(Protocol):
    """One condition of a selector, as Kubernetes spells it."""

    @property
    def key(self) -> str:
        """Label key."""

    @property
    def operator(self) -> str:
        """In, NotIn, Exists or DoesNotExist."""

    @property
    def values(self) -> Sequence[str] | None:
        """Label values."""


class Selector(Protocol):
    """A label selector, as Kubernetes spells it."""

    @property
    def match_labels(self) -> Mapping[str, str] | None:
        """Labels that have to be present with these values."""

    @property
    def match_expressions(self) -> Sequence[Requirement] | None:
        """Further conditions, all of which have to hold."""


class Meeting(Enum):
    """Whether two terms choose one object."""

    NEVER = 0
    PERHAPS = 1
    CERTAIN = 2


class Domain(NamedTuple):
    """What one label may be.

    :ivar values: the values that will do; with `others` those that will not.
    :ivar absent: whether objects without the label are chosen.
    """

    values: frozenset[str] = frozenset()
    others: bool = True
    absent: bool = True

    def allows(self, value: str | None) -> bool:
        """Whether an object with this value of the label is chosen; None is one without it."""
        return self.absent if value is None else (value in self.values) is not self.others

    @property
    def listed(self) -> bool:
        """Whether the label has to be one of some values."""
        return not self.others and not self.absent

    @property
    def empty(self) -> bool:
        """Whether no label will do."""
        return self.listed and not self.values

    @property
    def words(self) -> str:
        """The operators that make it, without their values."""
        if not self.others:
            return "DoesNotExist" if self.absent else "In"
        parts = ("" if self.absent else "Exists", "NotIn" if self.values else "")
        return " and ".join(each for each in parts if each)

    def __and__(self, other: "Domain") -> "Domain":
        if self.others and other.others:
            values = self.values | other.values
        elif self.others:
            values = other.values - self.values
        elif other.others:
            values = self.values - other.values
        else:
            values = self.values & other.values
        others = self.others and other.others
        return Domain(values, others=others, absent=self.absent and other.absent)

    def within(self, other: "Domain") -> bool:
        """Whether all that it allows is allowed by another one."""
        if self.absent and not other.absent:
            return False
        if self.others:
            return other.others and other.values <= self.values
        return not self.values & other.values if other.others else self.values <= other.values


_ANY = Domain()
_OPERATORS: dict[str, Callable[[frozenset[str]], Domain]] = {
    "In": lambda values: Domain(values, others=False, absent=False),
    "NotIn": lambda values: Domain(values),
    "Exists": lambda _: Domain(absent=False),
    "DoesNotExist": lambda _: Domain(others=False),
}
OPERATORS = tuple(_OPERATORS)
"""The operators of Kubernetes."""
_OF_EVERY_NODE = {
    # The kubelet sets both on every node, and MetalLB's speakers run on Linux alone.
    HOSTNAME_LABEL: Domain(absent=False),
    OS_LABEL: Domain(frozenset({"linux"}), others=False, absent=False),
}


@dataclass(frozen=True)
class Term:
    """One way to be chosen: what each label may be.

    :ivar domains: key and domain, sorted by key; a label that may be anything is not among them.
    """

    domains: tuple[tuple[str, Domain], ...] = ()

    @cached_property
    def _by_key(self) -> dict[str, Domain]:
        return dict(self.domains)

    def of(self, key: str) -> Domain:
        """What a label may be."""
        return self._by_key.get(key, _ANY)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of which values are listed."""
        return tuple(key for key, domain in self.domains if domain.listed)

    @cached_property
    def conditions(self) -> tuple[tuple[str, Domain], ...]:
        """What is no list of values."""
        return tuple((key, domain) for key, domain in self.domains if not domain.listed)

    @property
    def hosts(self) -> frozenset[str] | None:
        """The host names among which its nodes are, where they are listed."""
        domain = self.of(HOSTNAME_LABEL)
        return domain.values if domain.listed else None

    def combinations(self, keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Every choice of one listed value for each of some keys, in order."""
        return product(*(sorted(self.of(key).values) for key in keys))

    def number_of_combinations(self, keys: Sequence[str]) -> int:
        """How many of them there are."""
        return prod(len(self.of(key).values) for key in keys)

    def with_values(self, key: str, values: Iterable[str]) -> "Term":
        """The term with one more list of values."""
        found = {**self._by_key, key: _OPERATORS["In"](frozenset(values)) & self.of(key)}
        return Term(tuple(sorted(found.items(), key=_by_name)))

    def narrowed(self, other: "Term") -> "Term | None":
        """What both terms choose; None where that is nothing for certain."""
        return next(iter(_satisfiable((_term(other.domains, self._by_key),))), None)

    def joined(self, other: "Term") -> "Term":
        """Both terms, of objects of two kinds, as one."""
        return Term(tuple(sorted((*self.domains, *other.domains), key=_by_name)))

    def within(self, other: "Term") -> bool:
        """Whether everything that this term chooses is chosen by the other one."""
        return all(self.of(key).within(domain) for key, domain in other.domains)


def meeting(one: Term, other: Term) -> Meeting:
    """Whether there is an object of both terms, taking it that each chooses something.

    That is certain where one of them chooses part of what the other does; a value that both list is
    taken to be there.
    """
    sides: dict[str, tuple[bool, bool]] = {}
    for key in {**one._by_key, **other._by_key}:
        here, there = one.of(key), other.of(key)
        if (here & there).empty:
            return Meeting.NEVER
        left, right = sides.get(_kind(key), (True, True))
        sides[_kind(key)] = (
            left and (here.listed or here.within(there)),
            right and (there.listed or there.within(here)),
        )
    certain = all(left or right for left, right in sides.values())
    return Meeting.CERTAIN if certain else Meeting.PERHAPS


def meets_any(term: Term, others: Iterable[Term]) -> bool:
    """Whether a term may choose an object that one of others chooses as well."""
    return any(meeting(term, other) is not Meeting.NEVER for other in others)


def _kind(key: str) -> str:
    """What a key is a property of: nodes, Services, or a peer's name."""
    for start in (_SERVICE, PEER):
        if key.startswith(start):
            return start
    return ""


def terms_of(selectors: Sequence[Selector] | None) -> tuple[Term, ...]:
    """The terms of an OR-list of node selectors; none given chooses every node.

    A selector that no node can satisfy yields no term.
    """
    if not selectors:
        return (_term((), _OF_EVERY_NODE),)
    return _satisfiable(_term(_conditions(each), _OF_EVERY_NODE) for each in selectors)


def label_terms(selectors: Sequence[Selector] | None) -> tuple[Term, ...]:
    """The same of selectors of objects of which nothing is known beforehand."""
    if not selectors:
        return (Term(),)
    return _satisfiable(_term(_conditions(each), {}) for each in selectors)


def service_terms(selectors: Sequence[Selector] | None) -> tuple[Term, ...]:
    """The same of selectors of Services, with keys that are no labels of nodes."""
    return tuple(
        Term(tuple((f"{_SERVICE}{key}", domain) for key, domain in term.domains))
        for term in label_terms(selectors)
    )


def dead_selectors(
    selectors: Sequence[Selector] | None, *, of_nodes: bool = False
) -> tuple[int, ...]:
    """Which of an OR-list contradict themselves, so that nothing is chosen by them."""
    terms = terms_of if of_nodes else label_terms
    return tuple(index for index, each in enumerate(selectors or ()) if not terms((each,)))


def chooses(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a selector chooses an object with these labels.

    An operator that Kubernetes does not know chooses nothing.
    """
    if any(labels.get(key) != value for key, value in (selector.match_labels or {}).items()):
        return False
    return all(
        each.operator in _OPERATORS and _domain(each).allows(labels.get(each.key))
        for each in selector.match_expressions or ()
    )


def node_terms(selectors: Sequence[Selector] | None) -> tuple[Term, ...]:
    """The terms of an OR-list of node selectors, without what holds for every node.

    A selector that contradicts itself yields a term with an empty domain.
    """
    terms = (_term(_conditions(each), _OF_EVERY_NODE) for each in selectors or ())
    return tuple(Term(tuple(_own(term))) for term in terms) or (Term(),)


def _own(term: Term) -> Iterator[tuple[str, Domain]]:
    """The conditions of a term that not every node meets."""
    return (entry for entry in term.domains if entry[1] != _OF_EVERY_NODE.get(entry[0]))


def hosts_of(selectors: Sequence[Selector] | None) -> frozenset[str] | None:
    """Host names that the selectors choose, where they choose by host name alone."""
    found: set[str] = set()
    for term in terms_of(selectors):
        if term.hosts is None or [key for key, _ in _own(term)] != [HOSTNAME_LABEL]:
            return None
        found |= term.hosts
    return frozenset(found)


def _satisfiable(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(term for term in terms if not any(domain.empty for _, domain in term.domains))


def _conditions(selector: Selector) -> Iterator[tuple[str, Domain]]:
    for key, value in (selector.match_labels or {}).items():
        yield key, _OPERATORS["In"](frozenset((value,)))
    for each in selector.match_expressions or ():
        yield each.key, _domain(each)


def _domain(condition: Requirement) -> Domain:
    made = _OPERATORS.get(condition.operator)
    # A rule of its own refuses an unknown operator; here it says nothing.
    return made(frozenset(condition.values or ())) if made is not None else _ANY


def _term(conditions: Iterable[tuple[str, Domain]], known: dict[str, Domain]) -> Term:
    found = dict(known)
    for key, domain in conditions:
        found[key] = found.get(key, _ANY) & domain
    return Term(
        tuple(sorted(((key, each) for key, each in found.items() if each != _ANY), key=_by_name))
    )


def _by_name(entry: tuple[str, Domain]) -> str:
    return entry[0]
