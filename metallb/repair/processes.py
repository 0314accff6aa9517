"""Processes of this machine, and a record of each engine that was started here.

The record is what the engine's own lock lacks: machine, boot and PID namespace. It is removed when
the engine ends in order; one that is left is of an engine that was killed.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from metallb.files.bounded import KIB, read_bounded
from metallb.files.scratch import own_place

__all__ = ["EngineRecord", "Machine", "engine_records", "recorded", "this_machine"]

_FOLDER = "engines"
_PROC = Path("/proc")
_FIRST_NAMESPACE = "pid:[4026531836]"
"""Of a machine itself (Linux, proc_ns.h: PROC_PID_INIT_INO): every process is visible in it."""
_ENGINE = "pulumi"
_MOST_RECORDS = 200


@dataclass(frozen=True)
class Machine:
    """This machine, as far as one process id is concerned."""

    host: str
    id: str
    """Of the installation; empty where it has none."""
    boot: str
    namespace: str
    """PID namespace of this process."""
    sees_all: bool
    """Whether the processes of all PID namespaces are visible here."""
    started: tuple[datetime | None, ...] = ()
    """When the processes began that have the id, in any namespace; None where it can't be read."""


@dataclass(frozen=True)
class EngineRecord:
    """An engine that this program started."""

    host: str
    machine: str
    boot: str
    namespace: str
    pid: int
    begun: datetime


def this_machine(pid: int) -> Machine:
    """This machine, with the processes that have an id."""
    here = _here()
    return Machine(
        host=here["host"],
        id=here["machine"],
        boot=here["boot"],
        namespace=here["namespace"],
        sees_all=_sees_all(here["namespace"]),
        started=tuple(_started(pid)),
    )


@contextmanager
def recorded(pid: int) -> Iterator[None]:
    """Inside, a record of an engine is kept; it outlives only a process that is killed."""
    file: Path | None = None
    with suppress(OSError):
        folder = own_place() / _FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        begun = datetime.now(UTC)
        record = {**_here(), "pid": pid, "begun": begun.isoformat()}
        file = folder / f"{pid}-{begun.timestamp():.6f}.json"
        file.write_text(json.dumps(record), encoding="utf-8")
        for old in sorted(folder.glob("*.json"), key=lambda each: each.stat().st_mtime)[
            :-_MOST_RECORDS
        ]:
            old.unlink(missing_ok=True)
    try:
        yield
    finally:
        if file is not None:
            with suppress(OSError):
                file.unlink(missing_ok=True)


def engine_records() -> list[EngineRecord]:
    """The engines that run, or were killed."""
    found = []
    for file in (own_place() / _FOLDER).glob("*.json"):
        try:
            values = json.loads(read_bounded(file, 64 * KIB))
            begun = datetime.fromisoformat(values.pop("begun"))
            found.append(EngineRecord(begun=begun, **values))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return found


def _here() -> dict[str, str]:
    return {
        "host": socket.gethostname(),
        "machine": _text(Path("/etc/machine-id")),
        "boot": _text(_PROC / "sys/kernel/random/boot_id"),
        "namespace": _namespace(),
    }


def _sees_all(namespace: str) -> bool:
    if not _PROC.joinpath("self").exists():
        # There are no namespaces: a process that is there is found by a signal.
        return True
    # With the mount option hidepid, processes of others are not visible.
    return namespace == _FIRST_NAMESPACE and bool(_text(_PROC / "1/status"))


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def _started(pid: int) -> Iterator[datetime | None]:
    """When each process began that has an id, here or in a namespace below."""
    if not _PROC.joinpath("self").exists():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        except OSError:
            pass
        yield None
        return
    for folder in _PROC.glob("[0-9]*"):
        try:
            status = (folder / "status").read_text(encoding="utf-8", errors="replace")
            fields = dict(line.partition(":")[::2] for line in status.splitlines())
            ids = fields.get("NSpid", folder.name).split()
            # A zombie has ended, and a thread of the kernel holds no lock: neither has memory.
            if str(pid) not in ids or "VmSize" not in fields:
                continue
            if fields.get("Name", "").strip().startswith(_ENGINE):
                # A clock that was set meanwhile decides nothing about an engine.
                yield None
                continue
            ticks = int((folder / "stat").read_text().rpartition(")")[2].split()[19])
        except FileNotFoundError:
            continue
        except (OSError, ValueError, IndexError):
            if folder.name == str(pid):
                yield None
            continue
        yield _booted_plus(ticks)


def _booted_plus(ticks: int) -> datetime | None:
    try:
        uptime = float(_text(_PROC / "uptime").split()[0])
    except (ValueError, IndexError):
        return None
    booted = datetime.now(UTC).timestamp() - uptime
    return datetime.fromtimestamp(booted + ticks / os.sysconf("SC_CLK_TCK"), UTC)
