"""Rules about keys of single nodes, Secrets made elsewhere, and former names of keys."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import case, of_static, peer
from tests.unit.preflight.table_peers import Row


def of_nodes(*nodes: Any, **bgp: Any) -> Case:
    """A rack whose nodes have settings of their own."""
    rack = {"name": "a", "nodes": list(nodes), "routers": [{"address": "10.1.0.1"}]}
    return of_static(platform={"kind": "static", "racks": [rack]}, bgp=bgp)


def node(name: str, **settings: Any) -> dict[str, Any]:
    return {"hostname": name, **settings}


def by_label(*labels: dict[str, str]) -> Case:
    """Racks by label with one router ID, written at each."""
    racks = [
        {
            "name": f"r{number}",
            "nodeSelectors": each,
            "routerId": "192.0.2.1",
            "routers": [{"address": f"10.{number}.0.1"}],
        }
        for number, each in enumerate(labels)
    ]
    return of_static(platform={"kind": "static", "racks": racks})


def referring(version: str) -> Case:
    return of_static(bgp={"passwordSecret": "made-elsewhere"}, install={"version": version})


ROWS: dict[str, Row] = {
    "P36": (
        [
            lambda: of_nodes(
                node("a1", routerId="192.0.2.1"), "a2", node("a3", routerId="192.0.2.1")
            ),
            lambda: by_label({"slot": "1"}, {"slot": "2"}),
        ],
        [
            lambda: of_nodes(
                node("a1", routerId="192.0.2.1"), "a2", node("a3", routerId="192.0.2.3")
            ),
            lambda: of_nodes("a1", "a2", routerId="192.0.2.1"),
            lambda: by_label({"slot": "1"}, {"edge": ""}),
            lambda: case(
                peer("one", routerID="10.0.0.9"),
                peer("two", routerID="10.0.0.9", nodeSelectors=None),
            ),
        ],
    ),
    "V12": (
        [
            lambda: of_nodes("a1", myAsn=None, localAsn=64500),
            lambda: of_nodes(node("a1", localAsn=64500)),
        ],
        [lambda: of_nodes(node("a1", myAsn=64500))],
    ),
    "V13": (
        [lambda: referring("0.12.1")],
        [
            lambda: referring("0.16.2"),
            lambda: of_static(bgp={"password": "Secret12345"}, install={"version": "0.12.1"}),
        ],
    ),
}
