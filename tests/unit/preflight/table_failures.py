"""Rules about pools that one node, router or rack carries alone."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import (
    advert,
    case,
    hosts,
    labels,
    of_static,
    peer,
    pool,
    rack,
    racks,
)
from tests.unit.preflight.table_peers import Row

TWO = racks(rack("a", "a1", "a2"), rack("b", "b1", address="10.2.0.1"))


def announced(platform: dict[str, Any] = TWO, **advertisement: Any) -> Case:
    """A pool with one advertisement, beside one that goes everywhere."""
    return of_static(
        **platform,
        addressPools={
            "everywhere": {"addresses": ["198.51.100.0/28"]},
            "public": {
                "addresses": ["203.0.113.0/28"],
                "advertisements": {"default": advertisement},
            },
        },
    )


ROWS: dict[str, Row] = {
    "H1": (
        [
            lambda: announced(nodeSelectors=hosts("a1")),
            lambda: case(
                pool(), peer(nodeSelectors=hosts("a1", "a2")), advert(nodeSelectors=hosts("a1"))
            ),
        ],
        [
            lambda: announced(nodeSelectors=hosts("a1", "b1")),
            lambda: announced(racks(rack("a", "a1")), nodeSelectors=hosts("a1")),
            lambda: case(
                pool(),
                peer(nodeSelectors=hosts("a1", "a2")),
                advert(nodeSelectors=hosts("a1")),
                advert("labelled", ipAddressPools=None, ipAddressPoolSelectors=labels(tier="b")),
            ),
        ],
    ),
    "H2": (
        [lambda: announced(peers=["a-10.1.0.1"])],
        [
            lambda: announced(peers=["a-10.1.0.1", "b-10.2.0.1"]),
            lambda: announced(racks(rack("a", "a1", "a2")), peers=["a-10.1.0.1"]),
        ],
    ),
    "H3": (
        [lambda: announced(nodeSelectors=hosts("a1", "a2"))],
        [
            lambda: announced(nodeSelectors=hosts("a1", "b1")),
            lambda: announced(racks(rack("a", "a1", "a2")), nodeSelectors=hosts("a1", "a2")),
        ],
    ),
}
