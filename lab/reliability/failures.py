"""Parts that fail: a speaker, a link, a node's endpoint, the controller, a router's BGP.

Each scenario starts and ends with a whole cluster.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.reliability.bench import AT_ONCE, HOLD, REDIAL, SLACK, Bench
from lab.reliability.measure import Outcome


def speaker_killed(bench: Bench) -> Iterator[Outcome]:
    """A speaker crashes, and comes back."""
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
    """A node falls silent, and is heard again."""
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
    """A node's endpoint leaves in good order, and comes back."""
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
    """The controller crashes, and comes back."""
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
    """A router's BGP process is restarted."""
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
