"""A stack's files on a file backend, in both layouts: a cut-off state, its backups, the lock."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import EngineError
from metallb.repair import backend as module
from metallb.repair.backend import Backend

Layout = tuple[Backend, Path]


def checkpoint(project: str = "metallb", **more: Any) -> str:
    urn = f"urn:pulumi:demo::{project}::pulumi:pulumi:Stack::{project}-demo"
    latest = {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": [{"urn": urn}], **more}
    return json.dumps({"version": 3, "checkpoint": {"latest": latest}})


@pytest.fixture(params=["project", "older", "older with a file"])
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> Layout:
    """A backend, and where the state of its stack is."""
    stacks = tmp_path / ".pulumi" / "stacks"
    if request.param == "project":
        stacks = stacks / "metallb"
    stacks.mkdir(parents=True)
    version = {"project": 1, "older with a file": 0}.get(request.param)
    if version is not None:
        (tmp_path / ".pulumi" / "meta.yaml").write_text(f"version: {version}\n")
    return Backend(tmp_path, "metallb", "demo"), stacks / "demo.json"


def test_the_backup_beside_a_state_that_was_cut_off_takes_its_place(layout: Layout) -> None:
    backend, state = layout
    state.write_text("{")
    state.with_name("demo.json.attrs").write_text("")
    state.with_name("demo.json.bak").write_text(checkpoint())
    assert "demo.json.bak" in backend.restored()
    assert state.read_text() == checkpoint()
    assert state.with_name("demo.json.broken").read_text() == "{"
    names = {each.name for each in state.parent.iterdir() if each.is_file()}
    assert names == {"demo.json", "demo.json.bak", "demo.json.broken"}


def test_a_packed_state_is_restored_as_well(layout: Layout) -> None:
    backend, state = layout
    packed = gzip.compress(checkpoint().encode())
    state = state.with_name("demo.json.gz")
    state.write_bytes(packed[:-20])
    state.with_name("demo.json.gz.bak").write_bytes(packed)
    assert backend.restored()
    assert state.read_bytes() == packed


def test_without_a_whole_backup_nothing_is_touched(layout: Layout) -> None:
    backend, state = layout
    state.write_text("{")
    state.with_name("demo.json.bak").write_text("{")
    assert backend.restored() == ""
    assert state.read_text() == "{"


@pytest.mark.parametrize(("project", "restored"), [("metallb", True), ("other", False)])
def test_the_backup_of_the_older_layout_serves_where_it_is_of_the_project(
    tmp_path: Path, project: str, restored: bool
) -> None:
    inside = tmp_path / ".pulumi"
    state = inside / "stacks" / "metallb" / "demo.json"
    state.parent.mkdir(parents=True)
    (inside / "meta.yaml").write_text("version: 1\n")
    state.write_text("")
    (inside / "stacks" / "demo.json.bak").write_text(checkpoint(project))
    assert bool(Backend(tmp_path, "metallb", "demo").restored()) is restored
    assert state.read_text() == (checkpoint() if restored else "")


def test_without_one_beside_it_the_end_of_the_last_update_takes_its_place(layout: Layout) -> None:
    backend, state = layout
    state.write_text("{")
    state.with_name("demo.json.bak").write_text("{")
    parts = [part for part in state.parent.parts if part == "metallb"]
    history = backend.folder.joinpath(".pulumi", "history", *parts, "demo")
    history.mkdir(parents=True)
    for count, text in ((99, checkpoint(age="old")), (100, checkpoint(age="new")), (101, "{")):
        (history / f"demo-{count}.checkpoint.json").write_text(text)
        (history / f"demo-{count}.checkpoint.json.attrs").write_text("{}")
        (history / f"demo-{count}.history.json").write_text("{}")
    assert "demo-100.checkpoint.json" in backend.restored()
    assert state.read_text() == checkpoint(age="new")


def test_a_full_disk_leaves_the_state_as_it_was(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, state = layout
    state.write_text("{")
    state.with_name("demo.json.bak").write_text(checkpoint())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(EngineError, match="no space left"):
        backend.restored()
    assert state.read_text() == "{"
    assert sorted(each.name for each in state.parent.glob(".*")) == []


def test_the_lock_is_the_engines_and_excludes_others(layout: Layout) -> None:
    backend, _ = layout
    with backend.locked():
        (file,) = backend.lock_files()
        owner = json.loads(file.read_text())
        assert owner["pid"] == os.getpid()
        assert set(owner) == {"pid", "username", "hostname", "timestamp"}
        with pytest.raises(EngineError, match="is in use") as raised, backend.locked():
            raise AssertionError("two at once")
        assert raised.value.problem.code == "E501"
        assert backend.lock_files() == [file]
    assert backend.lock_files() == []


def test_a_lock_that_comes_at_the_same_moment_wins(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, _ = layout
    real = Backend._refuse_others
    looked: list[Path] = []

    def look(self: Backend, own: Path) -> None:
        looked.append(own)
        if len(looked) == 2:
            (backend.locks / "other.json").write_text("{}")
        real(self, own)

    monkeypatch.setattr(Backend, "_refuse_others", look)
    with pytest.raises(EngineError, match="is in use"), backend.locked():
        raise AssertionError("two at once")
    assert [each.name for each in backend.lock_files()] == ["other.json"]
