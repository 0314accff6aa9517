"""Which nodes a peer's selectors choose, as labels that a rack can have."""

from typing import Any

import pytest

from metallb.algebra.selectors import node_terms
from metallb.importing.meaning import differences, selections
from metallb.importing.stack_document import stack_document
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.problems.errors import ConfigError
from metallb.releases import BgpMode, Release
from metallb.routing import BgpPeer, BgpPeerSpec, LabelSelector, RoutingConfig
from metallb.stackfile import stack_config


def condition(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": values}


def routing(*conditions: dict[str, Any], **fields: Any) -> RoutingConfig:
    spec = {
        "my_asn": 65000,
        "peer_asn": 65001,
        "peer_address": "10.0.0.1",
        "node_selectors": [{"match_expressions": conditions}],
        **fields,
    }
    return RoutingConfig(peers=(BgpPeer(name="tor", spec=BgpPeerSpec.model_validate(spec)),))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], {()}),
        ([condition("rack", "In", "a")], {(("rack", "a"),)}),
        ([condition("rack", "In", "a", "b")], {(("rack", "a"),), (("rack", "b"),)}),
        ([condition("rack", "In", "a", "b"), condition("rack", "NotIn", "a")], {(("rack", "b"),)}),
        ([condition("kubernetes.io/os", "In", "linux", "windows")], {()}),
        ([condition("rack", "NotIn", "b", "a")], {(("rack NotIn", "a,b"),)}),
        ([condition("rack", "Exists")], {(("rack Exists", ""),)}),
        ([condition("rack", "DoesNotExist")], {(("rack DoesNotExist", ""),)}),
    ],
)
def test_nodes_are_listed_by_the_labels_that_choose_them(
    conditions: list[dict[str, Any]], expected: set[Any]
) -> None:
    selector = LabelSelector.model_validate({"match_expressions": conditions})
    assert selections(node_terms((selector,))) == expected


def test_conditions_are_the_conditions_of_a_rack() -> None:
    one = routing(
        condition("zone", "In", "z"),
        condition("rack", "NotIn", "b", "a"),
        condition("rack", "Exists"),
        condition("edge", "DoesNotExist"),
    )
    made = stack_document(one, release=Release(0, 16, 2), mode=BgpMode.NATIVE, source="x")
    (rack,) = made.sections["platform"]["racks"]
    assert rack["nodeSelectors"] == {"zone": "z"}
    assert rack["matchExpressions"] == [
        {"key": "edge", "operator": "DoesNotExist"},
        {"key": "rack", "operator": "Exists"},
        {"key": "rack", "operator": "NotIn", "values": ["a", "b"]},
    ]
    sections = {**made.sections, "addressPools": {"p": {"addresses": ["203.0.113.0/28"]}}}
    stack = stack_config(sections, source="x")
    assert differences(one, routing_config(stack, PlatformFacts())) == ("pool p is new",)


def test_what_selects_no_node_is_refused() -> None:
    conditions = [condition("rack", "In", "a"), condition("rack", "In", "b")]
    with pytest.raises(ConfigError) as caught:
        stack_document(
            routing(*conditions), release=Release(0, 16, 2), mode=BgpMode.NATIVE, source="x"
        )
    (problem,) = caught.value.problems
    assert problem.code == "E116"
    assert problem.summary.startswith("BGPPeer tor selects no node")


def test_durations_and_addresses_mean_the_same_in_every_spelling() -> None:
    one = routing(hold_time="90s", peer_address="2001:db8::1")
    other = routing(hold_time="1m30s", peer_address="2001:DB8:0::1")
    assert differences(one, other) == ()
    assert differences(one, routing(hold_time="91s", peer_address="2001:db8::1"))
