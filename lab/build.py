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


def key() -> str:
    """What a build depends on."""
    content = b"".join((paths.TOOLS / name).read_bytes() for name in ("go.mod", "go.sum"))
    return hashlib.sha256(content).hexdigest()


def tools() -> list[str]:
    """The packages that go.mod names as tools."""
    text = (paths.TOOLS / "go.mod").read_text()
    block = re.search(r"^tool \((.*?)^\)", text, re.S | re.M)
    return block[1].split() if block else []


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
    return all((paths.BIN / Path(tool).name).exists() for tool in tools())


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
    command = [go, "build", "-trimpath", "-ldflags", flags, "-o", f"{paths.BIN}{os.sep}", *tools()]
    # No cgo: the programs run in an otherwise empty root folder, without a C library.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    done = subprocess.run(
        ["nice", *command], cwd=paths.TOOLS, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise LabError(
            where="go build in lab/tools",
            seen=done.stderr.strip()[-2000:] or f"exit code {done.returncode}",
            rule="the lab's programs build from lab/tools/go.mod",
            remedy="check the Go version and that the Go module proxy can be reached",
        )
