"""Starts the lab's processes: in a namespace, with a log of their own, written down at once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab import needs
from lab.errors import LabError
from lab.record import Process, Record, end


def spawn(
    record: Record,
    name: str,
    command: list[str],
    *,
    ns: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a program in a namespace. Its output goes to the end of `log`.

    A session of its own keeps a person's Ctrl-C away from it: `down` ends it, in order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        started = subprocess.Popen(
            [needs.program("ip") or "ip", "netns", "exec", ns, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", **(environment or {})},
        )
    # The lab, and not this object, says when the process ends.
    started.returncode = 0
    return record.add_process(name, started.pid)


def stop(record: Record, name: str, *, number: signal.Signals = signal.SIGTERM) -> None:
    """End a process by name; SIGKILL when the point is that it had no time to say goodbye."""
    process = record.find(name)
    if process is None:
        return
    if number == signal.SIGKILL and process.alive():
        os.kill(process.pid, number)
    end([process])
    record.forget(process)


def wait_until(
    what: str,
    check: Callable[[], object],
    *,
    seconds: float = 30.0,
    every: float = 0.05,
    log: Path | None = None,
    of: Process | None = None,
) -> None:
    """Wait until a check gives something true; say what was waited for when it never does.

    `of` is the process that is waited for: there is no point in waiting for a dead one.
    """
    deadline = time.monotonic() + seconds
    seen: object = None
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except Exception as error:
            seen = error
        if of is not None and not of.alive():
            seen = "its process ended"
            break
        time.sleep(every)
    tail = f"; end of {log.name}: {log.read_text()[-1500:]}" if log and log.exists() else ""
    raise LabError(
        where=what,
        seen=f"not so within {seconds:g} s ({seen or 'no error'}){tail}",
        rule="a part of the lab must be ready in time",
        remedy="read the logs under .cache/lab/run, then `python -m lab down` and try again",
    )
