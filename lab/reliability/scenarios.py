"""The failures and changes that are measured, each with the way back to a whole cluster.

Every scenario starts and ends with the same cluster: all nodes serve, all routes are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab import cluster as nodes
from lab.bringup import Cluster, variant
from lab.reliability.measure import Outcome, measure
from lab.services import Balanced
from lab.spawn import wait_until

HOLD = 3.0
"""The lab stack's hold time in seconds."""
SLACK = 2.0
"""BIRD's timers and the kernel's table on a busy machine."""
AT_ONCE = "the session's TCP connection ends with the process"
REDIAL = "a speaker dials again after 0, 1, 2, 4 ... seconds"
SPARE = "node4"


@dataclass
class Bench:
    """A whole cluster with a balanced Service, on which scenarios are run one after another."""

    cluster: Cluster
    service: Balanced
    hosts: list[str]

    def whole(self, routers: list[str] | None = None) -> bool:
        return self.service.routed(routers, self.hosts)

    def without(self, host: str) -> bool:
        return self.service.routed(None, [name for name in self.hosts if name != host])

    def settle(self) -> None:
        """Wait until all is whole again, as seen by routers and client."""
        fabric = self.cluster.lab.fabric
        wait_until("a whole cluster", self.whole, seconds=60)
        wait_until("every session", self.cluster.sessions_up, seconds=60)
        count = len(fabric.topology.routers)
        address = self.service.address() or ""
        wait_until("the client's routes", lambda: len(fabric.next_hops("client", address)) == count)

    def run(self, name: str, what: str, **how: Any) -> Outcome:
        return measure(self.cluster.lab, self.service, name=name, what=what, **how)


def speaker_killed(bench: Bench) -> Iterator[Outcome]:
    host = bench.hosts[0]
    pod = bench.cluster.lab.speaker(host)
    yield bench.run(
        "speaker killed",
        "SIGKILL to the speaker of one node",
        promise=AT_ONCE,
        bound=HOLD,
        event=pod.kill,
        right=lambda: bench.without(host),
    )
    yield bench.run(
        "speaker back",
        "the same speaker started again",
        promise="a new process starts, syncs and dials at once",
        bound=10.0,
        event=pod.start,
        right=bench.whole,
    )


def link_cut(bench: Bench) -> Iterator[Outcome]:
    host = bench.hosts[0]
    fabric = bench.cluster.lab.fabric
    segment = fabric.topology.host(host).segments[0]
    yield bench.run(
        "link cut",
        "one node's frames vanish; both ends still see a carrier",
        promise=f"hold time {HOLD:g} s",
        bound=HOLD + SLACK,
        event=lambda: fabric.cut(segment, host),
        right=lambda: bench.without(host),
    )
    yield bench.run(
        "link mended",
        "the frames pass again",
        promise=f"{REDIAL}; an attempt under way takes up to 10 s",
        bound=20.0,
        event=lambda: fabric.mend(segment, host),
        right=bench.whole,
    )


def node_drained(bench: Bench) -> Iterator[Outcome]:
    host = bench.hosts[0]
    service = bench.service
    rest = [name for name in bench.hosts if name != host]
    yield bench.run(
        "node drained",
        "one node's endpoint leaves a Service of policy Local; its server still runs",
        promise="the speaker withdraws when the endpoint goes",
        bound=HOLD,
        event=lambda: service.set_endpoints(rest),
        right=lambda: bench.without(host),
    )
    yield bench.run(
        "node filled again",
        "the endpoint comes back",
        promise="the speaker announces when the endpoint comes",
        bound=HOLD,
        event=lambda: service.set_endpoints(bench.hosts),
        right=bench.whole,
    )


def controller_restarted(bench: Bench) -> Iterator[Outcome]:
    pod = bench.cluster.controller

    def restart() -> None:
        pod.kill()
        pod.start()
        bench.cluster.lab.wait_for_webhook(pod)

    yield bench.run(
        "controller restarted",
        "SIGKILL to the controller, then a new one until its webhook serves",
        promise="the controller is not in the path: no route moves",
        bound=20.0,
        event=restart,
        right=bench.whole,
    )


def router_restarted(bench: Bench) -> Iterator[Outcome]:
    fabric = bench.cluster.lab.fabric
    name = fabric.topology.routers[0].name

    def restart() -> None:
        fabric.stop_router(name)
        fabric.start_router(name)

    yield bench.run(
        "router's BGP restarted",
        "BIRD of one of two routers stopped and started",
        promise=REDIAL,
        bound=10.0,
        event=restart,
        right=lambda: bench.whole([name]),
    )


def pool_changed(bench: Bench) -> Iterator[Outcome]:
    cluster, service = bench.cluster, bench.service
    first = cluster.stack
    folder = cluster.lab.folder / "stacks"
    old = service.address()

    def wider(config: dict[str, Any]) -> None:
        config["metallb:addressPools"]["default"]["addresses"].append("203.0.113.144/28")

    def moved(config: dict[str, Any]) -> None:
        config["metallb:addressPools"]["default"]["addresses"] = ["203.0.113.144/28"]

    yield bench.run(
        "pool widened",
        "a second block joins the pool in use",
        promise="an address that still fits is kept: no route moves",
        bound=15.0,
        event=lambda: cluster.change(variant(first, folder / "Pulumi.wider.yaml", wider)),
        right=bench.whole,
    )
    yield bench.run(
        "pool moved",
        "the pool's block is replaced, so the Service gets another address",
        promise="the old address is withdrawn and the new one announced",
        bound=15.0,
        event=lambda: cluster.change(variant(first, folder / "Pulumi.moved.yaml", moved)),
        right=lambda: _moved(bench, old),
        address=old,
    )
    elsewhere = service.address()
    cluster.change(first)
    service.wait_for_address(other_than=elsewhere)


def _moved(bench: Bench, old: str | None) -> bool:
    address = bench.service.address()
    if address in (None, old) or old is None:
        return False
    bench.service.lay()
    fabric = bench.cluster.lab.fabric
    gone = not any(fabric.next_hops(router.name, old) for router in fabric.topology.routers)
    return gone and bench.whole()


def node_added_and_removed(bench: Bench) -> Iterator[Outcome]:
    cluster, lab, service = bench.cluster, bench.cluster.lab, bench.service
    first = cluster.stack
    host = lab.fabric.topology.host(SPARE)
    before = list(bench.hosts)
    more = [*before, SPARE]

    def with_spare(config: dict[str, Any]) -> None:
        config["metallb:platform"]["racks"][0]["nodes"].append(SPARE)

    bigger = variant(first, lab.folder / "stacks" / "Pulumi.bigger.yaml", with_spare)
    lab.add_host(host)

    def join() -> None:
        cluster.change(bigger)
        lab.start_speaker(cluster.daemon_set, SPARE)
        service.set_endpoints(more)

    yield bench.run(
        "node added",
        "a node joins the stack file's rack, its speaker starts, a server runs on it",
        promise="a new process starts, syncs and dials at once",
        bound=20.0,
        event=join,
        right=lambda: service.routed(None, more),
    )

    def leave() -> None:
        cluster.change(first)

    yield bench.run(
        "node removed",
        "the node leaves the stack file; speaker and server still run",
        promise="the speaker closes its sessions when its peers go",
        bound=15.0,
        event=leave,
        right=lambda: service.routed(None, before),
    )
    service.set_endpoints(before)
    lab.speaker(SPARE).stop()
    del lab.pods[f"speaker-{SPARE}"]
    lab.api.delete(nodes.node(host))
    lab.fabric.remove_host(SPARE)
    service.forget(SPARE)


Scenario = Callable[[Bench], Iterator[Outcome]]
SCENARIOS: tuple[Scenario, ...] = (
    speaker_killed,
    link_cut,
    node_drained,
    controller_restarted,
    router_restarted,
    pool_changed,
    node_added_and_removed,
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
