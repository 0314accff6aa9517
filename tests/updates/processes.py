"""Which processes an engine started, and this one's environment while it runs the program.

A test kills some of them, and leaves none behind.

The engine gives each plugin a process group of its own, so a signal to the engine's group never
meets them.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.record import Process, start_time

__all__ = ["borrowed", "end", "family", "process_of"]


def process_of(started: "subprocess.Popen[Any]") -> Process:
    """A child as `wait_until` knows it: there is no point in waiting for what a dead one does."""
    return Process("child", started.pid, start_time(started.pid) or 0)


def family(pid: int) -> list[Process]:
    """The process and everything below it, each distinct from a later one of the same id."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(place.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(place.parent.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        started = start_time(one)
        if started is not None:
            found.append(Process("engine", one, started))
        waiting += children.get(one, [])
    return found


def end(processes: Iterable[Process]) -> None:
    """SIGKILL for those that are still there."""
    for process in processes:
        if process.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


class _Lent:
    """What this process's environment had before the first of several at once changed it."""

    lock = threading.Lock()
    users = 0
    before: dict[str, str] = {}


@contextlib.contextmanager
def borrowed(environment: Mapping[str, str]) -> Iterator[None]:
    """Inside, this process has these variables. Several threads at once have those of the last."""
    with _Lent.lock:
        if not _Lent.users:
            _Lent.before = dict(os.environ)
        _Lent.users += 1
        os.environ.update(environment)
    try:
        yield
    finally:
        with _Lent.lock:
            _Lent.users -= 1
            if not _Lent.users:
                for name in set(os.environ) - set(_Lent.before):
                    del os.environ[name]
                os.environ.update(_Lent.before)
