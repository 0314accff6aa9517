"""Commands for the engine, page by page, on the real CLI and plugins."""

from pathlib import Path

import pytest

from tests.docs.commands import Command, commands
from tests.docs.engine.reader import Reader
from tests.docs.engine.stories import BEFORE, ELSEWHERE, PIPED, SHOWN, TYPED, WHOLE
from tests.docs.expecting import Key, entry_of, is_about_one_of, says
from tests.docs.mentions import mentions
from tests.docs.registry import ENGINE, HERE, of
from tests.docs.shell import Lacking, Output

COMMANDS = commands() + mentions()
OWN = of(COMMANDS, ENGINE)
RUN = OWN + [command for command in of(COMMANDS, HERE) if command.page in WHOLE]
RUN.sort(key=COMMANDS.index)


class Pages:
    """Runs a page when the first of its commands is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._outputs: dict[tuple[str, str], Output | Exception] = {}

    def output(self, command: Command) -> Output:
        page = ELSEWHERE.get(command.page, command.page)
        key = (page, command.line.partition(" #")[0].strip())
        if key not in self._outputs:
            self._run(page)
        output = self._outputs[key]
        if isinstance(output, Exception):
            raise output
        return output

    def _run(self, page: str) -> None:
        reader = Reader(self.folder / page)
        failed: Exception | None = None
        try:
            for command in [each for each in RUN if each.page == page]:
                key = (page, command.line.partition(" #")[0].strip())
                if failed is None:
                    try:
                        entry_of(BEFORE, command, _nothing)(reader)
                    except Exception as error:
                        failed = error
                self._outputs.setdefault(key, failed or self._one(reader, command))
        finally:
            reader.close()

    def _one(self, reader: Reader, command: Command) -> Output:
        piped, typed = entry_of(PIPED, command, ""), entry_of(TYPED, command, "")
        return reader.shell.run(command.line, piped=piped, typed=typed)


def _nothing(reader: Reader) -> None:
    del reader


def _id(command: Command) -> str:
    """Begins with the page that is run."""
    other = ELSEWHERE.get(command.page)
    return f"{other}, {command.where}" if other else command.where


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(tmp_path_factory.mktemp("docs-engine"))


@pytest.mark.parametrize("command", RUN, ids=_id)
def test_a_command_on_the_engine_says_what_the_page_shows(command: Command, pages: Pages) -> None:
    try:
        output = pages.output(command)
    except Lacking as lacking:
        pytest.skip(f"NOT run: this machine lacks {lacking}")
    says(command, output.code, output.text, patterns=entry_of(SHOWN, command, ()))


@pytest.mark.parametrize("key", [*BEFORE, *PIPED, *TYPED, *SHOWN], ids=str)
def test_a_story_is_about_a_command_that_a_page_shows(key: Key) -> None:
    assert is_about_one_of(key, RUN)
