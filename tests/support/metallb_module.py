"""MetalLB's own Go module: manifests, CRDs and charts of a release, where Go's cache keeps them.

Nothing of it is copied. A release that the module proxy does not serve, or whose checksum can't be
verified, is not had another way.
"""

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from metallb.releases import Release

MODULE = "go.universe.tf/metallb"
_SECONDS = 180


def module_folder(release: Release) -> Path:
    """The folder of a release; skips the test, with the reason, where it can't be had."""
    found = _download(str(release))
    if isinstance(found, str):
        pytest.skip(found)
    return found


@cache
def _download(version: str) -> Path | str:
    """The folder, or why there is none."""
    go = shutil.which("go")
    if go is None:
        return f"Go is not installed: it brings {MODULE} to compare with"
    command = [go, "mod", "download", "-json", f"{MODULE}@v{version}"]
    # Outside of any module, so that no go.mod is read or written.
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{MODULE}@v{version} did not arrive in {_SECONDS} s"
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return f"{MODULE}@v{version} can't be had: {' '.join(done.stderr.split())}"
    if "Dir" not in answer:
        return f"{MODULE}@v{version} can't be had: {' '.join(str(answer.get('Error')).split())}"
    return Path(answer["Dir"])
