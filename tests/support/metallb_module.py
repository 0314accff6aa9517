"""MetalLB's own Go module: manifests, CRDs and charts of a release, where Go's cache keeps them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from metallb.releases import Release, parse_release
from tests.support.go_module import go_module

MODULE = "go.universe.tf/metallb"
_IS_RELEASE = re.compile(r"metallb@v[0-9]+\.[0-9]+\.[0-9]+")


def module_folder(release: Release) -> Path:
    """The folder of a release; skips the test, with the reason, where it can't be had."""
    return go_module(f"{MODULE}@v{release}")


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
