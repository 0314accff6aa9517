"""Routers that racks share on purpose, and racks whose routers only have the same address."""

from typing import Any

import pytest

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.platforms.static.peers import former_peers
from metallb.platforms.static.section import StaticPlatform
from metallb.preflight import check_stack
from metallb.problems.problem import spelled
from metallb.runner.report import PropertyChange, ResourceChange
from metallb.stackfile import StackConfig
from metallb.stackfile.load import validated
from metallb.topology import topology_of
from tests.support.problems import places
from tests.unit.stacks import stack, static

GATEWAY = {"address": "192.0.2.1", "asn": 64513}


def labelled(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "nodeSelectors": {"zone": name}, **more}


def alone(*names: str) -> StackConfig:
    """Racks that each have a router of their own at one address."""
    racks = [labelled(name, routers=[{"name": "gw", **GATEWAY}]) for name in names]
    return stack(static(platform={"kind": "static", "racks": racks}))


def shared(*names: str, router: str = "core-gw", **platform: Any) -> StackConfig:
    racks = [labelled(name, sharedRouters=[router]) for name in names]
    return stack(
        static(
            platform={
                "kind": "static",
                "racks": racks,
                "sharedRouters": {router: GATEWAY},
                **platform,
            }
        )
    )


def peers(config: StackConfig) -> dict[str, dict[str, Any]]:
    return {
        each.name: each.spec.to_manifest() for each in routing_config(config, PlatformFacts()).peers
    }


def zones(spec: dict[str, Any]) -> list[str]:
    return [selector["matchLabels"]["zone"] for selector in spec["nodeSelectors"]]


def test_a_rack_more_changes_no_other_rack_and_no_advertisement() -> None:
    before, after = peers(alone("east", "west")), peers(alone("core", "east", "west"))
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"core-gw"}


def test_a_pool_of_one_rack_is_announced_by_that_racks_nodes_alone() -> None:
    assert zones(peers(alone("east", "west"))["east-gw"]) == ["east"]


def test_a_shared_router_is_one_peer_under_its_own_name_for_all_its_racks() -> None:
    found = peers(shared("west", "core"))
    assert list(found) == ["core-gw"]
    assert zones(found["core-gw"]) == ["core", "west"], "by the racks' names, not by the file"


def test_a_shared_router_keeps_one_peer_in_frr_mode_before_0_16() -> None:
    install = {"source": "existing", "version": "0.14.9", "bgpMode": "frr"}
    ids = {}
    for kind, config in (("alone", alone("east", "west")), ("shared", shared("east", "west"))):
        changed = config.model_copy(update={"install": stack(static(install=install)).install})
        ids[kind] = {each.code for each in check_stack(changed) if each.is_error}
    assert "F2" in ids["alone"]
    assert "F2" not in ids["shared"]


def test_a_shared_router_has_a_peer_a_node_where_nodes_do_not_share_peers() -> None:
    racks = [
        {"name": name, "nodes": [f"{name}1", f"{name}2"], "sharedRouters": ["gw"]}
        for name in ("a", "b")
    ]
    platform = {"kind": "static", "racks": racks, "sharedRouters": {"gw": GATEWAY}}
    together = peers(stack(static(platform=platform)))
    assert list(together) == ["gw"]
    apart = peers(stack(static(platform={**platform, "sharedPeers": False})))
    assert list(apart) == ["gw-a1", "gw-a2", "gw-b1", "gw-b2"]


def test_a_shared_routers_key_is_one_secret() -> None:
    config = shared("east", "west", sharedRouters={"core-gw": {**GATEWAY, "password": "Abc123xyz"}})
    routing = routing_config(config, PlatformFacts())
    assert list(routing.passwords) == ["bgp-password-core-gw"]
    [peer] = routing.peers
    assert peer.spec.password_secret is not None
    assert peer.spec.password_secret.name == "bgp-password-core-gw"


def test_a_problem_of_a_shared_router_points_at_it() -> None:
    slow = shared("east", "west", sharedRouters={"core-gw": {**GATEWAY, "holdTime": "2s"}})
    found = [each for each in check_stack(slow) if each.code == "P6"]
    assert places(found) == [("P6", "metallb:platform.sharedRouters.core-gw.holdTime")]


def test_the_picture_names_the_peer_of_each_rack() -> None:
    drawn = topology_of(alone("east", "west"), "x")
    assert {s.peer for s in drawn.racks[1].sessions} == {"west-gw"}
    drawn = topology_of(shared("east", "west"), "x")
    assert {s.peer for rack in drawn.racks for s in rack.sessions} == {"core-gw"}


@pytest.mark.parametrize(
    ("rack", "routers", "where"),
    [
        ({"sharedRouters": ["nowhere"]}, {"gw": GATEWAY}, "racks[0].sharedRouters[0]"),
        ({"sharedRouters": ["gw", "gw"]}, {"gw": GATEWAY}, "racks[0].sharedRouters[1]"),
        (
            {"sharedRouters": ["gw"], "routers": [{"name": "own", **GATEWAY}]},
            {"gw": GATEWAY},
            "racks[0].sharedRouters[0]",
        ),
        ({}, {}, "racks[0].routers"),
        ({"sharedRouters": []}, {"gw": GATEWAY}, "racks[0].routers"),
    ],
)
def test_a_wrong_reference_is_refused_at_its_place(
    rack: dict[str, Any], routers: dict[str, Any], where: str
) -> None:
    platform = {"kind": "static", "racks": [labelled("a", **rack)], "sharedRouters": routers}
    _, problems = validated(static(platform=platform), ())
    assert [spelled(each.location) for each in problems] == [f"metallb:platform.{where}"]


@pytest.mark.parametrize(
    ("bgp", "router", "missing"),
    [
        ({"myAsn": 64512}, {}, ["peerAsn"]),
        ({"peerAsn": 64513}, {}, ["myAsn"]),
        ({}, {}, ["myAsn", "peerAsn"]),
        ({}, {"asn": 64513}, ["myAsn"]),
        ({}, {"myAsn": 64512}, ["peerAsn"]),
        ({}, {"asn": 64513, "myAsn": 64512}, []),
        ({"myAsn": 64512, "peerAsn": 64513}, {}, []),
    ],
)
@pytest.mark.parametrize("place", ["own", "shared"])
def test_racks_have_no_default_as_numbers(
    bgp: dict[str, Any], router: dict[str, Any], missing: list[str], place: str
) -> None:
    one = {"address": "192.0.2.1", **router}
    racks = [labelled("a", **({"routers": [one]} if place == "own" else {"sharedRouters": ["g"]}))]
    platform = {
        "kind": "static",
        "racks": racks,
        "sharedRouters": {} if place == "own" else {"g": one},
    }
    _, problems = validated({**static(platform=platform), "bgp": bgp}, ())
    assert [spelled(each.location) for each in problems] == [
        f"metallb:bgp.{key}" for key in missing
    ]
    for each in problems:
        former = {"myAsn": "myAsn: 65000", "peerAsn": "peerAsn: 65530"}[str(each.location[1])]
        assert each.code == "E103"
        assert former in each.help, "the line that keeps what the file meant"


@pytest.mark.parametrize(
    ("routers", "gateway", "where"),
    [
        ([{"asn": 64601}, {}], {"asn": 64513}, "racks[0].routers[1].asn"),
        ([{}, {"asn": 64601}], {}, "racks[0].routers[0].asn"),
        ([{"asn": 64601}, {"asn": 64601}], {}, "sharedRouters.g.asn"),
    ],
)
def test_an_as_number_that_some_routers_lack_is_missing_at_the_first_of_them(
    routers: list[dict[str, Any]], gateway: dict[str, Any], where: str
) -> None:
    own = [{"address": f"10.0.0.{index}", **each} for index, each in enumerate(routers, start=1)]
    platform = {
        "kind": "static",
        "racks": [labelled("a", routers=own, sharedRouters=["g"])],
        "sharedRouters": {"g": {"address": "192.0.2.1", **gateway}},
    }
    _, problems = validated({**static(platform=platform), "bgp": {"myAsn": 64512}}, ())
    assert [spelled(each.location) for each in problems] == [f"metallb:platform.{where}"]


def test_racks_have_no_default_hold_time_and_its_absence_is_a_warning() -> None:
    sections = static()
    del sections["bgp"]["holdTime"]
    config = stack(sections)
    assert {spec.get("holdTime") for spec in peers(config).values()} == {None}
    [problem] = [each for each in check_stack(config) if each.code == "P8"]
    assert "holdTime: 3s" in problem.help


def change(kind: str, type_: str, name: str, *properties: PropertyChange) -> ResourceChange:
    return ResourceChange(
        kind=kind,
        type=f"kubernetes:{type_}",
        name=name,
        urn=f"urn:pulumi:x::metallb::{name}",
        properties=properties,
    )


PEER = "metallb.io/v1beta2:BGPPeer"


def test_an_update_that_takes_a_former_peer_apart_names_its_sessions() -> None:
    config = alone("core", "east")
    changes = [
        change("update", PEER, "routing-bgppeer-core-gw"),
        change("create", PEER, "routing-bgppeer-east-gw"),
    ]
    [warning] = config.platform.warnings_of(config, changes)
    assert "192.0.2.1" in warning
    assert "metallb:platform.sharedRouters.core-gw" in warning


def warnings(config: StackConfig, changes: list[ResourceChange]) -> tuple[str, ...]:
    return config.platform.warnings_of(config, changes)


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [change("create", PEER, f"routing-bgppeer-{name}-gw") for name in ("core", "east")],
        [change("update", PEER, "routing-bgppeer-core-gw")],
    ],
    ids=["nothing changes", "a new stack", "an edit of one rack"],
)
def test_other_updates_name_none(changes: list[ResourceChange]) -> None:
    assert warnings(alone("core", "east"), changes) == ()


@pytest.mark.parametrize(("entries", "count"), [([["core", "east"]], 1), ([["core"], ["east"]], 0)])
def test_an_update_of_the_configmap_that_takes_an_entry_apart_names_its_sessions(
    entries: list[list[str]], count: int
) -> None:
    lines = ["peers:"]
    for zones in entries:
        lines += ["- my-asn: 64512", "  peer-asn: 64513", "  peer-address: 192.0.2.1"]
        lines += ["  node-selectors:"]
        lines += [f"  - match-labels: {{zone: {zone}}}" for zone in zones]
    old = "\n".join(lines) + "\n"
    changed = PropertyChange(path="data.config", kind="update", old=old, new="peers: []\n")
    changes = [change("update", "core/v1:ConfigMap", "routing-configmap-config", changed)]
    assert len(warnings(alone("core", "east"), changes)) == count


def test_the_help_of_that_warning_keeps_the_object_as_it_was() -> None:
    config = alone("core", "east")
    assert isinstance(config.platform, StaticPlatform)
    [former] = former_peers(config, config.platform)
    kept = peers(shared("core", "east", router=former.name))
    one = former.peers[0].spec.to_manifest()
    two = former.peers[1].spec.to_manifest()
    assert kept == {
        former.name: {**one, "nodeSelectors": [*one["nodeSelectors"], *two["nodeSelectors"]]}
    }
