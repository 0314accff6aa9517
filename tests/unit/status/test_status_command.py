"""`metallb status`: exit codes, formats, watching."""

import json

import pytest

from metallb.cli import main
from metallb.problems.errors import EngineError
from metallb.status.cluster import LoggedOut, Refused
from tests.support.yaml_text import dumped
from tests.unit.status.conftest import SECTIONS, sessions

AWAY = "the API server https://api does not answer"


@pytest.fixture
def stack(tmp_path, monkeypatch, cluster):
    monkeypatch.setattr("metallb.status.cluster.LiveCluster", lambda *_, **__: cluster)
    path = tmp_path / "Pulumi.dc1.yaml"
    config = {f"metallb:{key}": value for key, value in SECTIONS.items()}
    path.write_text(dumped({"config": config}))
    return str(path)


def naps(monkeypatch, *naps):
    """What each wait between two looks does; the last one is the person's Ctrl-C."""
    left = list(naps)

    def nap(_):
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    monkeypatch.setattr("metallb.commands.status.time.sleep", nap)


def test_health_is_the_exit_code(stack, cluster, capsys):
    assert main(["status", stack]) == 0
    cluster.texts["speaker-node1"] = None
    assert main(["status", stack]) == 4
    cluster.texts["speaker-node2"] = sessions("203.0.113.1")
    assert main(["status", stack]) == 3
    assert "dc1: unhealthy" in capsys.readouterr().out


def test_json_is_one_document(stack, capsys):
    assert main(["status", stack, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["health"] == "healthy"


def test_watching_looks_again_and_ends_with_the_last_health(stack, cluster, capsys, monkeypatch):
    def fall():
        cluster.texts["speaker-node1"] = sessions("203.0.113.1")

    naps(monkeypatch, fall)
    assert main(["status", stack, "--watch", "--json"]) == 3
    looks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["health"] for item in looks] == ["healthy", "unhealthy"]


def test_a_cluster_that_is_away_for_a_while_does_not_end_the_watch(
    stack, cluster, capsys, monkeypatch
):
    listing = cluster.list

    def away(_):
        raise EngineError(AWAY, code="E601")

    def go():
        cluster.list = away

    def come_back():
        cluster.list = listing

    naps(monkeypatch, go, come_back)
    assert main(["status", stack, "--watch"]) == 0
    printed = capsys.readouterr()
    assert AWAY in printed.err
    assert printed.out.count("dc1: healthy") == 2


def test_a_cluster_that_does_not_answer_is_a_failure(stack, cluster, capsys):
    def away(_):
        raise EngineError(AWAY, code="E601")

    cluster.list = away
    assert main(["status", stack]) == 1
    assert f"error[E601]: {AWAY}" in capsys.readouterr().err


def test_a_look_that_comes_to_nothing_is_a_document_too(stack, cluster, capsys, monkeypatch):
    def away(_):
        raise EngineError(AWAY, code="E601")

    def interrupted(_):
        raise KeyboardInterrupt

    def document(*words):
        return main(["status", *words, "--json"]), json.loads(capsys.readouterr().out)

    code, looked = document(stack)
    assert (code, looked["error"]) == (0, None)
    for listing, expected in ((away, 1), (interrupted, 130)):
        monkeypatch.setattr(cluster, "list", listing)
        code, failed = document(stack)
        assert set(failed) == set(looked)
        assert (code, failed["error"]["exitCode"]) == (expected, expected)
        assert (failed["stack"], failed["health"], failed["sessions"]) == ("dc1", "unknown", [])
    code, failed = document("nosuch")
    assert (code, failed["stack"], failed["error"]["exitCode"]) == (2, "nosuch", 2)


def test_a_watch_has_a_line_for_each_look_that_comes_to_nothing(
    stack, cluster, capsys, monkeypatch
):
    listing = cluster.list

    def away(_):
        raise EngineError(AWAY, code="E601")

    naps(
        monkeypatch,
        lambda: monkeypatch.setattr(cluster, "list", away),
        lambda: monkeypatch.setattr(cluster, "list", listing),
    )
    assert main(["status", stack, "--watch", "--json"]) == 0
    looks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [look["error"] and look["error"]["seen"] for look in looks] == [None, AWAY, None]


def test_ctrl_c_ends_the_watch_with_the_last_health_also_in_the_middle_of_a_look(
    stack, cluster, monkeypatch
):
    cluster.texts["speaker-node2"] = sessions("203.0.113.1")

    def interrupted(_):
        raise KeyboardInterrupt

    def press():
        cluster.list = interrupted

    naps(monkeypatch, press)
    assert main(["status", stack, "--watch"]) == 3


def test_ctrl_c_before_the_first_look_is_an_interruption(stack, cluster):
    def interrupted(_):
        raise KeyboardInterrupt

    cluster.list = interrupted
    assert main(["status", stack, "--watch"]) == 130
    assert main(["status", stack, "--wait"]) == 130


@pytest.mark.parametrize(
    "line",
    [
        "--watch STACK --json",
        "STACK --watch --json",
        "--json --watch 0 STACK",
        "STACK --json --watch 0",
        "--json STACK --watch=0",
    ],
)
def test_watch_takes_its_seconds_or_none_wherever_the_stack_stands(
    stack, capsys, monkeypatch, line
):
    naps(monkeypatch, lambda: None)
    words = [stack if word == "STACK" else word for word in line.split()]
    assert main(["status", *words]) == 0
    looks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["stack"] for item in looks] == ["dc1", "dc1"]


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon", "1e9"])
@pytest.mark.parametrize("option", ["--watch", "--wait"])
def test_seconds_that_can_not_be_waited_are_a_mistake_on_the_command_line(
    stack, capsys, option, seconds
):
    with pytest.raises(SystemExit) as caught:
        main(["status", stack, f"{option}={seconds}"])
    assert caught.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--watch"], ["--watch", "one", "two"]])
def test_no_stack_and_two_stacks_are_mistakes_on_the_command_line(capsys, words):
    assert main(["status", *words]) == 2
    assert "error[E208]" in capsys.readouterr().err


@pytest.fixture
def clock(monkeypatch):
    """Time that passes by sleeping alone; what happens at which second is for the test to say."""

    class Clock:
        now = 0.0
        events: dict = {}

        def sleep(self, seconds):
            self.now += seconds
            for moment in [each for each in self.events if each <= self.now]:
                self.events.pop(moment)()

    clock = Clock()
    clock.events = {}
    monkeypatch.setattr("metallb.commands.status.time.sleep", clock.sleep)
    monkeypatch.setattr("metallb.commands.status.time.monotonic", lambda: clock.now)
    return clock


def test_waiting_ends_with_the_look_that_finds_the_cluster_healthy(stack, cluster, capsys, clock):
    cluster.texts["speaker-node2"] = sessions("203.0.113.1")
    clock.events[7] = lambda: cluster.texts.update({"speaker-node2": sessions()})
    assert main(["status", "--wait", stack, "--json"]) == 0
    assert 7 <= clock.now < 10
    assert json.loads(capsys.readouterr().out)["health"] == "healthy", "one document"


def test_waiting_ends_with_the_last_health_when_the_time_is_over(stack, cluster, capsys, clock):
    cluster.texts["speaker-node2"] = sessions("203.0.113.1")
    clock.events[7] = lambda: cluster.texts.update({"speaker-node2": None})
    assert main(["status", stack, "--wait", "9"]) == 4
    assert clock.now == 9
    assert capsys.readouterr().out.count("dc1: ") == 1


def test_waiting_goes_on_while_the_cluster_does_not_answer(stack, cluster, capsys, clock):
    listing = cluster.list

    def away(_):
        raise EngineError(AWAY, code="E601")

    cluster.list = away
    assert main(["status", stack, "--wait", "5"]) == 1
    assert (clock.now, capsys.readouterr().out) == (5, "")
    clock.events[8] = lambda: setattr(cluster, "list", listing)
    assert main(["status", stack, "--wait", "5"]) == 0


@pytest.mark.parametrize("kind", [LoggedOut, Refused])
def test_waiting_ends_at_once_where_it_does_not_help(stack, cluster, capsys, clock, kind):
    def away(_):
        raise kind("the API server does not accept the credential")

    cluster.list = away
    assert main(["status", stack, "--wait"]) == 1
    assert clock.now == 0
