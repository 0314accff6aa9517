"""Commands that pages show, and what they show below them."""

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.docs.blocks import Block, blocks
from tools.docs.paths import ROOT


@dataclass(frozen=True)
class Command:
    """One line behind a `$`, and what the page shows below it."""

    block: Block
    number: int
    line: str
    shown: tuple[str, ...]

    @property
    def page(self) -> str:
        """The page's file name."""
        return self.block.page.name

    @property
    def where(self) -> str:
        """Page and line."""
        return f"{self.block.page.relative_to(ROOT)}:{self.block.line + self.number}"

    @cached_property
    def words(self) -> list[str]:
        """The program, always called `python` if it is one, and its arguments."""
        words = shlex.split(self.line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and Path(words[0]).name in ("python", "python3"):
            words[0] = "python"
        return words


def commands() -> list[Command]:
    """Every command of every page, in order."""
    found = []
    for block in blocks("console", "sh", "bash"):
        lines = block.text.splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        assert starts, f"{block.where}: a console block has a line that begins with '$ '"
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            shown = tuple(lines[start + 1 : end])
            found.append(Command(block, start + 1, lines[start][2:], shown))
    return found


def lines_missing(shown: tuple[str, ...], output: str) -> list[str]:
    """Lines below a command that its output lacks: `...` is anything, blanks are alike."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    wanted = [line for line in shown if line.strip() not in ("", "...")]
    return [line for line in wanted if not any(map(_pattern(line).fullmatch, lines))]


def _pattern(shown: str) -> re.Pattern[str]:
    parts = (re.escape(" ".join(part.split())) for part in shown.split("..."))
    return re.compile(r"\s*.*?\s*".join(parts))
