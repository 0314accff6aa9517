"""Answers are recorded from the engine's state where it knows them, and only for what is needed."""

from pathlib import Path
from typing import Any

import pytest

from metallb.loading.snapshot import read_facts, snapshot_text
from metallb.platforms.equinix_metal.facts import ProjectFacts
from metallb.platforms.equinix_metal.record import recorded_facts
from metallb.problems.errors import SnapshotError
from metallb.stackfile import StackConfig, stack_config

PROJECT = "00000000-0000-4000-8000-000000000001"
DEVICE = "00000000-0000-4000-8000-00000000000a"
BLOCK = "00000000-0000-4000-8000-00000000000b"
OTHER = "00000000-0000-4000-8000-00000000000c"
CIDR = "147.75.40.46/32"


def stack(block: dict[str, Any] | None = None, **changes: Any) -> StackConfig:
    """Two nodes and a block."""
    return stack_config(
        {
            "platform": {
                "kind": "equinix-metal",
                "projectId": PROJECT,
                "metro": "ny",
                "nodes": [{"hostname": "worker-0"}, {"hostname": "worker-1"}],
                "elasticIps": {"default": block or {}},
                **changes,
            },
            "addressPools": {"default": {"elasticIps": ["default"]}},
        },
        source="a test",
    )


def state(
    *hosts: str, device: str = DEVICE, reserved: tuple[str, ...] = (BLOCK,), **answers: Any
) -> dict[str, Any]:
    """A deployment: the outputs of the components, and the blocks that are there."""
    node = {
        "deviceId": device,
        "state": "active",
        "privateAddress": "10.1.0.6",
        "privateGateway": "10.1.0.1",
        **answers,
    }
    nodes = {host: {"hostname": host, **node} for host in hosts or ("worker-0", "worker-1")}
    return {
        "resources": [
            {"type": "metallb:index:BgpPeers", "urn": "u::bgp", "outputs": {"nodes": nodes}},
            {
                "type": "metallb:index:ElasticIpBlock",
                "urn": "u::elastic-ip-default",
                "outputs": {"block_id": BLOCK, "cidr_notation": CIDR},
            },
            *(
                {
                    "type": "equinix-metal:index/reservedIpBlock:ReservedIpBlock",
                    "urn": "u::elastic-ip-default-block",
                    "id": block,
                    "outputs": {"cidrNotation": CIDR},
                }
                for block in reserved
            ),
        ]
    }


def refused(deployment: dict[str, Any], chosen: StackConfig) -> SnapshotError:
    with pytest.raises(SnapshotError) as raised:
        recorded_facts(deployment, chosen.platform, "prod")
    assert raised.value.problem.code == "E402"
    assert "metallb up prod" in raised.value.problem.help
    return raised.value


def test_answers_are_read_from_the_state_and_missing_ones_are_named() -> None:
    assert refused(state("worker-0"), stack()).problem.summary.endswith(
        "has no facts of device worker-1"
    )
    answers = recorded_facts(state(), stack().platform, "prod")
    (session,) = answers.nodes["worker-0"].sessions
    assert (session.peer_address, session.source_address) == ("10.1.0.1", "10.1.0.6")
    assert (answers.blocks["default"].ids, answers.blocks["default"].cidrs) == ((BLOCK,), (CIDR,))


def test_answers_are_recorded_once_an_update_has_read_the_neighbors_of_each_family() -> None:
    shown = {
        "addressFamily": 4,
        "customerAs": 65000,
        "customerIp": "10.1.0.6",
        "peerAs": 65530,
        "peerIps": ["169.254.255.1"],
    }
    asking = stack(peerSource="neighbors")
    both = stack(peerSource="neighbors", addressFamilies=["ipv4", "ipv6"])
    # A device whose neighbors are its routers may have no gateway.
    requests = state(privateGateway="", neighbors=[shown])
    assert (
        "BGP neighbors of device worker-0" in refused(state(neighbors=None), asking).problem.summary
    )
    assert "ipv6 neighbor of device worker-1" in refused(requests, both).problem.summary
    assert recorded_facts(requests, asking.platform, "prod").nodes["worker-1"].neighbors


def test_a_block_that_the_state_lost_is_not_recorded_from_outputs_of_an_earlier_update() -> None:
    gone = state(reserved=())
    assert refused(gone, stack()).problem.summary.endswith("has no facts of block default")
    assert refused(state(reserved=(OTHER,)), stack()).problem.summary.endswith(
        "has no facts of block default"
    )
    replaced = state()
    replaced["resources"][-1]["delete"] = True
    assert refused(replaced, stack()).problem.summary.endswith("has no facts of block default")
    # An adopted block is looked up: the state never holds it.
    for block in ({"adoptId": BLOCK}, {"adoptTag": "web"}):
        adopted = recorded_facts(gone, stack(block).platform, "prod")
        assert adopted.blocks["default"].cidrs == (CIDR,)
    found = refused(gone, stack({"adoptId": OTHER})).problem.summary
    assert found == f"the state of prod has no facts of block default with id {OTHER}"


def test_an_answer_about_the_device_that_the_file_named_before_is_none(tmp_path: Path) -> None:
    def named(device: str) -> StackConfig:
        return stack(nodes=[{"hostname": "worker-0", "deviceId": device}])

    found = refused(state("worker-0"), named(OTHER)).problem.summary
    assert found == f"the state of prod has no facts of device worker-0 with id {OTHER}"
    answers = recorded_facts(state("worker-0"), named(DEVICE.upper()).platform, "prod")
    # Nor in a file that was recorded earlier.
    recorded = written(tmp_path, answers)
    assert read_facts(recorded, named(DEVICE)).nodes["worker-0"].id == DEVICE
    with pytest.raises(SnapshotError, match=f"no facts of device worker-0 with id {OTHER}"):
        read_facts(recorded, named(OTHER))


def test_an_answer_about_the_block_that_the_file_adopted_before_is_none(tmp_path: Path) -> None:
    recorded = written(
        tmp_path, recorded_facts(state(), stack({"adoptId": BLOCK}).platform, "prod")
    )
    with pytest.raises(SnapshotError, match=f"no facts of block default with id {OTHER}"):
        read_facts(recorded, stack({"adoptId": OTHER}))


def written(folder: Path, facts: ProjectFacts) -> Path:
    path = folder / "prod.snapshot.yaml"
    path.write_text(snapshot_text(stack().platform, facts, "metallb snapshot prod"))
    return path


def test_a_snapshot_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    facts = recorded_facts(state(), stack().platform, "prod")
    assert read_facts(written(tmp_path, facts), stack()) == facts


@pytest.mark.parametrize(
    ("old", "new", "location"),
    [
        ("version: 2", "version: 3", ("version",)),
        ("kind: equinix-metal", "kind: static", ("kind",)),
        ("privateGateway", "privateGatway", ("nodes", "worker-0", "privateGatway")),
        ("state: active", "state: []", ("nodes", "worker-0", "state")),
    ],
)
def test_a_mistake_in_a_snapshot_has_its_location(
    tmp_path: Path, old: str, new: str, location: tuple[str, ...]
) -> None:
    path = written(tmp_path, recorded_facts(state(), stack().platform, "prod"))
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(SnapshotError) as raised:
        read_facts(path, stack())
    assert raised.value.problems[0].location == location
