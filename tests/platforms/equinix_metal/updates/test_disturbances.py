"""Two updates at once, the wrong stack, another project's token, a full disk: nothing is lost."""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.metal_api.api import STRANGE_TOKEN
from lab.spawn import wait_until
from metallb.problems.errors import EngineError
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import Config, Outcome, Project, small
from tests.platforms.equinix_metal.updates.recovering import (
    assert_sound,
    converge,
    release_leftovers,
)
from tests.platforms.equinix_metal.updates.test_faults import FULL


def _grown(config: Config) -> None:
    config["platform"]["nodes"].append({"hostname": "worker-2"})
    blocks = config["platform"]["elasticIps"]
    blocks["second"] = dict(blocks["default"])
    config["addressPools"]["default"]["elasticIps"] = ["default", "second"]


def _at_the_provider(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    return project.blocks(), project.sessions()


def test_of_two_commands_at_once_the_second_is_refused(make: MakeProject) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    project.cloud.add_fault("delay", seconds=20, method="POST", path="/projects/{id}/ips")
    outcomes: list[Outcome] = []
    first = threading.Thread(target=lambda: outcomes.append(project.try_up()))
    first.start()
    try:
        wait_until("the first one's block", project.blocks)
        refused = {}
        for second in ("up", "destroy", "refresh", "recover"):
            sure = ["--yes", "--skip-preview"] if second in ("up", "destroy") else []
            refused[second] = project.command(second, str(project.stack_file), *sure)
        assert outcomes == [], "the first one ended before the others"
    finally:
        first.join(timeout=120)
    for second, done in refused.items():
        assert done.returncode == 1, f"{second}: {done.stdout}"
        assert "error[E501]" in done.stderr, f"{second}: {done.stderr}"
    assert not outcomes[0].failed
    assert release_leftovers(project) == []
    assert_sound(project)


def test_two_updates_that_begin_together_end_as_one(make: MakeProject) -> None:
    project = make(small(nodes=1))
    done: list[subprocess.CompletedProcess[str]] = []
    update = ("up", str(project.stack_file), "--yes", "--skip-preview")
    threads = [
        threading.Thread(target=lambda: done.append(project.command(*update))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert len(done) == 2
    for each in done:
        assert each.returncode == 0 or "error[E501]" in each.stderr, each.stderr
    converge(project)
    assert release_leftovers(project) == []
    assert_sound(project)


def test_the_wrong_stack_takes_nothing_of_the_right_one(running: Project) -> None:
    there = _at_the_provider(running)
    other = running.stack_file.with_name("Pulumi.other.yaml")
    shutil.copy(running.stack_file, other)
    running.engine(["stack", "init", "other", "--no-select"])
    for command in ("up", "destroy", "recover"):
        sure = ["--yes", "--skip-preview"] if command in ("up", "destroy") else []
        done = running.command(command, str(other), *sure)
        if command == "up":
            # The devices have sessions that this stack does not know.
            assert "error[E306]" in done.stderr, done.stderr
        assert _at_the_provider(running) == there, command
    (block,) = running.blocks()
    done = running.command("recover", str(other), "--release", block)
    assert "error[E204]" in done.stderr, done.stderr
    assert _at_the_provider(running) == there
    assert_sound(running)


OPERATIONS: dict[str, Callable[[Project], Outcome]] = {
    "up": Project.try_up,
    "change": Project.try_up,
    "refresh": Project.try_refresh,
    "destroy": Project.try_destroy,
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_token_of_another_project_loses_nothing(running: Project, operation: str) -> None:
    there = _at_the_provider(running)
    token = running.env["METAL_AUTH_TOKEN"]
    running.env["METAL_AUTH_TOKEN"] = STRANGE_TOKEN
    config = running.config
    if operation == "change":
        running.change(_grown)
    outcome = OPERATIONS[operation](running)
    assert outcome.failed or operation in ("refresh", "destroy")
    assert _at_the_provider(running) == there
    done = running.command("recover", str(running.stack_file))
    assert "error[E302]" in done.stderr, done.stderr
    # What the plugin took for gone is found again by its tag, or named for adoption.
    running.env["METAL_AUTH_TOKEN"] = token
    running.write(config)
    converge(running)
    assert _at_the_provider(running) == there
    assert release_leftovers(running) == []
    assert_sound(running)


def test_a_token_of_another_project_reserves_nothing(make: MakeProject) -> None:
    project = make(small(nodes=1))
    token = project.env["METAL_AUTH_TOKEN"]
    project.env["METAL_AUTH_TOKEN"] = STRANGE_TOKEN
    assert project.try_up().failed
    assert _at_the_provider(project) == ({}, {})
    project.env["METAL_AUTH_TOKEN"] = token
    project.up()
    assert_sound(project)


@contextlib.contextmanager
def _small_disk(folder: Path, room: int) -> Iterator[Callable[[], bool]]:
    """A folder's content on a disk of its own with little room; on the folder again afterwards.

    Yields what finds out whether the disk is full.

    :param room: bytes beyond what is in the folder.
    """
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept)
    used = sum(-(-file.stat().st_size // 4096) * 4096 for file in kept.rglob("*") if file.is_file())
    options = f"size={used + room}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield lambda: os.statvfs(folder).f_bavail == 0
        shutil.rmtree(kept)
        shutil.copytree(folder, kept)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
    shutil.rmtree(folder)
    kept.rename(folder)


@contextlib.contextmanager
def _small_files(folder: Path, room: int) -> Iterator[Callable[[], bool]]:
    """No process of this one writes a file that is larger than the state by some bytes."""

    def largest() -> int:
        return max(file.stat().st_size for file in folder.rglob("*") if file.is_file())

    most = largest() + room
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield lambda: largest() >= most
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _is_cut(project: Project) -> bool:
    """Whether the engine has left a part of the state, for want of room."""
    (state,) = (project.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    try:
        json.loads(state.read_text())
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("room", [8192, 12288, 16384] if FULL else [8192])
def test_an_update_that_is_killed_on_a_full_disk_is_repaired(running: Project, room: int) -> None:
    blocks = running.blocks()
    running.change(_grown)
    full = _small_disk if os.geteuid() == 0 else _small_files
    outcomes: list[Outcome] = []
    with full(running.folder / "state", room) as is_full:
        running.cli.process = None
        update = threading.Thread(target=lambda: outcomes.append(running.try_up()))
        update.start()
        try:
            # An update that ends first has met no full disk, and fails the test below.
            wait_until("a full disk", lambda: (is_full() and _is_cut(running)) or outcomes)
        finally:
            running.cli.kill(everything=True)
            update.join(timeout=120)
    assert outcomes[0].failed
    reserved = running.blocks()
    # Between the look and the kill the engine may have found room for the state again.
    cut = _is_cut(running)
    assert any("restored the state from" in line for line in running.repair()) == cut
    converge(running)
    assert set(blocks) <= set(reserved) <= set(running.blocks())
    assert len(running.blocks()) == 2
    assert release_leftovers(running) == []
    assert sorted(running.sessions().values()) == ["worker-0", "worker-1", "worker-2"]
    assert running.up().nothing_changed


@pytest.mark.skipif(not FULL, reason="the engine tries for minutes; METALLB_ENGINE_FULL=1 runs it")
def test_an_update_that_gives_up_on_a_full_disk_loses_no_address(make: MakeProject) -> None:
    project = make(small(nodes=1))
    full = _small_disk if os.geteuid() == 0 else _small_files
    with full(project.folder / "state", 8192):
        assert project.try_up().failed
    reserved = project.blocks()
    # The first update of a stack has no backup of an earlier one. As the message says:
    with pytest.raises(EngineError, match="pulumi stack init demo") as raised:
        project.repair()
    assert raised.value.problem.code == "E701"
    (state,) = (project.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    assert str(state) in raised.value.problem.help
    state.unlink()
    project.engine(["stack", "init", "demo", "--no-select"])
    converge(project)
    assert set(reserved) <= set(project.blocks())
    assert release_leftovers(project) == []
    assert_sound(project)
