"""Rules that look at the platform of a stack file, and at how much routers take."""

from typing import Any

from metallb.problems.errors import PlatformError
from tests.unit.preflight.build import (
    advert,
    case,
    hosts,
    of_static,
    peer,
    pool,
    rack,
    racks,
)
from tests.unit.preflight.table_peers import Row

GATEWAY = {"address": "192.0.2.1"}
NO_SOURCE = {"sourceAddress": False}


def from_source(host: str) -> dict[str, Any]:
    return {**rack("a"), "nodes": [{"hostname": host, "sourceAddress": "10.1.0.9"}]}


ROWS: dict[str, Row] = {
    "M10": (
        [
            lambda: case(
                misfit=PlatformError(
                    "node a1 has no session",
                    code="E303",
                    detail="Each node has a session with its router.",
                    help="remove its node from the stack file",
                )
            )
        ],
        [lambda: case()],
    ),
    "M1": (
        [
            lambda: case(pool(), max_prefixes=15),
            lambda: case(
                pool(),
                peer(),
                advert("all", aggregationLength=28),
                advert("one", peers=["tor"]),
                max_prefixes=16,
            ),
        ],
        [lambda: case(pool(), max_prefixes=16), lambda: case(pool())],
    ),
    "M2": (
        [
            lambda: of_static(**racks(rack("a", "h1", "h2", "h3")), bgp={"ecmpLimit": 2}),
            lambda: case(peer(nodeSelectors=hosts("a", "b", "c")), ecmp_limit=2),
        ],
        [
            lambda: of_static(
                **racks(rack("a", "h1", "h2"), rack("b", "h3", "h4", address="10.2.0.1")),
                bgp={"ecmpLimit": 2},
            )
        ],
    ),
    "M4": (
        [lambda: of_static(**racks(rack("a", "h1"), rack("b", "h1", address="10.2.0.1")))],
        [lambda: of_static(**racks(rack("a", "h1"), rack("b", "h2", address="10.2.0.1")))],
    ),
    "M22": (
        [lambda: of_static(**racks(from_source("a1")), bgp=NO_SOURCE)],
        [
            lambda: of_static(**racks(from_source("a1"))),
            lambda: of_static(**racks(rack("a", "a1")), bgp=NO_SOURCE),
        ],
    ),
    "M25": (
        [
            lambda: of_static(
                platform={**racks(rack("a", "a1"))["platform"], "sharedRouters": {"gw": GATEWAY}}
            )
        ],
        [
            lambda: of_static(),
            lambda: of_static(
                platform={
                    **racks({**rack("a", "a1"), "sharedRouters": ["gw"]})["platform"],
                    "sharedRouters": {"gw": GATEWAY},
                }
            ),
        ],
    ),
}
