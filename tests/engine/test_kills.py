"""SIGKILL at any moment of an update or a destroy, then `recover`: nothing is lost or left.

Each seed is one moment: after a number of API calls, or after a time. Every third kill spares the
plugins, which may finish a call that the engine never hears of.
All fifty: METALLB_KILL_SEEDS=50 .venv/bin/python -m pytest tests/engine/test_kills.py
"""

import os
import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.engine.conftest import MakeProject
from tests.engine.elsewhere import replace_device
from tests.engine.harness import Config, Project, small
from tests.engine.recovering import assert_sound, converge, release_leftovers

SEEDS = int(os.environ.get("METALLB_KILL_SEEDS", "4"))
CHANGES = 2 if SEEDS == 4 else SEEDS
"""How many moments of an update that changes things, and of a destroy."""
CALLS = 11
"""API calls of an update on nothing, at least."""
LONGEST = 4.0
"""Seconds by which an update on nothing is done, on a quick machine."""
PLUGINS_END = 1.0


def _calls(project: Project) -> int:
    assert project.cloud is not None
    return sum(project.cloud.calls().values())


def _kill(project: Project, seed: int, calls: int) -> None:
    """Wait for the seed's moment, and kill."""
    chosen = random.Random(seed)
    if seed % 2:
        time.sleep(chosen.uniform(0.2, LONGEST))
    else:
        wanted = chosen.randrange(1, calls)
        deadline = time.monotonic() + 60
        while _calls(project) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chosen.uniform(0, 0.1))
    project.cli.kill(everything=seed % 3 != 0)


def _killed(
    project: Project, operation: Callable[[], object], seed: int, calls: int = CALLS
) -> None:
    """Start something and kill it; whatever outlives it has ended afterwards."""
    assert project.cloud is not None
    thread = threading.Thread(target=operation)
    thread.start()
    _kill(project, seed, calls)
    thread.join(timeout=120)
    assert not thread.is_alive()
    time.sleep(PLUGINS_END)
    project.cloud.clear_faults()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_update_that_was_killed_is_repaired_and_converges(make: MakeProject, seed: int) -> None:
    project = make(small())
    assert project.cloud is not None
    # Calls that write take their time, so that a kill meets them.
    for path in ("/projects/{id}/ips", "/devices/{id}/bgp/sessions"):
        project.cloud.add_fault("delay", seconds=0.3, method="POST", path=path, times=9)
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
    assert running.cloud is not None
    reserved = running.blocks()
    replace_device(running, "worker-0")
    running.cloud.reset_calls()
    for method, path in (
        ("POST", "/devices/{id}/bgp/sessions"),
        ("DELETE", "/bgp/sessions/{id}"),
    ):
        running.cloud.add_fault("delay", seconds=0.3, method=method, path=path, times=9)
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
    assert running.cloud is not None
    running.cloud.reset_calls()
    for path in ("/ips/{id}", "/bgp/sessions/{id}"):
        running.cloud.add_fault("delay", seconds=0.5, method="DELETE", path=path, times=9)
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


def test_a_whole_state_whose_attributes_were_cut_off_is_kept_as_it_is(running: Project) -> None:
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    before = state.read_text()
    # What the engine leaves that ends between the file of attributes and the state itself.
    state.with_name("demo.json.attrs").write_text("")
    assert running.try_up().failed
    (told,) = running.repair()
    assert "demo.json.attrs" in told
    assert state.read_text() == before
    assert running.up().nothing_changed
