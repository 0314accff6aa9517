"""Rules about routes that several advertisements make, and about selectors of what is announced."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import (
    HOST,
    advert,
    case,
    community,
    hosts,
    labels,
    layer2,
    peer,
    pool,
)
from tests.unit.preflight.table_peers import Row

AGGREGATED = {"aggregationLength": 28}
SECOND = peer("two", peerAddress="10.0.0.2", nodeSelectors=hosts("a2"))
GOLD = labels(app="gold")


def where(key: str, operator: str, *values: str) -> list[dict[str, Any]]:
    """A selector of one condition."""
    condition = {"key": key, "operator": operator, "values": list(values)}
    return [{"matchExpressions": [condition]}]


def also(*selectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One selector in which all conditions of several have to hold."""
    found: dict[str, Any] = {"matchLabels": {}, "matchExpressions": []}
    for (each,) in selectors:
        found["matchLabels"] |= each.get("matchLabels", {})
        found["matchExpressions"] += each.get("matchExpressions", [])
    return [found]


def numbers(first: int, count: int) -> list[str]:
    return [f"1:{each}" for each in range(first, first + count)]


def preferring(one: dict[str, Any], other: dict[str, Any], **known: Any) -> Case:
    """Two advertisements of one pool whose routes are not preferred alike."""
    return case(advert("a", localPref=100, **one), advert("b", localPref=200, **other), **known)


def marking(other: dict[str, Any], **known: Any) -> Case:
    """An advertisement with a community, and another one, before routes carried those of both."""
    return case(
        advert("a", communities=["1:1"]), advert("b", **other), **{"release": "0.15.3"} | known
    )


def serving(one: dict[str, Any], served: list[dict[str, Any]]) -> Case:
    """An advertisement of a pool that serves Services of some labels."""
    return case(pool("public", serviceAllocation={"serviceSelectors": served}), advert(**one))


CONTRADICTION = also(labels(app="x"), where("app", "NotIn", "x"))

ROWS: dict[str, Row] = {
    "B1": (
        [
            lambda: case(pool("public", "203.0.113.0/28"), advert(aggregationLength=24)),
            lambda: case(advert(aggregationLength=33)),
            lambda: case(advert(ipAddressPools=None, aggregationLength=24)),
            lambda: case(pool("public", "203.0.113.1-203.0.113.254"), advert(aggregationLength=24)),
            lambda: case(pool("public", "fd00::/64"), advert(aggregationLengthV6=48), mode="frr"),
            lambda: case(advert(aggregationLengthV6=129)),
        ],
        [
            lambda: case(advert(**AGGREGATED)),
            lambda: case(pool("public", "203.0.113.1-203.0.113.254"), advert(aggregationLength=26)),
        ],
    ),
    "B11": (
        [
            lambda: case(advert(nodeSelectors=hosts("elsewhere"))),
            lambda: case(peer(), SECOND, advert(peers=["two"], nodeSelectors=hosts("a1"))),
            lambda: case(peer(), SECOND, advert(nodeSelectors=where(HOST, "NotIn", "a1", "a2"))),
            lambda: case(advert(nodeSelectors=where(HOST, "DoesNotExist"))),
            lambda: case(advert(nodeSelectors=labels(**{"kubernetes.io/os": "windows"}))),
            lambda: case(advert(nodeSelectors=CONTRADICTION)),
            lambda: case(
                peer(nodeSelectors=labels(rack="a")), advert(nodeSelectors=labels(rack="b"))
            ),
            lambda: case(
                peer(nodeSelectors=labels(rack="a")),
                advert(nodeSelectors=where("rack", "DoesNotExist")),
            ),
            lambda: case(
                peer(nodeSelectors=where("rack", "NotIn", "a")),
                advert(nodeSelectors=labels(rack="a")),
            ),
            lambda: case(
                peer(nodeSelectors=where("edge", "Exists")),
                advert(nodeSelectors=where("edge", "DoesNotExist")),
            ),
            lambda: case(
                peer(),
                SECOND,
                advert(peers=["tor"], nodeSelectors=where(HOST, "NotIn", "a1")),
            ),
        ],
        [
            lambda: case(advert(nodeSelectors=hosts("a1", "elsewhere"))),
            lambda: case(advert(nodeSelectors=labels(rack="a"))),
            lambda: case(peer(nodeSelectors=None), advert(nodeSelectors=hosts("elsewhere"))),
            lambda: case(peer(), SECOND, advert(nodeSelectors=where(HOST, "NotIn", "a1"))),
            lambda: case(advert(nodeSelectors=where(HOST, "Exists"))),
            lambda: case(advert(nodeSelectors=where("rack", "DoesNotExist"))),
            lambda: case(advert(nodeSelectors=labels(**{"kubernetes.io/os": "linux"}))),
            lambda: case(
                peer(nodeSelectors=labels(rack="a")),
                advert(nodeSelectors=where("rack", "NotIn", "b")),
            ),
            lambda: case(
                peer(nodeSelectors=where("rack", "NotIn", "a")),
                advert(nodeSelectors=where("rack", "NotIn", "b")),
            ),
            lambda: case(advert(peers=["unknown"], nodeSelectors=hosts("elsewhere"))),
            lambda: case(advert(nodeSelectors=where("rack", "In"))),
        ],
    ),
    "B15": (
        [
            lambda: case(advert(serviceSelectors=CONTRADICTION)),
            lambda: case(
                advert(serviceSelectors=also(labels(app="x"), where("app", "DoesNotExist")))
            ),
            lambda: case(
                advert(serviceSelectors=also(where("app", "In", "x"), where("app", "In", "y", "z")))
            ),
            lambda: case(
                advert(serviceSelectors=also(where("app", "Exists"), where("app", "DoesNotExist")))
            ),
            lambda: case(advert(ipAddressPools=None, ipAddressPoolSelectors=CONTRADICTION)),
            lambda: case(layer2(nodeSelectors=CONTRADICTION)),
        ],
        [
            lambda: case(advert(serviceSelectors=GOLD)),
            lambda: case(advert(serviceSelectors=CONTRADICTION + GOLD)),
            lambda: case(
                advert(serviceSelectors=also(labels(app="x"), where("app", "NotIn", "y")))
            ),
            lambda: case(advert(serviceSelectors=where("app", "In"))),
        ],
    ),
    "B16": (
        [
            lambda: case(advert(serviceSelectors=CONTRADICTION + GOLD)),
            lambda: case(advert(nodeSelectors=CONTRADICTION + hosts("a1"))),
        ],
        [
            lambda: case(advert(serviceSelectors=CONTRADICTION)),
            lambda: case(advert(nodeSelectors=where(HOST, "Exists"))),
        ],
    ),
    "B17": (
        [
            lambda: preferring({"serviceSelectors": GOLD}, {}),
            lambda: preferring({}, {"serviceSelectors": GOLD}),
            lambda: preferring({"serviceSelectors": GOLD}, {"serviceSelectors": GOLD}),
            lambda: preferring(
                {"serviceSelectors": GOLD}, {"serviceSelectors": labels(app="gold", tier="web")}
            ),
            lambda: preferring(
                {"serviceSelectors": where("app", "In", "gold", "silver")},
                {"serviceSelectors": GOLD},
            ),
            lambda: preferring(
                {"serviceSelectors": GOLD}, {"serviceSelectors": where("app", "NotIn", "silver")}
            ),
            lambda: preferring(
                {"serviceSelectors": GOLD, "nodeSelectors": hosts("a1")},
                {"serviceSelectors": where("app", "Exists")},
            ),
            lambda: case(
                advert("a", localPref=100),
                advert("b", localPref=100, ipAddressPools=None),
                advert("c", serviceSelectors=GOLD),
            ),
            lambda: case(
                advert("a", serviceSelectors=GOLD),
                advert("b", asPathPrepend=2),
                mode="frr-k8s",
            ),
            lambda: preferring({"serviceSelectors": GOLD, "peers": ["tor"]}, {}, release="0.16.0"),
        ],
        [
            lambda: preferring({}, {}),
            lambda: preferring({"serviceSelectors": GOLD}, {"serviceSelectors": labels(app="x")}),
            lambda: preferring(
                {"serviceSelectors": GOLD}, {"serviceSelectors": where("app", "NotIn", "gold")}
            ),
            lambda: preferring(
                {"serviceSelectors": GOLD}, {"serviceSelectors": where("app", "DoesNotExist")}
            ),
            lambda: preferring({"serviceSelectors": GOLD}, {"serviceSelectors": labels(tier="x")}),
            lambda: preferring({"serviceSelectors": GOLD}, AGGREGATED),
            lambda: preferring({"serviceSelectors": GOLD, "peers": ["tor"]}, {"peers": ["two"]}),
            lambda: preferring(
                {"serviceSelectors": GOLD, "nodeSelectors": hosts("a1")},
                {"nodeSelectors": where(HOST, "NotIn", "a1")},
            ),
            lambda: preferring({"serviceSelectors": GOLD}, {"ipAddressPools": ["other"]}),
            lambda: preferring({"serviceSelectors": GOLD}, {}, release="0.15.3"),
            lambda: case(
                pool("public", serviceAllocation={"serviceSelectors": labels(app="silver")}),
                advert("a", localPref=100, ipAddressPools=None, serviceSelectors=GOLD),
                advert("b", localPref=200),
            ),
        ],
    ),
    "B18": (
        [
            lambda: preferring({"serviceSelectors": GOLD}, {"serviceSelectors": labels(tier="x")}),
            lambda: preferring(
                {"serviceSelectors": GOLD, "nodeSelectors": labels(rack="a")},
                {"nodeSelectors": labels(zone="z")},
            ),
            lambda: preferring(
                {"serviceSelectors": where("app", "NotIn", "gold")},
                {"serviceSelectors": where("app", "NotIn", "silver")},
            ),
        ],
        [
            lambda: preferring({"serviceSelectors": GOLD}, {}),
            lambda: preferring({"serviceSelectors": GOLD}, {"serviceSelectors": labels(app="x")}),
            lambda: case(
                advert("a", localPref=7, serviceSelectors=GOLD),
                advert("b", localPref=7, serviceSelectors=labels(tier="x")),
            ),
        ],
    ),
    "B19": (
        [
            lambda: case(
                pool("p", "203.0.113.1-203.0.113.3"),
                pool("q", "203.0.113.0/32"),
                advert(ipAddressPools=["p"], aggregationLength=31),
            ),
            lambda: case(
                pool("p", "203.0.113.0-203.0.113.4"),
                pool("q", "203.0.113.7/32"),
                advert(ipAddressPools=None, aggregationLength=30),
            ),
            lambda: case(
                pool("p", "2001:db8::-2001:db8::4"),
                pool("q", "2001:db8::7-2001:db8::f"),
                advert(ipAddressPools=["p"], aggregationLengthV6=126),
                mode="frr",
            ),
        ],
        [
            lambda: case(
                pool("p", "203.0.113.1-203.0.113.3"),
                pool("q", "203.0.113.0/32"),
                advert(ipAddressPools=["p"]),
            ),
            lambda: case(
                pool("p", "203.0.113.1-203.0.113.4", "203.0.113.5-203.0.113.9"),
                advert(ipAddressPools=["p"], aggregationLength=31),
            ),
            lambda: case(
                pool("p", "203.0.113.0-203.0.113.4"),
                pool("q", "203.0.113.8/32"),
                advert(ipAddressPools=None, aggregationLength=30),
            ),
            lambda: case(
                pool("p", "203.0.113.0/30"),
                pool("q", "203.0.113.4/30"),
                advert(ipAddressPools=None, aggregationLength=30),
            ),
            # Refused anyway: no route is made of it.
            lambda: case(
                pool("p", "203.0.113.0/30"),
                pool("q", "203.0.113.4/30"),
                advert(ipAddressPools=["p"], aggregationLength=28),
            ),
        ],
    ),
    "N7": (
        [
            lambda: marking({"communities": ["1:2"]}, release="0.12.1"),
            lambda: marking({"communities": ["1:2"]}, release="0.13.12"),
            lambda: marking({"communities": ["1:2"]}, release="0.15.3"),
            lambda: marking({"communities": ["1:1", "1:2"]}),
            lambda: marking({}),
            lambda: marking({"communities": ["1:2"], "ipAddressPools": None}),
            lambda: marking({"communities": ["1:2"], "nodeSelectors": labels(rack="a")}),
            lambda: case(
                advert("a", communities=["1:1"], nodeSelectors=labels(rack="a")),
                advert("b", communities=["1:2"], nodeSelectors=labels(zone="z")),
                release="0.15.3",
            ),
        ],
        [
            lambda: marking({"communities": ["1:2"]}, release="0.16.0"),
            lambda: marking({"communities": ["1:2"]}, mode="frr"),
            lambda: marking({"communities": ["1:2"], **AGGREGATED}),
            lambda: marking({"communities": ["1:2"], "ipAddressPools": ["other"]}),
            lambda: case(
                community(x="01:1"),
                advert("a", communities=["x", "1:2"]),
                advert("b", communities=["1:2", "1:1"]),
                release="0.15.3",
            ),
            lambda: case(
                advert("a", communities=["1:1"], peers=["tor"]),
                advert("b", communities=["1:2"], peers=["two"]),
                release="0.15.3",
            ),
            lambda: case(
                advert("a", communities=["1:1"], nodeSelectors=hosts("a1")),
                advert("b", communities=["1:2"], nodeSelectors=where(HOST, "NotIn", "a1")),
                release="0.15.3",
            ),
            lambda: case(
                pool("public", "fd00::/64"),
                advert("a", communities=["1:1"]),
                advert("b", communities=["1:2"]),
                release="0.15.3",
            ),
        ],
    ),
    "B20": (
        [
            lambda: serving({"serviceSelectors": GOLD}, labels(app="silver")),
            lambda: serving({"serviceSelectors": GOLD}, where("app", "NotIn", "gold")),
            lambda: serving({"serviceSelectors": GOLD, "ipAddressPools": None}, labels(app="x")),
        ],
        [
            lambda: serving({"serviceSelectors": GOLD}, GOLD),
            lambda: serving({"serviceSelectors": GOLD}, labels(tier="web")),
            lambda: serving({"serviceSelectors": GOLD}, labels(app="silver") + GOLD),
            lambda: serving({}, labels(app="silver")),
            lambda: serving({"serviceSelectors": CONTRADICTION}, labels(app="silver")),
            lambda: case(
                pool("public", serviceAllocation={"serviceSelectors": labels(app="silver")}),
                pool("other", "198.51.100.0/28"),
                advert(ipAddressPools=["public", "other"], serviceSelectors=GOLD),
            ),
            lambda: case(advert(ipAddressPools=["unknown"], serviceSelectors=GOLD)),
        ],
    ),
    "C4": (
        [
            lambda: case(advert(communities=numbers(0, 64)), mode="frr"),
            lambda: case(advert(communities=numbers(0, 64)), mode="frr-k8s"),
        ],
        [
            lambda: case(advert(communities=numbers(0, 63)), mode="frr"),
            lambda: case(advert(communities=[*numbers(0, 63), "01:1"]), mode="frr"),
            lambda: case(advert(communities=numbers(0, 64))),
            lambda: case(
                advert("a", communities=numbers(0, 40)),
                advert("b", communities=numbers(40, 40)),
                mode="frr",
            ),
        ],
    ),
    "C5": (
        [
            lambda: case(community(**{"64512:1": "64512:666"})),
            lambda: case(community(**{"large:1:2:3": "64512:1"}), mode="frr"),
        ],
        [
            lambda: case(community(**{"64512:1": "64512:1"})),
            lambda: case(community(**{"064512:1": "64512:1"})),
            lambda: case(community(gold="64512:1")),
            lambda: case(community(**{"64512:gold": "64512:1"})),
            lambda: case(community(**{"64512:99999": "64512:1"})),
        ],
    ),
    "C6": (
        [lambda: case(community(**{"": "1:1"})), lambda: case(community(**{" ": "1:1"}))],
        [lambda: case(community(a="1:1"))],
    ),
}
