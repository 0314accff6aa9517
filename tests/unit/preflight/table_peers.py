"""Rules about peers and their sessions."""

from collections.abc import Callable

from metallb.models.encrypted import Encrypted
from metallb.preflight.case import Case, Foreign
from tests.unit.preflight.build import (
    bfd,
    case,
    hosts,
    labels,
    peer,
)

Build = Callable[[], Case]
Row = tuple[list[Build], list[Build]]
"""Cases in which a rule fires, and cases in which it is silent."""

ROWS: dict[str, Row] = {
    "P1": ([lambda: case(peer(myASN=0))], [lambda: case(peer(myASN=1))]),
    "P2": (
        [
            lambda: case(peer(peerASN=None)),
            lambda: case(peer(peerASN=0)),
            lambda: case(peer(dynamicASN="external")),
        ],
        [lambda: case(), lambda: case(peer(peerASN=None, dynamicASN="internal"))],
    ),
    "P3": (
        [
            lambda: case(peer(peerASN=64500, ebgpMultiHop=True)),
            lambda: case(peer(peerASN=None, dynamicASN="internal", ebgpMultiHop=True)),
        ],
        [lambda: case(peer(ebgpMultiHop=True)), lambda: case(peer(peerASN=64500))],
    ),
    "P4": (
        [
            lambda: case(peer(peerAddress=None)),
            lambda: case(peer(interface="eth0")),
            lambda: case(peer(peerAddress="tor.example.net")),
            lambda: case(peer(peerAddress="2001:db8::1%eth0"), mode="frr"),
        ],
        [lambda: case(peer(peerAddress=None, interface="eth0"))],
    ),
    "P5": (
        [
            lambda: case(peer(routerID="2001:db8::1")),
            lambda: case(peer(routerID="0.0.0.0")),  # noqa: S104
            lambda: case(peer(sourceAddress="node-1")),
            lambda: case(peer(sourceAddress="2001:db8::2")),
            lambda: case(peer(sourceAddress="0.0.0.0")),  # noqa: S104
            lambda: case(peer(sourceAddress="127.0.0.1"), mode="frr"),
            lambda: case(peer(sourceAddress=" 10.0.0.2")),
            lambda: case(peer(sourceAddress="224.0.0.5")),
            lambda: case(peer(sourceAddress="240.0.0.1")),
        ],
        [
            lambda: case(peer(routerID="10.0.0.9", sourceAddress="10.0.0.2")),
            lambda: case(peer(sourceAddress="127.0.0.1")),
        ],
    ),
    "P6": (
        [
            lambda: case(peer(holdTime="0.5s")),
            lambda: case(peer(holdTime="2s")),
            lambda: case(peer(holdTime="3500ms")),
            lambda: case(peer(holdTime="65536s")),
            lambda: case(peer(holdTime="-3s")),
        ],
        [
            lambda: case(peer(holdTime="3s")),
            lambda: case(peer(holdTime="0s")),
            lambda: case(peer(holdTime="65535s")),
            lambda: case(peer(holdTime=None)),
        ],
    ),
    "P7": (
        [
            lambda: case(peer(holdTime="3s", keepaliveTime="4s"), mode="frr"),
            lambda: case(peer(holdTime=None, keepaliveTime="500ms"), mode="frr"),
            lambda: case(peer(holdTime="0s", keepaliveTime="1s"), mode="frr"),
            lambda: case(peer(holdTime="30s", keepaliveTime="1500ms"), mode="frr"),
            lambda: case(peer(holdTime=None, keepaliveTime="30000s"), mode="frr"),
        ],
        [
            lambda: case(peer(holdTime="3s", keepaliveTime="3s"), mode="frr"),
            lambda: case(peer(holdTime=None, keepaliveTime="1s"), mode="frr"),
        ],
    ),
    "P30": (
        [
            lambda: case(peer(connectTime="0s"), mode="frr"),
            lambda: case(peer(connectTime="500ms"), mode="frr"),
            lambda: case(peer(connectTime="1.5s"), mode="frr"),
            lambda: case(peer(connectTime="20h"), mode="frr"),
            lambda: case(peer(connectTime="-5s"), mode="frr"),
        ],
        [
            lambda: case(peer(connectTime="1s"), mode="frr"),
            lambda: case(peer(connectTime="65535s"), mode="frr"),
            lambda: case(peer(connectTime="1.5m"), mode="frr"),
            lambda: case(peer(), mode="frr"),
        ],
    ),
    "P8": (
        [lambda: case(peer(holdTime=None))],
        [
            lambda: case(),
            lambda: case(peer(holdTime=None, bfdProfile="fast"), bfd(), mode="frr"),
        ],
    ),
    "P9": (
        [
            lambda: case(peer(nodeSelectors=hosts("a1", "a1"))),
            lambda: case(peer(nodeSelectors=labels(**{"no key!": "x"}))),
            lambda: case(peer(nodeSelectors=labels(key="not valid"))),
            lambda: case(peer(nodeSelectors=[_condition("In")])),
            lambda: case(peer(nodeSelectors=[_condition("In", "a", "a")])),
            lambda: case(peer(nodeSelectors=[_condition("Exists", "a")])),
            lambda: case(peer(nodeSelectors=[_condition("Near", "a")])),
        ],
        [
            lambda: case(peer(nodeSelectors=[_condition("In", "a", "b"), *hosts("a1")])),
            lambda: case(peer(nodeSelectors=[_condition("Exists")])),
            lambda: case(peer(nodeSelectors=None)),
        ],
    ),
    "P10": (
        [
            lambda: case(peer(password="x", passwordSecret={"name": "pw"})),
            lambda: case(
                peer(passwordSecret={"name": "pw"}),
                foreign=Foreign(secrets={"pw": ("Opaque", True)}),
            ),
            lambda: case(
                peer(passwordSecret={"name": "pw"}),
                foreign=Foreign(secrets={"pw": ("kubernetes.io/basic-auth", False)}),
            ),
        ],
        [
            lambda: case(
                peer(passwordSecret={"name": "pw"}),
                foreign=Foreign(secrets={"pw": ("kubernetes.io/basic-auth", True)}),
            )
        ],
    ),
    "P11": (
        [lambda: case(peer(bfdProfile="slow"), bfd("fast"), mode="frr")],
        [lambda: case(peer(bfdProfile="fast"), bfd("fast"), mode="frr")],
    ),
    "P12": (
        [lambda: case(peer("one"), peer("two"))],
        [lambda: case(peer("one"), peer("two", peerAddress="10.0.0.2"))],
    ),
    "P13": (
        [
            lambda: case(peer("one"), peer("two", holdTime="9s")),
            lambda: case(
                peer("one", peerAddress="2001:db8::1"),
                peer("two", peerAddress="2001:DB8:0::1", holdTime="9s"),
            ),
            lambda: case(peer("one", nodeSelectors=None), peer("two")),
            lambda: case(
                peer("one", nodeSelectors=labels(rack="a")),
                peer("two", nodeSelectors=labels(rack="a", zone="z")),
            ),
        ],
        [
            lambda: case(peer("one"), peer("two", nodeSelectors=hosts("a2"))),
            lambda: case(peer("one"), peer("two", peerPort=1790)),
            lambda: case(peer("one"), peer("two", holdTime="9s"), mode="frr"),
        ],
    ),
    "P14": (
        [
            lambda: case(
                peer("one", nodeSelectors=labels(rack="a")),
                peer("two", nodeSelectors=labels(zone="z")),
            )
        ],
        [
            lambda: case(
                peer("one", nodeSelectors=labels(rack="a")),
                peer("two", nodeSelectors=labels(rack="b", zone="z")),
            )
        ],
    ),
    "P15": (
        [lambda: case(peer(holdTime="0s"))],
        [lambda: case(peer(holdTime="0s", bfdProfile="fast"), bfd(), mode="frr")],
    ),
    "P16": (
        [lambda: case(peer(password="Secret12345"))],
        [lambda: case(peer(password="Secret12345"), release="0.12.1"), lambda: case()],
    ),
    "P17": (
        [lambda: case(peer(disableMP=True), mode="frr")],
        [lambda: case(peer(disableMP=True), mode="frr", release="0.14.9")],
    ),
    "P18": (
        [
            lambda: case(peer(peerAddress="224.0.0.5")),
            lambda: case(peer(peerAddress="0.0.0.0")),  # noqa: S104
            lambda: case(peer(peerAddress="127.0.0.1"), mode="frr"),
            lambda: case(peer(peerAddress="127.0.0.53"), mode="frr-k8s"),
            lambda: case(peer(peerAddress="240.0.0.1")),
            lambda: case(peer(peerAddress="0.1.2.3")),
            lambda: case(peer(peerAddress="255.255.255.255")),
            lambda: case(peer(peerAddress="fe80::1"), mode="frr"),
        ],
        [
            lambda: case(peer(peerAddress="169.254.255.1")),
            lambda: case(peer(peerAddress="127.0.0.1")),
            lambda: case(peer(peerAddress="2001:db8::1"), mode="frr"),
        ],
    ),
    "P19": (
        [lambda: case(peer(sourceAddress="10.0.0.1"))],
        [lambda: case(peer(sourceAddress="10.0.0.2"))],
    ),
    "P20": (
        [lambda: case(peer(sourceAddress="10.0.0.2", nodeSelectors=hosts("a1", "a2")))],
        [lambda: case(peer(sourceAddress="10.0.0.2"))],
    ),
    "P21": (
        [
            lambda: case(peer(sourceAddress="10.0.0.2", nodeSelectors=None)),
            lambda: case(peer(sourceAddress="10.0.0.2", nodeSelectors=labels(rack="a"))),
        ],
        [lambda: case(peer(sourceAddress="10.0.0.2"))],
    ),
    "P22": (
        [
            lambda: case(
                peer("one", sourceAddress="10.0.0.2"),
                peer("two", sourceAddress="10.0.0.2", nodeSelectors=hosts("a2")),
            ),
            lambda: case(
                peer("one", sourceAddress="2001:db8::2"),
                peer("two", sourceAddress="2001:0db8::0002", nodeSelectors=hosts("a2")),
            ),
            lambda: case(
                peer("one", sourceAddress="10.0.0.2", nodeSelectors=labels(slot="1")),
                peer("two", sourceAddress="10.0.0.2", nodeSelectors=labels(slot="2")),
            ),
        ],
        [
            lambda: case(
                peer("one", sourceAddress="127.0.0.1"),
                peer("two", sourceAddress="127.0.0.1", nodeSelectors=hosts("a2")),
            ),
            lambda: case(
                peer("one", sourceAddress="10.0.0.2"),
                peer("two", sourceAddress="10.0.0.2", peerAddress="10.0.0.3"),
            ),
            lambda: case(
                peer("one", sourceAddress="10.0.0.2", nodeSelectors=labels(slot="1")),
                peer("two", sourceAddress="10.0.0.2", nodeSelectors=labels(edge="")),
            ),
        ],
    ),
    "P23": (
        [
            lambda: case(peer(routerID="10.0.0.9", nodeSelectors=hosts("a1", "a2"))),
            lambda: case(peer(routerID="10.0.0.9", nodeSelectors=None)),
            lambda: case(
                peer("one", routerID="10.0.0.9"),
                peer("two", routerID="10.0.0.9", nodeSelectors=hosts("a2")),
            ),
        ],
        [lambda: case(peer(routerID="10.0.0.9")), lambda: case(peer(nodeSelectors=None))],
    ),
    "P26": (
        [lambda: case(peer(peerASN=23456)), lambda: case(peer(myASN=4294967295))],
        [lambda: case(peer(myASN=65534))],
    ),
    "P27": (
        [
            lambda: case(peer(password="x" * 81)),
            lambda: case(peer(password="two words")),
            lambda: case(peer(password="Schlüssel")),
            lambda: case(peer(passwordSecret={"name": "pw"}), passwords={"pw": ""}),
        ],
        [
            lambda: case(peer(password="x" * 80)),
            lambda: case(
                peer(passwordSecret={"name": "pw"}),
                passwords={"pw": Encrypted()},
            ),
        ],
    ),
}


def _condition(operator: str, *values: str) -> dict[str, object]:
    made: dict[str, object] = {"key": "rack", "operator": operator}
    if values:
        made["values"] = list(values)
    return {"matchExpressions": [made]}
