"""Rules about the BGP modes: native, and the two that use FRR."""

from typing import Any

from metallb.preflight.case import Case, Foreign
from tests.unit.preflight.build import (
    advert,
    bfd,
    case,
    community,
    hosts,
    labels,
    layer2,
    network,
    of_static,
    peer,
    pool,
)
from tests.unit.preflight.table_peers import Row

LARGE = "large:1:2:3"
SIX = "2001:db8::/64"
SIX_PEER = peer("six", peerAddress="2001:db8:1::1", nodeSelectors=hosts("a2"))


def rack(router: dict[str, Any]) -> dict[str, Any]:
    """A platform of one rack, whose router has an IPv4 address."""
    racks = [{"name": "a", "nodes": ["a1"], "routers": [{"address": "10.1.0.1", **router}]}]
    return {"platform": {"kind": "static", "racks": racks}}


def merged(*counts: int, mode: str = "native", release: str = "0.16.2", **last: Any) -> Case:
    """Advertisements of one pool with so many communities each; the last one has more fields."""
    listed = [
        advert(f"a{n}", communities=[f"{n}:{each}" for each in range(count)])
        for n, count in enumerate(counts)
    ]
    again = advert(
        "last", communities=[f"{len(counts) - 1}:{n}" for n in range(counts[-1])], **last
    )
    return case(*listed[:-1], again, mode=mode, release=release)


ROWS: dict[str, Row] = {
    "N1": (
        [
            lambda: case(peer(bfdProfile="fast")),
            lambda: case(peer(vrf="red")),
            lambda: case(peer(connectTime="5s")),
            lambda: case(peer(enableGracefulRestart=True)),
            lambda: case(peer(disableMP=True)),
            lambda: case(peer(dualStackAddressFamily=True)),
            lambda: case(peer(peerASN=None, dynamicASN="external")),
            lambda: case(peer(peerAddress=None, interface="eth0")),
            lambda: case(peer(localASN=64999)),
            lambda: case(peer(keepaliveTime="10s")),
        ],
        [
            lambda: case(peer(keepaliveTime="0s", enableGracefulRestart=False)),
            lambda: case(peer(vrf="red"), mode="frr-k8s"),
        ],
    ),
    "N2": ([lambda: case(bfd())], [lambda: case(bfd(), mode="frr"), lambda: case()]),
    "N3": (
        [
            lambda: case(pool("public", "2001:db8::/64")),
            lambda: case(pool(), pool("six", "2001:db8::/64"), advert(), release="0.14.8"),
        ],
        [
            lambda: case(pool(), pool("six", "2001:db8::/64"), advert()),
            lambda: case(
                pool(),
                pool("six", "2001:db8::/64"),
                advert(),
                layer2("six", ipAddressPools=["six"]),
                release="0.12.1",
            ),
            lambda: case(pool("public", "2001:db8::/64"), mode="frr"),
        ],
    ),
    "N4": (
        [lambda: case(community(a=LARGE)), lambda: case(advert(communities=[LARGE]))],
        [lambda: case(community(a=LARGE), mode="frr"), lambda: case(community(a="1:2"))],
    ),
    "N5": (
        [
            lambda: case(advert(communities=[f"1:{n}" for n in range(64)])),
            lambda: merged(60, 60),
            lambda: merged(60, 4),
            lambda: merged(20, 20, 20, 20),
            lambda: merged(60, 60, nodeSelectors=hosts("a1")),
            lambda: merged(60, 60, peers=["tor"], release="0.16.0"),
            lambda: merged(60, 60, serviceSelectors=labels(app="web")),
            lambda: case(foreign=Foreign(extras=("f: ConfigMap bgpextras",))),
            lambda: case(foreign=Foreign(extras=("f: ConfigMap bgpextras",)), mode="frr-k8s"),
        ],
        [
            lambda: case(advert(communities=[f"1:{n}" for n in range(63)])),
            lambda: merged(60, 3),
            lambda: merged(60, 60, release="0.15.3"),
            lambda: merged(60, 60, mode="frr"),
            lambda: merged(60, 60, aggregationLength=28),
            lambda: merged(60, 60, ipAddressPools=["other"]),
            lambda: case(
                advert("a", communities=[f"1:{n}" for n in range(60)], peers=["tor"]),
                advert("b", communities=[f"2:{n}" for n in range(60)], peers=["two"]),
            ),
            lambda: case(
                advert("a", communities=[f"1:{n}" for n in range(60)]),
                advert("b", communities=[f"01:{n}" for n in range(60)]),
            ),
            # Whether a node has both labels is not known.
            lambda: case(
                advert("a", communities=[f"1:{n}" for n in range(60)], nodeSelectors=labels(a="1")),
                advert("b", communities=[f"2:{n}" for n in range(60)], nodeSelectors=labels(b="1")),
            ),
            lambda: case(foreign=Foreign(extras=("f: ConfigMap bgpextras",)), mode="frr"),
        ],
    ),
    "N6": (
        [lambda: case(peer(peerAddress="2001:db8::1"))],
        [lambda: case(peer(peerAddress="2001:db8::1"), mode="frr"), lambda: case()],
    ),
    "F1": (
        [
            lambda: case(
                peer("one", routerID="10.0.0.9"), peer("two", peerAddress="10.0.0.2"), mode="frr"
            ),
            lambda: case(
                peer("one", routerID="10.0.0.9"),
                peer("two", peerAddress="10.0.0.2", nodeSelectors=hosts("a2")),
                mode="frr",
                release="0.15.3",
            ),
        ],
        [
            lambda: case(
                peer("one", routerID="10.0.0.9"),
                peer("two", peerAddress="10.0.0.2", nodeSelectors=hosts("a2")),
                mode="frr",
            ),
            lambda: case(peer("one", routerID="10.0.0.9"), peer("two", peerAddress="10.0.0.2")),
        ],
    ),
    "F2": (
        [
            lambda: case(peer("one"), peer("two", peerPort=1790), mode="frr"),
            lambda: case(
                peer("one", peerAddress="2001:db8::1"),
                peer("two", peerAddress="2001:0DB8::1"),
                mode="frr",
            ),
            lambda: case(
                peer("one"), peer("two", nodeSelectors=hosts("a2")), mode="frr", release="0.15.3"
            ),
        ],
        [
            lambda: case(peer("one"), peer("two", nodeSelectors=hosts("a2")), mode="frr"),
            lambda: case(peer("one"), peer("two", vrf="red"), mode="frr"),
        ],
    ),
    "F3": (
        [
            lambda: case(
                peer("one"), peer("two", myASN=64502, peerAddress="10.0.0.2"), mode="frr-k8s"
            )
        ],
        [
            lambda: case(
                peer("one"),
                peer("two", myASN=64502, peerAddress="10.0.0.2", vrf="red"),
                mode="frr-k8s",
            )
        ],
    ),
    "F4": (
        [
            lambda: case(
                peer("one", nodeSelectors=labels(rack="a")),
                peer("two", nodeSelectors=labels(zone="z")),
                mode="frr",
            )
        ],
        [
            lambda: case(
                peer("one", nodeSelectors=labels(rack="a")),
                peer("two", nodeSelectors=labels(rack="b")),
                mode="frr",
            )
        ],
    ),
    "F5": (
        [lambda: case(mode="frr", networks=(network("10.9.0.0/16"),))],
        [
            lambda: case(mode="frr", networks=(network("10.0.0.0/16"),)),
            lambda: case(peer(ebgpMultiHop=True), mode="frr", networks=(network("10.9.0.0/16"),)),
            lambda: case(networks=(network("10.9.0.0/16"),)),
            lambda: case(mode="frr", networks=(network("10.9.0.0/16", "podCidrs"),)),
        ],
    ),
    "X1": (
        [lambda: case(peer(localASN=64999, peerASN=64500), mode="frr")],
        [lambda: case(peer(localASN=64999), mode="frr")],
    ),
    "X2": (
        [lambda: case(peer(sourceAddress="10.0.0.2"), mode="frr-k8s")],
        [lambda: case(peer(sourceAddress="10.0.0.2"), mode="frr")],
    ),
    "X13": (
        [lambda: case(peer(peerAddress=None, interface="eth0"), mode="frr")],
        [
            lambda: case(peer(peerAddress=None, interface="eth0"), mode="frr-k8s"),
            lambda: case(peer(), mode="frr"),
        ],
    ),
    "X3": (
        [lambda: case(peer(localASN=64999), mode="frr-k8s")],
        [lambda: case(peer(localASN=64999), mode="frr")],
    ),
    "D1": (
        [
            lambda: case(bfd("a"), bfd("a", echoMode=True), mode="frr"),
            lambda: case(
                peer(bfdProfile="echo"),
                bfd("echo", echoMode=True),
                pool("public", "2001:db8::/64"),
                mode="frr",
            ),
        ],
        [
            lambda: case(peer(bfdProfile="echo"), bfd("echo", echoMode=True), mode="frr"),
            lambda: case(
                peer("tor", bfdProfile="echo"),
                peer("other", peerAddress="10.0.0.2"),
                bfd("echo", echoMode=True),
                pool("public", "2001:db8::/64"),
                advert(peers=["other"]),
                mode="frr",
            ),
        ],
    ),
    "D2": (
        [
            lambda: case(
                peer(bfdProfile="e", ebgpMultiHop=True), bfd("e", echoMode=True), mode="frr"
            )
        ],
        [lambda: case(peer(bfdProfile="e", ebgpMultiHop=True), bfd("e"), mode="frr")],
    ),
    "D3": (
        [
            lambda: case(
                peer(bfdProfile="slow", holdTime="3s"),
                bfd("slow", receiveInterval=1000),
                mode="frr",
            )
        ],
        [lambda: case(peer(bfdProfile="fast", holdTime="3s"), bfd(), mode="frr")],
    ),
    "B14": (
        [
            lambda: case(pool("public", SIX), mode="frr"),
            lambda: case(pool("public", SIX), mode="frr-k8s", release="0.15.0"),
            lambda: case(peer(peerAddress="2001:db8:1::1"), mode="frr-k8s"),
            lambda: case(pool("public", "203.0.113.0/28", SIX), mode="frr"),
            lambda: case(
                peer(), SIX_PEER, pool("public", SIX), advert(peers=["tor"]), mode="frr-k8s"
            ),
            lambda: case(
                peer(), SIX_PEER, pool("public", SIX), advert(nodeSelectors=hosts("a1")), mode="frr"
            ),
            lambda: case(
                peer(),
                SIX_PEER,
                pool("public", SIX),
                advert("a", peers=["six"]),
                advert("b", peers=["tor"]),
                mode="frr",
            ),
            lambda: of_static(
                install={"source": "helm", "bgpMode": "frr-k8s"},
                bgp={"dualStackAddressFamily": True},
                **rack({"dualStackAddressFamily": False}),
                addressPools={"public": {"addresses": [SIX]}},
            ),
        ],
        [
            lambda: case(pool("public", SIX), mode="frr", release="0.14.9"),
            lambda: case(pool("public", SIX)),
            lambda: case(
                peer(dualStackAddressFamily=True), pool("public", "203.0.113.0/28", SIX), mode="frr"
            ),
            lambda: case(
                peer(peerAddress=None, interface="eth0"), pool("public", SIX), mode="frr-k8s"
            ),
            lambda: case(
                peer(),
                SIX_PEER,
                pool("public", "203.0.113.0/28", SIX),
                advert("a", peers=["six"]),
                advert("b", peers=["tor"]),
                mode="frr",
            ),
            lambda: case(peer(), SIX_PEER, pool(), pool("six", SIX), mode="frr"),
            lambda: case(
                peer(),
                SIX_PEER,
                pool("public", SIX),
                advert(nodeSelectors=labels(rack="a")),
                mode="frr",
            ),
            lambda: case(pool(), pool("layer2", SIX), advert(), mode="frr"),
            lambda: of_static(
                install={"source": "helm", "bgpMode": "frr-k8s"},
                **rack({"dualStackAddressFamily": True}),
                addressPools={"public": {"addresses": [SIX]}},
            ),
        ],
    ),
    "K2": (
        [lambda: case(bfd(), mode="frr")],
        [lambda: case(peer(bfdProfile="fast"), bfd(), mode="frr")],
    ),
}
