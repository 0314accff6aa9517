"""Which peers share a node: the indexed answer agrees with looking at every pair on real nodes."""

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.algebra.meetings import Member, clashes, meeting_any
from metallb.algebra.selectors import Meeting, Term, dead_selectors, hosts_of, meeting, terms_of
from metallb.routing import LabelSelector
from tests.unit.preflight.build import HOST, hosts

KEYS = ("rack", "zone")
VALUES = ("a", "b")
KNOWN = {HOST: "n1", "kubernetes.io/os": "linux"}
# Every node that the selectors below can tell apart.
NODES = [
    {**KNOWN, **{key: value for key, value in zip(KEYS, values, strict=True) if value}}
    for values in product((*VALUES, "other", None), repeat=len(KEYS))
]


def selector(**spec: Any) -> LabelSelector:
    return LabelSelector.model_validate(spec)


CONDITION = st.builds(
    lambda key, operator, values: {
        "key": key,
        "operator": operator,
        "values": values if operator in ("In", "NotIn") else [],
    },
    st.sampled_from(KEYS),
    st.sampled_from(("In", "In", "NotIn", "Exists", "DoesNotExist")),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique=True),
)
SELECTOR = st.builds(
    lambda labels, conditions: selector(matchLabels=labels, matchExpressions=conditions),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=2),
    st.lists(CONDITION, max_size=2),
)
MEMBERS = st.lists(
    st.tuples(st.lists(SELECTOR, max_size=2), st.sampled_from("xyz")), min_size=2, max_size=6
)


def shares(one: list[LabelSelector], other: list[LabelSelector]) -> bool:
    return any(
        all(not listed or any(each.matches(node) for each in listed) for listed in (one, other))
        for node in NODES
    )


@given(MEMBERS)
def test_what_shares_a_node_is_never_missed_and_certainty_is_never_wrong(
    drawn: list[tuple[list[LabelSelector], str]],
) -> None:
    members = [
        Member(index, terms_of(listed), attribute)
        for index, (listed, attribute) in enumerate(drawn)
    ]
    found = list(clashes(members))
    assert len({clash.index for clash in found}) == len(found), "one finding for a member"
    for clash in found:
        one, other = drawn[clash.index], drawn[clash.other]
        assert one[1] != other[1]
        assert shares(one[0], other[0]), "a clash of two that no node can have both"
    reported = {clash.index for clash in found}
    for (i, one), (j, other) in combinations(enumerate(drawn), 2):
        if one[1] != other[1] and shares(one[0], other[0]):
            assert j in reported, f"members {i} and {j} share a node and nothing is reported"


@given(SELECTOR, SELECTOR)
def test_two_selectors_are_compared_as_on_every_node(
    one: LabelSelector, other: LabelSelector
) -> None:
    chosen = [[node for node in NODES if each.matches(node)] for each in (one, other)]
    both = [node for node in chosen[0] if node in chosen[1]]
    terms = [terms_of((each,)) for each in (one, other)]
    assert [bool(each) for each in terms] == [bool(each) for each in chosen]
    if not all(terms):
        return
    (left,), (right,) = terms
    assert (meeting(left, right) is Meeting.NEVER) is (not both)
    assert left.within(right) is all(node in both for node in chosen[0])
    if left.within(right) or right.within(left):
        assert meeting(left, right) is Meeting.CERTAIN
    assert meeting(left, right) is meeting(right, left)


@given(MEMBERS)
def test_members_of_one_side_are_never_compared(
    drawn: list[tuple[list[LabelSelector], str]],
) -> None:
    members = [
        Member(index, terms_of(listed), index, side=side)
        for index, (listed, side) in enumerate(drawn)
    ]
    reported = {clash.index for clash in clashes(members)}
    for clash in clashes(members):
        assert drawn[clash.index][1] != drawn[clash.other][1]
    for (_, one), (j, other) in combinations(enumerate(drawn), 2):
        if one[1] != other[1] and shares(one[0], other[0]):
            assert j in reported


@pytest.mark.parametrize(
    ("listed", "dead"),
    [
        ([{"matchLabels": {HOST: "n1"}}], ()),
        ([{"matchExpressions": [{"key": HOST, "operator": "DoesNotExist"}]}], (0,)),
        ([{}, {"matchLabels": {"kubernetes.io/os": "windows"}}], (1,)),
    ],
)
def test_what_every_node_has_counts(listed: list[dict[str, Any]], dead: tuple[int, ...]) -> None:
    selectors = [selector(**each) for each in listed]
    assert dead_selectors(selectors, of_nodes=True) == dead
    assert dead_selectors(selectors) == ()


def test_conditions_that_exclude_no_value_of_another_kind_stay_fast() -> None:
    zones = [f"z{n}" for n in range(50)]

    def excluding(count: int) -> LabelSelector:
        condition = {"key": "zone", "operator": "NotIn", "values": zones[:count]}
        return selector(matchExpressions=[condition])

    members = [
        Member(n, terms_of([selector(matchLabels={"zone": f"z{n}"})]), "peer") for n in range(1000)
    ]
    members += [
        Member(1000 + n, terms_of([excluding(1 + n % 49)]), "other") for n in range(1, 1000)
    ]
    found = list(clashes(members))
    assert {clash.index for clash in found} == set(range(1001, 2000))
    assert all(clash.certain for clash in found)


def test_what_takes_too_long_to_compare_counts_as_meeting() -> None:
    def without(number: int) -> tuple[Term, ...]:
        values = ["r", f"r{number}"]
        condition = {"key": "row", "operator": "NotIn", "values": values}
        return terms_of([selector(matchExpressions=[condition])])

    asking = [terms_of([selector(matchLabels={"row": "r", "zone": f"z{n}"})]) for n in range(1000)]
    assert meeting_any(asking[:9], map(without, range(9))) == set()
    assert meeting_any(asking, map(without, range(1000))) == set(range(1000))


def test_two_racks_are_apart_and_a_common_host_is_not() -> None:
    rack_a = terms_of([selector(matchLabels={"rack": "a"})])
    rack_b = terms_of([selector(matchLabels={"rack": "b"})])
    assert list(clashes([Member(0, rack_a, 1), Member(1, rack_b, 2)])) == []
    one = terms_of([selector(**each) for each in hosts("h1", "h2")])
    two = terms_of([selector(**each) for each in hosts("h2", "h3")])
    (clash,) = clashes([Member(0, one, 1), Member(1, two, 2)])
    assert (clash.index, clash.other, clash.certain) == (1, 0, True)


def test_every_later_peer_is_reported_that_meets_one_of_every_node() -> None:
    narrow = [
        terms_of([selector(matchLabels={"rack": "a", "zone": zone})]) for zone in ("b", "a", "a")
    ]
    members = [
        Member(0, narrow[0], "x"),
        Member(1, terms_of(None), "x"),
        Member(2, narrow[1], "y"),
        Member(3, narrow[2], "y"),
    ]
    found = [(clash.index, clash.other, clash.certain) for clash in clashes(members)]
    assert found == [(2, 1, True), (3, 1, True)]


def test_many_kinds_of_selectors_stay_linear_and_say_perhaps() -> None:
    members = [
        Member(n, terms_of([selector(matchLabels={f"key-{n}": "x"})]), n) for n in range(2000)
    ]
    found = list(clashes(members))
    assert len(found) == 1999
    assert not any(clash.certain for clash in found)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (hosts("a", "b"), {"a", "b"}),
        ([{"matchExpressions": [{"key": HOST, "operator": "In", "values": ["a"]}]}], {"a"}),
        ([{"matchLabels": {"rack": "a"}}], None),
        ([{"matchLabels": {HOST: "a", "rack": "a"}}], None),
        ([], None),
        ([{"matchExpressions": [{"key": HOST, "operator": "NotIn", "values": ["a"]}]}], None),
    ],
)
def test_host_names_are_known_where_nothing_else_chooses(
    listed: list[dict[str, Any]], expected: set[str] | None
) -> None:
    assert hosts_of([selector(**each) for each in listed]) == expected
