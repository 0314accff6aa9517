"""What a router's half has: who connects, and what comes."""

from ipaddress import IPv4Network, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.algebra.intervals import readable
from metallb.routers.build import halves_of, without_half
from metallb.routers.model import MOST_PREFIXES
from metallb.routers.prefixes import admitted
from metallb.routing import BgpAdvertisement
from metallb.topology.nodes import nodes_of
from tests.unit.routers.sites import LIST, NODES, PLATFORM, POOLS, half, listed, native, site
from tests.unit.stacks import stack, static


def test_two_addresses_of_one_router_are_one_half() -> None:
    assert [each.name for each in halves_of(site())] == ["rack-a-tor-1", "rack-b-tor-2"]
    both = half(site(), "rack-a-tor-1")
    assert [entry.address for entry in both.entries] == ["10.1.0.1", "2001:db8:a::1"]
    assert [entry.families for entry in both.entries] == [(4,), (6,)]


def test_two_routers_of_one_family_stay_two() -> None:
    routers = [
        {"name": "tor-4", "address": "10.1.0.1", "asn": 64601},
        {"name": "tor-6", "address": "10.1.0.2", "asn": 64601},
    ]
    racks = [{"name": "rack-a", "nodes": ["a1"], "routers": routers}]
    found = halves_of(native(platform={"kind": "static", "racks": racks}))
    assert [each.name for each in found] == ["rack-a-tor-4", "rack-a-tor-6"]


def test_a_router_whose_end_is_not_in_the_file_has_no_half() -> None:
    routers: list[dict[str, Any]] = [
        {"name": "tor", "address": "10.1.0.1", "asn": 64601},
        {"interface": "eth1", "asn": 64601},
        {"name": "any", "address": "10.1.0.2", "dynamicAsn": "external"},
        {"name": "bird", "address": "10.1.0.3", "asn": 64512, "onNode": True},
    ]
    racks = [{"name": "rack-a", "nodes": ["a1"], "routers": routers}]
    stack = site(platform={"kind": "static", "racks": racks})
    assert [each.name for each in halves_of(stack)] == ["rack-a-tor"]
    reasons = {name: reason.split()[-1] for name, reason in without_half(stack).items()}
    assert reasons == {
        "rack-a-any": "(dynamicAsn)",
        "rack-a-bird": "(onNode)",
        "rack-a-eth1": "known",
    }


def test_routers_have_different_names() -> None:
    routers = [{"address": each, "asn": 64601} for each in ("2001:db8::1", "2001:db8:1::")]
    racks = [{"name": "rack-a", "nodes": ["a1"], "routers": routers}]
    found = halves_of(site(platform={"kind": "static", "racks": racks}))
    assert len({each.name for each in found}) == 2


def test_nodes_without_an_address_are_a_range_of_the_routers_network() -> None:
    four, six = half(site(), "rack-a-tor-1").entries
    assert not four.ends
    assert [each.blocks for each in four.ranges] == [("10.1.0.0/24",)]
    assert [each.blocks for each in six.ranges] == [("2001:db8:a::/64",)]
    assert [each.by_label for each in four.ranges] == [False]
    (labelled,) = half(site(), "rack-b-tor-2").entries[0].ranges
    assert (labelled.by_label, labelled.nodes) == (True, "zone=b")


def test_a_router_outside_of_all_networks_takes_every_network_and_several_hops() -> None:
    platform = {
        "kind": "static",
        "racks": [{"name": "r", "nodes": ["a1"], "routers": [{"address": "192.0.2.1"}]}],
    }
    (only,) = halves_of(native(platform=platform))
    assert only.entries[0].ranges[0].blocks == ("10.1.0.0/24", "10.2.0.0/24")
    assert only.settings[0].multihop
    (near,) = halves_of(native())
    assert not near.settings[0].multihop


def test_the_clusters_nodes_are_neighbors_by_address() -> None:
    four, six = half(site(), "rack-a-tor-1", NODES).entries
    assert [(end.node, end.address) for end in four.ends] == [
        ("a1", "10.1.0.11"),
        ("a2", "10.1.0.12"),
    ]
    assert [end.address for end in six.ends] == ["2001:db8:a::11", "2001:db8:a::12"]
    assert not four.ranges
    (chosen,) = half(site(), "rack-b-tor-2", NODES).entries
    assert [(end.node, end.address) for end in chosen.ends] == [("b1", "10.2.0.11")]


def test_a_node_without_an_address_of_the_routers_family_stays_in_a_range() -> None:
    nodes = nodes_of(listed(("a1", {}, ("10.1.0.11",)), ("a2", {}, ("10.1.0.12",)))["items"])
    four, six = half(site(), "rack-a-tor-1", nodes).entries
    assert len(four.ends) == 2
    assert [each.nodes for each in six.ranges] == ["a1, a2"]


def test_nodes_that_run_no_speaker_do_not_connect() -> None:
    install = {
        "version": "0.16.2",
        "source": "helm",
        "bgpMode": "frr-k8s",
        "speaker": {"nodeSelectors": {"edge": "yes"}},
    }
    more = listed(("b2", {"zone": "b", "edge": "yes"}, ("10.2.0.12",)))["items"]
    nodes = nodes_of([*LIST["items"], *more])
    (entry,) = half(site(install=install), "rack-b-tor-2", nodes).entries
    assert [end.node for end in entry.ends] == ["b2"]


def test_paths_are_the_nodes_up_to_the_limit_and_the_limit_for_a_range() -> None:
    assert half(site(), "rack-a-tor-1", NODES).paths == 2
    assert half(site(bgp={"ecmpLimit": 1}), "rack-a-tor-1", NODES).paths == 1
    assert half(site(bgp={"ecmpLimit": 5}), "rack-b-tor-2").paths == 5


def test_the_limit_is_the_number_of_different_prefixes_or_what_the_stack_file_has() -> None:
    found = half(site(), "rack-a-tor-1")
    four, six = found.entries
    # 16 addresses, their block, and four of the odd pool.
    assert found.limit(four, 4) == 21
    assert found.limit(six, 6) == 257
    assert half(site(bgp={"maxPrefixes": 300}), "rack-a-tor-1").limit(four, 4) == 300
    pools = {"public": {"addresses": ["203.0.113.0/28", "2001:db8:100::/64"]}}
    wide = half(site(addressPools=pools), "rack-a-tor-1")
    assert wide.limit(wide.entries[1], 6) == MOST_PREFIXES


def test_an_advertisement_for_other_peers_does_not_come() -> None:
    pools = {
        **POOLS,
        "near": {
            "addresses": ["192.0.2.0/30"],
            "advertisements": {"default": {"peers": ["rack-b-tor-2"]}},
        },
    }
    stack = site(addressPools=pools)
    names = [term.name for term in half(stack, "rack-b-tor-2").entries[0].terms]
    assert "near" in names
    assert "near" not in [term.name for term in half(stack, "rack-a-tor-1").entries[0].terms]


@pytest.mark.parametrize(
    ("mode", "bgp", "hold", "keepalive"),
    [
        ("native", {"holdTime": None}, 90, 30),
        ("native", {"holdTime": "9s"}, 9, 3),
        ("frr-k8s", {"holdTime": None}, None, None),
        ("frr-k8s", {"holdTime": "30s", "keepaliveTime": "7s"}, 30, 7),
    ],
)
def test_timers_are_those_that_the_nodes_propose(
    mode: str, bgp: dict[str, Any], hold: int | None, keepalive: int | None
) -> None:
    source = "builtin" if mode == "native" else "helm"
    own = static(install={"version": "0.16.2", "source": source, "bgpMode": mode}, bgp=bgp)
    own["bgp"] = {key: value for key, value in own["bgp"].items() if value is not None}
    (only,) = halves_of(stack(own))
    assert (only.settings[0].hold, only.settings[0].keepalive) == (hold, keepalive)


def test_one_session_for_both_families_carries_both() -> None:
    racks = [{**PLATFORM["racks"][1]}]
    racks[0]["routers"] = [{**racks[0]["routers"][0], "dualStackAddressFamily": True}]
    (only,) = halves_of(site(platform={"kind": "static", "racks": racks}))
    assert only.entries[0].families == (4, 6)


@given(
    pairs=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=4),
    length=st.integers(22, 32),
)
def test_exactly_the_prefixes_of_the_pools_addresses_are_admitted(
    pairs: list[tuple[int, int]], length: int
) -> None:
    ranges = [sorted(pair) for pair in pairs]
    texts = [f"203.0.113.{first}-203.0.113.{last}" for first, last in ranges]
    advertisement = BgpAdvertisement.model_validate(
        {"name": "a", "origin": (), "spec": {"aggregationLength": length}}
    )
    found = list(admitted(readable(texts), advertisement))
    written = [
        prefix
        for each in found
        for prefix in IPv4Network((each.block.first, each.block_length)).subnets(
            new_prefix=each.length
        )
    ]
    announced = {
        ip_network(f"203.0.113.{number}/{length}", strict=False)
        for first, last in ranges
        for number in range(first, last + 1)
    }
    assert len(written) == len(set(written)) == sum(each.count for each in found)
    assert set(written) == announced


def test_a_pool_that_an_advertisement_chooses_by_label_comes_as_well() -> None:
    pools = {
        "named": {
            "addresses": ["203.0.113.0/28"],
            "advertisements": {
                "default": {"ipAddressPoolSelectors": [{"matchLabels": {"tier": "gold"}}]}
            },
        },
        "gold": {
            "addresses": ["198.51.100.0/28"],
            "labels": {"tier": "gold"},
            "advertisements": {},
        },
    }
    (entry,) = half(site(addressPools=pools), "rack-b-tor-2").entries
    blocks = {str(each.block.first_address) for term in entry.terms for each in term.prefixes}
    assert blocks == {"203.0.113.0", "198.51.100.0"}
