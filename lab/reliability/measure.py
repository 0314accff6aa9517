"""One experiment: load, an event, the time until the routes are right, the requests lost."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.paths import ROOT
from lab.services import Balanced
from lab.site import Lab
from lab.spawn import favoured, spawn, stop, wait_until
from lab.traffic import BEGUN, LONG_CONNECTIONS, MOST_SECONDS, Fate

BEFORE = 1.0
"""Seconds of load before the event."""
AFTER = 1.5
"""Seconds of load after the routes are right, longer than a lost request's patience."""


@dataclass(frozen=True)
class Outcome:
    """What an experiment showed."""

    name: str
    what: str
    """What was done, in words."""
    promise: str
    """Where the bound comes from."""
    bound: float
    """Seconds within which the routes have to be right."""
    seconds: float
    """Seconds until they were."""
    sent: int
    lost: int
    connections: int
    """Connections that were open when it happened."""
    broken: int
    """How many of those died."""


def measure(
    lab: Lab,
    service: Balanced,
    *,
    name: str,
    what: str,
    promise: str,
    bound: float,
    event: Callable[[], object],
    right: Callable[[], bool],
    address: str | None = None,
) -> Outcome:
    """Run one experiment. The load calls the address that the service had before the event."""
    target = address or service.wait_for_address()
    file = lab.folder / "traffic" / f"{name.replace(' ', '-')}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    _start_load(lab, target, file)
    time.sleep(BEFORE)
    # What is measured is the lab, and not how long this program waited for a processor.
    with favoured():
        begun = time.monotonic()
        event()
        wait_until(f"routes after: {name}", right, seconds=max(4 * bound, 90.0), every=0.01)
        seconds = time.monotonic() - begun
    time.sleep(AFTER)
    fates = _stop_load(lab, file)
    return _judge(name, what, promise, bound, seconds, fates)


def _start_load(lab: Lab, address: str, file: Path) -> None:
    begun = file.with_suffix(BEGUN)
    begun.unlink(missing_ok=True)
    command = [sys.executable, "-m", "lab.traffic", address, str(file), str(MOST_SECONDS)]
    process = spawn(
        lab.record,
        "traffic",
        command,
        ns=lab.fabric.ns("client"),
        log=lab.folder / "logs" / "traffic.log",
        environment={"PYTHONPATH": str(ROOT)},
    )
    # The interpreter has to be up before the first second of load counts.
    wait_until("the load", begun.exists, log=lab.folder / "logs/traffic.log", of=process)


def _stop_load(lab: Lab, file: Path) -> list[Fate]:
    process = lab.record.find("traffic")
    if process is not None and process.alive():
        # Its last requests have their patience still, and it is not killed while it writes.
        os.kill(process.pid, signal.SIGTERM)
    wait_until("the load's result", file.exists, log=lab.folder / "logs/traffic.log")
    stop(lab.record, "traffic")
    return [(at, kind, ok, by) for at, kind, ok, by in json.loads(file.read_text())]


def _judge(
    name: str,
    what: str,
    promise: str,
    bound: float,
    seconds: float,
    fates: list[Fate],
) -> Outcome:
    lost = [fate for fate in fates if not fate[2]]
    broken = sum(kind == "long" for _, kind, _, _ in lost)
    return Outcome(
        name=name,
        what=what,
        promise=promise,
        bound=bound,
        seconds=seconds,
        sent=len(fates),
        lost=len(lost),
        connections=LONG_CONNECTIONS,
        broken=broken,
    )
