"""The CLI as a child process; a shell script stands for it."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from pulumi.automation.errors import CommandError

from metallb.problems.errors import EngineError
from metallb.program import pulumi_cli
from metallb.program.pulumi_cli import PulumiCli
from metallb.runner import command
from metallb.runner.command import EngineCommand, engine_command

PATIENT = """
trap 'echo finishing; sleep 0.3; echo finished; exit 5' INT
echo working
while true; do sleep 0.1; done
"""


@pytest.fixture
def cli(tmp_path):
    def make(body):
        path = tmp_path / "bin" / "pulumi"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/bash\n[ "$1" = version ] && echo v3.259.0 && exit\n{body}\n')
        path.chmod(0o755)
        return EngineCommand(PulumiCli(str(path)))

    return make


def test_output_is_given_line_by_line_and_whole(cli, tmp_path):
    lines = []
    result = cli("echo one; echo two").run([], str(tmp_path), {}, lines.append)
    assert lines == ["one", "two"]
    assert result.stdout == "one\ntwo"


def test_it_reads_no_answer_from_a_terminal(cli, tmp_path):
    result = cli('echo "$1"; read -t 5 line && echo got; true').run([], str(tmp_path), {})
    assert result.stdout == "--non-interactive"


def test_a_failure_is_a_command_error_with_the_text(cli, tmp_path):
    with pytest.raises(CommandError, match="broken"):
        cli("echo broken >&2; exit 3").run([], str(tmp_path), {})


def test_a_terminals_interrupt_reaches_it_through_us_alone(cli, tmp_path):
    group = cli("read -r _ _ _ _ group _ < /proc/$$/stat; echo $group").run([], str(tmp_path), {})
    assert int(group.stdout) != os.getpgrp()


def test_an_interrupt_is_passed_on_and_the_end_is_waited_for(cli, tmp_path):
    engine = cli(PATIENT)
    shown = []

    def interrupt(line):
        shown.append(line)
        if line == "working":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(CommandError):
        engine.run([], str(tmp_path), {}, interrupt)
    assert shown == ["working", "finishing", "finished"]
    assert engine.interrupted


def test_a_termination_by_a_ci_runner_is_an_interrupt_too(cli, tmp_path):
    engine = cli(PATIENT)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(CommandError):
        engine.run([], str(tmp_path), {})
    assert engine.interrupted


def test_afterwards_an_interrupt_has_its_former_handler(cli, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    cli("true").run([], str(tmp_path), {})
    assert signal.getsignal(signal.SIGINT) is before


def test_without_a_cli_the_help_names_render(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setattr(pulumi_cli, "project_folder", lambda: Path("/nonexistent"))
    with pytest.raises(EngineError) as caught:
        engine_command()
    (problem,) = caught.value.problems
    assert problem.code == "E505"
    assert "make engine" in problem.help
    assert "metallb render" in problem.help


def test_a_cli_that_does_not_run_is_one_clear_error(monkeypatch, tmp_path):
    broken = tmp_path / "bin" / "pulumi"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(command, "require_cli", lambda: PulumiCli(str(broken)))
    with pytest.raises(EngineError) as caught:
        engine_command()
    (problem,) = caught.value.problems
    assert problem.code == "E505"
    assert str(broken) in problem.summary
    assert "metallb render" in problem.help
    assert isinstance(caught.value.__cause__, subprocess.CalledProcessError)


def test_a_cli_that_takes_no_inline_program_for_a_destroy_is_refused(monkeypatch, tmp_path):
    old = tmp_path / "bin" / "pulumi"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho v3.180.9\n")
    old.chmod(0o755)
    monkeypatch.setattr(command, "require_cli", lambda: PulumiCli(str(old)))
    with pytest.raises(EngineError) as caught:
        engine_command()
    (problem,) = caught.value.problems
    assert problem.code == "E505"
    assert "3.180.9" in problem.summary


def test_every_command_gets_the_environment_that_its_cli_needs(tmp_path):
    path = tmp_path / "bin" / "pulumi"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\n[ "$1" = version ] && echo v3.259.0 && exit\necho "$PLACE"\n')
    path.chmod(0o755)
    engine = EngineCommand(PulumiCli(str(path), {"PLACE": "here"}))
    assert engine.run([], str(tmp_path), {}).stdout == "here"
