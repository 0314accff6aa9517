"""Answers of the platform that break a rule: no Kubernetes object is made."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from lab.metal_api.enums import DeviceState, PeerKind
from lab.metal_api.seed import Seed, load_seed
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.support.programs import run_root_failing, sections

Sections = dict[str, Any]
Device = dict[str, Any]
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])


def _seed(change: Callable[[Device], None]) -> Seed:
    """The demo cloud with something else about worker-1."""
    document = load_seed("demo").model_dump(mode="python")
    for device in document["devices"]:
        if device["hostname"] == "worker-1":
            change(device)
    return Seed.model_validate(document)


def _inactive(device: Device) -> None:
    device["state"] = DeviceState.REINSTALLING


def _public(device: Device) -> None:
    device["private"] = {"address": "147.75.99.9/31", "gateway": "147.75.99.8"}


def _gone(device: Device) -> None:
    device["hostname"] = "another"


def _itself(device: Device) -> None:
    device["private"] = {"address": "10.200.0.1/31", "gateway": "10.200.0.1"}


@BOTH_MODES
@pytest.mark.parametrize(
    "change", [_inactive, _public, _gone, _itself], ids=["inactive", "public", "gone", "itself"]
)
def test_a_device_that_can_keep_no_session_stops_every_kubernetes_object(
    preview: bool, change: Callable[[Device], None]
) -> None:
    _nothing_is_made("demo", preview, change)


@BOTH_MODES
def test_the_same_holds_for_the_old_format(preview: bool) -> None:
    _nothing_is_made("seed", preview, _inactive)


def _nothing_is_made(stack: str, preview: bool, change: Callable[[Device], None]) -> None:
    found = sections(stack)
    record = run_root_failing(stack, cloud=cloud_of(found, _seed(change)), preview=preview)
    assert record.kube() == [], "a preview must not promise them, and an update not make half"
    assert isinstance(record.error, pulumi.RunError), f"a traceback: {record.error!r}"
    text = str(record.error)
    assert "worker-1" in text or "nodes[1]" in text, f"it names the node: {text}"
    assert "help: " in text


@BOTH_MODES
def test_another_number_of_routers_than_the_file_says_stops_everything(preview: bool) -> None:
    found = sections("demo")
    found["platform"] |= {"peerSource": "neighbors", "peersPerNode": 2, "manageSessions": False}
    cloud = cloud_of(found, _seed(lambda device: device.update(peers=PeerKind.TOR)))
    session = "equinix-metal:index/bgpSession:BgpSession"
    for device in load_seed("demo").devices:
        cloud.new_resource(session, "x", {"deviceId": device.id, "addressFamily": "ipv4"})
    record = run_root_failing(found, cloud=cloud, preview=preview)
    assert record.kube() == []
    assert isinstance(record.error, pulumi.RunError)
    assert "peersPerNode" in str(record.error), "worker-0 has one router"


def test_addresses_that_overlap_once_they_are_known_stop_everything() -> None:
    def edit(found: Sections) -> None:
        found["addressPools"]["other"] = {"addresses": ["147.75.40.40/29"], "autoAssign": False}

    record = run_root_failing("demo", edit)
    assert record.kube() == [], "the reserved block lies in another pool"
    assert isinstance(record.error, pulumi.RunError)
    assert "147.75.40.46" in str(record.error)
    assert record.one("ReservedIpBlock"), "only the reservation could tell"
