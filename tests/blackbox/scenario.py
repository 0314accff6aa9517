"""Reads and runs scenarios."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.platforms import folders

__all__ = ["Scenario", "ScenarioError", "program", "read", "run", "scenarios"]

_FILE = re.compile(r"-- (\S+) --")
_COMMAND = re.compile(r"(?:exit (?P<code>\d+) )?\$ (?P<words>.+)")
_CHECK = re.compile(
    r"(?P<no>no-)?(?P<stream>out|err|any)(?P<how>[:~]) ?(?P<text>.*)"
    r"|(?P<json>json): (?P<path>\S+) = (?P<value>.+)"
    r"|(?P<absent>no-)?file: (?P<file>\S+)"
    r"|(?P<lacks>not-)?in (?P<inside>\S+): (?P<content>.+)"
)
_SECONDS = 120
_HERE = str(Path(__file__).parents[2])
Done = subprocess.CompletedProcess[str]
Metallb = Callable[[Sequence[str], Path], Done]


def scenarios() -> list[Path]:
    """Every scenario's file, those of platforms included."""
    own = Path(__file__).parent / "scenarios"
    return [
        path
        for folder in (own, *folders("blackbox/scenarios"))
        for path in sorted(folder.glob("*.txt"))
    ]


class ScenarioError(AssertionError):
    """A line that does not hold, or is no line of a scenario."""


@dataclass(frozen=True)
class Scenario:
    """One scenario: its numbered lines, and the files that it begins with."""

    name: str
    lines: tuple[tuple[int, str], ...]
    files: tuple[tuple[str, str], ...]
    only: int | None = None

    def holds_for(self, version: int) -> bool:
        """Whether the scenario is one of this version's."""
        return self.only in (None, version)


def read(path: Path) -> Scenario:
    """The scenario of a file."""
    lines: list[tuple[int, str]] = []
    files: list[tuple[str, list[str]]] = []
    only = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        begins = _FILE.fullmatch(line)
        if begins:
            files.append((begins[1], []))
        elif files:
            files[-1][1].append(line)
        elif line.startswith("only: "):
            only = int(line.removeprefix("only: "))
        elif line.strip() and not line.startswith("#"):
            lines.append((number, line))
    texts = tuple((name, "\n".join(body) + "\n") for name, body in files)
    return Scenario(path.stem, tuple(lines), texts, only)


def run(scenario: Scenario, folder: Path, metallb: Metallb) -> int:
    """Run every command of a scenario in an empty folder; the number of checks that were made.

    :param metallb: runs the version under test with these arguments in a folder.
    :raises ScenarioError: with file, line and what was there instead.
    """
    for name, text in scenario.files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    done: Done | None = None
    checks = 0
    for number, line in scenario.lines:
        place = f"{scenario.name}.txt:{number}: {line}"
        command = _COMMAND.fullmatch(line)
        if command:
            first, *rest = shlex.split(command["words"])
            done = metallb(rest, folder) if first == "metallb" else program([first, *rest], folder)
            expected = int(command["code"] or 0)
            if done.returncode != expected:
                raise ScenarioError(f"{place}\nexit code {done.returncode}\n{_shown(done)}")
        else:
            problem = _problem(line, folder, done)
            if problem:
                raise ScenarioError(f"{place}\n{problem}\n{_shown(done)}")
        checks += 1
    return checks


def program(words: Sequence[str], folder: Path) -> Done:
    """Run another program, or another version of this one, in a folder.

    A shell finds the version under test as `$METALLB`: what the environment has, or a module.
    """
    command = os.environ.get("METALLB") or shlex.join([sys.executable, "-m", "metallb"])
    own = {"METALLB": command, "NO_COLOR": "1"}
    own |= {"PYTHONPATH": os.environ.get("PYTHONPATH") or _HERE, "COLUMNS": "100"}
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **own, "HOME": str(folder / ".home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def _problem(line: str, folder: Path, done: Done | None) -> str:
    """What does not hold of a line; empty where all does."""
    found = _CHECK.fullmatch(line)
    if found is None:
        raise ScenarioError(f"no line of a scenario: {line}")
    if found["file"]:
        there = any(folder.glob(found["file"]))
        return "" if there is not bool(found["absent"]) else f"there: {there}"
    if found["inside"]:
        inside = next(iter(sorted(folder.glob(found["inside"]))), None)
        if inside is None or not inside.is_file():
            there = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.*"))
            return f"no such file; there are {', '.join(there)}"
        text = inside.read_text(encoding="utf-8")
        has = found["content"] in text
        return "" if has is not bool(found["lacks"]) else text
    if done is None:
        raise ScenarioError(f"no command before: {line}")
    if found["json"]:
        try:
            value = _at(json.loads(done.stdout), found["path"])
        except (ValueError, LookupError, TypeError) as error:
            return f"{type(error).__name__}: {error}"
        return "" if value == json.loads(found["value"]) else f"is {json.dumps(value)}"
    text = {"out": done.stdout, "err": done.stderr, "any": done.stdout + done.stderr}[
        found["stream"]
    ]
    matches = re.search(found["text"], text) if found["how"] == "~" else found["text"] in text
    return "" if bool(matches) is not bool(found["no"]) else "the output is otherwise"


def _at(value: Any, path: str) -> Any:
    for step in _steps(path):
        if step == "#":
            value = len(value)
        else:
            value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _steps(path: str) -> Iterator[str]:
    return (step for step in path.split(".") if step)


def _shown(done: Done | None) -> str:
    return f"stdout:\n{done.stdout}\nstderr:\n{done.stderr}" if done is not None else ""
