"""Builds the lab's Go programs once, from ``lab/tools/go.mod``.

The key of a build is the hash of go.mod and go.sum: a changed version builds anew, anything
else is a no-op. No program is downloaded ready-made; only sources come, by the Go proxy.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

from lab import needs, paths
from lab.errors import LabError

_VERSION = "k8s.io/component-base/version"
_NAMES = {
    "go.universe.tf/metallb/frr-tools/metrics": "frr-metrics",
    "github.com/metallb/frr-k8s/cmd/frr-k8s-controller": "frr-k8s",
    "github.com/metallb/frr-k8s/cmd/metrics": "frr-k8s-metrics",
    "github.com/metallb/frr-k8s/cmd/status": "frr-k8s-status",
}
"""Programs that Go would call by a word of many meanings, or two by the same."""


def key() -> str:
    """What a build depends on."""
    content = b"".join((paths.TOOLS / name).read_bytes() for name in ("go.mod", "go.sum"))
    return hashlib.sha256(content).hexdigest()


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
            where=str(paths.TOOLS / "go.mod"),
            seen=f"no requirement of {module}",
            rule="the lab's programs are pinned there",
            remedy=f"run go get {module} in lab/tools",
        )
    return found[1]


def built() -> bool:
    """Whether every tool is there, built from the go.mod and go.sum of today."""
    stamp = paths.BIN / "stamp.json"
    if not stamp.exists() or json.loads(stamp.read_text()).get("key") != key():
        return False
    return all((paths.BIN / program_of(tool)).exists() for tool in tools())


def build() -> Path:
    """Build what is not built yet; returns the folder. Two callers at once wait for each other."""
    paths.BIN.mkdir(parents=True, exist_ok=True)
    with (paths.BIN / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built():
            _go_build()
            (paths.BIN / "stamp.json").write_text(json.dumps({"key": key()}))
    return paths.BIN


def _go_build() -> None:
    go = needs.program("go")
    if go is None:
        raise LabError(
            where="this machine",
            seen="no go program",
            rule="the lab's programs are built from source",
            remedy="install Go 1.26 or newer",
        )
    kubernetes = module_version("k8s.io/kubernetes")
    major, minor = kubernetes.removeprefix("v").split(".")[:2]
    # Without these the API server would call itself v0.0.0, and clients would refuse it.
    flags = f"-s -w -X {_VERSION}.gitVersion={kubernetes}"
    flags += f" -X {_VERSION}.gitMajor={major} -X {_VERSION}.gitMinor={minor}"
    # No cgo: the programs run in an otherwise empty root folder, without a C library.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    plain = [tool for tool in tools() if tool not in _NAMES]
    named = [tool for tool in tools() if tool in _NAMES]
    for output, packages in [("", plain), *((_NAMES[tool], [tool]) for tool in named)]:
        target = f"{paths.BIN}{os.sep}{output}"
        command = [go, "build", "-trimpath", "-ldflags", flags, "-o", target, *packages]
        _run(["nice", *command], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=paths.TOOLS, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise LabError(
            where="go build in lab/tools",
            seen=done.stderr.strip()[-2000:] or f"exit code {done.returncode}",
            rule="the lab's programs build from lab/tools/go.mod",
            remedy="check the Go version and that the Go module proxy can be reached",
        )
