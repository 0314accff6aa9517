"""SIGKILL at any moment of an update, then `recover` and another update: nothing is lost or left.

Each seed is one moment: after a number of API calls, or after a time. Every third kill spares the
plugins, which may finish a call that the engine never hears of.
All fifty: METALLB_KILL_SEEDS=50 .venv/bin/python -m pytest tests/engine/test_kills.py
"""

import os
import random
import threading
import time

import pytest

from metallb.errors import EngineError
from tests.engine.conftest import MakeProject
from tests.engine.harness import Project, small
from tests.engine.recovering import assert_sound, converge, release_leftovers

SEEDS = int(os.environ.get("METALLB_KILL_SEEDS", "4"))
CALLS = 11
"""API calls of an update on nothing, at least."""
LONGEST = 4.0
"""Seconds by which an update on nothing is done, on a quick machine."""
PLUGINS_END = 1.0


def _calls(project: Project) -> int:
    assert project.cloud is not None
    return sum(project.cloud.calls().values())


def _kill(project: Project, seed: int) -> None:
    """Wait for the seed's moment, and kill."""
    chosen = random.Random(seed)
    if seed % 2:
        time.sleep(chosen.uniform(0.2, LONGEST))
    else:
        wanted = chosen.randrange(1, CALLS)
        deadline = time.monotonic() + 60
        while _calls(project) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chosen.uniform(0, 0.1))
    project.cli.kill(everything=seed % 3 != 0)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_update_that_was_killed_is_repaired_and_converges(make: MakeProject, seed: int) -> None:
    project = make(small())
    assert project.cloud is not None
    # Calls that write take their time, so that a kill meets them.
    for path in ("/projects/{id}/ips", "/devices/{id}/bgp/sessions"):
        project.cloud.add_fault("delay", seconds=0.3, method="POST", path=path, times=9)
    update = threading.Thread(target=project.try_up)
    update.start()
    _kill(project, seed)
    update.join(timeout=120)
    assert not update.is_alive()
    time.sleep(PLUGINS_END)
    project.cloud.clear_faults()
    reserved = project.blocks()
    project.repair()
    outcomes = converge(project)
    release_leftovers(project)
    assert_sound(project)
    # Whatever had been reserved is still ours: no address was given back or reserved twice.
    assert set(reserved) <= set(project.blocks())
    assert not [outcome for outcome in outcomes if "replace" in outcome.changes]


def test_the_recover_command_imports_the_sessions_that_were_being_opened(
    make: MakeProject,
) -> None:
    project = make(small())
    assert project.cloud is not None
    path = "/devices/{id}/bgp/sessions"
    project.cloud.add_fault("delay", seconds=20, method="POST", path=path, times=2)
    update = threading.Thread(target=project.try_up)
    update.start()
    deadline = time.monotonic() + 60
    while len(project.sessions()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    # The reservation and its read are over long before; let the engine write that down.
    time.sleep(1)
    project.cli.kill(everything=True)
    update.join(timeout=60)
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


def test_an_update_under_way_is_never_taken_for_a_dead_one(make: MakeProject) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    project.cloud.add_fault("delay", seconds=20, method="POST", path="/projects/{id}/ips")
    update = threading.Thread(target=project.try_up)
    update.start()
    deadline = time.monotonic() + 60
    while not project.blocks() and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        with pytest.raises(EngineError, match="an update is under way"):
            project.repair()
    finally:
        project.cli.kill(everything=True)
        update.join(timeout=60)
    told = project.repair()
    assert "removed the lock of an update whose process is gone" in told


def test_a_state_that_was_cut_off_while_it_was_written_is_restored_from_its_backup(
    running: Project,
) -> None:
    blocks, sessions = running.blocks(), running.sessions()
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    state.write_text("")
    failed = running.try_up()
    assert failed.failed
    (told,) = [line for line in running.repair() if "restored the state" in line]
    assert "demo.json.bak" in told
    converge(running)
    assert_sound(running)
    assert (running.blocks(), running.sessions()) == (blocks, sessions)
