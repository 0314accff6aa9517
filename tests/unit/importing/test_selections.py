"""Which nodes a peer's selectors choose, as labels that a rack can have."""

from typing import Any

import pytest

from metallb.algebra.selectors import node_terms
from metallb.importing.meaning import differences, selections
from metallb.importing.stack_document import stack_document
from metallb.problems.errors import ConfigError
from metallb.releases import BgpMode, Release
from metallb.routing import BgpPeer, BgpPeerSpec, LabelSelector, RoutingConfig


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


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([condition("rack", "In", "a"), condition("rack", "In", "b")], "rack In"),
        ([condition("rack", "NotIn", "a"), condition("rack", "Exists")], "rack Exists and NotIn"),
    ],
)
def test_what_no_rack_can_select_is_refused(conditions: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        stack_document(
            routing(*conditions), release=Release(0, 16, 2), mode=BgpMode.NATIVE, source="x"
        )
    (problem,) = caught.value.problems
    assert problem.summary == f"BGPPeer tor selects nodes by {words}"


def test_durations_and_addresses_mean_the_same_in_every_spelling() -> None:
    one = routing(hold_time="90s", peer_address="2001:db8::1")
    other = routing(hold_time="1m30s", peer_address="2001:DB8:0::1")
    assert differences(one, other) == ()
    assert differences(one, routing(hold_time="91s", peer_address="2001:db8::1"))
