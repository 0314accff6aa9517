"""Rules about what files of other people hold: layer 2, routers on the node, a fork's keys."""

from metallb.preflight.case import Case, Foreign
from tests.unit.preflight.build import (
    advert,
    case,
    labels,
    layer2,
    of_static,
    peer,
    pool,
    rack,
    racks,
)
from tests.unit.preflight.table_peers import Row

_LAN = "198.51.100.0/28"
_UNKNOWN = [{"matchExpressions": [{"key": "x", "operator": "Surrounds"}]}]
_WISH = [{"weight": 5, "preference": {"matchLabels": {"a b": "c"}}}]


def on_node(*, written: bool) -> Case:
    """A daemon at a loopback address of each node, with or without `onNode`."""
    router = {"address": "127.0.0.1", "onNode": written}
    return of_static(**racks({**rack("a", "a1", "a2"), "routers": [router]}))


ROWS: dict[str, Row] = {
    "L1": (
        [
            lambda: case(layer2(ipAddressPools=["public", "public"])),
            lambda: case(layer2(nodeSelectors=_UNKNOWN)),
            lambda: case(layer2(nodeSelectors=[*labels(a="b"), *labels(a="b")])),
            lambda: case(layer2(ipAddressPoolSelectors=[*labels(a="b"), *labels(a="b")])),
            lambda: case(layer2(serviceSelectors=labels(a="!"))),
            lambda: case(layer2(preferredNodeSelectors=_WISH)),
        ],
        [
            lambda: case(),
            lambda: case(
                layer2(
                    ipAddressPools=["public"],
                    nodeSelectors=[*labels(a="b"), *labels(a="c")],
                    preferredNodeSelectors=[{"weight": 5, "preference": labels(a="b")[0]}],
                )
            ),
        ],
    ),
    "L2": (
        [lambda: case(layer2(ipAddressPools=["public", "nowhere"]))],
        [lambda: case(layer2(ipAddressPools=["public"])), lambda: case(layer2())],
    ),
    "L3": (
        [
            lambda: case(layer2(interfaces=[""])),
            lambda: case(layer2(interfaces=["eth0 "])),
            lambda: case(layer2(interfaces=["eth*"])),
            lambda: case(layer2(interfaces=["eth0", "a/b"])),
            lambda: case(layer2(interfaces=["sixteen-letters!"])),
        ],
        [
            lambda: case(layer2(interfaces=["eth0", "bond0.100", "enp0s31f6np0v12"])),
            lambda: case(layer2()),
        ],
    ),
    "L4": (
        [lambda: case(layer2(interfaces=["eth0", "eth0"]))],
        [lambda: case(layer2(interfaces=["eth0", "eth1"]))],
    ),
    "V10": (
        [lambda: case(foreign=Foreign(strangers=(("f: config", "x-a"),)), release="0.12.1")],
        [lambda: case(release="0.12.1")],
    ),
    "V11": (
        [lambda: case(foreign=Foreign(fork_key=("f: config", "peer-autodiscovery")))],
        [lambda: case()],
    ),
    "X10": (
        [
            lambda: case(peer(peerAddress="127.0.0.1")),
            lambda: case(peer(peerAddress="127.0.0.53"), release="0.12.1"),
            lambda: on_node(written=False),
        ],
        [
            lambda: case(),
            lambda: case(peer(peerAddress="127.0.0.1"), mode="frr"),
            lambda: on_node(written=True),
        ],
    ),
    "X11": (
        [lambda: case(peer(sourceAddress="127.0.0.1"))],
        [
            lambda: case(peer(sourceAddress="10.0.0.9")),
            lambda: case(peer(peerAddress="127.0.0.1", sourceAddress="127.0.0.2")),
            lambda: case(peer(sourceAddress="127.0.0.1"), mode="frr"),
        ],
    ),
    "X12": (
        [
            lambda: case(peer(peerAddress="198.51.100.1"), pool("public", _LAN, autoAssign=False)),
            lambda: case(
                peer(sourceAddress="198.51.100.1"), pool("public", _LAN, autoAssign=False)
            ),
        ],
        [
            lambda: case(peer(peerAddress="198.51.100.1"), pool("public", _LAN)),
            lambda: case(
                peer(peerAddress="198.51.100.1"),
                pool("public", _LAN, autoAssign=False),
                foreign=None,
            ),
            lambda: case(advert(), pool("public", _LAN, autoAssign=False)),
        ],
    ),
}
