"""MetalLB's own Go module: manifests, CRDs and charts of a release, where Go's cache keeps them.

Nothing of it is copied. A release that the module proxy does not serve, or whose checksum can't be
verified, is not had another way.
"""

import json
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from metallb.releases import Release, parse_release

MODULE = "go.universe.tf/metallb"
_SECONDS = 180
_IS_RELEASE = re.compile(r"metallb@v[0-9]+\.[0-9]+\.[0-9]+")


def module_folder(release: Release) -> Path:
    """The folder of a release; skips the test, with the reason, where it can't be had."""
    found = _download(str(release))
    if isinstance(found, str):
        pytest.skip(found)
    return found


def cached_folders() -> dict[Release, Path]:
    """The folders of the releases that Go's cache has already; nothing is downloaded.

    Skips the test, with the reason, where there is none.
    """
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"Go is not installed: it brings {MODULE} to compare with")
    done = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True)
    folder = Path(done.stdout.strip()) / "go.universe.tf"
    found = {
        parse_release(path.name.partition("@v")[2]): path
        for path in sorted(folder.glob("metallb@v*"))
        if _IS_RELEASE.fullmatch(path.name)
    }
    if not found:
        pytest.skip(f"Go's cache has no {MODULE}")
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
