"""A command in this process, as though it had been started."""

import contextlib
import io
import subprocess
from collections.abc import Sequence
from pathlib import Path

from metallb.cli import main

__all__ = ["ended"]


def ended(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder: exit code and what it printed. Its errors are not caught."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())
