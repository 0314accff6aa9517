"""The emulation as a background process, with one state folder each.

Starting twice is harmless, and a process is only ever stopped when both its id and its start time
are the recorded ones: a reused process id belongs to another program.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ValidationError

import lab
from lab.metal_api.client import AdminClient
from lab.metal_api.errors import MetalApiError
from lab.metal_api.seed import load_seed
from lab.metal_api.serve import START_SECONDS, Ports, environment
from lab.metal_api.tls import Trust

RECORD_FILE = "daemon.json"
LOG_FILE = "daemon.log"
STOP_SECONDS = 30.0


class Running(BaseModel):
    """A background process, as it recorded itself when it was ready."""

    pid: int
    started: str
    seed: str
    ports: Ports


def start_time(pid: int) -> str | None:
    """When a process began, as the system reports it; None when there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The second field is the program's name and may hold anything: count after it.
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        state, began = fields[0], fields[19]
        return None if state == "Z" else began
    listed = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip() or None


def record(folder: Path, seed: str, ports: Ports) -> None:
    """Writes down that this process serves the folder."""
    me = Running(pid=os.getpid(), started=start_time(os.getpid()) or "", seed=seed, ports=ports)
    draft = folder / f"{RECORD_FILE}.new"
    draft.write_text(me.model_dump_json(), encoding="utf-8")
    draft.replace(folder / RECORD_FILE)


def running(folder: Path) -> Running | None:
    """The process that serves a folder, if it lives."""
    try:
        found = Running.model_validate_json((folder / RECORD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return found if start_time(found.pid) == found.started else None


def admin(folder: Path) -> AdminClient:
    """The admin endpoint of the emulation that serves a folder."""
    trust = Trust(folder)
    return AdminClient(_living(folder).ports.backend, trust.ca_file, trust.control_token())


def start(seed: str, folder: Path) -> tuple[Running, bool]:
    """Starts the emulation and waits until it answers; False when it was running already."""
    wanted = load_seed(seed).name
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        found = running(folder)
        if found is not None:
            if found.seed != wanted:
                raise MetalApiError(
                    f"the emulation of {folder} runs with seed {found.seed}, and not {wanted}",
                    help="use another folder; this one goes on with its own seed",
                )
            return found, False
        return _spawn(seed, folder), True


def stop(folder: Path) -> Running | None:
    """Stops the emulation that serves a folder; None when there was none. Its state stays."""
    if not folder.is_dir():
        return None
    with _alone(folder):
        found = running(folder)
        if found is None:
            return None
        os.kill(found.pid, signal.SIGTERM)
        if not _ended(found, STOP_SECONDS):
            os.kill(found.pid, signal.SIGKILL)
            _ended(found, STOP_SECONDS)
        (folder / RECORD_FILE).unlink(missing_ok=True)
        return found


def environment_of(folder: Path) -> dict[str, str]:
    """The environment that leads a client to the emulation serving a folder."""
    return environment(folder, _living(folder).ports)


def _living(folder: Path) -> Running:
    found = running(folder)
    if found is None:
        raise MetalApiError(
            f"no emulation serves {folder}",
            help=f"run `python -m lab.metal_api start --seed demo --state-dir {folder}`",
        )
    return found


def _spawn(seed: str, folder: Path) -> Running:
    (folder / RECORD_FILE).unlink(missing_ok=True)
    root = str(Path(lab.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    log = folder / LOG_FILE
    command = [sys.executable, "-m", "lab.metal_api", "serve", "--seed", seed]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--state-dir", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = running(folder)
        if found is not None:
            return found
        time.sleep(0.05)
    ended = process.poll()
    if ended is None:
        process.kill()
        process.wait()
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise MetalApiError(
        f"the emulation of {folder} ended before it was ready"
        if ended is not None
        else f"the emulation of {folder} was not ready within {START_SECONDS:.0f} seconds",
        detail="".join(last),
        help=f"read {log}",
    )


def _ended(found: Running, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if start_time(found.pid) != found.started:
            return True
        time.sleep(0.05)
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two starts at the same time must not make two processes."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
