"""`recover` beside other updates and other machines: it undoes none, and takes none for dead."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.spawn import wait_until
from metallb.platforms.equinix_metal.recovery import project as recovering_project
from metallb.problems.errors import EngineError
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import Config, Project, small
from tests.platforms.equinix_metal.updates.recovering import (
    assert_sound,
    converge,
    release_leftovers,
)
from tests.updates.harness import package
from tests.updates.processes import end, family

NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)


def _grown(config: Config) -> None:
    config["platform"]["nodes"].append({"hostname": "worker-2"})


def _state_file(project: Project) -> Path:
    (state,) = (project.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    return state


def _with_pending(project: Project) -> None:
    """As an update leaves it that was killed while it opened a session."""
    file = _state_file(project)
    document = json.loads(file.read_text())
    latest = document["checkpoint"]["latest"]
    (session,) = [
        item for item in latest["resources"] if item["urn"].endswith("::bgp-sessions-worker-1-ipv4")
    ]
    latest["pending_operations"] = [{"type": "creating", "resource": session}]
    file.write_text(json.dumps(document))


def _instead(
    monkeypatch: pytest.MonkeyPatch, name: str, first: Callable[[], object]
) -> list[object]:
    """Have something happen while the API is called by a function, the first time."""
    real: Callable[..., Any] = getattr(recovering_project, name)
    happened: list[object] = []

    def call(*args: Any) -> Any:
        if not happened:
            happened.append(first())
        return real(*args)

    monkeypatch.setattr(recovering_project, name, call)
    return happened


def test_an_update_that_ends_while_the_api_is_called_is_not_undone(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_pending(running)
    running.change(_grown)
    happened = _instead(monkeypatch, "project_sessions", lambda: converge(running))
    with pytest.raises(EngineError, match="changed while it was being repaired") as raised:
        running.repair()
    assert happened
    assert raised.value.problem.code == "E501"
    assert "bgp-sessions-worker-2-ipv4" in running.state()
    running.repair()
    assert_sound(running)


def test_no_update_begins_while_a_leftover_is_released(
    make: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    project.cloud.add_fault("lost_reply", method="POST", path="/projects/{id}/ips")
    project.up()
    (kept,) = [item["id"] for name, item in project.state().items() if name.endswith("-block")]
    (extra,) = set(project.blocks()) - {kept}
    happened = _instead(monkeypatch, "release_block", project.try_up)
    project.repair(release=(extra,))
    (outcome,) = happened
    assert "locked by 1 lock" in outcome.messages  # type: ignore[attr-defined]
    assert list(project.blocks()) == [kept]
    assert_sound(project)


_AT_ONCE = ("--yes", "--quiet")


def _under_way(project: Project, *prefix: str) -> "subprocess.Popen[bytes]":
    """`metallb up` in the middle of a reservation."""
    assert project.cloud is not None
    project.cloud.add_fault("delay", seconds=60, method="POST", path="/projects/{id}/ips")
    process = subprocess.Popen(
        [*prefix, sys.executable, "-m", "metallb", "up", str(project.stack_file), *_AT_ONCE],
        cwd=project.folder,
        env={**os.environ, **project.env, "PYTHONPATH": str(package().parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until("the update's block", project.blocks)
    return process


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL for an update and all that it started."""
    started = family(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    end(started)
    process.wait()


def _copies(*folders: Path) -> list[Path]:
    """Files that hold what is in the stack file."""
    return [
        file
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and b"projectId" in file.read_bytes()
    ]


def test_a_killed_update_leaves_no_copy_of_the_stack_file(
    make: MakeProject, tmp_path: Path
) -> None:
    project = make(small(nodes=1))
    temporary, session = tmp_path / "tmp", tmp_path / "session"
    temporary.mkdir()
    session.mkdir()
    project.env |= {"TMPDIR": str(temporary), "XDG_RUNTIME_DIR": str(session)}
    process = _under_way(project)
    assert _copies(session), "the copy that the engine works with"
    _kill(process)
    assert _copies(temporary) == []
    assert project.cloud is not None
    project.cloud.clear_faults()
    done = project.command("recover", str(project.stack_file))
    assert "removed the lock of an update whose process is gone" in done.stdout, done.stderr
    assert _copies(temporary, session) == []
    converge(project)
    release_leftovers(project)
    assert_sound(project)


@NEEDS_ROOT
def test_an_update_of_another_pid_namespace_is_not_taken_for_dead(make: MakeProject) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    container = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    process = _under_way(project, *container)
    recover = ["-m", "metallb", "recover", str(project.stack_file)]
    try:
        done = project.command("recover", str(project.stack_file))
        assert (done.returncode, "error[E501]" in done.stderr) == (1, True), done.stderr
        # Neither by one that does not see its processes.
        other = subprocess.run(
            [*container, sys.executable, *recover],
            cwd=project.folder,
            env={**os.environ, **project.env, "PYTHONPATH": str(package().parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (other.returncode, "error[E501]" in other.stderr) == (1, True), other.stderr
    finally:
        _kill(process)
    project.cloud.clear_faults()
    done = project.command("recover", str(project.stack_file))
    assert "removed the lock of an update whose process is gone" in done.stdout, done.stderr
    converge(project)
    release_leftovers(project)
    assert_sound(project)


def test_a_state_of_the_older_layout_is_restored_as_well(running: Project) -> None:
    inside = running.folder / "state" / ".pulumi"
    for file in (inside / "stacks" / "metallb").iterdir():
        file.rename(inside / "stacks" / file.name)
    (inside / "stacks" / "metallb").rmdir()
    for file in inside.glob("meta.yaml*"):
        file.unlink()
    running.env["PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR"] = "1"
    running.env["PULUMI_DIY_BACKEND_NO_LEGACY_WARNING"] = "1"
    blocks, sessions = running.blocks(), running.sessions()
    state = inside / "stacks" / "demo.json"
    state.write_text("")
    lock = inside / "locks" / "demo" / "dead.json"
    lock.parent.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    owner = {"pid": ended.pid, "username": "root", "hostname": os.uname().nodename}
    lock.write_text(json.dumps({**owner, "timestamp": "2026-01-01T00:00:00Z"}))
    shown = running.repair()
    assert "removed the lock of an update whose process is gone" in shown
    assert any(f"restored the state from {state}.bak" in line for line in shown)
    converge(running)
    assert (running.blocks(), running.sessions()) == (blocks, sessions)
