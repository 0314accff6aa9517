"""Rules about pools that one node, router or rack carries alone."""

from typing import Any

from metallb.preflight.case import Case, Foreign
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


def labelled(**advertisement: Any) -> Case:
    """The same pool, which the advertisement chooses by a label."""
    advertisement["ipAddressPoolSelectors"] = labels(tier="gold")
    return of_static(
        **TWO,
        addressPools={
            "everywhere": {
                "addresses": ["198.51.100.0/28"],
                "advertisements": {"default": {}, "gold": advertisement},
            },
            "public": {
                "addresses": ["203.0.113.0/28"],
                "labels": {"tier": "gold"},
                "advertisements": {},
            },
        },
    )


def by_label(count: int | None) -> dict[str, Any]:
    """Two racks by label, of which the second one's chooses so many nodes."""
    hint = {"nodeCount": count} if count else {}
    first = {**rack("a"), "nodeSelectors": {"row": "a"}, "nodeCount": 2}
    second = {**rack("b", address="10.2.0.1"), "nodeSelectors": {"row": "b"}, **hint}
    for each in (first, second):
        del each["nodes"]
    return racks(first, second)


ROWS: dict[str, Row] = {
    "H1": (
        [
            lambda: announced(nodeSelectors=hosts("a1")),
            lambda: case(
                pool(), peer(nodeSelectors=hosts("a1", "a2")), advert(nodeSelectors=hosts("a1"))
            ),
            lambda: labelled(nodeSelectors=hosts("a1")),
            lambda: case(
                pool(),
                peer(nodeSelectors=hosts("a1", "a2")),
                advert(nodeSelectors=hosts("a1")),
                advert("others", ipAddressPools=None, ipAddressPoolSelectors=labels(tier="b")),
            ),
            lambda: announced(by_label(1), nodeSelectors=labels(row="b")),
        ],
        [
            lambda: announced(nodeSelectors=hosts("a1", "b1")),
            lambda: announced(racks(rack("a", "a1")), nodeSelectors=hosts("a1")),
            lambda: case(
                pool(),
                peer(nodeSelectors=hosts("a1", "a2")),
                advert(nodeSelectors=hosts("a1")),
                advert("labelled", ipAddressPools=None, ipAddressPoolSelectors=labels(tier="b")),
                foreign=Foreign(pool_labels={"public": {"tier": "b"}}),
            ),
            lambda: labelled(nodeSelectors=hosts("a1", "b1")),
            lambda: announced(by_label(2), nodeSelectors=labels(row="b")),
            lambda: announced(by_label(None), nodeSelectors=labels(row="b")),
        ],
    ),
    "H2": (
        [lambda: announced(peers=["a-10.1.0.1"]), lambda: labelled(peers=["a-10.1.0.1"])],
        [
            lambda: announced(peers=["a-10.1.0.1", "b-10.2.0.1"]),
            lambda: announced(racks(rack("a", "a1", "a2")), peers=["a-10.1.0.1"]),
        ],
    ),
    "H3": (
        [
            lambda: announced(nodeSelectors=hosts("a1", "a2")),
            lambda: labelled(nodeSelectors=hosts("a1", "a2")),
            lambda: announced(by_label(2), nodeSelectors=labels(row="b")),
        ],
        [
            lambda: announced(nodeSelectors=hosts("a1", "b1")),
            lambda: announced(racks(rack("a", "a1", "a2")), nodeSelectors=hosts("a1", "a2")),
        ],
    ),
}
