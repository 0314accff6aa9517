"""`up` and `destroy` show what would change, and begin once that is confirmed."""

import io
import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from metallb import cli
from metallb.problems.errors import EngineError
from metallb.runner.confirming import redialled
from metallb.runner.progress import Progress
from metallb.runner.report import PropertyChange, ResourceChange, Result, RunReport
from metallb.runner.stack import StackRunner

Answers = Callable[..., int]


def change(kind: str, token: str, name: str) -> ResourceChange:
    properties = (PropertyChange(path="spec.myASN", kind="update", old=64512, new=64513),)
    return ResourceChange(
        kind=kind,
        type=token,
        name=name,
        urn=f"urn::{name}",
        properties=properties,
        values={"spec": {"peerASN": 65530}},
    )


PEER = change("update", "kubernetes:metallb.io/v1beta2:BGPPeer", "routing-bgppeer-rack-a-tor-1")
NEW = change("create", "kubernetes:metallb.io/v1beta2:BGPPeer", "routing-bgppeer-rack-b-tor-1")
SPEAKER = change("update", "kubernetes:apps/v1:DaemonSet", "metallb-speaker")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What ran, in place of the engine."""
    ran: list[str] = []

    def operation(name: str, command: str, *resources: ResourceChange) -> Any:
        def run(_: StackRunner, **options: bool) -> RunReport:
            ran.append(" ".join([name, *(key for key, value in options.items() if value)]))
            return RunReport(
                command=command,
                stack="onprem",
                resources=resources,
                changes={each.kind: 1 for each in resources} or {"same": 3},
            )

        return run

    for name, command in (("preview", "preview"), ("preview_destroy", "preview"), ("up", "up")):
        monkeypatch.setattr(StackRunner, name, operation(name, command, PEER))
    monkeypatch.setattr(StackRunner, "destroy", operation("destroy", "destroy"))
    return ran


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    def run(typed: str, *words: str) -> int:
        monkeypatch.setattr("sys.stdin", Terminal(typed))
        return cli.main(list(words))

    return run


def test_up_shows_the_changes_and_begins_after_yes(
    done: list[str], answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("yes\n", "up", "onprem") == 0
    assert done == ["preview", "up"]
    shown = capsys.readouterr()
    assert "~ BGPPeer routing-bgppeer-rack-a-tor-1\n" in shown.err
    assert "sessions of these peers are closed: rack-a-tor-1\n" in shown.err
    assert "Update onprem? (yes, no, details): " in shown.err
    assert "spec.myASN" not in shown.err
    assert "Update" not in shown.out


@pytest.mark.parametrize("typed", ["no\n", "n\n", "", "\nNO\n", "maybe\nno\n"])
def test_anything_but_yes_changes_nothing(
    done: list[str], answers: Answers, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    assert answers(typed, "up", "onprem") == 2
    assert done == ["preview"]
    assert "error[E207]: up onprem was not confirmed" in capsys.readouterr().err


def test_details_shows_every_value_and_the_question_again(
    done: list[str], answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("details\nyes\n", "up", "onprem") == 0
    shown = capsys.readouterr().err
    assert "spec.myASN: 64512 -> 64513" in shown
    assert shown.count("spec.peerASN: 65530") == 1
    assert shown.count("Update onprem?") == 2
    assert done == ["preview", "up"]


def test_destroy_wants_the_stacks_name(
    done: list[str], answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("yes\nno\n", "destroy", "onprem") == 2
    assert done == ["preview_destroy"]
    assert answers("onprem\n", "destroy", "onprem", "--keep-protected") == 0
    assert done[1:] == ["preview_destroy keep_protected", "destroy keep_protected"]
    assert "Type onprem to go on" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["up", "destroy"])
@pytest.mark.parametrize(
    ("options", "ahead"),
    [
        (["--yes"], True),
        (["--yes", "--json"], True),
        (["--yes", "--quiet"], False),
        (["--yes", "--skip-preview"], False),
    ],
)
def test_with_yes_nothing_waits_for_an_answer(
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    options: list[str],
    ahead: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert cli.main([command, "onprem", *options]) == 0
    assert len(done) == 1 + ahead
    shown = capsys.readouterr()
    assert ("BGPPeer" in shown.err) == ahead
    if "--json" in options:
        assert json.loads(shown.out)["command"] == command


@pytest.mark.parametrize("command", ["up", "destroy"])
@pytest.mark.parametrize("options", [[], ["--skip-preview"], ["--json"]])
def test_without_a_terminal_and_without_yes_nothing_begins(
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    options: list[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\nonprem\n"))
    assert cli.main([command, "onprem", *options]) == 2
    assert done == []
    shown = capsys.readouterr()
    assert "E207" in shown.err
    assert "--yes" in shown.err
    if options == ["--json"]:
        assert json.loads(shown.out)["result"] == "refused"


def test_where_nothing_changes_there_is_no_question(
    done: list[str],
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    same = RunReport(command="preview", stack="onprem", changes={"same": 3})
    monkeypatch.setattr(StackRunner, "preview", lambda _: same)
    assert answers("", "up", "onprem") == 0
    assert done == ["up"]
    assert "Update" not in capsys.readouterr().err


def test_a_mistake_is_reported_before_any_question(
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert cli.main(["up", "nosuch"]) == 2
    assert "E201" in capsys.readouterr().err
    assert done == []


def test_a_preview_that_fails_is_the_failure_of_the_command(
    done: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(runner: StackRunner) -> RunReport:
        runner.report = RunReport(command="preview", stack="onprem", result=Result.FAILED)
        raise EngineError("the cluster does not answer")

    monkeypatch.setattr(StackRunner, "preview", fails)
    assert cli.main(["up", "onprem", "--yes", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["command"], document["result"]) == ("up", "failed")
    assert done == []


def test_an_interrupt_says_what_is_open_and_what_has_not_begun(
    done: list[str],
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def planned(_: StackRunner) -> RunReport:
        return RunReport(command="preview", stack="onprem", resources=(PEER, NEW, SPEAKER))

    def cut(runner: StackRunner) -> RunReport:
        runner.report = RunReport(
            command="up",
            stack="onprem",
            result=Result.CANCELLED,
            resources=(PEER, SPEAKER),
            changes={"update": 1},
            open=(SPEAKER,),
        )
        signal.raise_signal(signal.SIGINT)
        raise AssertionError

    monkeypatch.setattr(StackRunner, "preview", planned)
    monkeypatch.setattr(StackRunner, "up", cut)
    assert answers("yes\n", "up", "onprem") == 130
    shown = capsys.readouterr()
    assert "open: DaemonSet metallb-speaker " in shown.out
    assert "metallb recover onprem" in shown.out
    assert "up onprem: cancelled, 1 updated" in shown.out
    assert "not begun: 1 of 3 changes" in shown.err


def test_an_interrupt_of_the_question_changes_nothing(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(Terminal):
        def readline(self, *_: Any) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    assert cli.main(["up", "onprem"]) == 130
    assert done == ["preview"]


@pytest.mark.parametrize(
    ("resources", "shown"),
    [
        ((NEW,), []),
        ((PEER, NEW), ["sessions of these peers are closed: rack-a-tor-1"]),
        (
            (PEER, SPEAKER),
            ["sessions of every node redial, node by node: DaemonSet metallb-speaker changes"],
        ),
        (
            (change("delete", SPEAKER.type, SPEAKER.name),),
            ["sessions of every node end: DaemonSet metallb-speaker goes"],
        ),
    ],
)
def test_which_sessions_redial(resources: tuple[ResourceChange, ...], shown: list[str]) -> None:
    report = RunReport(command="preview", stack="x", resources=resources)
    assert list(redialled(report)) == shown


def test_progress_says_what_is_waited_for_and_how_long() -> None:
    now = [0.0]
    console = Console(file=io.StringIO(), width=200)
    progress = Progress("up x", steps=True, console=console, clock=lambda: now[0])
    progress.step("begun", "create", "kubernetes:apps/v1:Deployment", "controller")
    now[0] = 9
    progress.step("begun", "create", "kubernetes:core/v1:Secret", "key")
    assert progress.waiting() == ""
    progress.step("waits", "0 of 1 pods are ready", "kubernetes:apps/v1:Deployment", "controller")
    now[0] = 15
    assert progress.waiting() == "Deployment controller (15 s): 0 of 1 pods are ready"
    assert progress.__rich__().plain.splitlines()[1:] == [
        "  Deployment controller (15 s): 0 of 1 pods are ready",
        "  Secret key",
    ]
    progress.step("done", "create", "kubernetes:apps/v1:Deployment", "controller")
    assert progress.waiting() == ""


@pytest.mark.parametrize("steps", [True, False], ids=["up", "preview"])
def test_progress_shows_what_the_program_notes_while_an_update_lasts(steps: bool) -> None:
    console = Console(file=io.StringIO(), width=200)
    progress = Progress("up x", steps=steps, console=console)
    progress.step("notes", "wave 1 of 2\x1b[2J", "", "")
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert ("note  wave 1 of 2" in shown) is steps
    assert "\x1b" not in shown
