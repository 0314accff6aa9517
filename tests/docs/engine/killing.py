"""An update of a reader that is killed."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from lab.spawn import wait_until
from tests.docs.engine.reader import Reader
from tests.updates.processes import process_of

__all__ = ["kill"]


def kill(reader: Reader, when: Callable[[], bool]) -> None:
    """Start an update, and end it with all its processes at that moment."""
    exported = reader.tell("env -0").split("\0")
    variables = dict(line.split("=", 1) for line in exported if "=" in line)
    update = subprocess.Popen(
        ["pulumi", "up", "--skip-preview", "--stack", "prod"],
        cwd=reader.copy,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Plugins have process groups of their own, and the Kubernetes provider outlives its engine.
    reader.stack.callback(_end_session, update.pid)
    try:
        wait_until("the moment to kill it", when, every=0.02, of=process_of(update))
    finally:
        os.killpg(update.pid, signal.SIGKILL)
        update.wait()


def _end_session(session: int) -> None:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), signal.SIGKILL)
