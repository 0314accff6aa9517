"""The virtual environment is made anew when a requirements file has changed, and not otherwise."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import environment


@pytest.fixture
def commands() -> list[list[str]]:
    """What was run, in order."""
    return []


@pytest.fixture
def installs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[list[str]]
) -> Callable[..., int]:
    """Make the environment of some files; how many installations that took."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for name in ("run", "dev"):
        (tmp_path / name).write_text(name)

    def run(command: list[str], **_kept: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="")

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


def test_every_package_of_an_index_is_checked_by_its_hash_and_a_wheel(
    installs: Callable[..., int], commands: list[list[str]]
) -> None:
    installs("run", "dev")
    (install,) = [command for command in commands if "install" in command]
    assert {"--require-hashes", "--only-binary", ":all:"} <= set(install)


def test_a_package_without_wheels_is_built_apart_by_what_is_checked_by_its_hash(
    installs: Callable[..., int],
    commands: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment.venv, "create", lambda *_, **__: None)
    entry = "pulumi-equinix-metal==3.2.1 \\\n    --hash=sha256:00"
    (tmp_path / "run").write_text(f"other==1 \\\n    --hash=sha256:11\n{entry}\n    # via run\n")
    seen = []
    run = environment.subprocess.run

    def looking(command: list[str], **kept: object) -> subprocess.CompletedProcess[str]:
        if "wheel" in command:
            seen.append(Path(command[command.index("-r") + 1]).read_text())
        return run(command, **kept)

    monkeypatch.setattr(environment.subprocess, "run", looking)
    installs("run")
    assert seen == [f"{entry}\n"]
    own = str(tmp_path / ".venv" / "bin" / "python")
    tools, wheel, built, rest = [command for command in commands if "pip" in command]
    assert tools[0] == wheel[0] != own
    assert {"--require-hashes", "--only-binary", f"-r{environment.BUILD_LOCK}"} <= set(tools)
    assert {"--require-hashes", "--no-build-isolation", "--no-deps"} <= set(wheel)
    assert built[0] == rest[0] == own
    assert "--no-deps" in built
