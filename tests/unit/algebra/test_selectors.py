"""Label selectors: what each operator chooses, and the sets of values that stand for it."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.algebra.selectors import (
    HOSTNAME_LABEL,
    OPERATORS,
    Domain,
    chooses,
    label_terms,
    meeting,
    meets_any,
    node_terms,
    terms_of,
)
from metallb.routing import LabelSelector

VALUES = ("a", "b", "c")
EVERY = (*VALUES, "other", None)
DOMAIN = st.builds(
    lambda values, others, absent: Domain(frozenset(values), others=others, absent=absent),
    st.sets(st.sampled_from(VALUES)),
    st.booleans(),
    st.booleans(),
)
CONDITION = st.fixed_dictionaries(
    {
        "key": st.sampled_from(("rack", "zone")),
        "operator": st.sampled_from((*OPERATORS, "Near")),
        "values": st.lists(st.sampled_from(VALUES), max_size=2, unique=True),
    }
)
SELECTOR = st.fixed_dictionaries(
    {
        "matchLabels": st.dictionaries(st.just("rack"), st.sampled_from(VALUES), max_size=1),
        "matchExpressions": st.lists(CONDITION, max_size=3),
    }
).map(LabelSelector.model_validate)
OBJECTS = [
    {key: value for key, value in zip(("rack", "zone"), values, strict=True) if value is not None}
    for values in product(EVERY, repeat=2)
]


def holds(condition: Any, labels: dict[str, str]) -> bool:
    """As k8s.io/apimachinery, pkg/labels, has it."""
    present, values = condition.key in labels, condition.values or ()
    return {
        "In": present and labels.get(condition.key) in values,
        "NotIn": not present or labels[condition.key] not in values,
        "Exists": present,
        "DoesNotExist": not present,
    }.get(condition.operator, False)


@given(SELECTOR)
def test_a_selector_chooses_what_kubernetes_chooses(selector: LabelSelector) -> None:
    for labels in OBJECTS:
        wanted = (selector.match_labels or {}).items() <= labels.items() and all(
            holds(each, labels) for each in selector.match_expressions or ()
        )
        assert chooses(selector, labels) is selector.matches(labels) is wanted


@given(SELECTOR)
def test_the_term_of_a_selector_allows_the_same_labels(selector: LabelSelector) -> None:
    if any(each.operator not in OPERATORS for each in selector.match_expressions or ()):
        return
    terms = label_terms((selector,))
    for labels in OBJECTS:
        allowed = any(
            all(domain.allows(labels.get(key)) for key, domain in term.domains) for term in terms
        )
        assert allowed is chooses(selector, labels)


@given(SELECTOR)
def test_the_combinations_of_a_term_are_the_values_that_it_lists(selector: LabelSelector) -> None:
    for term in label_terms((selector,)):
        found = list(term.combinations(term.keys))
        assert len(found) == len(set(found)) == term.number_of_combinations(term.keys)
        for values in found:
            assert all(
                term.of(key).allows(value) for key, value in zip(term.keys, values, strict=True)
            )


@given(DOMAIN, DOMAIN)
def test_domains_are_sets_of_values(one: Domain, other: Domain) -> None:
    both = one & other
    for value in EVERY:
        assert both.allows(value) is (one.allows(value) and other.allows(value))
    assert (one & other) == (other & one)
    if one.within(other):
        assert all(other.allows(value) for value in EVERY if one.allows(value))
    # Of the values that are not listed one stands for all.
    assert both.empty is not any(both.allows(value) for value in EVERY)


@given(st.lists(SELECTOR, max_size=3), SELECTOR)
def test_a_term_meets_any_of_those_that_it_meets(
    listed: list[LabelSelector], selector: LabelSelector
) -> None:
    others = terms_of(listed)
    for term in terms_of((selector,)):
        assert meets_any(term, others) is any(bool(meeting(term, each).value) for each in others)


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        ({}, []),
        ({"matchLabels": {"kubernetes.io/os": "linux"}}, []),
        ({"matchExpressions": [{"key": HOSTNAME_LABEL, "operator": "Exists"}]}, []),
        ({"matchLabels": {"kubernetes.io/os": "linux", "rack": "a"}}, ["rack"]),
        ({"matchLabels": {"kubernetes.io/os": "windows"}}, ["kubernetes.io/os"]),
    ],
)
def test_what_every_node_has_is_no_condition(spec: dict[str, Any], keys: list[str]) -> None:
    (term,) = node_terms((LabelSelector.model_validate(spec),))
    assert [key for key, _ in term.domains] == keys


@pytest.mark.parametrize(
    ("spec", "hosts"),
    [
        ({"matchLabels": {HOSTNAME_LABEL: "n2"}}, ("n2",)),
        (
            {
                "matchExpressions": [
                    {"key": HOSTNAME_LABEL, "operator": "In", "values": ["n2", "n1"]}
                ]
            },
            ("n2", "n1"),
        ),
        (
            {
                "matchLabels": {HOSTNAME_LABEL: "n1"},
                "matchExpressions": [
                    {"key": HOSTNAME_LABEL, "operator": "In", "values": ["n2", "n1"]}
                ],
            },
            ("n1",),
        ),
        ({"matchLabels": {HOSTNAME_LABEL: "n1", "rack": "a"}}, None),
        ({}, None),
    ],
)
def test_the_hosts_of_a_selector_are_in_its_order(
    spec: dict[str, Any], hosts: tuple[str, ...] | None
) -> None:
    assert LabelSelector.model_validate(spec).hosts == hosts
