"""What a lab has started: namespaces, links and processes, written down before they exist.

``down`` works from this record alone, so a crash or a Ctrl-C leaves nothing that can't be found
again. A process counts as ours only with the start time that was written down: a process id that
the kernel gave to another program since is never touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab import net
from lab.errors import LabError


@dataclass
class Process:
    """A process that the lab started."""

    name: str
    pid: int
    started: int
    """The kernel's start time in clock ticks: with the pid, it names one process for ever."""

    def alive(self) -> bool:
        """Whether it still runs, and is still the same process."""
        return start_time(self.pid) == self.started


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when it is gone or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


@dataclass
class Record:
    """The list, kept in one JSON file that is replaced whole at every change."""

    path: Path
    namespaces: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Interfaces in the machine's own namespace."""
    processes: list[Process] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    """What `status` shows: the stack, the API server's address and the like."""

    @classmethod
    def load(cls, path: Path) -> Record:
        """What was written down; empty when nothing was."""
        if not path.exists():
            return cls(path)
        data = json.loads(path.read_text())
        processes = [Process(**item) for item in data.pop("processes")]
        return cls(path, processes=processes, **data)

    def save(self) -> None:
        """Replace the file whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = asdict(self)
        del data["path"]
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(data, indent=1))
        draft.replace(self.path)

    def add_namespace(self, name: str) -> None:
        """Write a namespace down, then make it.

        One of that name without a process is what a lab of another checkout left: it is removed.
        """
        if net.pids(name):
            raise LabError(
                f"programs run in network namespace {name}",
                detail="A lab of the same name, of another checkout, runs on this machine.",
                help="run `python -m lab down` in that checkout",
            )
        net.delete_namespace(name)
        self.namespaces.append(name)
        self.save()
        net.add_namespace(name)

    def add_process(self, name: str, pid: int) -> Process:
        """Write down a process that was just started."""
        started = start_time(pid)
        process = Process(name, pid, -1 if started is None else started)
        self.processes.append(process)
        self.save()
        return process

    def find(self, name: str) -> Process | None:
        """The newest process of that name, dead or alive."""
        return next((p for p in reversed(self.processes) if p.name == name), None)

    def forget(self, process: Process) -> None:
        """Drop a process that ended."""
        if process in self.processes:
            self.processes.remove(process)
            self.save()

    def clean(self) -> None:
        """End every process, then remove every namespace and link. Safe to call twice."""
        strays = [
            Process("stray", pid, started)
            for namespace in self.namespaces
            for pid in net.pids(namespace)
            if (started := start_time(pid)) is not None
        ]
        # Whatever runs in our own namespaces is ours, even if a crash came before its entry.
        end([*self.processes, *strays], grace=1.0)
        for namespace in self.namespaces:
            net.delete_namespace(namespace)
        for link in self.links:
            net.delete_link(link)
        self.processes, self.namespaces, self.links = [], [], []
        if self.path.exists():
            self.save()


def end(processes: list[Process], grace: float = 10.0) -> None:
    """Ask every process to stop, then kill what is left. Never a process that isn't ours."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(p.alive() for p in processes) and time.monotonic() < deadline:
        _reap(processes)
        time.sleep(0.02)
    for process in processes:
        _signal(process, signal.SIGKILL)
    deadline = time.monotonic() + grace
    while any(p.alive() for p in processes) and time.monotonic() < deadline:
        _reap(processes)
        time.sleep(0.02)


def _signal(process: Process, number: int) -> None:
    if process.alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _reap(processes: list[Process]) -> None:
    """Collect our own children, so that they don't stay zombies while this program runs."""
    for process in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
