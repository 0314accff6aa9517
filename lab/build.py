"""Builds the lab's Go programs once, from ``lab/tools/go.mod``.

The key of a build is the hash of go.mod and go.sum: a changed version builds anew, anything
else is a no-op.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from lab import go, paths
from lab.errors import LabError

_VERSION = "k8s.io/component-base/version"
_NAMES = {
    "go.universe.tf/metallb/frr-tools/metrics": "frr-metrics",
    "github.com/metallb/frr-k8s/cmd/frr-k8s-controller": "frr-k8s",
    "github.com/metallb/frr-k8s/cmd/metrics": "frr-k8s-metrics",
    "github.com/metallb/frr-k8s/cmd/status": "frr-k8s-status",
}
"""Names of programs whose Go packages have a general name, or the same."""


def key() -> str:
    """What a build depends on."""
    return go.source_key(paths.TOOLS / name for name in ("go.mod", "go.sum"))


def tools() -> list[str]:
    """The packages that go.mod names as tools."""
    text = (paths.TOOLS / "go.mod").read_text()
    block = re.search(r"^tool \((.*?)^\)", text, re.S | re.M)
    return block[1].split() if block else []


def program_of(tool: str) -> str:
    """What a tool's program is called in the folder of programs."""
    return _NAMES.get(tool, Path(tool).name)


def module_version(module: str) -> str:
    """The version that go.mod requires of a module, such as ``v1.37.2``."""
    found = re.search(
        rf"^\s*{re.escape(module)} (v\S+)", (paths.TOOLS / "go.mod").read_text(), re.M
    )
    if not found:
        raise LabError(
            f"{paths.TOOLS / 'go.mod'} does not require {module}",
            detail="The versions of the lab's programs are pinned there.",
            help=f"run `go get {module}` in {paths.TOOLS}",
        )
    return found[1]


def built() -> bool:
    """Whether every tool is there, built from the go.mod and go.sum of today."""
    return go.is_current(paths.BIN, key(), _programs())


def build() -> Path:
    """Build what is not built yet; returns the folder. Two callers at once wait for each other."""
    go.build_once(paths.BIN, key(), _programs(), _go_build)
    return paths.BIN


def _programs() -> list[Path]:
    return [paths.BIN / program_of(tool) for tool in tools()]


def _go_build() -> None:
    kubernetes = module_version("k8s.io/kubernetes")
    major, minor = kubernetes.removeprefix("v").split(".")[:2]
    # Without these the API server would call itself v0.0.0, and clients would refuse it.
    flags = f"-s -w -X {_VERSION}.gitVersion={kubernetes}"
    flags += f" -X {_VERSION}.gitMajor={major} -X {_VERSION}.gitMinor={minor}"
    plain = [tool for tool in tools() if tool not in _NAMES]
    named = [tool for tool in tools() if tool in _NAMES]
    for output, packages in [("", plain), *((_NAMES[tool], [tool]) for tool in named)]:
        go.compile_packages(paths.TOOLS, packages, f"{paths.BIN}{os.sep}{output}", flags)
