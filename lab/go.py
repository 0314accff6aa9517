"""Programs from Go modules: built once from a go.mod of ours, and anew when that changes.

Only sources come, by the Go module proxy, and go.sum has their checksums; no program is downloaded
ready-made.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lab import needs
from lab.errors import LabError

__all__ = ["build_once", "compile_packages", "is_current", "source_key"]

_STAMP = "stamp.json"
_STEP_SECONDS = 30
"""How often a build that takes long says how far it is."""
_SHOWN = 2000
"""Characters of the compiler's output in an error; the last ones name the cause."""
Say = Callable[[str], None]


def source_key(files: Iterable[Path]) -> str:
    """What a build depends on: the content of these files."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def is_current(folder: Path, key: str, programs: Iterable[Path]) -> bool:
    """Whether every program is there, built from what the key is of."""
    stamp = folder / _STAMP
    try:
        recorded = json.loads(stamp.read_text()).get("key")
    except (OSError, ValueError):
        return False
    return recorded == key and all(path.exists() for path in programs)


def build_once(folder: Path, key: str, programs: Sequence[Path], build: Callable[[], None]) -> None:
    """Build what is not built yet. Two callers at once wait for each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(folder, key, programs):
            build()
            (folder / _STAMP).write_text(json.dumps({"key": key}))


def compile_packages(
    module: Path, packages: Sequence[str], target: str, flags: str, say: Say = lambda _: None
) -> None:
    """Run `go build` in the folder of a go.mod.

    :param target: a program's path, or a folder with a slash at its end.
    :param flags: for the linker.
    :param say: called with a line now and then while it lasts.
    :raises LabError: there is no Go, or it fails.
    """
    go = needs.program("go")
    if go is None:
        raise LabError(
            "no go program is installed",
            detail="The programs are built from source.",
            help="install Go 1.26 or newer",
        )
    # No cgo: the programs need no C library, neither to be built nor to run.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    options = ["-trimpath", "-v", "-ldflags", flags, "-o", target]
    with subprocess.Popen(
        ["nice", go, "build", *options, *packages],
        cwd=module,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        lines: list[str] = []
        with _progress(lines, say):
            lines.extend(process.stderr or ())
        code = process.wait()
    if code:
        raise LabError(
            f"`go build` in {module} failed",
            detail="".join(lines).strip()[-_SHOWN:] or f"exit code {code}",
            help="check the Go version, and that the Go module proxy can be reached",
        )


@contextlib.contextmanager
def _progress(lines: Sequence[str], say: Say) -> Iterator[None]:
    """Inside, say now and then how many packages are compiled: -v names each on a line."""
    begun = time.monotonic()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_STEP_SECONDS):
            seconds = int(time.monotonic() - begun)
            say(f"{len(lines)} packages compiled after {seconds // 60}:{seconds % 60:02} minutes")

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
