"""Commands in a page's running text, as `code`. Those of other people's programs are run as well.

A command in the text that begins like one in a block is that one. What can't be run as it stands
is in `ELSEWHERE`, with the test that runs what is meant.
"""

import re

from tests.docs.blocks import Block
from tests.docs.commands import Command, commands
from tests.platforms import parts
from tools.docs.paths import ROOT, pages

_CODE = re.compile(r"`([^`\n]+)`")
_PROGRAMS = ("pulumi", "kubectl", "birdc", "vtysh", "ip", "sysctl")
_OWN = "metallb "
_MADE = ("rules.md", "stack-file.md")
"""Pages that the program writes."""

ELSEWHERE = {line: test for part in parts() for line, test in part.commands_elsewhere.items()}


def mentions() -> list[Command]:
    """Commands to be run that stand in the text alone."""
    lines = [command.line for command in commands()]
    found: dict[tuple[str, str], Command] = {}
    for command in _in_text():
        begins = command.line.split()[0] in _PROGRAMS and " " in command.line
        if (
            not begins
            or command.line in ELSEWHERE
            or any(x.startswith(command.line) for x in lines)
        ):
            continue
        found.setdefault((command.page, command.line), command)
    return list(found.values())


def own_mentions() -> list[Command]:
    """Command lines of our program in the text; names in capitals stand for something."""
    found = {each.line: each for each in _in_text() if each.line.startswith(_OWN)}
    whole = [each for each in found.values() if "|" not in each.line]
    # A bare name of a command, such as `metallb refresh`, speaks of the command.
    return [each for each in whole if len(each.words) > 2 or each.line.endswith("schema")]


def _in_text() -> list[Command]:
    found = []
    for page in pages():
        if page.name in _MADE or page.parent != ROOT / "docs":
            continue
        fenced = False
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            elif not fenced:
                block = Block(page, number, "", line)
                found += [Command(block, 0, code, ()) for code in _CODE.findall(line)]
    return found
