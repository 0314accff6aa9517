"""Files of other people's Go modules, where Go's cache has them or its proxy serves them.

Nothing of them is copied. A module that the proxy does not serve, or whose checksum can't be
verified, is not had another way.
"""

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

_SECONDS = 180


def go_module(module: str) -> Path:
    """The folder of a module, such as `example.com/m@v1.2.3`.

    Skips the test, with the reason, where it can't be had.
    """
    found = _downloaded(module)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@cache
def _downloaded(module: str) -> Path | str:
    """The folder, or why there is none."""
    go = shutil.which("go")
    if go is None:
        return f"Go is not installed: it brings {module} to compare with"
    # Outside of any module, so that no go.mod is read or written.
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [go, "mod", "download", "-json", module],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"{module} did not arrive in {_SECONDS} s"
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return f"{module} can't be had: {' '.join(done.stderr.split())}"
    if "Dir" not in answer:
        return f"{module} can't be had: {' '.join(str(answer.get('Error')).split())}"
    return Path(answer["Dir"])
