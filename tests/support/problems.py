"""What tests compare of problems: the code, the place, and the words that matter."""

from collections.abc import Iterable
from typing import Any

import pytest

from metallb.problems.errors import ConfigError
from metallb.problems.problem import Problem, spelled
from metallb.problems.text import problems_text
from metallb.stackfile import stack_config

__all__ = ["one_problem_of", "places", "problems_of", "words"]


def problems_of(sections: dict[str, Any], *secret: str) -> tuple[Problem, ...]:
    """What is wrong with the sections of a stack file.

    :param secret: sections that Pulumi marks secret as a whole.
    """
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="stacks/Pulumi.x.yaml", secret_sections=secret)
    assert caught.value.exit_code == 2
    assert str(caught.value) == problems_text(caught.value.problems)
    return caught.value.problems


def one_problem_of(sections: dict[str, Any], *secret: str) -> Problem:
    """The one problem of the sections of a stack file."""
    (problem,) = problems_of(sections, *secret)
    return problem


def places(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """Code and location of each problem."""
    return [(each.code, spelled(each.location)) for each in problems]


def words(*problems: Problem) -> str:
    """Everything that people read of problems."""
    return problems_text(problems)
