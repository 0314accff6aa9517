"""The virtual environment is made anew when a requirements file has changed, and not otherwise."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import environment


@pytest.fixture
def installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Make the environment of some files; how many installations that took."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for name in ("run", "dev"):
        (tmp_path / name).write_text(name)
    commands: list[list[str]] = []

    def run(command: list[str], **_kept: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(environment.subprocess, "run", run)

    def make(*names: str) -> int:
        before = len(commands)
        assert environment.main(list(names)) == 0
        return len(commands) - before

    return make


def test_fewer_requirements_than_the_environment_has_change_nothing(
    installs: Callable[..., int],
) -> None:
    assert installs("run", "dev") > 0
    assert [installs("run"), installs("run", "dev"), installs("run")] == [0, 0, 0]


def test_more_requirements_than_the_environment_has_are_installed(
    installs: Callable[..., int],
) -> None:
    assert installs("run") > 0
    assert installs("run", "dev") > 0


@pytest.mark.parametrize("changed", ["run", "dev"])
def test_a_changed_file_is_installed_once(
    installs: Callable[..., int], tmp_path: Path, changed: str
) -> None:
    installs("run", "dev")
    (tmp_path / changed).write_text("another")
    assert installs("run", "dev") > 0
    assert installs("run", "dev") == 0
