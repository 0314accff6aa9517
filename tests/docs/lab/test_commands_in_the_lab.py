"""Commands for cluster and routers, page by page, on the real programs."""

import pytest

from lab import needs
from tests.docs.commands import Command, commands
from tests.docs.expecting import Key, entry_of, is_about_one_of, says
from tests.docs.lab.site import Site
from tests.docs.lab.stories import AFTER, BEFORE, CODES, NODE, PLACES, SHOWN
from tests.docs.mentions import mentions
from tests.docs.registry import HERE, LAB, of
from tests.docs.shell import Lacking, Output

pytestmark = pytest.mark.lab

COMMANDS = commands() + mentions()
_ASKING = {id(command.block) for command in of(COMMANDS, LAB)}
# What Python alone can run goes on with the output of the cluster before it.
RUN = [each for each in of(COMMANDS, LAB, HERE) if id(each.block) in _ASKING]


class Pages:
    """Runs a page when the first of its commands is needed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._outputs: dict[str, Output | Exception] = {}

    def output(self, command: Command) -> Output:
        if command.where not in self._outputs:
            self._run([each for each in RUN if each.page == command.page])
        output = self._outputs[command.where]
        if isinstance(output, Exception):
            raise output
        return output

    def _run(self, page: list[Command]) -> None:
        lacking: dict[int, Lacking] = {}
        for command in page:
            place = PLACES.get(command.words[0], NODE)
            if command.words[0] == "vtysh" and needs.missing_frr():
                continue
            try:
                if id(command.block) in lacking:
                    raise lacking[id(command.block)]
                entry_of(BEFORE, command, _nothing)(self.site)
                self._outputs[command.where] = self.site.shell(place).run(command.line)
                entry_of(AFTER, command, _nothing)(self.site)
            except Exception as error:
                self._outputs[command.where] = error
                if isinstance(error, Lacking):
                    lacking[id(command.block)] = error


def _nothing(site: Site) -> None:
    del site


@pytest.fixture(scope="module")
def pages(site: Site) -> Pages:
    return Pages(site)


@pytest.mark.parametrize("command", RUN, ids=lambda each: each.where)
def test_a_command_in_the_lab_says_what_the_page_shows(command: Command, pages: Pages) -> None:
    if command.words[0] == "vtysh" and (missing := needs.missing_frr()):
        pytest.skip(f"NOT run, FRR is not here; missing: {'; '.join(missing)}")
    try:
        output = pages.output(command)
    except Lacking as lacking:
        pytest.skip(f"NOT run: {lacking}")
    code, patterns = entry_of(CODES, command, 0), entry_of(SHOWN, command, ())
    says(command, output.code, output.text, expected=code, patterns=patterns)


@pytest.mark.parametrize("key", [*BEFORE, *AFTER, *CODES, *SHOWN], ids=str)
def test_a_story_is_about_a_command_that_a_page_shows(key: Key) -> None:
    assert is_about_one_of(key, RUN)


def test_several_pages_ask_for_the_lab() -> None:
    assert len({command.page for command in RUN}) >= 5
