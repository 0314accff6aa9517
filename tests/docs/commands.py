"""Commands that pages show: which are run, and how the others are looked at.

`HOW` is the one list of what a command may begin with; a command of another kind fails the test,
so that whoever shows it says here how it is checked.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab import __main__ as lab_cli
from metallb import cli
from tests.docs.blocks import Block, blocks
from tools.docs.paths import ROOT

_RUN_HERE = {"check", "render", "topology", "import", "schema"}
"""Commands of `python -m metallb` that need neither engine nor cluster."""
_READERS = {"kubectl", "birdc", "vtysh", "ip", "sysctl", "for", "export", "."}
"""Programs of the reader's machine: shown, and not looked at any further."""


@dataclass(frozen=True)
class Command:
    """One line behind a `$`, and what the page shows below it."""

    block: Block
    number: int
    line: str
    shown: tuple[str, ...]

    @property
    def where(self) -> str:
        return f"{self.block.page.relative_to(ROOT)}:{self.block.line + self.number}"

    @property
    def words(self) -> list[str]:
        words = shlex.split(self.line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        return words

    @property
    def is_run(self) -> bool:
        module, rest = _module(self.words)
        if module == "metallb":
            return bool(rest) and rest[0] in _RUN_HERE
        return self.words[0] == "cp"


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


def look_at(command: Command) -> None:
    """Fail if the command names a subcommand, an option, a target or a file that does not exist."""
    words = command.words
    module, rest = _module(words)
    name = f"python -m {module}" if module else words[0]
    assert name in HOW, f"{command.where}: say in tests/docs/commands.py how `{name}` is checked"
    HOW[name](rest if module else words[1:])


def _module(words: list[str]) -> tuple[str, list[str]]:
    if words[:1] and Path(words[0]).name in ("python", "python3") and words[1:2] == ["-m"]:
        return words[2], words[3:]
    return "", []


# --- how each kind is looked at ---------------------------------------------------------------


def _metallb(words: list[str]) -> None:
    _parsed(lambda: cli._parser().parse_args(words), words)


def _lab(words: list[str]) -> None:
    _parsed(lambda: lab_cli._parser().parse_args(words), words)


def _parsed(parse: Callable[[], object], words: list[str]) -> None:
    code: object = 0
    try:
        parse()
    except SystemExit as end:
        code = end.code
    assert not code, f"the command line refuses: {shlex.join(words)}"


def _docs(words: list[str]) -> None:
    # What the two commands do is tested beside this.
    assert words in (["stack-file"], ["stack-file", "--check"], ["links"])


def _pytest(words: list[str]) -> None:
    for word in words:
        if word.startswith("tests"):
            assert (ROOT / word).exists(), f"there is no {word}"


def _make(words: list[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for word in words:
        assert "=" in word or word in targets, f"the Makefile has no target {word}"


def _pulumi(words: list[str]) -> None:
    program = shutil.which("pulumi")
    if program is None:
        return
    path: list[str] = []
    for word in words:
        if not re.fullmatch(r"[a-z-]+", word) or word not in _subcommands(program, *path):
            break
        path.append(word)
    assert path, f"pulumi has no command {words[0]}"
    text = _help(program, *path)
    for word in words:
        if word.startswith("--"):
            option = word.split("=")[0]
            assert re.search(rf"{option}\b", text), f"pulumi {' '.join(path)} has no {option}"


@cache
def _subcommands(program: str, *path: str) -> set[str]:
    return set(re.findall(r"^ {2,}([a-z][a-z-]*) {2,}\S", _help(program, *path), re.MULTILINE))


@cache
def _help(program: str, *path: str) -> str:
    done = subprocess.run([program, *path, "--help"], capture_output=True, text=True, timeout=30)
    return done.stdout


def _passed(words: list[str]) -> None:
    del words


HOW: dict[str, Callable[[list[str]], None]] = {
    "python -m metallb": _metallb,
    "python -m lab": _lab,
    "python -m pytest": _pytest,
    "python -m tools.docs": _docs,
    "python -m pip": _passed,
    "make": _make,
    "pulumi": _pulumi,
    "mkdocs": _passed,
    "cp": _passed,
    **dict.fromkeys(_READERS, _passed),
}


# --- running ----------------------------------------------------------------------------------

_COPIED = ("metallb", "lab", "tools", "docs", "stacks", "Makefile", "Pulumi.yaml", "__main__.py",
           "README.md", "requirements.txt", "pyproject.toml", "mkdocs.yml",
           "tests/docs")  # fmt: skip


def sandbox(folder: Path) -> Path:
    """A copy of the repository with the files that pages take for granted."""
    copy = folder / "repository"
    copy.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, symlinks=True)
        elif source.exists():
            shutil.copy2(source, copy / name)
    (copy / "tests/__init__.py").touch()
    shutil.copy(copy / "stacks/Pulumi.onprem.yaml", copy / "stacks/Pulumi.prod.yaml")
    shutil.copy(ROOT / "tests/docs/config.yaml", copy / "config.yaml")
    (lokomotive,) = (each for each in blocks("text") if "address_pools" in each.text)
    (copy / "cluster.lokocfg").write_text(lokomotive.text)
    return copy


def run(pages: list[list[Command]], copy: Path) -> list[list[tuple[int, str]]]:
    """Run the commands of each page there: exit codes, and everything they said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.runner"],
        cwd=copy,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(copy),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(copy),
        },
        input=json.dumps([[command.line for command in page] for page in pages]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    outcomes: list[list[tuple[int, str]]] = json.loads((copy / "outcomes.json").read_text())
    return outcomes
