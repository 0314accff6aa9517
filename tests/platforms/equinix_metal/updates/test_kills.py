"""SIGKILL at any moment of an update or a destroy, then `recover`: nothing is lost or left.

Each seed is one moment: after a number of API calls, or a time after the first one. Every third
kill spares the plugins, which may finish a call that the engine never hears of.
All fifty: `METALLB_KILL_SEEDS=50 .venv/bin/python -m pytest` with this file.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from lab.spawn import wait_until
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.elsewhere import replace_device
from tests.platforms.equinix_metal.updates.harness import Config, Project, small
from tests.platforms.equinix_metal.updates.recovering import (
    assert_sound,
    converge,
    release_leftovers,
)
from tests.updates.processes import process_of
from tests.updates.states import under_way

SEEDS = int(os.environ.get("METALLB_KILL_SEEDS", "5"))
CHANGES = 2 if SEEDS == 5 else SEEDS
"""How many moments of an update that changes things, and of a destroy."""
CALLS = 11
"""API calls of an update on nothing, at least."""
SLOW = 1.0
"""Seconds that each call takes which writes, or reads what was written: kills meet them."""
LASTS = 2 * SLOW
"""Seconds between an operation's first call and its end, at least, as two slow calls follow one
another in each. Before the first call there is nothing that a kill could spoil, and how long the
program takes to start is the machine's business."""
STILL = SLOW + 1.0
"""Seconds without a call after which a spared plugin is done."""
SESSIONS = {"bgp-sessions-worker-0-ipv4", "bgp-sessions-worker-1-ipv4"}


def _calls(project: Project) -> int:
    return sum(project.cloud.calls().values())


def _kill(project: Project, seed: int, calls: int) -> None:
    """Wait for the seed's moment, and kill."""
    chosen = random.Random(seed)
    wanted = 1 if seed % 2 else chosen.randrange(1, calls)
    wait_until("the update's process", lambda: project.cli.process)
    assert project.cli.process is not None
    process = process_of(project.cli.process)
    wait_until("its moment", lambda: _calls(project) >= wanted, every=0.005, of=process)
    time.sleep(chosen.uniform(0, LASTS if seed % 2 else 0.1))
    project.cli.kill(everything=seed % 3 != 0)


def _until_still(project: Project) -> None:
    """Wait for the end of all calls of the API."""
    found, since = -1, time.monotonic()

    def still() -> bool:
        nonlocal found, since
        if (now := _calls(project)) != found:
            found, since = now, time.monotonic()
        return time.monotonic() - since > STILL

    wait_until("the end of all calls", still)


def _slow(project: Project, *calls: str) -> None:
    """Have these calls take their time."""
    for call in calls:
        method, _, path = call.partition(" ")
        project.cloud.add_fault("delay", seconds=SLOW, method=method, path=path, times=9)


def _killed(
    project: Project, operation: Callable[[], object], seed: int, calls: int = CALLS
) -> None:
    """Start something and kill it; whatever outlives it has ended afterwards."""
    project.cli.process = None
    thread = threading.Thread(target=operation)
    thread.start()
    try:
        _kill(project, seed, calls)
        thread.join(timeout=120)
        assert not thread.is_alive()
        process: subprocess.Popen[str] | None = project.cli.process
        assert process is not None
        assert process.returncode == -signal.SIGKILL, "it had ended before it was killed"
        _until_still(project)
    finally:
        project.cli.kill(everything=True)
        project.cli.end_spared()
    project.cloud.clear_faults()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_update_that_was_killed_is_repaired_and_converges(make: MakeProject, seed: int) -> None:
    project = make(small())
    _slow(project, "POST /projects/{id}/ips", "POST /devices/{id}/bgp/sessions")
    _slow(project, "GET /ips/{id}", "GET /bgp/sessions/{id}")
    _killed(project, project.try_up, seed)
    reserved = project.blocks()
    project.repair()
    outcomes = converge(project)
    release_leftovers(project)
    assert_sound(project)
    # Whatever had been reserved is still ours: no address was given back or reserved twice.
    assert set(reserved) <= set(project.blocks())
    assert not [outcome for outcome in outcomes if "replace" in outcome.changes]


def _change(config: Config) -> None:
    """A node comes, a node goes, a block comes: each kind of call that writes, but one."""
    config["platform"]["nodes"] = [{"hostname": "worker-0"}, {"hostname": "worker-2"}]
    config["bgp"]["holdTime"] = "9s"


@pytest.mark.parametrize("seed", range(CHANGES))
def test_an_update_that_changes_things_is_repaired_when_it_was_killed(
    running: Project, seed: int
) -> None:
    reserved = running.blocks()
    replace_device(running, "worker-0")
    running.cloud.reset_calls()
    _slow(running, "POST /devices/{id}/bgp/sessions", "DELETE /bgp/sessions/{id}")
    running.change(_change)
    _killed(running, running.try_up, seed)
    running.repair()
    converge(running)
    assert release_leftovers(running) == []
    assert_sound(running)
    assert running.blocks() == reserved
    assert sorted(running.sessions().values()) == ["worker-0", "worker-2"]


@pytest.mark.parametrize("seed", range(CHANGES))
def test_a_destroy_that_was_killed_is_repaired_and_leaves_nothing(
    running: Project, seed: int
) -> None:
    running.cloud.reset_calls()
    _slow(running, "DELETE /ips/{id}", "DELETE /bgp/sessions/{id}")
    _killed(running, running.try_destroy, seed, calls=4)
    running.repair()
    running.destroy()
    assert running.state() == {}
    assert (running.blocks(), running.sessions()) == ({}, {})
    assert running.rendered() == []


def test_the_recover_command_imports_the_sessions_that_were_being_opened(
    make: MakeProject,
) -> None:
    project = make(small())
    path = "/devices/{id}/bgp/sessions"
    project.cloud.add_fault("delay", seconds=20, method="POST", path=path, times=2)
    update = threading.Thread(target=project.try_up)
    update.start()

    def opening() -> bool:
        """Both are opened; all that was done before them is written down as done."""
        state = project.folder / "state"
        return len(project.sessions()) == 2 and set(under_way(state)) == SESSIONS

    try:
        wait_until("both sessions alone", opening, every=0.02)
    finally:
        project.cli.kill(everything=True)
        update.join(timeout=120)
    project.cloud.clear_faults()
    before = project.stack_file.read_bytes()
    done = project.command("recover", str(project.stack_file))
    assert done.returncode == 0, done.stderr
    for session, host in project.sessions().items():
        assert f"imported bgp-sessions-{host}-ipv4: session {session}" in done.stdout
    assert project.stack_file.read_bytes() == before
    assert not project.try_up().failed
    assert_sound(project)
    done = project.command("recover", str(project.stack_file))
    assert (done.returncode, done.stdout) == (0, "nothing to repair\n")


def test_a_state_that_was_cut_off_while_it_was_written_is_restored_from_its_backup(
    running: Project,
) -> None:
    blocks, sessions = running.blocks(), running.sessions()
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    state.write_text("")
    failed = running.try_up()
    assert failed.failed
    (shown,) = [line for line in running.repair() if "restored the state" in line]
    assert "demo.json.bak" in shown
    converge(running)
    assert_sound(running)
    assert (running.blocks(), running.sessions()) == (blocks, sessions)
