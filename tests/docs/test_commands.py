"""Every command on the pages is run by something; those that need Python alone are run here."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import pytest

from metallb import cli
from tests.docs.commands import Command, commands, lines_missing
from tests.docs.expecting import says
from tests.docs.mentions import ELSEWHERE, mentions, own_mentions
from tests.docs.registry import HERE, WAYS, is_a_test, of, way
from tests.docs.sandbox import run, sandbox
from tools.docs.paths import pages

COMMANDS = commands()
MENTIONS = mentions()
RUN = of(COMMANDS, HERE)

Outcomes = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """The output of each command, by its place; the commands of a page follow one another."""
    by_page = [list(group) for _, group in groupby(RUN, key=lambda each: each.block.page)]
    found = run(by_page, sandbox(tmp_path_factory.mktemp("docs")))
    return {
        command.where: outcome
        for page, output in zip(by_page, found, strict=True)
        for command, outcome in zip(page, output, strict=True)
    }


def test_pages_show_commands_of_every_way() -> None:
    assert len(RUN) >= 30
    assert {way(command) for command in COMMANDS} == set(WAYS.values())


@pytest.mark.parametrize("command", COMMANDS + MENTIONS, ids=lambda each: each.where)
def test_something_runs_a_command_on_a_page(command: Command) -> None:
    assert way(command) in WAYS.values()


@pytest.mark.parametrize("name", sorted({*WAYS.values(), *ELSEWHERE.values()}))
def test_what_is_named_as_running_commands_is_a_test(name: str) -> None:
    assert is_a_test(name)


def test_no_command_is_excused_that_no_page_mentions() -> None:
    assert len(MENTIONS) > 5
    text = "".join(page.read_text(encoding="utf-8") for page in pages())
    assert [each for each in ELSEWHERE if f"`{each}`" not in text] == []


def test_no_entry_of_the_registry_is_about_nothing() -> None:
    shown = {" ".join(command.words) + " " for command in COMMANDS}
    assert [each for each in WAYS if not any(f"{line}".startswith(each) for line in shown)] == []


@pytest.mark.parametrize(
    "command",
    [each for each in COMMANDS if each.words[0] == "metallb"] + own_mentions(),
    ids=lambda each: each.where,
)
def test_a_command_line_on_a_page_is_accepted(command: Command) -> None:
    """Also where neither engine nor lab can run it."""
    code: object = 0
    try:
        cli._parser().parse_args(command.words[1:])
    except SystemExit as end:
        code = end.code
    assert not code


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.where)
def test_a_command_on_a_page_runs_and_says_what_the_page_shows(
    command: Command, outcomes: Outcomes
) -> None:
    says(command, *outcomes[command.where])


OUTPUT = "NAME   STATE\nweb    203.0.113.0   5s\n  more\n"


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (("NAME STATE", "web ... 5s", "", "..."), []),
        (("web 203.0.113.0 ...",), []),
        (("web ... 6s",), ["web ... 6s"]),
        (("web", "203.0.113.0"), ["web", "203.0.113.0"]),
        (("web   203x0.113.0 5s",), ["web   203x0.113.0 5s"]),
    ],
)
def test_what_a_page_shows_is_looked_for_line_by_line(
    shown: tuple[str, ...], missing: list[str]
) -> None:
    assert lines_missing(shown, OUTPUT) == missing
