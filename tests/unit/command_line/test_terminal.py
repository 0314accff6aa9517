"""The terminal of `make tour`: what it shows of a command, and what it refuses."""

import time

import pytest

from lab import terminal
from lab.errors import LabError
from lab.terminal import Terminal, essential


@pytest.mark.parametrize(
    ("text", "shows", "lines"),
    [
        ("a\nb\nc", "", ["a", "b", "c"]),
        ("a\nb\nc", "b", ["...", "b", "..."]),
        ("a\nb\nc\nd", "a|d", ["a", "...", "d"]),
        ("", "", []),
        ("a  \n", "", ["a"]),
    ],
)
def test_of_an_output_the_essential_lines_are_shown(text, shows, lines):
    assert essential(text, shows) == lines


@pytest.fixture
def shown():
    return []


@pytest.fixture
def shell(shown, tmp_path):
    return Terminal(shown.append, tmp_path, {"WORD": "there"}, seconds=60)


def test_a_command_is_shown_as_typed_with_its_output(shell, shown):
    assert shell.run("echo hello $WORD; echo more", shows="hello") == "hello there\nmore\n"
    assert shown == ["$ echo hello $WORD; echo more", "hello there", "..."]


@pytest.mark.parametrize(
    ("line", "patterns", "code", "fault"),
    [
        ("exit 3", (), 0, "exit code 3"),
        ("true", (), 3, "exit code 0"),
        ("echo a", ("^a$", "^b$"), 0, "no \\^b\\$"),
    ],
)
def test_a_command_that_does_not_hold_ends_the_story(shell, line, patterns, code, fault):
    with pytest.raises(LabError, match=fault):
        shell.run(line, patterns=patterns, code=code)


def test_a_command_without_an_end_is_interrupted_and_its_output_is_shown(shell, monkeypatch):
    monkeypatch.setattr(terminal, "_LONGEST", 1.0)
    begun = time.monotonic()
    with pytest.raises(LabError, match="did not end within 1 seconds") as slow:
        shell.run("echo begun; sleep 50")
    assert "begun" in slow.value.problem.detail
    assert time.monotonic() - begun < 20


def test_a_command_that_ignores_an_interrupt_is_killed(shell, monkeypatch):
    monkeypatch.setattr(terminal, "_LONGEST", 1.0)
    monkeypatch.setattr(terminal, "_GRACE", 1.0)
    begun = time.monotonic()
    with pytest.raises(LabError, match="did not end"):
        shell.run("trap '' INT; while :; do sleep 0.1; done")
    assert time.monotonic() - begun < 20


def test_when_the_time_is_over_nothing_more_is_run(shown, tmp_path):
    shell = Terminal(shown.append, tmp_path, {}, seconds=0)
    with pytest.raises(LabError, match="longer than 0 seconds"):
        shell.run("touch made")
    assert not (tmp_path / "made").exists()
