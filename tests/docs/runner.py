"""Runs commands of pages in a copy of the repository; a program of its own, started there.

Imports the product once and forks for each command, which then costs what it does and no start of
an interpreter. Pages do not see each other's files.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from metallb import cli
from metallb.components.kube import load_classes
from metallb.render import render  # noqa: F401 - loaded before the first fork

KEPT = ("stacks", "build")


def main() -> None:
    """Commands come as JSON, one list a page; outcomes go back in the same shape."""
    load_classes()
    pages = json.load(sys.stdin)
    shutil.copytree("stacks", "stacks-as-they-were")
    Path("build").mkdir()
    outcomes = [[_outcome(line) for line in _fresh(page)] for page in pages]
    Path("outcomes.json").write_text(json.dumps(outcomes))


def _fresh(page: list[str]) -> list[str]:
    for name in KEPT:
        shutil.rmtree(name)
    shutil.copytree("stacks-as-they-were", "stacks")
    Path("build").mkdir()
    return page


def _outcome(line: str) -> tuple[int, str]:
    words = shlex.split(line, comments=True)
    if words[0] != "metallb":
        return _in_bash(line)
    output = Path("output.txt")
    child = os.fork()
    if child == 0:
        with output.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        code = 99
        try:
            code = cli.main(words[1:])
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), output.read_text()


@cache
def _in_bash(line: str) -> tuple[int, str]:
    """Programs other than ours, once each: what they leave does not depend on the page."""
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    main()
