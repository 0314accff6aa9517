"""What the engine's commands print and answer where the engine is never reached."""

import io
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from metallb import cli, pulumi_cli
from metallb.interrupts import as_interrupts, held
from metallb.runner.stack import StackRunner

BROKEN = "config:\n  metallb:bgp: {\n"


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "Pulumi.broken.yaml"
    path.write_text(BROKEN)
    return str(path)


@pytest.fixture
def no_cli(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("HOME", "/nonexistent")
    for place in ("CACHE", "BUILT"):
        monkeypatch.setattr(pulumi_cli, place, tmp_path)


@pytest.fixture
def told(capsys):
    """Exit code and document of a command."""

    def run(*args):
        code = cli.main([*args, "--json", "--quiet"])
        return code, json.loads(capsys.readouterr().out)

    return run


def fails(monkeypatch, error):
    def asked(self, run, *, create):
        raise error

    monkeypatch.setattr(StackRunner, "_asked", asked)


@pytest.mark.parametrize("name", ["preview", "up", "refresh", "destroy", "outputs"])
def test_a_stack_that_is_not_there_is_told_in_the_document(told, name):
    yes = ["--yes"] if name == "destroy" else []
    code, document = told(name, "nosuch", *yes)
    assert (code, document["result"], document["error"]["exitCode"]) == (2, "refused", 2)
    assert (document["command"], document["stack"]) == (name, "nosuch")
    assert "onprem" in document["error"]["remedy"]


@pytest.mark.parametrize("args", [("preview",), ("up",), ("refresh",), ("destroy", "--yes")])
def test_a_file_that_can_not_be_read_is_a_mistake_whatever_the_command(told, broken, no_cli, args):
    code, document = told(*args, broken)
    assert (code, document["result"]) == (2, "refused")
    assert "line 3" in document["error"]["where"]


def test_a_destroy_that_nobody_confirms_is_told_in_the_document(told, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, document = told("destroy", "onprem")
    assert (code, document["result"]) == (2, "refused")
    assert "--yes" in document["error"]["remedy"]


def test_a_machine_without_the_engine_is_told_with_the_findings(told, no_cli):
    code, document = told("preview", "onprem")
    assert (code, document["result"], document["error"]["where"]) == (1, "failed", "Pulumi CLI")


def test_an_error_that_nobody_foresaw_is_told_by_its_kind_alone(told, monkeypatch, capsys):
    fails(monkeypatch, ZeroDivisionError("correct-horse-battery"))
    with pytest.raises(ZeroDivisionError):
        told("up", "onprem")
    out = capsys.readouterr().out
    assert json.loads(out)["error"]["seen"] == "ZeroDivisionError"
    assert "correct-horse-battery" not in out


def test_what_the_file_system_refuses_is_told_in_the_document(told, monkeypatch):
    fails(monkeypatch, OSError(28, "No space left on device", "/tmp/x"))
    code, document = told("up", "onprem")
    assert (code, document["result"]) == (1, "failed")
    assert document["error"]["seen"] == "No space left on device"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_program_starts_is_an_interrupt_that_is_told(
    told, monkeypatch, capsys, number
):
    parser = cli._parser

    def slow():
        os.kill(os.getpid(), number)
        return parser()

    monkeypatch.setattr(cli, "_parser", slow)
    code, document = told("preview", "onprem")
    assert (code, document["result"], document["error"]) == (130, "cancelled", None)


def test_a_signal_between_two_calls_of_the_engine_is_told_with_what_is_known(told, monkeypatch):
    def asked(self, run, *, create):
        run.log.changes = {"same": 3}
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(5)

    monkeypatch.setattr(StackRunner, "_asked", asked)
    code, document = told("up", "onprem")
    assert (code, document["result"], document["changes"]) == (130, "cancelled", {"same": 3})


def test_a_command_without_a_document_ends_with_130_too(monkeypatch, capsys):
    def stuck(_):
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(5)

    monkeypatch.setattr("metallb.config.files.read_stack_file", stuck)
    assert cli.main(["topology", "onprem"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_afterwards_the_signals_mean_what_they_meant_before(told):
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    told("preview", "nosuch")
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_second_interrupt_does_not_wait():
    seen = []

    def interrupted_twice():
        with as_interrupts(), held():
            for time in ("once", "twice"):
                os.kill(os.getpid(), signal.SIGINT)
                seen.append(time)

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()
    assert seen == ["once"]


def test_under_nohup_a_closed_terminal_ends_nothing():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with as_interrupts():
            os.kill(os.getpid(), signal.SIGHUP)
    except KeyboardInterrupt:
        pytest.fail("it ended the program")
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("place", ["nodir/comment.md", ".", "x" * 300])
def test_a_comment_that_can_not_be_written_is_refused_before_the_run(
    told, monkeypatch, tmp_path, place
):
    fails(monkeypatch, AssertionError("the run began"))
    code, document = told("preview", "onprem", "--markdown", str(tmp_path / place))
    assert (code, document["result"]) == (2, "refused")
    assert "--markdown" in document["error"]["where"]


def test_a_refusal_is_in_the_comment_too(told, tmp_path):
    target = tmp_path / "comment.md"
    assert told("preview", "nosuch", "--markdown", str(target))[0] == 2
    assert "neither a file nor a stack" in target.read_text()


def test_a_disk_that_fills_up_meanwhile_is_no_traceback(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(StackRunner, "_asked", lambda *_, **__: {})

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    assert cli.main(["preview", "onprem", "--quiet", "--markdown", str(tmp_path / "c.md")]) == 1
    assert "No space left" in capsys.readouterr().err


def test_the_question_of_destroy_is_not_in_the_document(monkeypatch, capsys):
    class Terminal:
        def isatty(self):
            return True

        def readline(self):
            return "no"

    monkeypatch.setattr("sys.stdin", Terminal())
    assert cli.main(["destroy", "onprem", "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["result"] == "refused"
    assert "Type onprem" in err


def test_a_termination_ends_the_process_itself_with_130(tmp_path):
    code = (
        "import sys, threading, os, signal; import metallb.config.files as files;"
        "files.read_stack_file = lambda _: (print('stuck', flush=True), threading.Event().wait());"
        "from metallb.cli import main; sys.exit(main(['topology', 'onprem']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stuck\n"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (130, "interrupted\n")
