"""What a look costs grows with the cluster, and not with its square."""

import math
import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.clusters import lists, metrics, sections
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing.custom_resources import manifests
from metallb.stackfile import stack_config
from metallb.status.cluster import Object
from metallb.status.judge import judge
from metallb.status.look import look
from metallb.status.metrics import Samples, parse_metrics
from metallb.status.model import Status
from metallb.status.text import text

SMALL, TIMES = 60, 6


class Large:
    """A cluster of some nodes, and half as many Services."""

    def __init__(self, nodes: int, *, shared: bool) -> None:
        self.stack = stack_config(sections(nodes, shared=shared), source="test")
        routing = routing_config(self.stack, PlatformFacts())
        self.replies = lists(nodes, nodes // 2, manifests(routing, "metallb-system"))

    def list(self, path: str) -> list[Object] | None:
        return self.replies.get(path)

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        number = pod["metadata"]["name"].rpartition("-")[2]
        return parse_metrics(metrics(int(number)) if number.isdigit() else "")

    def log(self, pod: Object) -> str:
        return ""

    def token_trouble(self) -> str:
        return ""

    def status(self) -> Status:
        return judge(look(self, self.stack.install), self.stack, "lab", None)


def calls(work: Callable[[], object]) -> int:
    """Python functions that are called, and generators that are resumed, in this thread."""
    count = 0

    def note(_frame: Any, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shared", [True, False], ids=["one peer a rack", "one peer a node"])
def test_a_look_at_six_times_the_nodes_takes_no_more_than_n_log_n_calls(shared: bool) -> None:
    counts = {}
    for nodes in (SMALL, SMALL * TIMES):
        cluster = Large(nodes, shared=shared)
        cluster.status()  # what is imported and compiled once
        counts[nodes] = calls(lambda cluster=cluster: text(cluster.status()))
    most = TIMES * math.log(SMALL * TIMES) / math.log(SMALL)
    assert counts[SMALL * TIMES] / counts[SMALL] < most


def test_the_large_cluster_has_what_its_makers_description_says() -> None:
    """Guards the test above: a cluster in which nothing is found would prove little."""
    status = Large(100, shared=False).status()
    assert [session.node for session in status.sessions if not session.up] == [
        "node-00049",
        "node-00099",
    ]
    assert len(status.sessions) == 200
    assert len(status.pending) == 5
    assert {"no available IPs" in each.why for each in status.pending} == {True}
    assert len(status.services) == 45
    assert sum(1 for each in status.services if not each.announced) == 5
    assert {each.kind for each in status.drift} == {"Deployment", "DaemonSet"}
