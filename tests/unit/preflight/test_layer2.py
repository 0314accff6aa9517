"""Where findings of layer 2 point in a stack file, and what a shared network changes of others."""

from metallb.preflight import check_stack
from metallb.problems.problem import spelled
from tests.unit.preflight.build import labels
from tests.unit.stacks import stack, static

LAN = ["192.0.2.200-192.0.2.220"]
POOL = "metallb:addressPools.lan"


def found(entry: dict[str, object], **sections: object) -> dict[str, list[str]]:
    """Locations by code."""
    pools = {"lan": {"addresses": LAN, "layer2": {"default": entry}}}
    problems: dict[str, list[str]] = {}
    for each in check_stack(stack(static(addressPools=pools, **sections))):
        problems.setdefault(each.code, []).append(spelled(each.location))
    return problems


def test_host_names_are_one_of_the_selectors_and_the_others_keep_their_places() -> None:
    control_plane = labels(**{"node-role.kubernetes.io/control-plane": ""})
    named = found({"nodes": ["a1"], "nodeSelectors": [*labels(zone="a"), *control_plane]})
    bare = found({"nodeSelectors": control_plane})
    assert named["L10"] == [f"{POOL}.layer2.default.nodeSelectors[1]"]
    assert bare["L10"] == [f"{POOL}.layer2.default.nodeSelectors[0]"]
    older = found({"nodes": ["a1"]}, install={"version": "0.12.1"})
    assert older["V1"] == [f"{POOL}.layer2.default.nodes"]


def test_a_pool_of_layer_2_may_lie_in_the_nodes_network_and_in_no_other() -> None:
    kubernetes = {"context": "a", "nodeCidrs": ["192.0.2.0/24"]}
    assert "A7" not in found({}, kubernetes=kubernetes)
    kubernetes = {"context": "a", "podCidrs": ["192.0.2.0/24"]}
    assert found({}, kubernetes=kubernetes)["A7"] == [f"{POOL}.addresses[0]"]
