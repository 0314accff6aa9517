"""Which nodes an address goes to at a router, and which take over."""

from typing import Any

import pytest

from metallb.forecast.build import site_of_stack
from metallb.forecast.failures import Element, Kind, fail, fail_all
from metallb.forecast.failures_text import text
from metallb.forecast.site import Site
from metallb.topology.nodes import KnownNodes, nodes_of
from tests.unit.forecast.sites import FRR, configured, impact, rack, racks, site
from tests.unit.routers.sites import listed

ONE_RACK = racks(rack("a", "a1", "a2", "a3", routers=1))
INTERNAL = {"bgp": {"myAsn": 65000, "peerAsn": 65000}}
A1 = Element(Kind.NODE, "a1")


def from_host(host: str, **keys: Any) -> dict[str, Any]:
    """An advertisement from one node."""
    return {"nodeSelectors": [{"matchLabels": {"kubernetes.io/hostname": host}}], **keys}


def of(**advertisements: dict[str, Any]) -> dict[str, Any]:
    """Sections with one rack of three nodes and one router, and one pool."""
    pool = {"addresses": ["203.0.113.0/28"], "advertisements": advertisements}
    return {**ONE_RACK, "addressPools": {"public": pool}}


def tiers(made: Site, router: str, pool: str = "public") -> list[tuple[int, set[str]]]:
    """Bits that prefixes leave out and nodes, the best first."""
    (found,) = (each for each in made.pools if each.name == pool)
    return [(each.spare, set(each.nodes)) for each in made.reaches[found.reach].tiers[router]]


PREFERRED = of(first=from_host("a1", localPref=200), second=from_host("a2", localPref=150))


def test_within_an_as_the_routes_of_the_highest_preference_take_everything() -> None:
    made = site(**PREFERRED, **INTERNAL)
    assert tiers(made, "a-tor-1") == [(0, {"a1"}), (0, {"a2"})]
    (loss,) = fail(made, (A1,)).narrowed
    assert (loss.before, loss.after, loss.moved, loss.resilient) == (1, 1, 1.0, 1.0)
    assert fail(made, (Element(Kind.NODE, "a2"),)).narrowed == ()
    assert not [each for each in fail_all(made) if each.unreachable and "node" in str(each.failed)]


def test_a_router_of_another_as_sees_no_preference() -> None:
    assert tiers(site(**PREFERRED), "a-tor-1") == [(0, {"a1", "a2"})]


@pytest.mark.parametrize(
    ("install", "expected"),
    [({}, [(0, {"a1"}), (0, {"a2"})]), (FRR, [(0, {"a2"}), (0, {"a1"})])],
    ids=["native", "frr-k8s"],
)
def test_a_route_without_a_preference_has_that_of_the_speaker(
    install: dict[str, Any], expected: list[tuple[int, set[str]]]
) -> None:
    sections = of(first=from_host("a1", localPref=50), second=from_host("a2"))
    assert tiers(site(**sections, **INTERNAL, **install), "a-tor-1") == expected


def test_the_longest_prefix_takes_everything_and_a_shorter_one_what_is_left() -> None:
    sections = of(single=from_host("a1"), whole={"aggregationLength": 28})
    made = site(**sections)
    assert tiers(made, "a-tor-1") == [(0, {"a1"}), (4, {"a1", "a2", "a3"})]
    (loss,) = fail(made, (A1,)).narrowed
    assert (loss.before, loss.after, loss.moved) == (1, 2, 1.0)


def test_an_internal_path_is_shorter_than_one_of_another_as() -> None:
    shared = racks(
        {**rack("a", "a1", routers=0), "sharedRouters": ["gw"]},
        {**rack("b", "b1", routers=0), "sharedRouters": ["gw"]},
        sharedRouters={"gw": {"address": "10.9.0.1", "asn": 65530}},
    )
    shared["platform"]["racks"][0]["nodes"] = [{"hostname": "a1", "myAsn": 65530}]
    assert tiers(site(**shared, **FRR), "gw") == [(0, {"a1"}), (0, {"b1"})]
    # The native speaker sends LOCAL_PREF 0, which is less than a router's usual one.
    assert tiers(site(**shared), "gw") == [(0, {"b1"}), (0, {"a1"})]


def test_meanwhile_nodes_of_less_worth_take_over() -> None:
    single = {"one": from_host("a1"), "two": from_host("a2")}
    sections = of(**single, whole=from_host("a3", aggregationLength=28))
    changed = {**sections, **racks(rack("a", "a3", routers=1))}
    (narrowing,) = impact(sections, changed, **FRR).narrowed
    assert (narrowing.lost, narrowing.before, narrowing.meanwhile) == (("a1", "a2"), 2, 1)


def test_a_pool_is_announced_by_its_label_too() -> None:
    pools = {
        "named": {
            "addresses": ["203.0.113.0/28"],
            "advertisements": {
                "default": {
                    "peers": ["a-tor-1"],
                    "ipAddressPoolSelectors": [{"matchLabels": {"tier": "gold"}}],
                }
            },
        },
        "gold": {
            "addresses": ["198.51.100.0/28"],
            "labels": {"tier": "gold"},
            "advertisements": {},
        },
        "silver": {
            "addresses": ["198.51.100.16/28"],
            "labels": {"tier": "silver"},
            "advertisements": {},
        },
    }
    made = site(addressPools=pools)
    assert tiers(made, "a-tor-1", "gold") == [(0, {"a1", "a2"})]
    assert [each.name for each in made.pools] == ["gold", "named"]


def test_a_pool_of_both_families_goes_where_each_goes() -> None:
    sections = {
        **racks(rack("a", "a1", "a2")),
        "addressPools": {"both": {"addresses": ["203.0.113.0/28", "2001:db8::/120"]}},
        **FRR,
    }
    sections["platform"]["racks"][0]["routers"][1]["address"] = "2001:db8:a::1"
    made = site(**sections)
    reaches = {each.versions: made.reaches[each.reach] for each in made.pools}
    assert {key: set(each.tiers) for key, each in reaches.items()} == {
        (4,): {"a-tor-1"},
        (6,): {"a-tor-2"},
    }
    assert fail(made, (Element(Kind.ROUTER, "a-tor-2"),)).unreachable == ("both",)


def _known(**labels: dict[str, str]) -> KnownNodes:
    return nodes_of(listed(*((host, own, ("10.1.0.11",)) for host, own in labels.items()))["items"])


BY_LABEL = of(default={"nodeSelectors": [{"matchLabels": {"tier": "edge"}}]})


def test_labels_of_nodes_decide_where_they_are_known() -> None:
    stack = configured(**BY_LABEL)
    assert tiers(site_of_stack(stack), "a-tor-1") == [(0, {"a1", "a2", "a3"})]
    known = _known(a1={"tier": "edge"}, a2={"tier": "core"}, a3={})
    assert tiers(site_of_stack(stack, nodes=known), "a-tor-1") == [(0, {"a1"})]


def test_a_node_that_is_excluded_from_load_balancers_keeps_sessions_and_announces_nothing() -> None:
    known = _known(a1={"node.kubernetes.io/exclude-from-external-load-balancers": ""}, a2={}, a3={})
    made = site_of_stack(configured(**of(default={})), nodes=known)
    assert len(made.by_router["a-tor-1"]) == 3
    assert tiers(made, "a-tor-1") == [(0, {"a2", "a3"})]
    speaker = {"install": {"version": "0.16.2", "speaker": {"ignoreExcludeLb": True}}}
    made = site_of_stack(configured(**of(default={}), **speaker), nodes=known)
    assert tiers(made, "a-tor-1") == [(0, {"a1", "a2", "a3"})]


def test_a_label_that_no_node_of_the_cluster_has_is_no_node() -> None:
    stack = configured(**racks(rack("a", nodeSelectors={"rack": "a"}, routers=1)))
    known = _known(b1={"rack": "b"})
    assert site_of_stack(stack, nodes=known).sessions == ()
    assert len(site_of_stack(stack, nodes=known, counts={"a": 2}).sessions) == 2


def test_the_stack_file_says_how_many_nodes_a_label_chooses() -> None:
    stack = configured(**racks(rack("a", nodeSelectors={"rack": "a"}, nodeCount=3, routers=1)))
    made = site_of_stack(stack)
    assert tiers(made, "a-tor-1") == [(0, {"a#1", "a#2", "a#3"})]
    assert fail(made, (Element(Kind.NODE, "a#1"),)).narrowed[0].after == 2
    assert len(site_of_stack(stack, counts={"a": 5}).sessions) == 5
    # The cluster's nodes go before it.
    assert len(site_of_stack(stack, nodes=_known(a1={"rack": "a"})).sessions) == 1
    assert site_of_stack(stack, nodes=_known(b1={"rack": "b"})).sessions == ()


def test_a_pool_has_the_labels_of_every_object_of_a_stack() -> None:
    pools = {
        "one": {
            "addresses": ["203.0.113.0/28"],
            "advertisements": {
                "default": {"ipAddressPoolSelectors": [{"matchLabels": {"app": "metallb"}}]}
            },
        },
        "other": {"addresses": ["198.51.100.0/28"], "advertisements": {}},
    }
    assert [each.name for each in site(addressPools=pools).pools] == ["one", "other"]


def test_a_node_without_a_speaker_keeps_no_session() -> None:
    speaker = {"install": {"version": "0.16.2", "speaker": {"nodeSelectors": {"edge": "yes"}}}}
    stack = configured(**of(default={}), **speaker)
    known = _known(a1={"edge": "yes"}, a2={}, a3={"edge": "yes"})
    found = site_of_stack(stack, nodes=known)
    assert {session.node for session in found.sessions} == {"a1", "a3"}


def test_a_graceful_restart_lets_routers_keep_the_routes_of_a_silent_node() -> None:
    assert fail(site(bgp={"gracefulRestart": True}, **FRR), (A1,)).seconds == 123.0
    assert fail(site(bgp={"gracefulRestart": True}), (A1,)).seconds == 3.0


def test_nothing_notices_a_silent_failure_without_a_hold_time_and_bfd() -> None:
    found = fail(site(bgp={"holdTime": "0s"}), (A1,))
    assert found.seconds is None
    assert text([found]).splitlines()[1].endswith("never")
    fast = {"bfdProfiles": {"fast": {"receiveInterval": 100}}, "bfdProfile": "fast"}
    assert fail(site(bgp={"holdTime": "0s", **fast}, **FRR), (A1,)).seconds == 0.9


def test_bfd_does_not_make_a_failure_last_longer_than_the_hold_time() -> None:
    slow = {"bfdProfiles": {"slow": {"receiveInterval": 3000}}, "bfdProfile": "slow"}
    assert fail(site(bgp=slow, **FRR), (A1,)).seconds == 3.0
