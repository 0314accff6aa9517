"""What the engine left of a state, and what makes it right."""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import EngineError
from tests.updates.harness import Project


def locks_of(project: Project) -> Path:
    """The folder of the stack's locks."""
    folder = project.folder / "state" / ".pulumi" / "locks" / "organization" / "metallb" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_state_that_was_cut_off_while_it_was_written_is_restored_from_its_backup(
    running: Project,
) -> None:
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    state.write_text("")
    assert running.try_up().failed
    (shown,) = [line for line in running.repair() if "restored the state" in line]
    assert "demo.json.bak" in shown
    running.up()
    assert running.up().nothing_changed


def test_a_state_that_is_being_written_is_not_taken_for_one_that_was_cut_off(
    running: Project,
) -> None:
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    whole = state.read_text()
    owner: dict[str, Any] = {"pid": os.getpid(), "username": "root"}
    owner |= {"hostname": socket.gethostname(), "timestamp": datetime.now(UTC).isoformat()}
    lock = locks_of(running) / "living.json"
    lock.write_text(json.dumps(owner))
    state.write_text("")
    with pytest.raises(EngineError, match="is in use"):
        running.repair()
    assert state.read_text() == ""
    state.write_text(whole)
    # A process that has not written its name yet may be alive as well.
    lock.write_text("")
    with pytest.raises(EngineError, match="names no owner"):
        running.repair()
    assert lock.exists()


def test_a_state_that_was_cut_off_is_restored_wherever_the_engine_keeps_it(
    running: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    home = tmp_path / "home"
    home.mkdir()
    (home / "plugins").symlink_to(known / "plugins")
    url = f"{running.env['PULUMI_BACKEND_URL']}?no_tmp_dir=true"
    running.env["PULUMI_HOME"] = str(home)
    running.engine(["login", url])
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    own = {key: value for key, value in running.env.items() if key != "PULUMI_BACKEND_URL"}
    monkeypatch.setattr(running, "env", own)
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    state.write_text("")
    done = running.command("recover", str(running.stack_file))
    assert done.returncode == 0, done.stderr
    assert "restored the state from" in done.stdout
    done = running.command("recover", str(running.stack_file))
    assert (done.returncode, done.stdout) == (0, "nothing to repair\n"), done.stderr


def test_a_state_that_was_cut_off_out_of_reach_says_where_another_is(
    running: Project,
) -> None:
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    state.write_text("")
    with pytest.raises(EngineError, match="backend's own backups"):
        running.repair(anywhere=True)


def test_a_whole_state_whose_attributes_were_cut_off_is_kept_as_it_is(running: Project) -> None:
    (state,) = (running.folder / "state" / ".pulumi" / "stacks").rglob("demo.json")
    before = state.read_text()
    # What the engine leaves that ends between the file of attributes and the state itself.
    state.with_name("demo.json.attrs").write_text("")
    assert running.try_up().failed
    (shown,) = running.repair()
    assert "demo.json.attrs" in shown
    assert state.read_text() == before
    assert running.up().nothing_changed
