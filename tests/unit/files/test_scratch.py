"""Copies that a process works with: gone with it, also when it is killed."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from metallb.files.scratch import own_place, private_folder

HOLDS = """
import subprocess, sys
from metallb.files.scratch import private_folder, private_handles
with private_folder() as folder:
    (folder / "copy").write_text("a secret")
    if {child}:
        child = subprocess.Popen(["sleep", "60"], pass_fds=private_handles())
        print(child.pid, flush=True)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "metallb"


def _killed(*, child: bool = False) -> tuple[Path, int]:
    """The folder of a process that was killed, and the id of the child that it left."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS.format(child=child)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        left = int(process.stdout.readline()) if child else 0
        folder = Path(process.stdout.readline().strip())
        assert (folder / "copy").exists()
        process.kill()
    return folder, left


def _copies(place: Path) -> list[Path]:
    return list(place.glob("run-*/files/copy"))


def test_a_folder_is_its_owners_and_gone_afterwards(place: Path) -> None:
    with private_folder() as folder:
        assert folder.is_relative_to(place)
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        with private_folder() as other:
            assert other != folder
        assert folder.is_dir()
    assert not folder.parent.exists()


def test_what_a_killed_process_left_is_removed_by_the_next(place: Path) -> None:
    folder, _ = _killed()
    assert folder.exists()
    with private_folder():
        assert not folder.exists()
    assert _copies(place) == []


def test_what_an_engine_still_uses_stays_until_it_ends(place: Path) -> None:
    folder, child = _killed(child=True)
    try:
        with private_folder():
            assert (folder / "copy").exists()
    finally:
        os.kill(child, signal.SIGKILL)
    # Reaped by init, whose business the moment is: the file is closed before.
    for _ in range(1000):
        with private_folder():
            if not folder.exists():
                break
    assert _copies(place) == []


def test_nothing_is_left_in_the_temporary_folder(place: Path, tmp_path: Path) -> None:
    folder, _ = _killed()
    assert not folder.is_relative_to(tempfile.gettempdir()) or folder.is_relative_to(tmp_path)
    assert folder.is_relative_to(place)


@pytest.mark.parametrize("fault", ["link", "others may write"])
def test_a_place_that_is_not_ours_is_not_used(place: Path, tmp_path: Path, fault: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if fault == "link":
        place.symlink_to(elsewhere)
    else:
        place.mkdir()
        place.chmod(0o777)
    assert not own_place().is_relative_to(place)
    with private_folder() as folder:
        assert not folder.resolve().is_relative_to(elsewhere)


def test_without_a_session_or_home_the_place_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    for name in ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert own_place() == tmp_path / f"metallb-{os.getuid()}"
    assert stat.S_IMODE(own_place().stat().st_mode) == 0o700
