"""Rules about racks, speakers and the nodes of both, about pools by themselves, and ecmpLimit."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import HOST, case, hosts, labels, of_static, peer, pool
from tests.unit.preflight.table_peers import Row
from tests.unit.preflight.table_routes import CONTRADICTION, where

BGP = {"myAsn": 64512, "holdTime": "9s"}
BIG = 1 << 63


def rack(name: str, nodes: list[str] | None = None, **node_labels: str) -> dict[str, Any]:
    """A rack of host names, or of labels, with a router of its own."""
    number = sum(map(ord, name)) % 250
    router = {"name": "tor", "address": f"10.1.{number}.1", "asn": 64601}
    chosen = {"nodes": nodes} if nodes else {"nodeSelectors": node_labels}
    return {"name": name, **chosen, "routers": [router]}


def racks(
    *listed: dict[str, Any],
    speakers: dict[str, str] | None = None,
    source: str = "builtin",
    **bgp: Any,
) -> Case:
    """A stack of racks whose speakers run on nodes of these labels."""
    speaker = {"speaker": {"nodeSelectors": speakers}} if speakers else {}
    return of_static(
        platform={"kind": "static", "racks": list(listed)},
        bgp={**BGP, **bgp},
        install={"version": "0.16.2", "source": source, **speaker},
    )


def allocating(**allocation: Any) -> Case:
    return case(pool("public", serviceAllocation=allocation))


ROWS: dict[str, Row] = {
    "I1": (
        [
            lambda: racks(rack("a", ["a1", "a2"]), speakers={HOST: "a1"}),
            lambda: racks(rack("a", ["a1"]), rack("b", zone="b"), speakers={HOST: "b1"}),
            lambda: racks(rack("a", **{HOST: "a1"}), speakers={HOST: "b1"}),
        ],
        [
            lambda: racks(rack("a", ["a1"]), speakers={HOST: "a1"}),
            lambda: racks(rack("a", ["a1"]), speakers={"ingress": "yes"}),
            lambda: racks(rack("a", ["a1"]), speakers={"kubernetes.io/os": "linux"}),
            lambda: racks(rack("a", zone="a"), speakers={HOST: "a1"}),
            lambda: racks(rack("a", ["a1", "a2"]), speakers={HOST: "a1"}, source="existing"),
            lambda: case(),
        ],
    ),
    "I14": (
        [
            lambda: racks(rack("a", zone="a"), rack("b", zone="b"), speakers={"zone": "a"}),
            lambda: racks(rack("a", pool="x", zone="a"), speakers={"pool": "y", "zone": "a"}),
        ],
        [
            lambda: racks(rack("a", zone="a"), speakers={"zone": "a"}),
            lambda: racks(rack("a", zone="a"), speakers={"pool": "ingress"}),
            lambda: racks(rack("a", zone="a"), speakers={HOST: "a1"}),
            lambda: racks(rack("a", zone="a"), speakers={"zone": "b"}, source="existing"),
            # Host names are another rule's.
            lambda: racks(rack("a", **{HOST: "a1"}), speakers={HOST: "b1"}),
            lambda: racks(rack("a", zone="a"), rack("b", zone="b")),
        ],
    ),
    "I15": (
        [
            lambda: racks(rack("a", zone="a"), rack("b", zone="a")),
            lambda: racks(rack("a", zone="a"), rack("b", zone="a", gpu="yes")),
            lambda: racks(rack("a", zone="a", gpu="yes"), rack("b", zone="a")),
            lambda: racks(rack("a", zone="a"), rack("b", **{"kubernetes.io/os": "linux"})),
            lambda: racks(rack("a", ["a1", "a2"]), rack("b", **{HOST: "a2"})),
            lambda: racks(rack("a", **{HOST: "a1"}), rack("b", ["a1"])),
            lambda: racks(rack("a", ["a1"]), rack("b", **{"kubernetes.io/os": "linux"})),
        ],
        [
            lambda: racks(rack("a", zone="a"), rack("b", zone="b")),
            lambda: racks(rack("a", zone="a"), rack("b", row="7")),
            lambda: racks(rack("a", zone="a", gpu="yes"), rack("b", zone="a", gpu="no")),
            lambda: racks(rack("a", zone="a"), rack("b", ["b1"])),
            lambda: racks(rack("a", ["a1"]), rack("b", ["b1"])),
            lambda: racks(rack("a", ["a1"]), rack("b", ["a1"])),
            lambda: racks(rack("a", ["a1"]), rack("b", **{HOST: "b1"}), rack("c", ["a1"])),
        ],
    ),
    "I16": (
        [
            lambda: racks(rack("a", zone="a"), ecmpLimit=8),
            lambda: racks(rack("a", ["a1"]), rack("b", zone="b"), ecmpLimit=16),
            lambda: case(peer(nodeSelectors=labels(rack="a")), ecmp_limit=4),
            lambda: case(peer(nodeSelectors=None), ecmp_limit=4),
            lambda: case(peer(nodeSelectors=where(HOST, "NotIn", "a1")), ecmp_limit=4),
        ],
        [
            lambda: racks(rack("a", zone="a")),
            lambda: racks(rack("a", ["a1"]), ecmpLimit=8),
            lambda: case(peer(nodeSelectors=labels(rack="a"))),
            lambda: racks(rack("a", ["a1", "a2"]), rack("b", zone="b"), ecmpLimit=1),
        ],
    ),
    "I17": (
        [
            lambda: case(peer(nodeSelectors=CONTRADICTION)),
            lambda: case(peer(nodeSelectors=where(HOST, "DoesNotExist"))),
            lambda: racks(rack("a", **{"kubernetes.io/os": "windows"})),
        ],
        [
            lambda: case(peer(nodeSelectors=CONTRADICTION + hosts("a1"))),
            lambda: case(peer(nodeSelectors=None)),
            lambda: case(peer(nodeSelectors=where(HOST, "In"))),
        ],
    ),
    "A21": (
        [
            lambda: allocating(serviceSelectors=CONTRADICTION),
            lambda: allocating(namespaceSelectors=CONTRADICTION),
            lambda: allocating(serviceSelectors=CONTRADICTION + labels(app="y")),
        ],
        [
            lambda: allocating(serviceSelectors=labels(app="y")),
            lambda: allocating(serviceSelectors=where("app", "In")),
        ],
    ),
    "A22": (
        [lambda: allocating(priority=BIG), lambda: allocating(priority=-BIG - 1)],
        [
            lambda: allocating(priority=BIG - 1),
            lambda: allocating(priority=-BIG),
            lambda: allocating(),
        ],
    ),
    "A23": (
        [lambda: allocating(priority=-1), lambda: allocating(priority=-BIG)],
        [lambda: allocating(priority=0), lambda: allocating(priority=1)],
    ),
}
