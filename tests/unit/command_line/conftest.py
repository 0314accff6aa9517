"""A command on a text, in this process: what it shows and writes."""

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from metallb import cli
from metallb.actions import check, verdict
from metallb.problems import documents
from metallb.problems.codes import Code
from metallb.problems.documents import FORMATS, as_format
from metallb.problems.problem import Problem
from metallb.problems.text import Style

Shown = Callable[..., str]


def _dumped(value: Any, **_: Any) -> str:
    """By the encoder in C, which knows no indent: SARIF has every rule in each document."""
    return json.dumps(value)


def _in_every_format(
    problems: Sequence[Problem], form: str, rules: Iterable[Code], *style: Style
) -> str:
    """The problems in all formats; a SARIF document without rules, which are the same in each."""
    del form, rules, style
    return "\n".join(as_format(problems, each, ()) for each in FORMATS)


@pytest.fixture
def every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` prints its problems in every format, whichever is wanted: they are found once."""
    for each in (check, verdict):
        monkeypatch.setattr(each, "as_format", _in_every_format)


@pytest.fixture
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shown:
    """Runs a command on a text of a file; what it prints, and the files that it writes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setattr(documents, "json", SimpleNamespace(dumps=_dumped))
    # The command line is the same for every text.
    monkeypatch.setattr(cli, "_parser", cache(cli._parser))

    def run(words: str, content: str, name: str = "x.yaml") -> str:
        (tmp_path / name).write_text(content)
        with contextlib.suppress(SystemExit):
            cli.main(words.format(name).split())
        found = "".join(capsys.readouterr())
        written = [tmp_path / "written.yaml", tmp_path / "comment.md"]
        written += sorted((tmp_path / "made").rglob("*"))
        return found + "".join(each.read_text() for each in written if each.is_file())

    return run
