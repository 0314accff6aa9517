"""`make up` and `make down`: what they run, and what they say before anything is started."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from metallb.problems.errors import EngineError
from metallb.program.pulumi_cli import PulumiCli
from metallb.stackfile.paths import stack_name
from tests.support.paths import PROJECT_ROOT, STACKS
from tools import up


def _make_up(stack: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The tool as `make up` calls it, with the programs of one folder."""
    return subprocess.run(
        [sys.executable, "-m", "tools", "up", stack],
        cwd=PROJECT_ROOT,
        env={"PATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def hasty() -> Iterator[Path]:
    """A stack whose hold time no speaker accepts: right in form, wrong by a rule."""
    document = yaml.safe_load((STACKS / "Pulumi.onprem.yaml").read_text())
    document["config"]["metallb:bgp"]["holdTime"] = "2s"
    path = STACKS / "Pulumi.hasty-of-a-test.yaml"
    path.write_text(yaml.safe_dump(document))
    try:
        yield path
    finally:
        path.unlink()


def test_a_broken_rule_is_reported_before_anything_is_started(hasty: Path, tmp_path: Path) -> None:
    done = _make_up(stack_name(hasty), tmp_path)
    assert done.returncode == 2
    assert done.stdout == "", "no CLI was looked for, nothing was rendered"
    assert "metallb:bgp.holdTime" in done.stderr


class Runs:
    """Records the commands in place of running them; each ends with the same exit code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self._patch = monkeypatch
        self.commands: list[list[str]] = []
        self.environments: list[Mapping[str, str]] = []
        self.code = 0
        monkeypatch.setattr(up, "_run", self._run)
        monkeypatch.setattr(up, "CACHE", tmp_path)
        monkeypatch.setattr(up, "_emulated", lambda _: {"TOKEN": "of the emulation"})
        for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "TOKEN"):
            monkeypatch.delenv(name, raising=False)
        self.cli(PulumiCli("/opt/pulumi"))

    def cli(self, found: PulumiCli | None) -> None:
        def required(_: Path) -> PulumiCli:
            if found is None:
                raise EngineError("no Pulumi CLI is installed", code="E505")
            return found

        self._patch.setattr(up, "find_cli", lambda _: found)
        self._patch.setattr(up, "require_cli", required)

    def make(self, action: str, stack: str) -> int:
        self._patch.setattr(sys, "argv", ["make", action, stack])
        return up.main()

    def _run(
        self, command: list[str], environment: Mapping[str, str] | None = None, **_shown: object
    ) -> int:
        self.commands.append(command[command.index("-m") + 1 :])
        self.environments.append(environment or {})
        return self.code


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    return Runs(monkeypatch, tmp_path)


@pytest.mark.parametrize("stack", ["onprem", "stacks/Pulumi.onprem.yaml"])
def test_racks_are_brought_up_and_taken_down_without_a_cloud(runs: Runs, stack: str) -> None:
    assert runs.make("up", stack) == 0
    assert runs.make("down", stack) == 0
    assert runs.commands == [
        ["metallb", "up", stack, "--yes", "--skip-preview"],
        ["metallb", "destroy", stack, "--yes", "--skip-preview"],
    ]
    assert all(one["PULUMI_BACKEND_URL"].startswith("file://") for one in runs.environments)


def test_a_file_of_another_folder_is_brought_up_too(runs: Runs, tmp_path: Path) -> None:
    copy = tmp_path / "Pulumi.elsewhere.yaml"
    copy.write_text((STACKS / "Pulumi.onprem.yaml").read_text())
    assert runs.make("up", str(copy)) == 0
    assert runs.commands == [["metallb", "up", str(copy), "--yes", "--skip-preview"]]


def test_a_failure_is_passed_on_and_says_how_to_go_on(
    runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.code = 3
    assert runs.make("up", "onprem") == 3
    assert "make up STACK=onprem" in capsys.readouterr().err


def test_without_a_cli_it_renders_beside_what_an_engine_wrote_and_says_how_to_get_one(
    runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.cli(None)
    assert runs.make("up", "onprem") == 0
    ((name, command, stack, option, folder),) = runs.commands
    assert (name, command, stack, option) == ("metallb", "render", "onprem", "-o")
    assert Path(folder) == PROJECT_ROOT / "build" / "rendered" / "onprem"
    shown = capsys.readouterr().out
    assert "make engine" in shown
    assert "https://www.pulumi.com" in shown


def test_without_a_cli_and_a_state_there_is_nothing_to_take_down(runs: Runs) -> None:
    runs.cli(None)
    assert runs.make("down", "onprem") == 0
    assert runs.commands == []


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_state_is_not_taken_down_without_a_cli(
    runs: Runs,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    elsewhere: bool,
) -> None:
    runs.cli(None)
    if elsewhere:
        monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket")
    else:
        (tmp_path / "backend").mkdir()
    assert runs.make("down", "onprem") == 1
    assert runs.commands == []
    assert "Pulumi CLI" in capsys.readouterr().err


def test_a_backend_and_a_passphrase_of_the_users_own_are_kept(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/srv/passphrase")
    assert runs.make("up", "onprem") == 0
    (environment,) = runs.environments
    assert environment["PULUMI_BACKEND_URL"] == "s3://bucket"
    assert "PULUMI_CONFIG_PASSPHRASE" not in environment
