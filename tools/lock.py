"""`make lock`: the locks of all Python packages, with their hashes, from the files with the pins.

Versions that a lock has stay as long as the pins allow them; `--upgrade` takes the newest ones.
Runs uv, which is installed by its own lock into build/lock. Needs a package index.
"""

import argparse
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LOCKS", "OLDEST", "Lock", "main"]

ROOT = Path(__file__).resolve().parents[1]
TOOL = ROOT / "build" / "lock"
OLDEST = "3.11"
"""The oldest Python that the locks are for; they are for every later one, and every system, too."""


@dataclass(frozen=True)
class Lock:
    """A lock and what it is made from; `agrees` is a larger lock whose versions it has."""

    path: str
    sources: tuple[str, ...]
    agrees: str = ""


_DEV = "requirements-dev.lock"
LOCKS = (
    Lock(_DEV, ("requirements.txt", "requirements-dev.txt")),
    Lock("requirements.lock", ("requirements.txt",), _DEV),
    Lock("requirements/core.lock", ("requirements/core.txt",), _DEV),
    Lock("requirements/cluster.lock", ("requirements/core.txt", "requirements/cluster.txt"), _DEV),
    Lock("requirements/build.lock", ("requirements/build.txt",)),
    Lock("requirements/uv.lock", ("requirements/uv.txt",)),
)
"""In the order in which they are made."""


def main(argv: Sequence[str] | None = None) -> int:
    """Make them all; the exit code is that of the first tool that fails."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    args = parser.parse_args(argv)
    if not (TOOL / "bin" / "uv").exists():
        venv.create(TOOL, with_pip=True)
    pip = [str(TOOL / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    code = _run([*pip, "--disable-pip-version-check", "--require-hashes", "-rrequirements/uv.lock"])
    for lock in LOCKS:
        code = code or _run(command(lock, upgrade=args.upgrade))
    return code


def command(lock: Lock, *, upgrade: bool) -> list[str]:
    """What makes a lock."""
    words = [str(TOOL / "bin" / "uv"), "pip", "compile", "--quiet", "--universal"]
    words += ["--python-version", OLDEST, "--generate-hashes", "--no-emit-index-url"]
    words += ["--custom-compile-command", "make lock", "-o", lock.path]
    if upgrade and not lock.agrees:
        words.append("--upgrade")
    return [*words, *(["-c", lock.agrees] if lock.agrees else []), *lock.sources]


def _run(words: list[str]) -> int:
    print("+", *[words[0].rpartition(os.sep)[2], *words[1:]], flush=True)
    return subprocess.run(words, cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
