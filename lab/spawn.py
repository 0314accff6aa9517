"""Starts the lab's processes: in a namespace, with a log of their own, written down at once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lab import needs
from lab.errors import LabError
from lab.record import Process, Record, end

_NICENESS = -10
"""Hold timers of three seconds have to be kept beside whatever else keeps the machine busy."""

SPARING = {"GOGC": "400"}
"""Programs in Go collect their garbage less often: a lab has more memory than time."""
_LONGER, _MOST = 3, 0.5
"""A check that takes long starts programs. The pause behind it is so many times longer, up to some
seconds: it leaves the processors to what is waited for."""


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

    A session of its own keeps a person's Ctrl-C away from it: `down` ends it, in order. It goes
    before the machine's other programs, where this one may give it that.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with favoured(), log.open("ab") as output:
        started = subprocess.Popen(
            [needs.program("ip") or "ip", "netns", "exec", ns, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={
                "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin",
                **SPARING,
                **(environment or {}),
            },
        )
    # The lab, and not this object, says when the process ends.
    started.returncode = 0
    with contextlib.suppress(OSError):
        # Where the kernel shares processors out between sessions, this counts and not the former.
        Path(f"/proc/{started.pid}/autogroup").write_text(str(_NICENESS))
    return record.add_process(name, started.pid)


@contextlib.contextmanager
def favoured() -> Iterator[None]:
    """What this thread does meanwhile goes before others, and so does all that it starts.

    A refusal is no error: the lab runs as well without it on a machine that has nothing else to do.
    """
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, min(usual, _NICENESS))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)


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
    seconds: float = 90.0,
    every: float | None = None,
    log: Path | None = None,
    of: Process | None = None,
) -> None:
    """Wait until a check gives something true; the error names what was waited for.

    The limit is for what never comes. What has to come in time is measured, not waited for.
    `of` is the process that is waited for: there is no point in waiting for a dead one.

    :param every: seconds between two checks, where it matters; by default at least 0.1, and more
        after a check that took long.
    """
    deadline = time.monotonic() + seconds
    last: object = None
    while (begun := time.monotonic()) < deadline:
        try:
            if check():
                return
        except Exception as error:
            last = error
        if of is not None and not of.alive():
            last = "its process ended"
            break
        took = time.monotonic() - begun
        time.sleep(max(0.1, min(_LONGER * took, _MOST)) if every is None else every)
    tail = f"; {log.name} ends with: {log.read_text()[-1500:]}" if log and log.exists() else ""
    raise LabError(
        f"waited {seconds:g} s in vain for: {what}",
        detail=f"{last or 'no error'}{tail}",
        help="read the logs in .cache/lab/run, then run `python -m lab down` and try again",
    )
