"""Calls of a later update, of a destroy, of a refresh go wrong: nothing is lost or left then too.

As in `test_faults.py`, `METALLB_ENGINE_FULL=1` runs every pair of a call and a fault.
"""

from collections.abc import Callable

import pytest

from lab.metal_api import Seed
from lab.metal_api.enums import PeerKind
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.elsewhere import replace_device
from tests.platforms.equinix_metal.updates.harness import (
    Config,
    Project,
    changed,
    small,
    three_workers,
)
from tests.platforms.equinix_metal.updates.recovering import (
    assert_sound,
    converge,
    refresh_without_loss,
    release_leftovers,
)
from tests.platforms.equinix_metal.updates.test_faults import FULL, KINDS, fault

Template = Callable[..., Project]
W0 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
UPDATE = (
    "GET /devices/{id}",
    "GET /projects/{id}/devices",
    "GET /devices/{id}/bgp/neighbors",
    "POST /devices/{id}/bgp/sessions",
    "GET /bgp/sessions/{id}",
    "DELETE /bgp/sessions/{id}",
    "DELETE /ips/{id}",
)
"""Every call of an update that changes things."""
GONE = ("DELETE /ips/{id}", "DELETE /bgp/sessions/{id}")
READ = ("GET /ips/{id}", "GET /bgp/sessions/{id}")


def pairs(calls: tuple[str, ...], *more: tuple[str, str]) -> list[tuple[str, str]]:
    if FULL:
        return [(call, kind) for call in calls for kind in KINDS]
    lost = [(call, "lost") for call in calls if call.startswith("DELETE")]
    return [*((call, "503") for call in calls), *lost, *more]


def before(config: Config) -> None:
    """A node by its id, routers that are looked up, and a block that may leave."""
    config["platform"]["nodes"] = [{"deviceId": W0}, {"hostname": "worker-1"}]
    config["platform"] |= {"peerSource": "neighbors", "peersPerNode": 2}
    blocks = config["platform"]["elasticIps"]
    blocks["extra"] = dict(blocks["default"])
    config["addressPools"]["default"]["elasticIps"] = ["default", "extra"]


def after(config: Config) -> None:
    """One node leaves and one comes, and the block leaves."""
    config["platform"]["nodes"] = [{"deviceId": W0}, {"hostname": "worker-2"}]
    config["platform"]["elasticIps"].pop("extra")
    config["addressPools"]["default"]["elasticIps"] = ["default"]


def seed() -> Seed:
    """Three workers with two routers each."""
    document = three_workers().model_dump()
    document["name"] = "three-with-two-routers"
    for device in document["devices"]:
        device["peers"] = PeerKind.TOR
    return Seed.model_validate(document)


@pytest.fixture
def project(make: MakeProject, template: Template) -> Project:
    config = changed(small(), before)
    return make(config, seed(), template("later", config, seed()))


@pytest.mark.parametrize(
    ("call", "kind"),
    pairs(
        UPDATE,
        ("POST /devices/{id}/bgp/sessions", "lost"),
        ("POST /devices/{id}/bgp/sessions", "broken"),
        ("GET /devices/{id}/bgp/neighbors", "broken"),
    ),
)
def test_an_update_that_changes_things_converges_after_a_fault(
    project: Project, call: str, kind: str
) -> None:
    kept = project.state()["elastic-ip-default-block"]["id"]
    fault(project, call, kind)
    project.change(after)
    converge(project)
    assert project.cloud.faults() == [], "the update never made this call"
    assert release_leftovers(project) == []
    assert list(project.blocks()) == [kept]
    assert sorted(project.sessions().values()) == ["worker-0", "worker-2"]
    assert_sound(project)


@pytest.mark.parametrize("kind", KINDS if FULL else ("503", "lost"))
def test_a_session_that_is_replaced_converges_after_a_fault(running: Project, kind: str) -> None:
    replace_device(running, "worker-1")
    fault(running, "POST /devices/{id}/bgp/sessions", kind)
    outcomes = converge(running)
    # Once a session is open at the new device, it is named; never "already has session" twice.
    assert len(outcomes) <= 3
    assert sorted(running.sessions().values()) == ["worker-0", "worker-1"]
    assert_sound(running)


@pytest.mark.parametrize(("call", "kind"), pairs(GONE))
def test_a_destroy_leaves_nothing_after_a_fault(project: Project, call: str, kind: str) -> None:
    fault(project, call, kind)
    if project.try_destroy().failed:
        project.destroy()
    assert project.cloud.faults() == [], "the destroy never made this call"
    assert project.state() == {}
    assert (project.blocks(), project.sessions()) == ({}, {})


@pytest.mark.parametrize(("call", "kind"), pairs(READ))
def test_a_refresh_that_meets_a_fault_forgets_nothing(
    project: Project, call: str, kind: str
) -> None:
    refresh_without_loss(project, lambda: fault(project, call, kind))
