"""Fenced blocks of the documentation's pages."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.docs.paths import ROOT, pages

_FILE = re.compile(r"# (Pulumi\.[\w-]+\.yaml)\n")
_FENCE = re.compile(r"^(?P<indent>\s*)(?P<mark>`{3,})(?P<language>[\w-]*)\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Every block of these languages, on all pages."""
    return [each for page in pages() for each in _of(page) if each.language in languages]


def stack_files() -> dict[str, str]:
    """The stack files that pages show whole: blocks whose first line is the name of the file."""
    named = ((_FILE.match(each.text), each) for each in blocks("yaml"))
    return {match[1]: f"{each.text}\n" for match, each in named if match}


def _of(page: Path) -> Iterator[Block]:
    start, mark, language = 0, "", ""
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        match = _FENCE.match(line)
        if not mark and match:
            start, mark, language, lines = number, match["mark"], match["language"], []
        elif mark and line.strip() == mark:
            yield Block(page, start, language, textwrap.dedent("\n".join(lines)))
            mark = ""
        elif mark:
            lines.append(line)
    assert not mark, f"{page}:{start}: the block has no end"
