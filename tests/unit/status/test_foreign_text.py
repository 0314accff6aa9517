"""Whatever a cluster answers is shown escaped, and no text of it looks like a line of ours."""

from functools import cache
from typing import Any

import pytest

from metallb import cli
from metallb.problems.errors import EngineError
from metallb.status.cluster import MetricsUnreadable, Refused
from tests.support.yaml_text import dumped
from tests.unit.command_line.foreign_text import HOSTILE, attacked, obeyed
from tests.unit.status.conftest import SECTIONS


@pytest.fixture
def status(tmp_path, monkeypatch, cluster, capsys):
    monkeypatch.setattr("metallb.status.cluster.LiveCluster", lambda *_, **__: cluster)
    # The command line is the same for every answer.
    monkeypatch.setattr(cli, "_parser", cache(cli._parser))
    path = tmp_path / "Pulumi.dc1.yaml"
    path.write_text(dumped({"config": {f"metallb:{key}": each for key, each in SECTIONS.items()}}))

    def run() -> str:
        found = ""
        for options in ([], ["--json"], ["--all"]):
            cli.main(["status", str(path), *options])
            found += "".join(capsys.readouterr())
        return found

    return run


def test_of_every_object_of_the_cluster(status, cluster):
    plain = cluster.replies
    reached = 0
    for path, replies in plain.items():
        for what, made in attacked(replies):
            cluster.replies = {**plain, path: made}
            try:
                shown = status()
            except (KeyError, TypeError, AttributeError, ValueError):
                continue  # what an API server never answers: another test is about shapes
            reached += "FORGED" in shown
            assert not obeyed(shown), (path, what)
    assert reached > 20


def test_of_events_logs_metrics_and_refusals(status, cluster):
    shown = []
    cluster.logs = dict.fromkeys(cluster.texts, f'{{"error":"{HOSTILE}","msg":"x"}}\n{HOSTILE}')
    shown.append(status())
    cluster.texts = dict.fromkeys(cluster.texts, f'metallb_bgp_session_up{{peer="{HOSTILE}"}} 1\n')
    shown.append(status())

    def unreadable(*_: object, **__: object) -> None:
        raise MetricsUnreadable(HOSTILE)

    cluster.metrics = unreadable
    shown.append(status())
    listing = cluster.list

    def refused(path: str) -> Any:
        if path.endswith(("/nodes", "/pods")):
            return listing(path)
        raise Refused(f"GET {path}: {HOSTILE}", answer=HOSTILE)

    cluster.list = refused
    shown.append(status())

    def away(path: str) -> Any:
        raise EngineError(HOSTILE, detail=HOSTILE, help=HOSTILE)

    cluster.list = away
    shown.append(status())
    assert [obeyed(each) for each in shown] == [set()] * 5
    assert all("FORGED" in each for each in shown[2:])
