"""Changes of the configuration under load: pools, and nodes that join or leave.

Each scenario starts and ends with a whole cluster of the same nodes and the first stack file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lab import cluster as nodes
from lab.bringup import Cluster, Rendered, variant
from lab.reliability.bench import SPARE, Bench
from lab.reliability.measure import Outcome

_JOIN = "a new process starts, syncs and dials at once"
_LABEL = {"lab.example/rack": "rack1"}
_LEAVE = "the speaker closes its sessions when its peers go"


def pool_changed(bench: Bench) -> Iterator[Outcome]:
    """A pool in use is widened, then moved elsewhere and back."""
    cluster, service = bench.cluster, bench.service
    first = cluster.render(cluster.stack)
    old = service.address()

    def wider(config: dict[str, Any]) -> None:
        config["metallb:addressPools"]["default"]["addresses"].append("203.0.113.144/28")

    def moved(config: dict[str, Any]) -> None:
        config["metallb:addressPools"]["default"]["addresses"] = ["203.0.113.144/28"]

    wide = _changed(cluster, "wider", wider)
    elsewhere = _changed(cluster, "moved", moved)
    yield bench.run(
        "pool widened",
        "a second block joins the pool in use",
        promise="an address that still fits is kept: no route moves",
        bound=15.0,
        event=lambda: cluster.change(wide),
        right=bench.whole,
    )
    yield bench.run(
        "pool moved",
        "the pool's block is replaced, so the Service gets another address",
        promise="the old address is withdrawn and the new one announced",
        bound=15.0,
        event=lambda: cluster.change(elsewhere),
        right=lambda: _moved(bench, old),
        address=old,
    )
    new = service.address()
    cluster.change(first)
    service.wait_for_address(other_than=new)


def _changed(cluster: Cluster, name: str, change: Callable[[dict[str, Any]], None]) -> Rendered:
    """The cluster's stack file with a change, rendered beforehand: that is no part of an event."""
    target = cluster.lab.folder / "stacks" / f"Pulumi.{name}.yaml"
    return cluster.render(variant(cluster.stack, target, change))


def _moved(bench: Bench, old: str | None) -> bool:
    address = bench.service.address()
    if address in (None, old) or old is None:
        return False
    bench.service.lay()
    fabric = bench.cluster.lab.fabric
    gone = not any(fabric.next_hops(router.name, old) for router in fabric.topology.routers)
    return gone and bench.whole()


def node_by_name(bench: Bench) -> Iterator[Outcome]:
    """A node joins a rack that names its nodes, then leaves it: the peers' selectors change."""
    cluster = bench.cluster
    first = cluster.render(cluster.stack)

    def with_spare(config: dict[str, Any]) -> None:
        config["metallb:platform"]["racks"][0]["nodes"].append(SPARE)

    bigger = _changed(cluster, "bigger", with_spare)
    yield from _come_and_go(
        bench,
        kind="by name",
        how="the node's name in the rack of the stack file",
        join=lambda: cluster.change(bigger),
        leave=lambda: cluster.change(first),
    )


def node_by_label(bench: Bench) -> Iterator[Outcome]:
    """A node joins a rack that knows its nodes by a label, then leaves it: no object changes."""
    cluster, lab = bench.cluster, bench.cluster.lab
    first = cluster.render(cluster.stack)

    def by_label(config: dict[str, Any]) -> None:
        rack = config["metallb:platform"]["racks"][0]
        del rack["nodes"]
        rack["nodeSelectors"] = dict(_LABEL)

    def label(host: str, labels: dict[str, str | None]) -> None:
        node = nodes.node(lab.fabric.topology.host(host))
        lab.api.merge(node, {"metadata": {"labels": labels}})

    for host in bench.hosts:
        label(host, {**_LABEL})
    cluster.change(_changed(cluster, "label", by_label))
    bench.settle()
    yield from _come_and_go(
        bench,
        kind="by label",
        how="the rack's label on the node",
        join=lambda: label(SPARE, {**_LABEL}),
        leave=lambda: label(SPARE, dict.fromkeys(_LABEL)),
    )
    cluster.change(first)


def _come_and_go(
    bench: Bench,
    *,
    kind: str,
    how: str,
    join: Callable[[], object],
    leave: Callable[[], object],
) -> Iterator[Outcome]:
    lab, service = bench.cluster.lab, bench.service
    before, more = list(bench.hosts), [*bench.hosts, SPARE]
    host = lab.fabric.topology.host(SPARE)
    lab.add_host(host)

    def arrive() -> None:
        join()
        lab.start_speaker(bench.cluster.daemon_set, SPARE)
        service.set_endpoints(more)

    yield bench.run(
        f"node added {kind}",
        f"{how}, its speaker started, a server on it",
        promise=_JOIN,
        bound=20.0,
        event=arrive,
        right=lambda: service.routed(None, more),
    )
    yield bench.run(
        f"node removed {kind}",
        f"{how} taken away; its speaker and server still run",
        promise=_LEAVE,
        bound=15.0,
        event=leave,
        right=lambda: service.routed(None, before),
    )
    service.set_endpoints(before)
    pod = lab.pods.pop(f"speaker-{SPARE}")
    pod.stop()
    meta = {"name": pod.name, "namespace": pod.namespace}
    lab.api.delete({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
    lab.api.delete(nodes.node(host))
    lab.fabric.remove_host(SPARE)
    service.forget(SPARE)
    bench.settle()
