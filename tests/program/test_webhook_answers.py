"""No custom resource is written before MetalLB's webhook has answered."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from metallb.problems.errors import EngineError
from tests.support.programs import run_root, run_root_failing, sections
from tests.support.record import Record

Sections = dict[str, Any]
OWN = ("BGPPeer", "IPAddressPool", "BGPAdvertisement")
REFUSED = '{"message": "failed calling webhook \\"x.metallb.io\\": connection refused"}'


class Cluster:
    """In place of the API server; counts the requests."""

    answers: list[tuple[int, str]] = []
    made: list[tuple[Any, ...]] = []
    requests = 0

    def __init__(self, *where: Any) -> None:
        type(self).made.append(where)

    def dry_run(self, _path: str, _body: Any) -> tuple[int, str]:
        cls = type(self)
        cls.requests += 1
        return cls.answers.pop(0) if len(cls.answers) > 1 else cls.answers[0]


@pytest.fixture
def cluster() -> Iterator[type[Cluster]]:
    """The program believes that it has an engine, and calls this cluster."""
    Cluster.answers, Cluster.made, Cluster.requests = [(201, "{}")], [], 0
    with (
        mock.patch("metallb.program.target.MockMonitor", type("Nothing", (), {})),
        mock.patch("metallb.program.webhook.LiveCluster", Cluster),
        mock.patch("metallb.program.admission._PAUSE", 0.0),
    ):
        yield Cluster


def _stack(source: str = "helm", version: str = "0.16.2") -> Sections:
    found = sections("onprem")
    found["install"] = {"version": version, "source": source}
    found["kubernetes"] = {"kubeconfig": "/some/file", "context": "site"}
    return found


def _configuration(record: Record) -> list[str]:
    return [item.name for kind in OWN for item in record.kube(kind)]


@pytest.mark.parametrize("source", ["helm", "builtin"])
def test_configuration_comes_after_the_answer(cluster: type[Cluster], source: str) -> None:
    cluster.answers = [(500, REFUSED), (500, REFUSED), (201, "{}")]
    record = run_root(_stack(source))
    assert cluster.requests == 3
    assert cluster.made == [("/some/file", "site")], "the cluster of metallb:kubernetes"
    assert _configuration(record)
    assert record.warnings == []


def test_nothing_is_written_to_a_webhook_that_does_not_answer(cluster: type[Cluster]) -> None:
    cluster.answers = [(500, REFUSED)]
    with mock.patch("metallb.program.admission._PATIENCE", 0.0):
        record = run_root_failing(_stack())
    assert _configuration(record) == [], "every one would be refused, pools as well"
    assert record.one("Release"), "the chart is installed and stays"
    assert "9443" in str(record.error)
    assert "Traceback" not in str(record.error)


@pytest.mark.parametrize("refused", [EngineError("no such file", code="E601"), OSError])
def test_a_cluster_that_the_program_cannot_ask_is_a_warning_and_no_error(
    cluster: type[Cluster], refused: Any
) -> None:
    with mock.patch("metallb.program.webhook.LiveCluster", side_effect=refused):
        chart, own = run_root(_stack()), run_root(_stack("builtin"))
    assert _configuration(chart)
    assert _configuration(own)
    [warning] = chart.warnings
    assert "run the update again" in warning
    assert own.warnings == [], "the rollout was awaited"


@pytest.mark.parametrize(
    ("source", "preview"), [("helm", True), ("builtin", True), ("existing", False)]
)
def test_no_request_is_made_where_there_is_nothing_to_wait_for(
    cluster: type[Cluster], source: str, preview: bool
) -> None:
    record = run_root(_stack(source), preview=preview)
    assert cluster.requests == 0
    assert _configuration(record)


def test_no_request_is_made_for_a_config_map(cluster: type[Cluster]) -> None:
    record = run_root(_stack("builtin", version="0.12.1"))
    assert cluster.requests == 0
    assert record.kube("ConfigMap")


def test_a_controller_that_stops_answering_is_a_warning_where_it_was_ready(
    cluster: type[Cluster],
) -> None:
    cluster.answers = [(500, REFUSED)]
    with mock.patch("metallb.program.admission._PATIENCE", 0.0):
        record = run_root(_stack("builtin"))
    assert _configuration(record)
    [warning] = record.warnings
    assert "does not answer" in warning


def test_no_request_is_made_where_files_are_written(cluster: type[Cluster]) -> None:
    stack = _stack()
    stack["kubernetes"] = {"renderTo": "out"}
    run_root(stack)
    assert cluster.requests == 0


def test_the_answer_is_in_no_state(cluster: type[Cluster]) -> None:
    record = run_root(_stack())
    urns = {item.urn for item in record.resources}
    for item in record.kube():
        assert item.dependencies <= urns, f"{item.name} depends on something that is no resource"
