"""Problems with a peer's nodes point at the rack or node that a person changes, not at a router."""

from collections.abc import Mapping
from typing import Any

import pytest

from metallb.preflight import rule_by_id
from metallb.problems.problem import spelled
from tests.unit.preflight.build import of_static

ROUTER = {"name": "tor", "address": "10.1.0.1", "asn": 64601}
CORE = {"core": {"address": "10.9.0.1", "asn": 64600}}
LOOPBACK = {"hostname": "a2", "sourceAddress": "127.0.0.1"}
ROW = {"row": "1", "kubernetes.io/os": "windows"}


def rack(name: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "routers": [ROUTER], **keys}


def found(rule_id: str, *racks: Mapping[str, Any], mode: str, **platform: Any) -> list[str]:
    """Where a rule finds something in a stack of racks."""
    rule = rule_by_id(rule_id)
    assert rule is not None
    case = of_static(
        platform={"kind": "static", "racks": list(racks), **platform},
        bgp={"myAsn": 64512, "holdTime": "9s"},
        install={"version": "0.16.2", "source": "existing", "bgpMode": mode},
    )
    return list(dict.fromkeys(spelled(each.location) for each in rule.problems(case)))


@pytest.mark.parametrize(
    ("rule_id", "mode", "nodes", "place"),
    [
        ("X2", "frr-k8s", ["a1", {"hostname": "a2", "sourceAddress": "10.1.0.8"}], 1),
        ("X11", "native", ["a1", LOOPBACK], 1),
        ("P5", "native", [{"hostname": "a1", "sourceAddress": "fd00::8"}], 0),
        (
            "P22",
            "native",
            [{"hostname": f"a{number}", "sourceAddress": "10.1.0.8"} for number in (1, 2)],
            1,
        ),
    ],
)
def test_a_source_address_is_at_its_node(
    rule_id: str, mode: str, nodes: list[Any], place: int
) -> None:
    here = rack("a", nodes=nodes)
    at = [f"metallb:platform.racks[0].nodes[{place}].sourceAddress"]
    assert found(rule_id, here, mode=mode) == at
    # In whichever rack the node is, and by whichever router the peer goes.
    other = rack("b", nodes=["b1"], sharedRouters=["core"])
    shared = rack("a", nodes=nodes, sharedRouters=["core"])
    at = [each.replace("racks[0]", "racks[1]") for each in at]
    assert found(rule_id, other, shared, mode=mode, sharedRouters=CORE) == at


def test_the_node_selectors_of_a_rack_are_at_the_rack() -> None:
    racks = (rack("a", nodes=["a1"]), rack("b", nodeSelectors=ROW))
    at = ["metallb:platform.racks[1].nodeSelectors"]
    assert found("I17", *racks, mode="native") == at
    shared = {"name": "b", "nodeSelectors": ROW, "sharedRouters": ["core"]}
    assert found("I17", racks[0], shared, mode="native", sharedRouters=CORE) == at
