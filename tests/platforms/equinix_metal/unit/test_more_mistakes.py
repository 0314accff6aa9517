"""Mistakes in copies of this platform's stack files, each mended at the first try by its help."""

from pathlib import Path

import pytest

from tests.unit.stackfile.test_more_mistakes import Mistake, is_mended, problems_of, sound


def demo(right: str, wrong: str, place: str, help: str, mended: str = "", **more: str) -> Mistake:
    return Mistake("demo", right, wrong, place, help, mended, **more)


MISTAKES: dict[str, Mistake] = {
    "a host name for a node": demo(
        "- hostname: worker-0", "- worker-0", "19:9", "hostname: worker-0", "- hostname: worker-0"
    ),
    "a number for a block": demo(
        "{quantity: 1, protect: false, retainOnDelete: false}",
        "1",
        "23:16",
        "write quantity: 1 below it",
        "{quantity: 1}",
    ),
    "a prefix length for a quantity": demo(
        "quantity: 1", "quantity: /28", "23:27", "a whole number", "quantity: 2"
    ),
    "texts for one metro": demo(
        "metro: ny", "metro: [ny, da]", "17:5", "with one text as its value", "metro: ny"
    ),
    "no nodes": demo(
        "    nodes: # the ingress nodes: each keeps one BGP session with its own gateway\n"
        "      - hostname: worker-0\n      - hostname: worker-1\n",
        "",
        "14:3",
        "nodes: [{hostname: ...}]",
    ),
    "a misspelt block": demo(
        "elasticIps: [default]",
        "elasticIps: [defualt]",
        "26:28",
        "did you mean 'default'?",
        "elasticIps: [default]",
    ),
    "a comment without a space": demo(
        "metro: ny", "metro: ny# New York", "17:12", "ny #", "metro: ny # New York"
    ),
    "a comment with slashes": demo(
        "metro: ny", "metro: ny // New York", "17:12", "with `#`", "metro: ny # New York"
    ),
    "a placeholder": demo("metro: ny", "metro: ${METRO}", "17:12", "nothing fills in", "metro: ny"),
    "a semicolon": demo("metro: ny", "metro: ny;", "17:12", "remove the `;`", "metro: ny"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_problem_whose_help_mends_it(name: str, tmp_path: Path) -> None:
    is_mended(MISTAKES[name], tmp_path)


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_the_files_have_no_problem(stack: str, tmp_path: Path) -> None:
    assert problems_of(tmp_path, sound(stack)) == []
