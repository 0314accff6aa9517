"""Problems as a person reads them: what is wrong first, then the rule, then the help."""

import io
import os
import pty
import re
import termios
from collections.abc import Iterator
from typing import TextIO

import pytest

from metallb.problems.escape import escaped, one_line
from metallb.problems.problem import Position, Problem, Severity, spelled
from metallb.problems.text import PLAIN, Style, first_line, problems_text, style_of
from tests.unit.problems.samples import (
    DETAIL,
    ESCAPED,
    HELP,
    foreign,
    problem,
    shows_no_control,
)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_a_whole_problem() -> None:
    assert problems_text([problem()]) == (
        "Pulumi.dc1.yaml:14:15: error[P6]: hold time 2s is too short (metallb:bgp.holdTime)\n"
        f"  {DETAIL}\n"
        f"  help: {HELP}"
    )


def test_an_error_of_no_document_has_neither_place_nor_key() -> None:
    error = Problem(
        "E203",
        Severity.ERROR,
        "cannot write to /etc/hostname: not a directory",
        help="choose another folder with -o",
    )
    assert problems_text([error]) == (
        "error[E203]: cannot write to /etc/hostname: not a directory\n"
        "  help: choose another folder with -o"
    )


@pytest.mark.parametrize(
    ("position", "start"),
    [
        (Position("a.yaml", 14, 15), "a.yaml:14:15: error[P6]: "),
        (Position("a.yaml", 14), "a.yaml:14: error[P6]: "),
        (Position("a.yaml"), "a.yaml: error[P6]: "),
        (None, "error[P6]: "),
    ],
)
def test_a_position_has_as_many_numbers_as_are_known(position: Position | None, start: str) -> None:
    assert problems_text([problem(position=position)]).startswith(f"{start}hold time")


def test_a_warning_is_a_warning() -> None:
    text = problems_text([problem(severity=Severity.WARNING, position=None)])
    assert text.startswith("warning[P6]: hold time")


def test_a_part_that_is_empty_has_no_line() -> None:
    assert problems_text([problem(detail="", help="")]).count("\n") == 0
    assert problems_text([problem(detail="")]).splitlines()[1:] == [f"  help: {HELP}"]
    assert problems_text([problem(help="")]).splitlines()[1:] == [f"  {DETAIL}"]
    assert problems_text([]) == ""


def test_a_location_is_spelled_with_dots_and_numbers() -> None:
    assert spelled(("metallb:platform", "racks", 0, "name")) == "metallb:platform.racks[0].name"
    assert spelled(()) == ""
    assert spelled(("tor.yaml: BGPPeer tor1", "spec", "peers", 1)) == (
        "tor.yaml: BGPPeer tor1: spec.peers[1]"
    )


def test_the_file_is_not_repeated_in_the_location() -> None:
    location = ("tor.yaml: BGPPeer tor1", "spec", "holdTime")
    placed = problem(location=location, position=Position("tor.yaml", 7, 3))
    assert first_line(placed).endswith("(BGPPeer tor1: spec.holdTime)")
    assert first_line(placed.at(None)).endswith("(tor.yaml: BGPPeer tor1: spec.holdTime)")


def test_the_first_line_is_what_is_wrong_and_where() -> None:
    assert first_line(problem()) == problems_text([problem()]).splitlines()[0]


# --- the same problem in several places -------------------------------------------------------


def at(number: int) -> Problem:
    return problem(
        location=("metallb:platform", "racks", number, "holdTime"),
        position=Position("Pulumi.dc1.yaml", 20 + number, 9),
    )


def test_problems_that_differ_in_their_place_alone_are_one_with_a_count() -> None:
    text = problems_text([at(0), problem(code="P8"), at(1), at(2), at(3), at(4), at(5)])
    first, also, detail, help, other, *_ = text.splitlines()
    assert first == (
        "Pulumi.dc1.yaml:20:9: error[P6]: hold time 2s is too short "
        "(metallb:platform.racks[0].holdTime) (6 times)"
    )
    assert also == (
        "  also at: Pulumi.dc1.yaml:21:9 (metallb:platform.racks[1].holdTime), "
        "Pulumi.dc1.yaml:22:9 (metallb:platform.racks[2].holdTime), "
        "Pulumi.dc1.yaml:23:9 (metallb:platform.racks[3].holdTime) and 2 more"
    )
    assert (detail, help) == (f"  {DETAIL}", f"  help: {HELP}")
    assert "error[P8]" in other


@pytest.mark.parametrize(
    "other",
    [
        problem(summary="hold time 1s is too short"),
        problem(severity=Severity.WARNING),
        problem(help="write 3s"),
        problem(detail="Another rule"),
        problem(code="P7"),
    ],
)
def test_problems_that_differ_in_anything_else_are_two(other: Problem) -> None:
    assert "times)" not in problems_text([problem(), other])


def test_problems_without_a_place_are_counted_too() -> None:
    bare = problem(location=(), position=None)
    first, also, *_ = problems_text([bare, bare]).splitlines()
    assert first == "error[P6]: hold time 2s is too short (2 times)"
    assert also == "  also at: the same place"


# --- width and colours ------------------------------------------------------------------------


def test_detail_and_help_wrap_at_the_width_and_lose_nothing() -> None:
    long = problem(help=f"{HELP}; or remove the line, and the router decides")
    lines = problems_text([long], Style(width=50)).splitlines()
    assert lines[0] == problems_text([long]).splitlines()[0], "compilers do not wrap it either"
    assert all(len(line) <= 50 for line in lines[1:])
    assert all(line.startswith("  ") for line in lines[1:])
    helps = next(number for number, line in enumerate(lines) if line.startswith("  help: "))
    assert helps > 2
    assert all(line.startswith("    ") for line in lines[helps + 1 :])
    assert " ".join(" ".join(lines).split()) == " ".join(problems_text([long]).split())


def test_a_word_that_is_wider_is_left_whole() -> None:
    url = "https://example.com/" + "x" * 80
    assert url in problems_text([problem(help=f"read {url}")], Style(width=40))


def test_without_a_width_each_part_is_one_line() -> None:
    assert len(problems_text([problem(detail="x " * 400)]).splitlines()) == 3


@pytest.mark.parametrize("severity", list(Severity))
def test_colours_only_where_the_style_has_them(severity: Severity) -> None:
    problems = [problem(severity=severity)]
    plain = problems_text(problems)
    coloured = problems_text(problems, Style(colour=True))
    assert "\x1b" not in plain
    assert COLOUR.sub("", coloured) == plain
    assert f"m{severity}[P6]:\x1b[0m" in coloured
    assert "m" + "help:\x1b[0m" in coloured
    for line in coloured.splitlines():
        assert line.count("\x1b[0m") * 2 == line.count("\x1b["), "a colour ends in its line"


class _Stream(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


def test_a_terminal_has_colours_and_wraps(environment: pytest.MonkeyPatch) -> None:
    assert style_of(_Stream()) == Style(colour=True, width=100)


def test_a_pipe_has_neither(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COLUMNS", "60")
    assert style_of(io.StringIO()) == PLAIN == Style(colour=False, width=0)


@pytest.mark.parametrize(
    ("name", "value", "colour"),
    [
        ("NO_COLOR", "1", False),
        ("NO_COLOR", "", True),
        ("TERM", "dumb", False),
        ("TERM", "linux", True),
    ],
)
def test_colours_are_turned_off_by_the_environment(
    environment: pytest.MonkeyPatch, name: str, value: str, colour: bool
) -> None:
    environment.setenv(name, value)
    assert style_of(_Stream()).colour is colour


@pytest.mark.parametrize(
    ("columns", "width"),
    [("72", 72), ("5", 40), ("400", 100), ("0", 100), ("-5", 100), ("wide", 100), ("", 100)],
)
def test_a_width_is_between_40_and_100(
    environment: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    environment.setenv("COLUMNS", columns)
    assert style_of(_Stream()).width == width


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A terminal of 64 columns, which is not standard output."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 64))
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


def test_the_width_is_that_of_the_stream(environment: pytest.MonkeyPatch, terminal: TextIO) -> None:
    assert style_of(terminal) == Style(colour=True, width=64)


# --- foreign text -----------------------------------------------------------------------------


def test_control_characters_are_shown_as_codes() -> None:
    text = problems_text([foreign()])
    assert shows_no_control(text)
    assert text.count(ESCAPED) == 5, "summary, location, detail, help and file"
    assert len(text.splitlines()) == 3


def test_they_are_shown_as_codes_in_places_of_the_same_problem_too() -> None:
    moved = foreign().at(Position("b\x1b.yaml", 9))
    text = problems_text([foreign(), moved])
    assert shows_no_control(text)
    assert "also at: b\\x1b.yaml:9 " in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b", "\\x1b"),
        ("\r", "\\r"),
        ("\0", "\\0"),
        ("\x7f", "\\x7f"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200b", "\\u200b"),
        ("\u2028", "\\u2028"),
        ("\ufeff", "\\ufeff"),
        ("\udcff", "\\udcff"),
        ("a\n\tb", "a\n\tb"),
        ("Zürich 東京 ±", "Zürich 東京 ±"),
    ],
)
def test_what_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert escaped(shown) == shown


def test_one_line_is_one_line() -> None:
    assert one_line(" a\n  b\tc\r\nd ") == "a b c\\r d"


def test_a_location_of_a_secret_key_shows_its_key_alone() -> None:
    secret = problem(location=("metallb:bgp", "password"), summary="password of 81 characters")
    assert first_line(secret).endswith("(metallb:bgp.password)")
