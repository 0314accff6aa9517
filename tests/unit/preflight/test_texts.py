"""The texts of rules: the whole text of each, and what holds for every one."""

import re
from functools import cache

import pytest

from metallb.preflight import rule_by_id, rules
from metallb.preflight.registry import Rule
from metallb.problems.problem import Location, Problem
from tests.unit.preflight.table import TABLE
from tests.unit.preflight.texts import folder_of, text_of, written

BANNED = re.compile(
    r"\b(told|said|asked|seen|somebody|nobody|whoever|anybody|stands? there|is to be)\b",
    re.IGNORECASE,
)
"""Words that a man page does without."""
NAMES = ("Kubernetes", "Lokomotive", "Pulumi", "Secret", "Service", "Community", "Namespace")
"""Names with one capital, which a summary may begin with."""
VERBS = frozenset(
    (
        *("add", "adopt", "announce", "change", "check", "choose", "copy", "correct", "count"),
        *(
            "create",
            "delete",
            "enable",
            "encrypt",
            "give",
            "install",
            "keep",
            "leave",
            "lower",
            "move",
            "name",
        ),
        *("peer", "power", "put", "raise", "reduce", "remove", "rename", "replace", "run"),
        *("select", "set", "shorten", "split", "take", "turn", "upgrade", "use", "wait", "write"),
    )
)
"""What a help may begin with."""
PYTHON = re.compile(r"(?<![\w`'\"])[a-z]+(_[a-z]+)+\b")
"""A name as Python spells it; labels and other foreign text are in quotes."""
LONGEST = 160


@cache
def problems(rule_id: str) -> tuple[Problem, ...]:
    """Every problem of every case in which a rule fires."""
    rule = rule_by_id(rule_id)
    assert rule is not None
    return tuple(found for build in TABLE[rule_id][0] for found in rule.problems(build()))


EACH = pytest.mark.parametrize("rule_id", list(TABLE))
EVERY = pytest.mark.parametrize("rule", rules(), ids=lambda each: each.id)


@EACH
def test_the_text_of_a_rule_is_the_committed_one(rule_id: str) -> None:
    found = (folder_of(rule_id) / f"{rule_id}.txt").read_text(encoding="utf-8")
    assert text_of(rule_id) == found, "python -m tests.unit.preflight.texts"


def test_there_is_a_text_for_each_rule_and_no_other() -> None:
    assert sorted(path.stem for path in written()) == sorted(TABLE)


@EACH
def test_each_problem_of_a_rule_has_its_form(rule_id: str) -> None:
    rule = rule_by_id(rule_id)
    assert rule is not None
    for problem in problems(rule_id):
        a_summary_is_what_is_wrong_on_one_short_line(rule, problem.summary)
        a_help_is_an_instruction(problem.help)
        a_detail_is_no_other_librarys_sentence(problem)
        a_location_is_keys(problem.location)
        for text in (problem.summary, problem.detail, problem.help):
            assert not re.search(r"\([^()]*\(", text), "parentheses are inside others"


def a_summary_is_what_is_wrong_on_one_short_line(rule: Rule, summary: str) -> None:
    assert 0 < len(summary) < LONGEST, summary
    assert summary == " ".join(summary.split())
    assert not summary.endswith(".") or summary.endswith("..."), summary
    first = summary.split()[0]
    lower = not first[0].isalpha() or first[0].islower()
    name = first[1:] != first[1:].lower() or first in NAMES or rule_by_id(first) is not None
    assert lower or name, summary
    assert summary.rstrip(".").lower() != rule.requirement.rstrip(".").lower()
    assert not re.search(r"\b(should|must)\b", summary), f"it states the rule: {summary}"
    assert not BANNED.search(summary), summary
    assert not PYTHON.search(summary), summary


def a_help_is_an_instruction(help: str) -> None:
    assert help, "there is none"
    assert help.split()[0] in VERBS, help
    assert not help.endswith("."), help
    assert not BANNED.search(help), help
    assert not PYTHON.search(help), help


def a_detail_is_no_other_librarys_sentence(problem: Problem) -> None:
    assert problem.detail
    assert "Input should" not in problem.detail + problem.summary
    assert not BANNED.search(problem.detail), problem.detail
    for pair in ("..", "::", ";;", ": :", "()", ".:", " ,", " ."):
        assert pair not in re.sub(r"\.\.\.|\w*::\w*| \.\d", "", problem.detail)


def a_location_is_keys(location: Location) -> None:
    assert isinstance(location, tuple)
    assert location
    first = location[0]
    assert isinstance(first, str)
    assert re.fullmatch(r"[a-z-]+:[A-Za-z]+|[^\[\]]*", first), "a text and no key"
    if first.startswith("metallb:"):
        assert re.fullmatch(r"metallb:\w+", first), "the first key is the section alone"
    # A key that a person wrote, such as a label, may hold anything; a position may not.
    assert not [each for each in location if re.search(r"\[\d+\]$", str(each))]


@EVERY
def test_the_texts_of_a_rule_have_their_form(rule: Rule) -> None:
    for text in (rule.fault, rule.requirement, rule.why, rule.help):
        assert not BANNED.search(text), text
        assert not PYTHON.search(text), text
    assert not rule.fault.endswith("."), "it is a title"
    assert len(rule.fault) < LONGEST
    assert rule.fault.lower() != rule.requirement.rstrip(".").lower()
    assert all(text.endswith(".") for text in (rule.requirement, rule.why, rule.help, rule.source))
    assert rule.help.split()[0] in VERBS, rule.help
