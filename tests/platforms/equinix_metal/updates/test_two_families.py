"""Two address families, and routers that the devices' BGP neighbors name."""

from typing import Any

from lab.metal_api import Seed, load_seed
from lab.metal_api.enums import PeerKind
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import PLATFORM, Config, Project, changed, small
from tests.platforms.equinix_metal.updates.recovering import adopt

SESSIONS = {"bgp-sessions-worker-0-ipv4", "bgp-sessions-worker-0-ipv6"}


def dual(config: Config) -> None:
    config["install"]["bgpMode"] = "frr"
    config["platform"] |= {
        "peerSource": "neighbors",
        "peersPerNode": 2,
        "addressFamilies": ["ipv4", "ipv6"],
    }


def two_routers() -> Seed:
    """The demo cloud at a site with two routers a device, whatever the family."""
    document = load_seed("demo").model_dump()
    document["name"] = "two-routers"
    for device in document["devices"]:
        device["peers"] = PeerKind.TOR
    return Seed.model_validate(document)


PEERS = ("1", "2", "ipv6-1", "ipv6-2")


def peers(key: str) -> set[str]:
    return {f"routing-bgppeer-{key}-{suffix}" for suffix in PEERS}


def sessions(project: Project) -> list[tuple[Any, Any]]:
    found = project.cloud.inventory()["sessions"]
    return sorted((item["hostname"], item["family"]) for item in found)


def test_a_node_gets_a_session_and_a_peer_of_each_family(make: MakeProject) -> None:
    project = make(changed(small(nodes=1), dual), two_routers())
    created = project.up().changes["create"]
    assert created >= SESSIONS
    assert {name for name in created if "bgppeer" in name} == peers("worker-0")
    assert sessions(project) == [("worker-0", "ipv4"), ("worker-0", "ipv6")]
    assert project.up().nothing_changed
    assert project.refresh(PLATFORM).nothing_changed
    # A session is one of a node and a family: the other one stays.
    project.change(lambda config: config["platform"].update(addressFamilies=["ipv4"]))
    assert project.up().changes == {
        "delete": {
            "bgp-sessions-worker-0-ipv6",
            "routing-bgppeer-worker-0-ipv6-1",
            "routing-bgppeer-worker-0-ipv6-2",
        }
    }
    assert sessions(project) == [("worker-0", "ipv4")]


def test_sessions_of_both_families_are_named_and_adopted_at_once(make: MakeProject) -> None:
    project = make(changed(small(nodes=1), dual), two_routers())
    for family in ("ipv4", "ipv6"):
        project.cloud.open_session("worker-0", family)
    before = project.sessions()
    refused = project.preview()
    assert refused.failed
    project.change(lambda config: adopt(refused.messages, config))
    outcome = project.up()
    assert outcome.changes["import"] == SESSIONS
    assert project.sessions() == before
    assert project.up().nothing_changed


def test_a_renamed_node_keeps_the_sessions_of_both_families(make: MakeProject) -> None:
    project = make(changed(small(nodes=1), dual), two_routers())
    project.up()
    before = project.sessions()
    device = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
    project.change(lambda config: config["platform"].update(nodes=[{"deviceId": device}]))
    outcome = project.up()
    assert outcome.changes == {
        "delete-replaced": peers("worker-0"),
        "replace": peers(device),
        "create-replacement": peers(device),
    }
    assert project.sessions() == before
    assert project.up().nothing_changed


def test_a_device_with_other_routers_than_the_file_says_is_refused_and_its_session_stays(
    make: MakeProject,
) -> None:
    """Neighbors are only known once the sessions are open, so a first `up` may open them."""

    def one(config: Config) -> None:
        dual(config)
        config["platform"]["peersPerNode"] = 1

    project = make(changed(small(nodes=1), one), two_routers())
    refused = project.try_up()
    assert refused.failed
    assert "write `peersPerNode: 2`" in refused.messages
    assert not [name for name in refused.changes["create"] if "bgppeer" in name]
    before = project.sessions()
    assert len(before) == 2
    project.change(lambda config: config["platform"].update(peersPerNode=2))
    assert not project.try_up().failed
    assert project.sessions() == before
