"""A file that the command line names is written whole, and over nothing of another's."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.loading.snapshot import is_snapshot
from metallb.problems.errors import MetalLBError, UsageError
from metallb.runner.markdown import is_comment
from metallb.stackfile.json_schema import is_schema
from metallb.topology import FORMATS, is_drawing
from metallb.writing.files import write_file
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.unit.importing.samples import CONFIGMAP

ONPREM = str(STACKS / "Pulumi.onprem.yaml")
MINE = "precious: true\n"


def mine(text: str) -> bool:
    return text.startswith("ours")


WRITERS = {
    "schema": ["schema", "-o", "FILE"],
    "topology": ["topology", ONPREM, "-o", "FILE"],
    "import": ["import", "config.yaml", "-o", "FILE"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIGMAP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, file: str, *more: str) -> int:
    return main([file if word == "FILE" else word for word in WRITERS[command]] + list(more))


@pytest.mark.parametrize("command", WRITERS)
def test_a_persons_file_is_replaced_by_force_alone(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.yaml").write_text(MINE)
    assert run(command, "mine.yaml") == 2
    assert "error[E204]: mine.yaml " in capsys.readouterr().err
    assert (folder / "mine.yaml").read_text() == MINE
    assert run(command, "mine.yaml", "--force") == 0
    assert (folder / "mine.yaml").read_text() != MINE
    left = {path.name for path in folder.iterdir()} - {"schema.json"}
    assert left == {"config.yaml", "mine.yaml"}


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("target", ["mine.yaml", "nothing.yaml"])
def test_a_link_is_not_followed(
    command: str, target: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.yaml").write_text(MINE)
    (folder / "link.yaml").symlink_to(target)
    assert run(command, "link.yaml") == 2
    assert "error[E204]: link.yaml " in capsys.readouterr().err
    assert run(command, "link.yaml", "--force") == 0
    assert not (folder / "link.yaml").is_symlink()
    assert (folder / "mine.yaml").read_text() == MINE
    assert not (folder / "nothing.yaml").exists()


def test_a_file_of_the_same_command_is_replaced(folder: Path) -> None:
    for command in ("schema", "topology"):
        for _ in range(2):
            assert run(command, f"{command}.out") == 0
    for form in FORMATS:
        assert run("topology", "topology.out", "--format", form) == 0
    assert run("schema", "topology.out") == 2
    assert run("import", "Pulumi.x.yaml") == 0
    assert run("import", "Pulumi.x.yaml") == 2
    (folder / "empty.yaml").touch()
    assert run("schema", "empty.yaml") == 0


def test_files_of_the_repository_are_recognised() -> None:
    assert is_schema((STACKS / "schema.json").read_text()[:4096])
    first = (PROJECT_ROOT / "tests").rglob("frozen/stacks/shipped-*.answers.yaml")
    for path in (*STACKS.glob("*.snapshot.yaml"), *first):
        assert is_snapshot(path.read_text()), path
    for recognises in (is_schema, is_snapshot, is_drawing, is_comment):
        for path in (*STACKS.glob("Pulumi.*.yaml"), PROJECT_ROOT / "README.md"):
            assert not recognises(path.read_text()[:4096])


def test_a_comment_of_a_persons_is_refused_before_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "notes.md").write_text("# mine\n")
    assert main(["preview", "onprem", "--quiet", "--markdown", "notes.md"]) == 2
    assert "error[E204]: notes.md is a file that this command did not write" in (
        capsys.readouterr().err
    )
    assert (folder / "notes.md").read_text() == "# mine\n"


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_fault_leaves_the_file_as_it_was(
    call: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "f").write_text("ours, and old\n")
    original = getattr(os, call)

    def full(first: object, *args: object, **options: object) -> object:
        if call == "open" and not str(first).startswith(".f."):
            return original(first, *args, **options)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(MetalLBError, match="cannot write to f: no space left on device") as caught:
        write_file(Path("f"), "new\n", ours=mine)
    monkeypatch.undo()
    assert caught.value.exit_code == 1
    assert sorted(path.name for path in folder.iterdir()) == ["config.yaml", "f"]
    assert (folder / "f").read_text() == "ours, and old\n"


def test_a_file_that_is_replaced_keeps_its_rights(folder: Path) -> None:
    (folder / "f").write_text("ours\n")
    (folder / "f").chmod(0o600)
    write_file(Path("f"), "new\n", ours=mine)
    assert (folder / "f").stat().st_mode & 0o777 == 0o600


def test_a_pipe_and_a_device_are_written_into(folder: Path) -> None:
    write_file(Path("/dev/null"), "text\n", ours=mine)
    assert Path("/dev/null").is_char_device()
    os.mkfifo(folder / "pipe")
    reader = subprocess.Popen(
        [sys.executable, "-c", "print(open('pipe').read(), end='')"], stdout=subprocess.PIPE
    )
    write_file(folder / "pipe", "text\n", ours=mine)
    assert reader.communicate(timeout=30)[0] == b"text\n"


def test_a_long_name_is_written_beside_under_a_shorter_one(folder: Path) -> None:
    name = "n" * 255
    write_file(Path(name), "text\n", ours=mine)
    assert (folder / name).read_text() == "text\n"
    with pytest.raises(UsageError, match="file name too long"):
        write_file(Path(name + "n"), "text\n", ours=mine)
