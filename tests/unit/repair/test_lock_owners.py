"""A lock is removed only when host, boot, PID namespace and process start prove its owner gone."""

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import EngineError
from metallb.repair import processes
from metallb.repair.backend import Backend
from metallb.repair.engine import EngineState
from metallb.repair.locks import dead_locks_removed
from metallb.repair.owners import LockOwner, is_gone, lock_owner, lock_owners
from metallb.repair.processes import EngineRecord, Machine, engine_records, recorded, this_machine

WRITTEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
EARLIER, LATER = WRITTEN - timedelta(hours=1), WRITTEN + timedelta(hours=1)
OWNER = LockOwner("root", "vm", 12, WRITTEN)
MACHINE = Machine("vm", "m", "boot-1", "pid:[1]", sees_all=True)
INSIDE = replace(MACHINE, sees_all=False)
"""In a container: processes of other namespaces are not visible."""
RECORD = EngineRecord("vm", "m", "boot-1", "pid:[1]", 12, EARLIER)


@pytest.mark.parametrize(
    ("machine", "records", "gone"),
    [
        (MACHINE, [], True),
        (MACHINE, [RECORD], True),
        # The id is used again: by what began after the lock was written.
        (replace(MACHINE, started=(LATER,)), [], True),
        (replace(MACHINE, started=(EARLIER,)), [], False),
        (replace(MACHINE, started=(LATER, EARLIER)), [], False),
        (replace(MACHINE, started=(None,)), [], False),
        # Another machine, or one under the same name.
        (replace(MACHINE, host="box"), [], False),
        (replace(MACHINE, id="other"), [RECORD], False),
        # A container sees its own processes alone.
        (INSIDE, [], False),
        (INSIDE, [RECORD], True),
        (replace(INSIDE, started=(EARLIER,)), [RECORD], False),
        (INSIDE, [replace(RECORD, namespace="pid:[2]")], False),
        (INSIDE, [replace(RECORD, boot="boot-0")], False),
        (INSIDE, [replace(RECORD, pid=13)], False),
        (INSIDE, [replace(RECORD, begun=LATER)], False),
    ],
)
def test_an_owner_is_gone_where_everything_proves_it(
    machine: Machine, records: list[EngineRecord], gone: bool
) -> None:
    assert is_gone(OWNER, machine, records) is gone


@pytest.mark.parametrize("host", ["localhost", "localhost.localdomain", ""])
def test_a_host_name_that_any_machine_may_have_proves_nothing(host: str) -> None:
    assert not is_gone(replace(OWNER, host=host), replace(MACHINE, host=host), [])


def test_a_lock_without_a_time_is_of_any_process_with_its_id() -> None:
    owner = replace(OWNER, written=None)
    assert not is_gone(owner, replace(MACHINE, started=(LATER,)), [])
    assert is_gone(owner, MACHINE, [])


def test_owners_are_read_from_locks_and_from_what_the_engine_reports() -> None:
    text = (
        '{"pid":12,"username":"root","hostname":"vm","timestamp":"2026-01-01T12:00:00.123456789Z"}'
    )
    found = lock_owner(text)
    assert found == LockOwner("root", "vm", 12)
    assert found.written == WRITTEN + timedelta(microseconds=123456)
    for other in ("", "[]", "null", '{"pid":"x","username":"root","hostname":"vm"}'):
        assert lock_owner(other) is None
    text = (
        "a.json: created by root@vm (pid 12) at 2026-01-01T12:00:00Z\n"
        "b.json: created by ann@box.lan (pid 9) at x"
    )
    assert lock_owners(text) == (LockOwner("root", "vm", 12), LockOwner("ann", "box.lan", 9))
    assert [each.written for each in lock_owners(text)] == [WRITTEN, None]


# The machine itself.


def test_this_process_is_seen_with_its_start() -> None:
    machine = this_machine(os.getpid())
    (started,) = machine.started
    assert started is not None
    assert started <= datetime.now(UTC)
    assert machine.boot
    assert machine.namespace.startswith("pid:[")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)
def test_a_process_of_another_namespace_is_seen_by_its_id_there() -> None:
    script = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        ["unshare", "--pid", "--fork", sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        # The init of this machine has the id as well, and began before.
        visible = this_machine(1).started
        assert len(visible) >= 2
        process.communicate("")


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "state" / ".pulumi" / "stacks" / "metallb").mkdir(parents=True)
    (tmp_path / "state" / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    return Backend(tmp_path / "state", "metallb", "demo")


def lock(backend: Backend, pid: int, **changes: Any) -> Path:
    backend.locks.mkdir(parents=True, exist_ok=True)
    owner: dict[str, Any] = {"pid": pid, "username": "root", "hostname": socket.gethostname()}
    owner |= {"timestamp": datetime.now(UTC).isoformat(), **changes}
    file = backend.locks / f"{pid}.json"
    file.write_text(json.dumps(owner))
    return file


def _nothing(_: list[str]) -> str:
    raise AssertionError("the engine is not needed")


def removed(backend: Backend) -> bool:
    state = EngineState(_nothing, "demo")
    return dead_locks_removed(state, stack="demo", backend=backend)


def _ended() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container."""
    monkeypatch.setattr(processes, "_sees_all", lambda _: False)


def test_a_lock_of_a_living_process_stays(backend: Backend) -> None:
    file = lock(backend, os.getpid())
    with pytest.raises(EngineError, match="is in use"):
        removed(backend)
    assert file.exists()


def test_a_lock_whose_id_another_process_has_by_now_is_removed(backend: Backend) -> None:
    file = lock(backend, os.getpid(), timestamp="2020-01-01T00:00:00Z")
    assert removed(backend)
    assert not file.exists()


def test_in_a_container_only_a_lock_of_an_engine_of_its_own_is_removed(
    backend: Backend, inside: None
) -> None:
    pid = _ended()
    file = lock(backend, pid)
    with pytest.raises(EngineError, match="another container"):
        removed(backend)
    assert file.exists()
    with recorded(pid):  # as after a SIGKILL, which takes no record away
        assert [each.pid for each in engine_records()] == [pid]
        file = lock(backend, pid)
        assert removed(backend)
    assert not file.exists()
    assert engine_records() == []


def test_one_living_owner_keeps_every_lock(backend: Backend) -> None:
    files = [lock(backend, _ended()), lock(backend, os.getpid())]
    with pytest.raises(EngineError, match="is in use"):
        removed(backend)
    assert all(file.exists() for file in files)
