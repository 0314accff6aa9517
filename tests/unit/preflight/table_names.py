"""Rules about the objects as such."""

from metallb.preflight.case import Foreign
from tests.unit.preflight.build import bfd, case, of_static, peer, pool, two_racks
from tests.unit.preflight.table_peers import Row

ROWS: dict[str, Row] = {
    "K1": (
        [
            lambda: case(
                peer(),
                pool(),
                foreign=Foreign(
                    namespaces={
                        ("BGPPeer", "tor"): "metallb-system",
                        ("IPAddressPool", "public"): "default",
                    }
                ),
            )
        ],
        [
            lambda: case(
                peer(),
                pool(),
                foreign=Foreign(
                    namespaces={
                        ("BGPPeer", "tor"): "",
                        ("IPAddressPool", "public"): "metallb-system",
                    }
                ),
            ),
            lambda: case(
                peer(),
                pool(),
                foreign=Foreign(
                    namespaces={
                        ("BGPPeer", "tor"): "metallb-system",
                        ("IPAddressPool", "public"): "metallb-system",
                    }
                ),
            ),
        ],
    ),
    "M40": (
        [
            lambda: case(pool("My_Pool")),
            lambda: case(peer("tor 1")),
            lambda: case(bfd("Fast")),
            lambda: case(peer("")),
        ],
        [
            lambda: case(pool("my-pool.a")),
            # What has no name at all is refused by another rule.
            lambda: case(pool("")),
            lambda: case(pool("My_Pool"), release="0.12.1"),
            lambda: of_static(),
        ],
    ),
    "P35": (
        [lambda: case(foreign=Foreign(octal=((("f: BGPPeer tor", "spec", "myASN"), "010, ..."),)))],
        [lambda: case(), lambda: of_static()],
    ),
    "K3": (
        [
            lambda: case(peer(passwordSecret={"name": "pw"})),
            lambda: of_static(bgp={"passwordSecret": "made-elsewhere"}),
        ],
        [
            lambda: case(peer(passwordSecret={"name": "pw"}), passwords={"pw": "x"}),
            lambda: of_static(bgp={"password": "Secret12345"}),
        ],
    ),
    "K4": (
        [
            lambda: case(peer("one"), peer("one", peerAddress="10.0.0.2")),
            lambda: case(foreign=Foreign(repeated=(("f: BGPPeer tor (2)",),))),
            lambda: of_static(
                addressPools={
                    "a": {
                        "addresses": ["203.0.113.0/28"],
                        "advertisements": {"default": {}, "b": {"aggregationLength": 28}},
                    },
                    "a-b": {"addresses": ["198.51.100.0/28"]},
                }
            ),
            lambda: of_static(
                addressPools={
                    "a": {"addresses": ["203.0.113.0/28"], "layer2": {"b": {}}},
                    "a-b": {"addresses": ["198.51.100.0/28"], "layer2": {"default": {}}},
                }
            ),
            lambda: two_racks("Secret12345", "Another12345"),
            lambda: two_racks("Secret12345", "Another12345", sharedPeers=False),
            lambda: two_racks("Secret12345", "Secret12345"),
        ],
        [
            lambda: case(peer("one"), peer("two", peerAddress="10.0.0.2")),
            lambda: case(bfd("tor")),
        ],
    ),
}
