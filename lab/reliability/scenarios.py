"""Every failure and change that is measured, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.bringup import Cluster
from lab.reliability import changes, failures
from lab.reliability.bench import Bench
from lab.reliability.measure import Outcome
from lab.services import Balanced

Scenario = Callable[[Bench], Iterator[Outcome]]
SCENARIOS: tuple[Scenario, ...] = (
    failures.speaker_killed,
    failures.link_cut,
    failures.node_drained,
    failures.controller_restarted,
    failures.router_restarted,
    changes.pool_changed,
    changes.node_by_name,
    changes.node_by_label,
)


def run_all(cluster: Cluster, tell: Callable[[Outcome], object]) -> list[Outcome]:
    """Every scenario, each on a whole cluster; `tell` hears of each outcome as it comes."""
    hosts = list(cluster.lab.fabric.hosts)
    service = Balanced(cluster.lab.api, cluster.lab.fabric, "web", pool="default")
    service.create(hosts)
    bench = Bench(cluster, service, hosts)
    outcomes: list[Outcome] = []
    for scenario in SCENARIOS:
        bench.settle()
        for outcome in scenario(bench):
            tell(outcome)
            outcomes.append(outcome)
    bench.settle()
    service.delete()
    return outcomes
