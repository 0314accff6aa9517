"""Commands on the pages exist, and those that need nothing but Python do what the page shows."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import pytest

from tests.docs.commands import Command, commands, look_at, run, sandbox

COMMANDS = commands()
RUN = [command for command in COMMANDS if command.is_run]

Outcomes = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """What each command said, by its place; the commands of a page follow one another."""
    pages = [list(group) for _, group in groupby(RUN, key=lambda each: each.block.page)]
    found = run(pages, sandbox(tmp_path_factory.mktemp("docs")))
    return {
        command.where: outcome
        for page, said in zip(pages, found, strict=True)
        for command, outcome in zip(page, said, strict=True)
    }


def test_pages_show_commands_that_are_run() -> None:
    assert len(RUN) >= 15


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.where)
def test_a_command_on_a_page_exists(command: Command) -> None:
    look_at(command)


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.where)
def test_a_command_on_a_page_runs_and_says_what_the_page_shows(
    command: Command, outcomes: Outcomes
) -> None:
    code, said = outcomes[command.where]
    assert code == 0, said
    lines = [line.rstrip() for line in said.splitlines()]
    for line in command.shown:
        if line.strip() not in ("", "..."):
            assert line.rstrip() in lines, f"{line!r} is not in:\n{said}"
