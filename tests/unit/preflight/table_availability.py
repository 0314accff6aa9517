"""Rules about `metallb:availability`."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import HELM, hosts, of_static, racks
from tests.unit.preflight.table_peers import Row

MONITORED = {"version": "0.16.2", "monitoring": {"serviceMonitor": True}}


def rack(
    name: str, *hostnames: str, routers: int = 2, network: int = 1, nodes: int | None = None
) -> dict[str, Any]:
    """A rack; without host names one by label, which chooses so many nodes."""
    listed = [{"address": f"10.{network}.0.{number}"} for number in range(1, routers + 1)]
    counted = {"nodeCount": nodes} if nodes else {}
    by_label = {"nodeSelectors": {"rack": name}, **counted}
    chosen = {"nodes": list(hostnames)} if hostnames else by_label
    return {"name": name, "routers": listed, **chosen}


TWO = (rack("a", "a1", "a2"), rack("b", "b1", routers=4, network=2))


def limited(
    *listed: dict[str, Any],
    install: Any = None,
    kubernetes: Any = None,
    most: int = 1,
    **keys: Any,
) -> Case:
    """A stack that changes in waves."""
    return of_static(
        **racks(*(listed or TWO)),
        availability={"maxSessionsDown": most, **keys},
        install=install or MONITORED,
        kubernetes=kubernetes or {"context": "prod"},
    )


def chosen(**advertisement: Any) -> dict[str, Any]:
    """The pool's one advertisement."""
    return {"advertisements": {"default": advertisement}}


def kept(
    least: int,
    *listed: dict[str, Any],
    pool: str = "public",
    advertised: dict[str, Any] | None = None,
) -> Case:
    """A stack that keeps a number of announcers of a pool."""
    return of_static(
        **racks(*(listed or TWO)),
        availability={"maxSessionsDown": 1, "byPool": {pool: {"minAnnouncers": least}}},
        install=MONITORED,
        kubernetes={"context": "prod"},
        addressPools={"public": {"addresses": ["203.0.113.0/28"], **(advertised or {})}},
    )


ROWS: dict[str, Row] = {
    "W1": (
        [lambda: limited(install={"version": "0.12.1"})],
        [lambda: limited(), lambda: of_static(install={"version": "0.12.1"})],
    ),
    "W2": (
        [lambda: limited(byRack={"c": {"maxSessionsDown": 2}})],
        [lambda: limited(byRack={"b": {"maxSessionsDown": 2}})],
    ),
    "W3": (
        [
            lambda: limited(most=2),
            lambda: limited(byRack={"b": {"maxSessionsDown": 4}}),
        ],
        [
            lambda: limited(),
            lambda: limited(byRack={"b": {"maxSessionsDown": 3}}),
            # One session is W4's.
            lambda: limited(rack("a", "a1", routers=1)),
        ],
    ),
    "W4": (
        [lambda: limited(rack("a", "a1", "a2", routers=1))],
        [
            lambda: limited(),
            lambda: limited(
                rack("a", "a1", routers=1), rack("b", "b1", routers=1, network=2), racksAtOnce=1
            ),
            lambda: of_static(**racks(rack("a", "a1", routers=1))),
        ],
    ),
    "W6": (
        [lambda: limited(kubernetes={"renderTo": "build/waves"})],
        [lambda: limited(), lambda: of_static(kubernetes={"renderTo": "build/waves"})],
    ),
    "W7": (
        [
            lambda: kept(1, pool="other"),
            lambda: kept(1, advertised={"advertisements": {}}),
            lambda: kept(1, advertised={"layer2": {"default": {}}}),
        ],
        [lambda: kept(1), lambda: limited()],
    ),
    "W8": (
        [
            lambda: kept(4),
            lambda: kept(2, advertised=chosen(nodeSelectors=hosts("a1"))),
            lambda: kept(3, rack("a", nodes=2)),
        ],
        [lambda: kept(3), lambda: kept(9, rack("a")), lambda: kept(2, rack("a", nodes=2))],
    ),
    "W9": (
        [
            lambda: kept(2, advertised=chosen(peers=["a-10.1.0.1", "b-10.2.0.1"])),
            lambda: kept(1, rack("a", "a1", "a2", routers=1)),
        ],
        [
            lambda: kept(1, advertised=chosen(peers=["a-10.1.0.1", "b-10.2.0.1"])),
            lambda: kept(3),
            # Too many for the pool is W8's.
            lambda: kept(4, rack("a", "a1", routers=1)),
        ],
    ),
    "W5": (
        [lambda: limited(install={"version": "0.16.2"})],
        [
            lambda: limited(),
            lambda: limited(install={"version": "0.16.2", "source": "existing"}),
            lambda: limited(install={"version": "0.16.2", **HELM}),
            lambda: of_static(install={"version": "0.16.2"}),
        ],
    ),
}
