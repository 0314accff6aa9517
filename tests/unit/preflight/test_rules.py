"""Every rule fires where it should, is silent where it should, and is documented."""

import re

import pytest

from metallb.preflight import rule_by_id, rules
from metallb.preflight.case import Case
from metallb.preflight.documentation import rules_markdown
from metallb.preflight.registry import Rule, rule
from metallb.problems.problem import Problem
from metallb.problems.text import problems_text
from tests.support.paths import PROJECT_ROOT
from tests.unit.preflight.table import TABLE
from tests.unit.preflight.table_peers import Build


def found_by(rule_id: str, build: Build) -> list[Problem]:
    known = rule_by_id(rule_id)
    assert known is not None
    case: Case = build()
    return list(known.problems(case))


def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() -> None:
    assert sorted(TABLE) == sorted(each.id for each in rules())
    assert all(fires and silent for fires, silent in TABLE.values())


@pytest.mark.parametrize("rule_id", TABLE)
def test_a_rule_fires_in_each_of_its_cases(rule_id: str) -> None:
    for index, build in enumerate(TABLE[rule_id][0]):
        found = found_by(rule_id, build)
        assert found, f"silent in case {index}"
        for problem in found:
            assert problem.code == rule_id
            assert problem.location
            assert problem.summary
            assert not problem.summary.endswith(".") or problem.summary.endswith("...")
            assert problem.detail
            assert problem.help
            assert not problem.help.endswith(".")
            assert len(problems_text([problem]).splitlines()) == 3


@pytest.mark.parametrize("rule_id", TABLE)
def test_a_rule_is_silent_in_each_of_its_cases(rule_id: str) -> None:
    found = {index: found_by(rule_id, build) for index, build in enumerate(TABLE[rule_id][1])}
    assert not any(found.values()), found


def test_the_page_of_rules_is_the_one_that_the_rules_make() -> None:
    page = (PROJECT_ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == rules_markdown(), "metallb check --rules > docs/rules.md"


BANNED = re.compile(
    r"\b(told|said|asked|seen|somebody|nobody|whoever|anybody|stands there)\b", re.IGNORECASE
)


@pytest.mark.parametrize("each", rules(), ids=lambda each: each.id)
def test_a_rule_has_every_part_of_its_text(each: Rule) -> None:
    assert len(each.fault) > 10
    assert each.fault != each.requirement.rstrip(".")
    for text in (each.requirement, each.why, each.help, each.source):
        assert len(text) > 10
        assert text.endswith(".")
    for text in (each.fault, each.requirement, each.why, each.help):
        assert not BANNED.search(text), text


def test_an_id_belongs_to_one_rule() -> None:
    with pytest.raises(ValueError, match="exists already"):
        rule("P1", rules()[0].severity)(lambda case: ())


def test_a_rule_without_its_texts_is_refused() -> None:
    def check(case: Case) -> tuple[()]:
        """Only a title."""
        return ()

    with pytest.raises(ValueError, match="lacks a part"):
        rule("Z99", rules()[0].severity)(check)
    assert rule_by_id("Z99") is None
