"""A set touches only what it wrote, follows no link, and keeps keys for their owner."""

import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import MetalLBError, UsageError
from metallb.writing.entries import open_below, opened
from metallb.writing.journal import MARKER
from metallb.writing.lock import LOCK, exclusive
from metallb.writing.sets import SetFile, compare_set
from tests.unit.writing.folders import NEW_SET, OLD_SET, by_path, no_former, tree, write

PLAIN = {"1-a/010-x.yaml": SetFile(b"x\n")}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with the older set, beside one of a person's."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "010-x.yaml").write_text("precious\n")
    write(tmp_path / "out", OLD_SET)
    return tmp_path / "out"


def refused(out: Path, files: dict[str, SetFile]) -> UsageError:
    """The refusal of a set, which changes nothing at all."""
    before = tree(out.parent, marker=True)
    with pytest.raises(UsageError) as caught:
        write(out, files)
    assert tree(out.parent, marker=True) == before
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("3-b", NEW_SET),
        ("1-a", PLAIN),
        ("1-a/090-secrets", NEW_SET),
        ("1-a/020-other.yaml", NEW_SET),
        ("3-b/010-more.yaml", NEW_SET),
        (MARKER, NEW_SET),
    ],
)
def test_no_link_is_followed(name: str, files: dict[str, SetFile], out: Path) -> None:
    target = out.parent / "theirs"
    path = out / name
    if path.is_dir():
        path.rename(out.parent / "moved")
    else:
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        target = target if name == "3-b" else target / "010-x.yaml"
    path.symlink_to(target)
    error = refused(out, files)
    assert error.problem.code == "E204"
    assert f"{path} is a symbolic link" in error.problem.summary


def test_a_link_in_place_of_a_folder_of_former_files_is_left(out: Path) -> None:
    (out / "2-gone").rename(out.parent / "moved")
    (out / "2-gone").symlink_to(out.parent / "moved")
    write(out, NEW_SET)
    assert tree(out.parent / "moved").keys() == {"010-gone.yaml", "kustomization.yaml"}
    assert (out / "2-gone").is_symlink()
    assert not compare_set(out, NEW_SET, no_former)


def test_the_folder_itself_may_be_a_link(out: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(out)
    write(tmp_path / "current", NEW_SET)
    assert (tmp_path / "current").is_symlink()
    assert tree(out) == by_path(NEW_SET)


def test_a_link_to_nothing_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no such file or directory"):
        write(tmp_path / "out", NEW_SET)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_files_of_others_stay(out: Path) -> None:
    theirs = ("1-a/mine.yaml", "2-gone/kustomization.yml", "mine.yaml", "1-a/deep/x.yaml")
    for name in theirs:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("mine\n")
    (out / "1-a" / "folder.yaml").mkdir()
    write(out, NEW_SET)
    assert tree(out) == {**by_path(NEW_SET), **dict.fromkeys(theirs, b"mine\n")}
    assert (out / "1-a" / "folder.yaml").is_dir()


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_text("mine")])
def test_what_has_a_wanted_name_is_not_replaced(make: Callable[[Path], object], out: Path) -> None:
    (out / "3-b").mkdir()
    make(out / "3-b" / "010-more.yaml")
    error = refused(out, NEW_SET)
    assert "that render did not write" in error.problem.summary


def test_a_pipe_is_not_waited_for(out: Path) -> None:
    (out / "3-b").mkdir()
    os.mkfifo(out / "3-b" / "010-more.yaml")
    assert "a device, pipe or socket" in refused(out, NEW_SET).problem.summary


@pytest.mark.parametrize("at", ["", "1-a", "2-gone", "1-a/090-secrets"])
@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.symlink_to("/etc/hostname")]
)
def test_what_has_the_name_of_a_file_that_is_written_is_found_before(
    make: Callable[[Path], object], at: str, out: Path
) -> None:
    make(out / at / ".metallb-new")
    error = refused(out, NEW_SET)
    assert error.problem.code == "E204"
    assert str(out / at / ".metallb-new") in error.problem.summary


def test_a_file_in_place_of_a_folder_is_not_replaced(out: Path) -> None:
    (out / "3-b").write_text("mine\n")
    assert f"{out / '3-b'} is a file" in refused(out, NEW_SET).problem.summary


def test_a_file_that_yields_is_written_once_and_is_a_persons_once_it_is_changed(out: Path) -> None:
    (out / "3-b").mkdir()
    (out / "3-b" / "Kustomization").write_text("mine\n")
    yields = {
        name: SetFile(each.data, yields=True, instead_of=("Kustomization",))
        if each.yields
        else each
        for name, each in NEW_SET.items()
    }
    assert write(out, yields).kept == ("3-b/kustomization.yaml",)
    assert not (out / "3-b" / "kustomization.yaml").exists()
    (out / "3-b" / "Kustomization").unlink()
    assert write(out, yields).kept == ()
    (out / "3-b" / "kustomization.yaml").write_text("changed\n")
    assert write(out, yields).kept == ("3-b/kustomization.yaml",)
    write(out, PLAIN)
    assert tree(out) == {**by_path(PLAIN), "3-b/kustomization.yaml": b"changed\n"}


def test_an_unchanged_file_that_yields_is_removed_with_its_set(out: Path) -> None:
    write(out, PLAIN)
    assert tree(out) == by_path(PLAIN)


JOURNAL: dict[str, Any] = {"version": 2, "complete": True, "files": [], "unchanged": {}}


@pytest.mark.parametrize(
    "text",
    [
        *(
            json.dumps({**JOURNAL, **change})
            for change in (
                {"files": ["../theirs/010-x.yaml"]},
                {"files": ["1-a/../../theirs/010-x.yaml"]},
                {"files": ["/etc/hostname.yaml"]},
                {"files": [".git/config.yaml"]},
                {"files": ["1-a/.metallb-rendered"]},
                {"files": ["1-a/020-other.yaml\x00"]},
                {"files": ["a/b/c/d.yaml"]},
                {"files": ["notes.txt"]},
                {"files": [["1-a"]]},
                {"files": {}},
                {"complete": "yes"},
                {"version": 3},
                {"unchanged": {"1-a/x.yaml": ["0"]}},
            )
        ),
        "{",
        "[" * 100_000,
        "{" * 100_000,
        "mine\n",
        '{"files": NaN',
    ],
    ids=lambda text: text[:60],
)
def test_a_marker_of_others_moves_nothing(text: str, out: Path) -> None:
    (out / MARKER).write_text(text)
    error = refused(out, NEW_SET)
    assert error.problem.code == "E204"
    with pytest.raises(UsageError):
        compare_set(out, NEW_SET, no_former)


def test_a_folder_with_files_of_others_alone_is_refused(out: Path) -> None:
    (out / MARKER).unlink()
    assert "files that render did not write" in refused(out, NEW_SET).problem.summary
    assert not (out / LOCK).exists()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177, 0o277, 0o777])
def test_keys_are_for_their_owner_from_the_beginning(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "chmod", lambda *_, **__: pytest.fail("a mode is changed afterwards"))
    monkeypatch.setattr(os, "fchmod", lambda *_, **__: pytest.fail("a mode is changed afterwards"))
    for folder in (tmp_path / "out", tmp_path / "out" / "1-a"):
        folder.mkdir()
    (tmp_path / "out" / MARKER).write_text("")
    before = os.umask(umask)
    try:
        write(tmp_path / "out", {"1-a/090-secrets/090-key.yaml": SetFile(b"key\n", private=True)})
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    secrets = tmp_path / "out" / "1-a" / "090-secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE((secrets / "090-key.yaml").stat().st_mode) == 0o600


def test_a_key_that_others_may_read_is_written_anew(out: Path) -> None:
    path = out / "1-a" / "090-secrets" / "090-key.yaml"
    path.chmod(0o644)
    assert compare_set(out, OLD_SET, no_former).different == {
        "1-a/090-secrets/090-key.yaml": b"old key\n"
    }
    write(out, OLD_SET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_of_keys_that_others_may_read_is_refused(out: Path) -> None:
    (out / "1-a" / "090-secrets").chmod(0o750)
    error = refused(out, NEW_SET)
    assert error.problem.summary.endswith("090-secrets is not for its owner alone: 0750")


def test_keys_go_when_they_are_no_longer_wanted(out: Path) -> None:
    write(out, PLAIN)
    assert not list(out.rglob("090-secrets"))


def test_a_file_keeps_the_rights_that_it_was_given(out: Path) -> None:
    (out / "1-a" / "020-other.yaml").chmod(0o600)
    write(out, NEW_SET)
    assert stat.S_IMODE((out / "1-a" / "020-other.yaml").stat().st_mode) == 0o600


def holds(path: str, started: Connection) -> None:
    folder = os.open(path, os.O_RDONLY)
    with exclusive(folder, path):
        started.send(True)
        started.recv()


def test_one_process_at_a_time_writes(out: Path) -> None:
    here, there = multiprocessing.Pipe()
    other = multiprocessing.get_context("fork").Process(
        target=holds, args=(str(out), there), daemon=True
    )
    other.start()
    assert here.recv()
    before = tree(out)
    with pytest.raises(MetalLBError) as caught:
        write(out, NEW_SET)
    assert caught.value.problem.code == "E209"
    assert caught.value.exit_code == 1
    assert caught.value.problem.summary == f"process {other.pid} is writing into {out}"
    assert tree(out) == before
    here.send(True)
    other.join()
    write(out, NEW_SET)
    assert tree(out) == by_path(NEW_SET)


def test_the_lock_of_a_process_that_is_gone_keeps_nothing_out(out: Path) -> None:
    (out / LOCK).write_text("1\n")
    write(out, NEW_SET)
    assert tree(out) == by_path(NEW_SET)


def _link(path: Path, target: Path) -> None:
    path.symlink_to(target)


def _second_name(path: Path, target: Path) -> None:
    target.write_text("123\n")
    path.hardlink_to(target)


@pytest.mark.parametrize(
    "make",
    [
        _link,
        _second_name,
        lambda path, _: path.mkdir(),
        lambda path, _: os.mkfifo(path),
        lambda path, _: path.write_text("precious\n"),
    ],
)
def test_what_has_the_name_of_the_lock_and_is_none_stays(
    make: Callable[[Path, Path], object], out: Path
) -> None:
    target = out.parent / "theirs" / "010-x.yaml"
    make(out / LOCK, target)
    content = target.read_bytes()
    error = refused(out, NEW_SET)
    assert error.problem.code == "E204"
    assert error.problem.summary.startswith(f"{out / LOCK} is ")
    assert target.read_bytes() == content


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another user")
def test_a_folder_that_can_not_be_written_stays_as_it_is(out: Path) -> None:
    for path in (out, *out.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    before = tree(out, marker=True)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_as_another_user, args=(out, there), daemon=True
    )
    process.start()
    code, exit_code, summary = here.recv()
    process.join()
    assert (code, exit_code) == ("E203", 2)
    assert summary == f"cannot write to {out}: permission denied"
    assert tree(out, marker=True) == before


def _as_another_user(out: Path, answer: Connection) -> None:
    os.setgid(65534)
    os.setuid(65534)
    try:
        write(out, PLAIN)
    except MetalLBError as error:
        answer.send((error.problem.code, error.exit_code, error.problem.summary))
    finally:
        answer.close()


def test_what_can_not_be_made_leaves_no_part_of_the_way(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="file name too long"):
        write(tmp_path / "a" / "b" / ("x" * 300), PLAIN)
    assert not list(tmp_path.iterdir())


def test_a_link_that_comes_meanwhile_is_not_followed(out: Path) -> None:
    (out / "link").symlink_to(out.parent / "theirs")
    with opened(out) as root:
        for parts in (("link",), ("1-a", "..", "link")):
            with (
                pytest.raises(OSError, match=r"Not a directory|Too many levels"),
                open_below(root, parts),
            ):
                pass
