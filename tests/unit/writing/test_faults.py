"""A run that ends anywhere leaves whole files, says what is true, and the next run completes it."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import MetalLBError
from metallb.writing import sets
from metallb.writing.journal import MARKER
from metallb.writing.sets import compare_set
from tests.support.paths import PROJECT_ROOT
from tests.unit.writing.counting import Counter
from tests.unit.writing.folders import NEW_SET, OLD_SET, by_path, no_former, tree, write

MOST = 400
THEIRS = {"1-a/mine.txt": b"mine\n", "2-gone/mine.yaml": b"a person's\n", "note.yaml": b"mine\n"}


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here loses power: hundreds of flushes would wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(params=["old", "new"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with an older set and files of a person's, or none."""
    target = tmp_path / "start"
    if request.param == "old":
        write(target, OLD_SET)
        for name, data in THEIRS.items():
            (target / name).write_bytes(data)
    return target


def copied(folder: Path, to: Path) -> Path:
    if folder.exists():
        shutil.copytree(folder, to)
    return to


def is_whole(target: Path, started: dict[str, bytes | str]) -> bool:
    """Every file is one of the old set, of the new one or of the person's; whether all is new."""
    now = {name: data for name, data in tree(target).items() if not name.endswith("-lock")}
    for name, data in now.items():
        if not name.endswith(".metallb-new"):
            assert data in (started.get(name), by_path(NEW_SET).get(name)), name
    for name, data in THEIRS.items():
        assert started.get(name) in (None, now.get(name)), name
        assert started.get(name) in (None, data)
    if any(name not in now for name in started):
        assert by_path(NEW_SET).items() <= now.items(), "something is removed before all is written"
    return by_path(NEW_SET).items() <= now.items()


def completes(target: Path, started: dict[str, bytes | str]) -> None:
    write(target, NEW_SET)
    theirs = {name: data for name, data in THEIRS.items() if name in started}
    assert tree(target) == {**by_path(NEW_SET), **theirs}
    assert not compare_set(target, NEW_SET, no_former)
    for name, each in NEW_SET.items():
        if each.private:
            assert (target / name).stat().st_mode & 0o777 == 0o600
            assert (target / name).parent.stat().st_mode & 0o777 == 0o700


def calls_of_a_run(folder: Path, to: Path) -> int:
    count = Counter(MOST, lambda: pytest.fail("more calls than expected"))
    with pytest.MonkeyPatch.context() as patch:
        target = copied(folder, to)
        count.over(patch.setattr)
        write(target, NEW_SET)
    return MOST - count.left


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_an_error_at_any_call(number: int, folder: Path, tmp_path: Path) -> None:
    def fails() -> None:
        raise OSError(number, os.strerror(number))

    started = tree(folder)
    for at in range(1, calls_of_a_run(folder, tmp_path / "count") + 1):
        target = copied(folder, tmp_path / str(at))
        before = tree(target, marker=True)
        raised: MetalLBError | None = None
        with pytest.MonkeyPatch.context() as patch:
            Counter(at, fails).over(patch.setattr)
            try:
                write(target, NEW_SET)
            except MetalLBError as error:
                raised = error
        whole = is_whole(target, started)
        assert not list(target.rglob(".metallb-new")) or number == errno.EACCES
        if raised is None:
            assert whole  # what failed was of no matter, such as removing the lock's file
        elif "unfinished" in raised.problem.detail:
            assert raised.exit_code == 1
            assert f"cannot write to {target}/" in raised.problem.summary  # with the file's name
            assert compare_set(target, NEW_SET, no_former).unfinished
        elif "All files are written" in raised.problem.detail:
            assert raised.exit_code == 1
            assert not compare_set(target, NEW_SET, no_former)
        else:
            assert raised.exit_code == (2 if number == errno.EACCES else 1)
            assert tree(target, marker=True) == before
            assert target.exists() is folder.exists()
        completes(target, started)


def test_a_kill_at_any_call(folder: Path, tmp_path: Path) -> None:
    started = tree(folder)
    unfinished = 0
    calls = range(1, calls_of_a_run(folder, tmp_path / "count") + 1)
    targets = [copied(folder, tmp_path / str(at)) for at in calls]
    subprocess.run(
        [sys.executable, "-m", "tests.unit.writing.killed", *map(str, targets)],
        cwd=PROJECT_ROOT,
        check=True,
        timeout=60,
    )
    for target in targets:
        whole = is_whole(target, started)
        found = compare_set(target, NEW_SET, no_former)
        unfinished += found.unfinished
        assert whole or found
        completes(target, started)
    assert unfinished > 5


def test_the_next_run_says_that_it_completed_the_set(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    del tmp_path
    replace = os.replace
    names: list[str] = []

    def second(source: str, target: str, **options: Any) -> None:
        names.append(target)
        (replace if len(names) < 3 else fails)(source, target, **options)

    monkeypatch.setattr(os, "replace", second)
    with pytest.raises(MetalLBError, match="unfinished set"):
        write(folder, NEW_SET)
    monkeypatch.undo()
    assert write(folder, NEW_SET).completed
    assert not write(folder, NEW_SET).completed


def test_an_unchanged_set_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", NEW_SET)
    monkeypatch.setattr(os, "replace", lambda *_, **__: pytest.fail("a file is written"))
    write(tmp_path / "out", NEW_SET)


@pytest.mark.parametrize("limit", [250, 0])
def test_all_is_on_the_disk_before_the_journal_says_so(
    limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    replace = os.replace

    def named(source: str, target: str, **options: Any) -> None:
        done.append(target)
        replace(source, target, **options)

    monkeypatch.setattr(sets, "_FLUSHED_ONE_BY_ONE", limit)
    monkeypatch.setattr(os, "replace", named)
    monkeypatch.setattr(os, "fsync", lambda _: done.append("flush"))
    monkeypatch.setattr(os, "sync", lambda: done.append("flush all"))
    write(tmp_path / "out", NEW_SET)
    first, last = done.index(MARKER), len(done) - 1 - done[::-1].index(MARKER)
    files = [name for name in done if name.endswith((".yaml", ".values"))]
    assert len(files) == len(NEW_SET)
    assert done[first - 1] == done[last - 1] == "flush"
    if limit:
        assert all(done[done.index(name) - 1] == "flush" for name in files)
        assert "flush all" not in done
    else:
        assert max(map(done.index, files)) < done.index("flush all") < last
