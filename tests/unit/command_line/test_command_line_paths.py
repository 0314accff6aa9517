"""A path that no file can have ends a command with one error and code 2."""

import errno
import json
import os
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.problems.file_errors import file_error
from metallb.writing.journal import MARKER
from tests.support.paths import STACKS
from tests.unit.importing.samples import CONFIGMAP

LONG = "x" * 300
STACK = str(STACKS / "Pulumi.onprem.yaml")


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIGMAP, encoding="utf-8")
    return str(path)


COMMANDS = {
    "schema": ["schema", "-o"],
    "topology": ["topology", STACK, "-o"],
    "import": ["import", "SOURCE", "--force", "-o"],
    "render": ["render", STACK, "-o"],
}


def ended(
    capsys: pytest.CaptureFixture[str], arguments: list[str], path: str, code: str = "E203"
) -> None:
    """With exit code 2, and one error about the path as it was typed."""
    assert main([*arguments, path]) == 2
    lines = capsys.readouterr().err.splitlines()
    (error,) = (line for line in lines if line.startswith("error["))
    assert error.startswith(f"error[{code}]: ")
    assert path in error
    assert lines[-1].startswith("  help: ")
    assert "Traceback" not in "".join(lines)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["missing/below", LONG, "config.yaml/x"])
def test_what_can_not_be_written(
    command: str, name: str, source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if (command, name) == ("render", "missing/below"):
        name = f"{LONG}/below"  # render makes its folder
    arguments = [source if word == "SOURCE" else word for word in COMMANDS[command]]
    ended(capsys, arguments, str(tmp_path / name))


@pytest.mark.parametrize("command", ["schema", "topology", "import"])
def test_a_folder_is_no_file_to_write(
    command: str, source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [source if word == "SOURCE" else word for word in COMMANDS[command]]
    ended(capsys, arguments, str(tmp_path))


def test_a_file_and_a_folder_of_others_are_no_folder_to_render_into(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended(capsys, COMMANDS["render"], source)
    ended(capsys, COMMANDS["render"], str(tmp_path), "E204")
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize("command", ["check", "topology", "render", "record"])
def test_a_name_that_no_file_can_have_is_no_stack(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ["-o", str(tmp_path / "out")] if command in ("render", "record") else []
    assert main([command, LONG, *rest]) == 2
    assert "error[E201]" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("out", "'out' is a folder"),
        ("notes.json", "'notes.json' is no stack file: its name does not end in .yaml"),
        ("Pulumi.dc1.yml", "did you mean 'Pulumi.dc1.yaml'?"),
        ("dc2", "did you mean 'dc1'?"),
    ],
)
def test_what_is_no_stack_is_called_what_it_is(
    typed: str,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / "Pulumi.dc1.yaml").write_text("config: {}\n")
    assert main(["plan", typed]) == 2
    shown = capsys.readouterr().err
    assert "error[E201]" in shown
    assert fault in shown
    assert "Pulumi.Pulumi" not in shown


def test_check_reports_such_a_name_as_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", f"/tmp/{LONG}.yaml", "--format", "json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)
    assert problem["code"] == "E201"


@pytest.mark.parametrize(
    ("number", "typed", "code"),
    [
        (errno.ENOENT, True, 2),
        (errno.EACCES, True, 2),
        (errno.ENOENT, False, 1),
        (errno.ENOSPC, True, 1),
        (errno.EIO, True, 1),
    ],
)
def test_a_full_disk_is_no_mistake(number: int, typed: bool, code: int) -> None:
    error = file_error(OSError(number, os.strerror(number), "out"), ["out"] if typed else [])
    assert (error.exit_code, error.problem.code) == (code, "E203")
    cause = os.strerror(number)
    cause = cause if cause.startswith("I/O") else cause[0].lower() + cause[1:]
    assert error.problem.summary.endswith(f" out: {cause}")


def test_a_full_disk_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for command, name in (("schema", "out"), ("topology", "out"), ("render", f"out/{MARKER}")):
        arguments = COMMANDS[command]
        assert main([*arguments, str(tmp_path / "out")]) == 1
        first, *_, help = capsys.readouterr().err.splitlines()
        assert f"{tmp_path / name}: no space left on device" in first
        assert not (tmp_path / "out").exists()
        assert help.startswith("  help: ")
