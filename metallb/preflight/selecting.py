"""What is wrong with a label selector, for every kind of object that has one."""

from collections.abc import Hashable, Iterable, Iterator, Sequence

from metallb.algebra.selectors import OPERATORS
from metallb.problems.escape import quoted
from metallb.routing import LabelSelector
from metallb.stackfile.grammar import is_label_key, is_label_value

__all__ = ["repeated", "selector_faults"]


def repeated(values: Iterable[Hashable]) -> Iterator[tuple[int, int]]:
    """Index of each value that came before, with the index of the first one."""
    first: dict[Hashable, int] = {}
    for index, value in enumerate(values):
        if value in first:
            yield index, first[value]
        else:
            first[value] = index


def selector_faults(selectors: Sequence[LabelSelector] | None) -> Iterator[tuple[int, str]]:
    """Index of each selector that MetalLB refuses, and what is wrong with it."""
    listed = selectors or ()
    for index, earlier in repeated(_canonical(selector) for selector in listed):
        yield index, f"entry [{index}] repeats entry [{earlier}]"
    for index, selector in enumerate(listed):
        for fault in _faults(selector):
            yield index, fault


def _canonical(selector: LabelSelector) -> Hashable:
    labels = tuple(sorted((selector.match_labels or {}).items()))
    conditions = tuple(
        (each.key, each.operator, tuple(sorted(each.values or ())))
        for each in selector.match_expressions or ()
    )
    return labels, conditions


def _faults(selector: LabelSelector) -> Iterator[str]:
    for key, value in (selector.match_labels or {}).items():
        if not is_label_key(key):
            yield f"{quoted(key)} is not a label key"
        if not is_label_value(value):
            yield f"{quoted(value)} is not a label value"
    conditions = selector.match_expressions or ()
    for each in conditions:
        values = each.values or ()
        if not is_label_key(each.key):
            yield f"{quoted(each.key)} is not a label key"
        if each.operator not in OPERATORS:
            yield f"operator {quoted(each.operator)} is not one of {', '.join(OPERATORS)}"
        elif each.operator in ("In", "NotIn") and not values:
            yield f"operator {each.operator} of {each.key} has no values"
        elif each.operator in ("Exists", "DoesNotExist") and values:
            yield f"operator {each.operator} of {each.key} has values"
        for index, _ in repeated(values):
            yield f"value {quoted(values[index])} of {each.key} is listed twice"
        for value in values:
            if not is_label_value(value):
                yield f"{quoted(value)} is not a label value"
    for index, earlier in repeated(
        (each.key, each.operator, tuple(sorted(each.values or ()))) for each in conditions
    ):
        yield f"matchExpressions[{index}] repeats matchExpressions[{earlier}]"
