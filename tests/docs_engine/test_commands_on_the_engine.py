"""Commands for the engine, page by page, on the real CLI and plugins."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from tests.docs.commands import Command, commands, not_said
from tests.docs.mentions import mentions
from tests.docs.registry import ENGINE, HERE, of
from tests.docs.sandbox import lacks
from tests.docs.shell import Lacking, Said
from tests.docs_engine.reader import Reader
from tests.docs_engine.stories import BEFORE, ELSEWHERE, PIPED, SEEN, TYPED, WHOLE, Key

pytestmark = pytest.mark.engine

COMMANDS = commands() + mentions()
OWN = of(ENGINE, COMMANDS)
RUN = OWN + [command for command in of(HERE, COMMANDS) if command.page in WHOLE]
RUN.sort(key=COMMANDS.index)
T = TypeVar("T")


def told(table: Mapping[Key, T], command: Command, default: T) -> T:
    """What a table of the stories has for a command: its entry with the longest line."""
    found = {
        line: value
        for (page, line), value in table.items()
        if page == command.page and f"{command.line} ".startswith(f"{line} ")
    }
    return found[max(found, key=len)] if found else default


class Pages:
    """Runs a page when the first of its commands is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._said: dict[tuple[str, str], Said | Exception] = {}

    def said(self, command: Command) -> Said:
        page = ELSEWHERE.get(command.page, command.page)
        key = (page, command.line.partition(" #")[0].strip())
        if key not in self._said:
            self._run(page)
        said = self._said[key]
        if isinstance(said, Exception):
            raise said
        return said

    def _run(self, page: str) -> None:
        reader = Reader(self.folder / page)
        failed: Exception | None = None
        try:
            for command in [each for each in RUN if each.page == page]:
                key = (page, command.line.partition(" #")[0].strip())
                if failed is None:
                    try:
                        told(BEFORE, command, _nothing)(reader)
                    except Exception as error:
                        failed = error
                self._said.setdefault(key, failed or self._one(reader, command))
        finally:
            reader.close()

    def _one(self, reader: Reader, command: Command) -> Said:
        piped, typed = told(PIPED, command, ""), told(TYPED, command, "")
        return reader.shell.run(command.line, piped=piped, typed=typed)


def _nothing(reader: Reader) -> None:
    del reader


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(tmp_path_factory.mktemp("docs-engine"))


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.where)
def test_a_command_on_the_engine_says_what_the_page_shows(command: Command, pages: Pages) -> None:
    try:
        said = pages.said(command)
    except Lacking as lacking:
        pytest.skip(f"NOT run, no API server for it here, lacking {lacking}")
    if said.code and (why := lacks(command, said.text)):
        pytest.skip(f"NOT run to its end: {why}")
    assert said.code == 0, said.text
    assert not_said(command.shown, said.text) == [], said.text
    for pattern in told(SEEN, command, ()):
        assert re.search(pattern, said.text, re.MULTILINE), f"{pattern!r} is not in:\n{said.text}"


@pytest.mark.parametrize("key", [*BEFORE, *PIPED, *TYPED, *SEEN], ids=str)
def test_a_story_is_about_a_command_that_a_page_shows(key: Key) -> None:
    page, line = key
    assert any(each.page == page and f"{each.line} ".startswith(f"{line} ") for each in RUN)
