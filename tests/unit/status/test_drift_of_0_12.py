"""What differs between a ConfigMap of MetalLB 0.12 and the stack file."""

import pytest

from metallb.stackfile import stack_config
from tests.unit.status.conftest import SECTIONS
from tests.unit.status.older import POOL, make_older

ADVERTISEMENTS = {
    "default": {"aggregationLength": 28, "localPref": 100, "communities": ["mine"]},
    "plain": {},
}
LIVE = (
    f"{POOL}, bgp-advertisements: [{{}}, {{aggregation-length: 28, localpref: 100, "
    "communities: [mine]}]"
)
STACK = stack_config(
    {
        **SECTIONS,
        "install": {"version": "0.12.1"},
        "bgp": {**SECTIONS["bgp"], "communities": {"mine": "65000:1"}},
        "addressPools": {
            "default": {"addresses": ["203.0.113.128/28"], "advertisements": ADVERTISEMENTS}
        },
    },
    source="test",
)


def drift(cluster, *, pool=LIVE, after="bgp-communities: {mine: '65000:1'}\n"):
    make_older(cluster, "3s", pool)
    maps = cluster.replies["/api/v1/namespaces/metallb-system/configmaps"]
    maps[0]["data"]["config"] += after
    return {item.name: item.what for item in cluster.status(STACK).drift}


def test_the_same_meaning_in_another_order_is_no_drift(cluster):
    assert drift(cluster) == {}


@pytest.mark.parametrize(
    ("live", "what"),
    [
        (POOL, "bgp-advertisements is aggregationLength 32"),
        (LIVE.replace("localpref: 100", "localpref: 7"), "localPref 7"),
        (LIVE.replace("{}, ", ""), "the stack file says"),
        (LIVE.replace("[mine]", "[]"), "communities mine"),
    ],
    ids=["none", "local preference", "one less", "community"],
)
def test_another_announcement_is_drift(cluster, live, what):
    found = drift(cluster, pool=live)
    assert set(found) == {"announcements of pool default"}
    assert what in found["announcements of pool default"]


def test_a_community_of_another_value_is_drift(cluster):
    found = drift(cluster, after="bgp-communities: {mine: '65000:666'}\n")
    assert found == {"bgp-communities mine": "value is 65000:666, the stack file says 65000:1"}


def test_a_bfd_profile_that_the_stack_file_lacks_is_drift(cluster):
    after = "bgp-communities: {mine: '65000:1'}\nbfd-profiles: [{name: fast}]\n"
    assert drift(cluster, after=after) == {"bfd-profiles fast": "not in the stack file"}


def test_a_pool_of_layer_2_is_reported_as_what_it_is(cluster):
    pool = LIVE + "}\n- {name: lan, protocol: layer2, addresses: [192.0.2.0/28]"
    assert drift(cluster, pool=pool) == {
        "pools lan": "not in the stack file",
        "layer 2 of pool lan": "not in the stack file",
    }
    assert [item.name for item in cluster.status(STACK).pools] == ["default", "lan"]
