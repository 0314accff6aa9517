"""Rules about `metallb:availability`."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import HELM, of_static, racks
from tests.unit.preflight.table_peers import Row

MONITORED = {"version": "0.16.2", "monitoring": {"serviceMonitor": True}}


def rack(name: str, *hostnames: str, routers: int = 2, network: int = 1) -> dict[str, Any]:
    listed = [{"address": f"10.{network}.0.{number}"} for number in range(1, routers + 1)]
    return {"name": name, "nodes": list(hostnames), "routers": listed}


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
