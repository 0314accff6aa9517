"""Rules about pools of layer 2, in stack files and beside them."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import (
    HELM,
    advert,
    case,
    labels,
    layer2,
    of_static,
    pool,
    rack,
    racks,
)
from tests.unit.preflight.table_peers import Row

_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_LAN = ["192.0.2.200-192.0.2.220"]
_NETWORK = {"nodeCidrs": ["192.0.2.0/24"]}


def lan(addresses: Any = _LAN, by_bgp: Any = None, **entry: Any) -> dict[str, Any]:
    """Pools of a stack file, one of which has layer 2."""
    made = {"addresses": addresses, "layer2": {"default": entry}}
    if by_bgp is not None:
        made["advertisements"] = by_bgp
    return {"addressPools": {"lan": made}}


def in_layer2(**sections: Any) -> Case:
    """A stack file with a pool of layer 2."""
    return of_static(**{**lan(), **sections})


ROWS: dict[str, Row] = {
    "L5": (
        [
            lambda: case(layer2(), advert()),
            lambda: case(layer2(ipAddressPools=["public"]), advert(ipAddressPools=None)),
        ],
        [
            lambda: case(layer2(ipAddressPools=["public"]), advert()),
            lambda: case(layer2(ipAddressPools=["lan"]), pool("lan"), advert()),
            lambda: in_layer2(),
        ],
    ),
    "L6": (
        [lambda: in_layer2(install={"version": "0.12.1"}, **lan(by_bgp={"default": {}}))],
        [
            lambda: in_layer2(install={"version": "0.12.1"}),
            lambda: in_layer2(**lan(by_bgp={"default": {}})),
        ],
    ),
    "L7": (
        [
            lambda: in_layer2(**lan(interfaces=["eth0", "docker0"])),
            lambda: in_layer2(install=HELM, **lan(interfaces=["lo"])),
        ],
        [
            lambda: in_layer2(**lan(interfaces=["eth0", "lo1", "bond0"])),
            lambda: in_layer2(install={"source": "existing"}, **lan(interfaces=["docker0"])),
            lambda: in_layer2(
                install={
                    **HELM,
                    "helmValues": {"speaker": {"excludeInterfaces": {"enabled": False}}},
                },
                **lan(interfaces=["docker0"]),
            ),
            lambda: case(layer2(interfaces=["docker0"])),
        ],
    ),
    "L8": ([in_layer2], [lambda: of_static(), lambda: case(layer2())]),
    "L9": (
        [
            lambda: in_layer2(kubernetes={"nodeCidrs": ["198.51.100.0/24"]}),
            lambda: in_layer2(**lan(["192.0.2.250-192.0.3.2"]), kubernetes=_NETWORK),
        ],
        [
            lambda: in_layer2(kubernetes=_NETWORK),
            lambda: in_layer2(),
            lambda: in_layer2(**lan(["2001:db8::/120"]), kubernetes=_NETWORK),
            lambda: in_layer2(
                **lan(["203.0.113.0/28"], by_bgp={"default": {}}), kubernetes=_NETWORK
            ),
        ],
    ),
    "L10": (
        [
            lambda: in_layer2(**lan(nodeSelectors=labels(**{_CONTROL_PLANE: ""}))),
            lambda: case(
                layer2(
                    nodeSelectors=[
                        {"matchExpressions": [{"key": _CONTROL_PLANE, "operator": "Exists"}]}
                    ]
                )
            ),
        ],
        [
            lambda: in_layer2(**lan(nodeSelectors=labels(zone="a"))),
            lambda: in_layer2(
                install={"speaker": {"ignoreExcludeLb": True}},
                **lan(nodeSelectors=labels(**{_CONTROL_PLANE: ""})),
            ),
            lambda: case(layer2(nodeSelectors=labels(**{_CONTROL_PLANE: ""})), release="0.13.12"),
            lambda: case(
                layer2(
                    nodeSelectors=[
                        {"matchExpressions": [{"key": _CONTROL_PLANE, "operator": "DoesNotExist"}]}
                    ]
                )
            ),
        ],
    ),
    "L11": (
        [
            lambda: in_layer2(
                install={"speaker": {"nodeSelectors": {"zone": "b"}}},
                **lan(nodeSelectors=labels(zone="a")),
            )
        ],
        [
            lambda: in_layer2(
                install={"speaker": {"nodeSelectors": {"zone": "b"}}},
                **lan(nodeSelectors=[*labels(zone="a"), *labels(zone="b")]),
            ),
            lambda: in_layer2(**lan(nodeSelectors=labels(zone="a"))),
        ],
    ),
    "L12": (
        [
            lambda: of_static(
                addressPools={"lan": {"addresses": _LAN, "layer2": {"one": {}, "two": {}}}}
            ),
            lambda: case(layer2("a"), layer2("b")),
        ],
        [
            lambda: case(layer2("a"), layer2("b", interfaces=["eth0"])),
            lambda: case(layer2("a")),
        ],
    ),
    "L13": (
        [
            lambda: in_layer2(
                install={**HELM, "helmValues": {"speaker": {"memberlist": {"enabled": False}}}}
            )
        ],
        [
            lambda: in_layer2(install=HELM),
            lambda: of_static(
                install={**HELM, "helmValues": {"speaker": {"memberlist": {"enabled": False}}}}
            ),
        ],
    ),
    "L14": (
        [lambda: in_layer2(**racks(rack("a", "a1", "a2")), **lan(nodes=["a1", "a3"]))],
        [
            lambda: in_layer2(**racks(rack("a", "a1", "a2")), **lan(nodes=["a1", "a2"])),
            lambda: in_layer2(
                **racks({**rack("a"), "nodeSelectors": {"rack": "a"}}), **lan(nodes=["a3"])
            ),
        ],
    ),
    "L15": (
        [
            lambda: in_layer2(
                **racks(rack("a", "a1"), {"name": "b", "nodes": ["b1"]}),
                **lan(by_bgp={"default": {}}),
            )
        ],
        [
            lambda: in_layer2(**racks({"name": "b", "nodes": ["b1"]})),
            lambda: in_layer2(**racks(rack("a", "a1")), **lan(by_bgp={"default": {}})),
        ],
    ),
}
