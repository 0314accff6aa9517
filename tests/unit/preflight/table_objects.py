"""Rules about pools, advertisements, communities, releases and objects."""

from metallb.preflight.case import Foreign
from tests.unit.preflight.build import (
    advert,
    aliased,
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
from tests.unit.preflight.table_modes import LARGE
from tests.unit.preflight.table_peers import Row

SIX = "2001:db8::/64"
AGGREGATED = {"aggregationLength": 28}

ROWS: dict[str, Row] = {
    "A1": (
        [
            lambda: case(pool("public", "203.0.113.1")),
            lambda: case(pool("public", "203.0.113.9-203.0.113.1")),
            lambda: case(pool("public", "203.0.113.0/33")),
            lambda: case(pool("public", " 203.0.113.0/28")),
            lambda: case(pool("public", "203.0.113.0/28\n")),
            lambda: case(pool("public", "203.0.113.0 /28")),
            lambda: case(pool("public", "::ffff:203.0.113.0/124")),
            lambda: case(pool("public", "203.0.113.0/\u0661")),
            lambda: case(pool(""), advert(ipAddressPools=None)),
            lambda: case(pool("a"), pool("a", "198.51.100.0/28")),
            lambda: case(
                pool("public").model_copy(
                    update={"spec": pool().spec.model_copy(update={"addresses": ()})}
                )
            ),
        ],
        [
            lambda: case(pool("public", "203.0.113.1/32", "203.0.113.2-203.0.113.2")),
            lambda: case(pool("public", "203.0.113.1 - 203.0.113.4")),
        ],
    ),
    "A2": (
        [
            lambda: case(pool("a", "203.0.113.0/28"), pool("b", "203.0.113.15-203.0.113.20")),
            lambda: case(pool("a", "203.0.113.0/28", "203.0.113.4/32")),
            lambda: case(pool("a", SIX), pool("b", "2001:db8::5/128"), mode="frr"),
        ],
        [lambda: case(pool("a", "203.0.113.0/28"), pool("b", "203.0.113.16-203.0.113.20", SIX))],
    ),
    "A3": (
        [
            lambda: case(pool(serviceAllocation={"namespaces": ["a", "a"]})),
            lambda: case(pool(serviceAllocation={"namespaces": ["Bad_NS"]})),
            lambda: case(pool(serviceAllocation={"namespaces": [""]})),
            lambda: case(pool(serviceAllocation={"serviceSelectors": labels(a="b") * 2})),
            lambda: case(pool(serviceAllocation={"namespaceSelectors": labels(a="b") * 2})),
        ],
        [lambda: case(pool(serviceAllocation={"namespaces": ["a", "b"]}))],
    ),
    "A4": (
        [lambda: case(pool("public", "203.0.113.1-2001:db8::1"))],
        [
            lambda: case(pool("public", "203.0.113.1-203.0.113.2", "2001:db8::1-2001:db8::2")),
            lambda: case(pool("public", "203.0.113.1-::ffff:203.0.113.4")),
        ],
    ),
    "A6": (
        [
            lambda: case(pool("public", "0.0.0.0/0")),
            lambda: case(pool("public", "127.0.0.0/8")),
            lambda: case(pool("public", "223.255.255.0-224.0.0.1")),
            lambda: case(pool("public", "ff02::/64"), mode="frr"),
        ],
        [lambda: case(pool("public", "10.0.0.0/24"))],
    ),
    "A7": (
        [lambda: case(networks=(network("203.0.113.8/29"),))],
        [lambda: case(networks=(network("203.0.113.16/28"),))],
    ),
    "A8": (
        [
            lambda: case(pool("public", "10.0.0.0/28")),
            lambda: case(peer(sourceAddress="203.0.113.3")),
        ],
        [
            lambda: case(peer(sourceAddress="10.0.0.2")),
            lambda: case(
                peer(peerAddress="10.0.0.0"), pool("public", "10.0.0.0/28", avoidBuggyIPs=True)
            ),
            lambda: case(pool("public", "10.0.0.0/28", autoAssign=False)),
            lambda: case(peer(vrf="red"), pool("public", "10.0.0.0/28"), mode="frr"),
        ],
    ),
    "A9": (
        [lambda: case(pool("public", "203.0.113.0/32", avoidBuggyIPs=True))],
        [
            lambda: case(pool("public", "203.0.113.0/31", avoidBuggyIPs=True)),
            lambda: case(pool("public", "203.0.113.0/32")),
        ],
    ),
    "A10": (
        [lambda: case(pool("public", autoAssign=False))],
        [lambda: case(pool("public", autoAssign=False), pool("b", "198.51.100.0/28"))],
    ),
    "A13": (
        [lambda: case(pool(autoAssign=False, serviceAllocation={"namespaces": ["a"]}))],
        [lambda: case(pool(serviceAllocation={"namespaces": ["a"]}))],
    ),
    "A14": (
        [lambda: case(pool("public", "10.0.0.0/8"))],
        [lambda: case(pool("public", "10.1.0.0/16"))],
    ),
    "B2": (
        [
            lambda: case(advert(ipAddressPools=["public", "public"])),
            lambda: case(advert(communities=["1:2", "1:2"])),
            lambda: case(advert(peers=["tor", "tor"])),
            lambda: case(advert(nodeSelectors=hosts("a1", "a1"))),
        ],
        [lambda: case(advert(communities=["1:2", "1:3"], peers=["tor"]))],
    ),
    "B3": (
        [lambda: case(advert(serviceSelectors=labels(a="b"), **AGGREGATED))],
        [lambda: case(advert(serviceSelectors=labels(a="b")))],
    ),
    "B4": (
        [
            lambda: case(advert(communities=["no-export"])),
            lambda: case(advert(communities=["65536:1"])),
            lambda: case(advert(communities=["1:2:3"])),
            lambda: case(advert(communities=["large:1:2:4294967296"]), mode="frr"),
            lambda: aliased("acme:backup"),
            lambda: aliased("a:b:c:d"),
        ],
        [
            lambda: case(community(mine="1:2"), advert(communities=["mine", "65535:65281"])),
            lambda: aliased("acme:backup", release="0.12.1"),
            lambda: case(advert(communities=[LARGE]), mode="frr"),
        ],
    ),
    "B5": (
        [
            lambda: case(advert("a", localPref=100), advert("b", localPref=200)),
            lambda: case(
                peer(),
                peer("two", peerAddress="10.0.0.2"),
                advert("a", localPref=1, peers=["tor", "two"]),
                advert("b", peers=["two"]),
            ),
            lambda: case(advert("a"), advert("b", asPathPrepend=2), mode="frr-k8s"),
            lambda: case(advert("a"), advert("b", localPref=3, ipAddressPools=None)),
            lambda: case(
                advert("a", peers=["tor"]), advert("b", localPref=3, nodeSelectors=hosts("a1"))
            ),
            lambda: case(
                pool("public", "203.0.113.0/28", SIX),
                advert("a", localPref=1),
                advert("b", localPref=2, **AGGREGATED),
                mode="frr",
            ),
        ],
        [
            lambda: case(advert("a", localPref=100), advert("b", localPref=200, **AGGREGATED)),
            lambda: case(
                peer(),
                peer("two", peerAddress="10.0.0.2"),
                advert("a", localPref=1, peers=["tor"]),
                advert("b", peers=["two"]),
            ),
            lambda: case(
                advert("a", localPref=1, nodeSelectors=hosts("a1")),
                advert("b", nodeSelectors=hosts("a2")),
            ),
            lambda: case(advert("a", localPref=1, serviceSelectors=labels(a="b")), advert("b")),
        ],
    ),
    "B12": (
        [
            lambda: case(
                advert("a", localPref=1, nodeSelectors=labels(rack="a")),
                advert("b", nodeSelectors=hosts("a1")),
            )
        ],
        [
            lambda: case(
                advert("a", localPref=1, nodeSelectors=labels(rack="a")),
                advert("b", nodeSelectors=labels(rack="b")),
            )
        ],
    ),
    "B6": (
        [lambda: case(advert("a"), advert("b"))],
        [lambda: case(advert("a"), advert("b", **AGGREGATED))],
    ),
    "B7": (
        [lambda: case(advert(asPathPrepend=2)), lambda: case(advert(asPathPrepend=2), mode="frr")],
        [lambda: case(advert(asPathPrepend=2), mode="frr-k8s")],
    ),
    "B8": ([lambda: case(advert(ipAddressPools=["pubic"]))], [lambda: case(advert())]),
    "B9": ([lambda: case(advert(peers=["tro"]))], [lambda: case(advert(peers=["tor"]))]),
    "B10": (
        [lambda: case(pool(), pool("b", "198.51.100.0/28"), advert())],
        [
            lambda: case(pool(), pool("b", "198.51.100.0/28"), advert(), release="0.12.1"),
            lambda: case(pool(), pool("b", "198.51.100.0/28")),
            lambda: case(
                pool(),
                pool("b", "198.51.100.0/28"),
                advert(),
                layer2(ipAddressPools=["b"]),
            ),
            lambda: case(
                pool(),
                pool("b", "198.51.100.0/28"),
                advert(ipAddressPools=None, ipAddressPoolSelectors=labels(tier="x")),
                foreign=Foreign(pool_labels={"public": {"tier": "x"}, "b": {"tier": "x"}}),
            ),
        ],
    ),
    "B13": (
        [lambda: case(advert(localPref=100))],
        [
            lambda: case(peer(peerASN=64500), advert(localPref=100)),
            lambda: case(advert(localPref=0)),
        ],
    ),
    "C1": (
        [
            lambda: case(community("x", a="1:2"), community("y", a="1:3")),
            lambda: case(community(a="no-export")),
        ],
        [lambda: case(community("x", a="1:2"), community("y", b="1:2"))],
    ),
    "C2": (
        [
            lambda: case(community(a=LARGE), mode="frr", release="0.13.9"),
            lambda: case(advert(communities=[LARGE]), mode="frr", release="0.12.1"),
        ],
        [lambda: case(community(a=LARGE), mode="frr", release="0.13.10")],
    ),
    "C3": (
        [
            lambda: case(advert(communities=["65535:666"])),
            lambda: case(community(drop="65535:666"), advert(communities=["drop"])),
        ],
        [lambda: case(community(drop="65535:666"), advert(communities=["54825:222"]))],
    ),
    "V1": (
        [
            lambda: case(peer(vrf="red"), mode="frr", release="0.13.7"),
            lambda: case(advert(peers=["tor"]), release="0.12.1"),
            lambda: case(advert(serviceSelectors=labels(a="b")), release="0.15.3"),
            lambda: case(advert(asPathPrepend=1), mode="frr-k8s", release="0.16.1"),
            lambda: case(pool(avoidBuggyIPs=True), release="0.13.3"),
            lambda: case(pool(serviceAllocation={}), release="0.12.1"),
        ],
        [
            lambda: case(peer(vrf="red"), mode="frr", release="0.13.8"),
            lambda: case(pool(avoidBuggyIPs=True), release="0.12.1"),
            lambda: case(advert(peers=["tor"]), release="0.13.0"),
        ],
    ),
    "V2": (
        [lambda: case(peer(localASN=4200000000), mode="frr", release="0.16.0")],
        [lambda: case(peer(localASN=4200000000), mode="frr", release="0.16.1")],
    ),
    "V3": (
        [
            lambda: of_static(
                install={"version": "0.12.1"},
                addressPools={"p": {"addresses": ["203.0.113.0/28"], "advertisements": {}}},
            )
        ],
        [
            lambda: of_static(install={"version": "0.12.1"}),
            lambda: case(pool("lan"), advert(ipAddressPools=["x"]), layer2(), release="0.12.1"),
            lambda: of_static(
                addressPools={"p": {"addresses": ["203.0.113.0/28"], "advertisements": {}}}
            ),
        ],
    ),
    "V4": (
        [
            lambda: case(mode="frr", release="0.11.0"),
            lambda: case(mode="frr-k8s", release="0.14.0"),
        ],
        [lambda: case(mode="frr", release="0.12.0"), lambda: case(release="0.11.0")],
    ),
    "V5": ([lambda: case(mode="frr")], [lambda: case(mode="frr", release="0.15.3")]),
    "V6": (
        [lambda: case(peer(password="Secret12345"), release="0.12.1")],
        [lambda: case(peer(password="Secret12345")), lambda: case(release="0.12.1")],
    ),
    "V7": (
        [lambda: case(foreign=Foreign(old_configmap=("f: config",)))],
        [lambda: case(foreign=Foreign(old_configmap=("f: config",)), release="0.12.1")],
    ),
}
