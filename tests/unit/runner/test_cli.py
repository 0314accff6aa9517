"""What the engine's commands print, and their exit codes, where no engine is reached."""

import io
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from metallb import cli
from metallb.command_line.interrupts import as_interrupts, held
from metallb.program import pulumi_cli
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
    monkeypatch.setattr(pulumi_cli, "project_folder", lambda: tmp_path)


@pytest.fixture
def document_of(capsys):
    """Exit code and document of a command."""

    def run(*args):
        code = cli.main([*args, "--json", "--quiet"])
        return code, json.loads(capsys.readouterr().out)

    return run


def fails(monkeypatch, error):
    def operate(self, run, *, create):
        raise error

    monkeypatch.setattr(StackRunner, "_carried_out", operate)


@pytest.mark.parametrize("name", ["preview", "up", "refresh", "destroy", "outputs"])
def test_a_missing_stack_is_an_error_in_the_document(document_of, name):
    yes = ["--yes"] if name == "destroy" else []
    code, document = document_of(name, "nosuch", *yes)
    assert (code, document["result"], document["error"]["exitCode"]) == (2, "refused", 2)
    assert (document["command"], document["stack"]) == (name, "nosuch")
    assert [each["code"] for each in document["error"]["problems"]] == ["E201"]
    assert "onprem" in document["error"]["remedy"]


@pytest.mark.parametrize("args", [("preview",), ("up",), ("refresh",), ("destroy", "--yes")])
def test_a_file_that_can_not_be_read_is_a_mistake_for_every_command(
    document_of, broken, no_cli, args
):
    code, document = document_of(*args, broken)
    assert (code, document["result"]) == (2, "refused")
    (problem,) = document["error"]["problems"]
    assert (problem["code"], problem["file"], problem["line"]) == ("E101", broken, 3)


def test_a_destroy_without_confirmation_is_refused_in_the_document(document_of, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, document = document_of("destroy", "onprem")
    assert (code, document["result"]) == (2, "refused")
    assert "--yes" in document["error"]["remedy"]


def test_a_machine_without_the_engine_gets_a_document(document_of, no_cli):
    code, document = document_of("preview", "onprem")
    assert (code, document["result"]) == (1, "failed")
    assert [each["code"] for each in document["error"]["problems"]] == ["E505"]


def test_an_internal_error_shows_its_type_and_not_its_text(document_of, monkeypatch, capsys):
    fails(monkeypatch, ZeroDivisionError("correct-horse-battery"))
    with pytest.raises(ZeroDivisionError):
        document_of("up", "onprem", "--yes")
    out = capsys.readouterr().out
    (problem,) = json.loads(out)["error"]["problems"]
    assert problem["code"] == "E900"
    assert "ZeroDivisionError" in problem["seen"]
    assert "correct-horse-battery" not in out


def test_an_error_of_the_file_system_is_in_the_document(document_of, monkeypatch):
    fails(monkeypatch, OSError(28, "No space left on device", "/tmp/x"))
    code, document = document_of("up", "onprem", "--yes")
    assert (code, document["result"]) == (1, "failed")
    (problem,) = document["error"]["problems"]
    assert problem["code"] == "E203"
    assert "/tmp/x: no space left on device" in problem["seen"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_program_starts_is_an_interrupt_with_a_document(
    document_of, monkeypatch, capsys, number
):
    parser = cli._parser

    def slow(*only):
        os.kill(os.getpid(), number)
        return parser(*only)

    monkeypatch.setattr(cli, "_parser", slow)
    code, document = document_of("preview", "onprem")
    assert (code, document["result"], document["error"]) == (130, "cancelled", None)


def test_a_signal_between_two_calls_of_the_engine_keeps_what_is_known(document_of, monkeypatch):
    def operate(self, run, *, create):
        run.log.changes = {"same": 3}
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(5)

    monkeypatch.setattr(StackRunner, "_carried_out", operate)
    code, document = document_of("up", "onprem", "--yes")
    assert (code, document["result"], document["changes"]) == (130, "cancelled", {"same": 3})


def test_a_command_without_a_document_ends_with_130_too(monkeypatch, capsys):
    def stuck(*_):
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(5)

    monkeypatch.setattr("metallb.loading.stack.read_stack_file", stuck)
    assert cli.main(["topology", "onprem"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_afterwards_the_signals_have_their_former_handlers(document_of):
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    document_of("preview", "nosuch")
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_second_interrupt_does_not_wait():
    reached = []

    def interrupted_twice():
        with as_interrupts(), held():
            for time in ("once", "twice"):
                os.kill(os.getpid(), signal.SIGINT)
                reached.append(time)

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()
    assert reached == ["once"]


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
    document_of, monkeypatch, tmp_path, place
):
    fails(monkeypatch, AssertionError("the run began"))
    code, document = document_of("preview", "onprem", "--markdown", str(tmp_path / place))
    assert (code, document["result"]) == (2, "refused")
    (problem,) = document["error"]["problems"]
    assert problem["code"] == "E203"
    assert place in problem["seen"] or place == "."
    assert "--markdown" in problem["remedy"]


def test_a_refusal_is_in_the_comment_too(document_of, tmp_path):
    target = tmp_path / "comment.md"
    assert document_of("preview", "nosuch", "--markdown", str(target))[0] == 2
    assert "error[E201]: " in target.read_text()


def test_a_disk_that_fills_up_meanwhile_is_an_error_without_a_traceback(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(StackRunner, "_carried_out", lambda *_, **__: {})

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert cli.main(["preview", "onprem", "--quiet", "--markdown", str(tmp_path / "c.md")]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error[E203]: ")
    assert "c.md: no space left on device" in shown


def test_the_question_of_destroy_is_not_in_the_document(monkeypatch, capsys):
    class Terminal:
        def isatty(self):
            return True

        def readline(self):
            return "no"

    monkeypatch.setattr("sys.stdin", Terminal())
    assert cli.main(["destroy", "onprem", "--json", "--skip-preview"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["result"] == "refused"
    assert "Type onprem" in err


def test_a_termination_ends_the_process_itself_with_130(tmp_path):
    code = (
        "import sys, threading, os, signal; import metallb.loading.stack as loading;"
        "loading.read_stack_file = "
        "lambda *_: (print('stuck', flush=True), threading.Event().wait());"
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


def test_the_document_of_a_run_is_ascii_and_holds_every_value(monkeypatch, capsys):
    def operate(self, run, *, create):
        return {"names": ["Zürich", "a\u202eb\x9bc"]}

    monkeypatch.setattr(StackRunner, "_carried_out", operate)
    assert cli.main(["up", "onprem", "--yes", "--json", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out)["outputs"] == {"names": ["Zürich", "a\u202eb\x9bc"]}
