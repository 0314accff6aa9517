"""`python -m metallb status`: exit codes, formats, watching."""

import json

import pytest
import yaml

from metallb.cli import main
from metallb.errors import EngineError
from tests.unit.status.conftest import SECTIONS, sessions


@pytest.fixture
def stack(tmp_path, monkeypatch, cluster):
    monkeypatch.setattr("metallb.status.cluster.LiveCluster", lambda *_, **__: cluster)
    path = tmp_path / "Pulumi.dc1.yaml"
    config = {f"metallb:{key}": value for key, value in SECTIONS.items()}
    path.write_text(yaml.safe_dump({"config": config}))
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
        raise EngineError(where="https://api", rule="the API server answers")

    def go():
        cluster.list = away

    def come_back():
        cluster.list = listing

    naps(monkeypatch, go, come_back)
    assert main(["status", stack, "--watch"]) == 0
    told = capsys.readouterr()
    assert "the API server answers" in told.err
    assert told.out.count("dc1: healthy") == 2


def test_a_cluster_that_can_not_be_asked_is_a_failure(stack, cluster, capsys):
    def away(_):
        raise EngineError(where="https://api", rule="the API server answers")

    cluster.list = away
    assert main(["status", stack]) == 1
    assert "the API server answers" in capsys.readouterr().err
