"""A copy of the repository in which a test changes files, and runs what shows that they are all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import PROJECT_ROOT

__all__ = ["GENERATED", "Scratch"]

GENERATED = {
    "docs/metallb-fields.md",
    "docs/rules.md",
    "docs/stack-file.md",
    "metallb/routing/crds.json",
    "stacks/schema.json",
}
"""Files that no person writes: `python -m tools.docs all` does."""
_COPIED = ("metallb", "tools", "docs", "stacks", "tests", "lab", "benchmarks", "Pulumi.yaml",
           "__main__.py", "README.md", "pyproject.toml", "mkdocs.yml", "Makefile",
           "requirements.txt", "requirements-dev.txt")  # fmt: skip
_LEFT_OUT = shutil.ignore_patterns("states")


class Scratch:
    """The copy.

    :ivar edited: paths of the files that were changed or added by hand.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository"
        self.folder.mkdir()
        for name in _COPIED:
            source = PROJECT_ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, symlinks=True, ignore=_LEFT_OUT)
            else:
                shutil.copy2(source, self.folder / name)
        self.edited: set[str] = set()

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a text that is once in a file."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path} has {text.count(before)} times: {before}"
        self._write(path, text.replace(before, after))

    def append(self, path: str, text: str) -> None:
        """Add a text at the end of a file."""
        self._write(path, (self.folder / path).read_text(encoding="utf-8") + text)

    def add(self, path: str, text: str) -> None:
        """A new file."""
        assert not (self.folder / path).exists()
        self._write(path, text)

    def _write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self.edited.add(path)

    def python(self, *args: str, code: int = 0) -> str:
        """Run Python in the copy; what it prints."""
        done = subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            # Releases of MetalLB that are not on this machine stay so, and are skipped.
            env={**_environment(), "GOPROXY": "off"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout[-6000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def generate(self) -> set[str]:
        """Write what is made from the code; the files that differ afterwards."""
        before = {path: (self.folder / path).read_bytes() for path in GENERATED}
        self.python("-m", "tools.docs", "all")
        return {path for path in GENERATED if (self.folder / path).read_bytes() != before[path]}

    def passes(self, *tests: str) -> None:
        """Run some tests of the copy."""
        options = ("-q", "-p", "no:cacheprovider", "-n", "0", "--hypothesis-profile", "few")
        shown = self.python("-m", "pytest", *options, *tests)
        assert " passed" in shown


def _environment() -> dict[str, str]:
    """That of this process, without what belongs to its own test run."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "PYTHONPATH"))
    }
