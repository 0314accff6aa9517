"""What holds because the program runs in the command's own process, or in spite of it."""

import json
import os
import signal
import time

from lab.spawn import wait_until
from tests.updates.processes import end, family, process_of

BUSY = "/projects/{id}/bgp-config"


SESSIONS = "/devices/{id}/bgp/sessions"


def test_an_interrupt_does_not_wait_for_a_program_that_waits(project):
    # Before it registers anything the program waits for a busy API, as long as that demands.
    project.cloud.add_fault("status", method="GET", path=BUSY, status=429, retry_after=25, times=9)
    process = project.start("up", "demo", "--yes", "--skip-preview", "--quiet")
    wait_until("a call", lambda: project.cloud.calls().get(f"GET {BUSY}"), of=process_of(process))
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert time.monotonic() - begun < 20
    assert "Traceback" not in err
    assert not list((project.folder / "state").rglob("locks/**/*.json"))


def test_an_engine_that_is_killed_leaves_no_traceback(project):
    project.cloud.add_fault("delay", method="POST", path=SESSIONS, seconds=60, times=2)
    process = project.start("up", "demo", "--yes", "--skip-preview", "--quiet")
    wait_until(
        "a call", lambda: project.cloud.calls().get(f"POST {SESSIONS}"), of=process_of(process)
    )
    started = [one for one in family(process.pid) if one.pid != process.pid]
    # The engine itself is the only child; the providers are below it.
    os.kill(started[0].pid, signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    end(started)
    assert process.returncode == 1, err
    assert "recover demo" in err
    assert "Traceback" not in err


def test_what_only_the_program_finds_is_reported_once_and_without_a_traceback(project):
    project.cloud.add_fault("status", method="GET", path="/projects/{id}/ips", status=403, times=9)
    report = project.report("up", "demo", "--yes", "--skip-preview", code=1)
    assert len([one for one in report["diagnostics"] if one["severity"] == "error"]) == 1
    assert "Traceback" not in json.dumps(report)
    assert "/ips" in json.dumps(report["error"])
    assert not any(one["name"].startswith("elastic-ip") for one in report["resources"])
