"""What the project itself says, on the real engine: no BGP, a busy API, two devices of one name."""

import re
import time

import yaml

from lab.metal_api import Seed
from tests.platforms.equinix_metal.updates.conftest import DEMO, MakeProject
from tests.platforms.equinix_metal.updates.harness import small

REMEDY = re.compile(r"write `peersPerNode: (\{.*?\})`")
BGP = "/projects/{id}/bgp-config"


def test_an_update_without_preview_reserves_nothing_in_a_project_without_bgp(
    make: MakeProject,
) -> None:
    document = DEMO.model_dump()
    document["project"]["bgp"] = None
    project = make(small(), seed=Seed.model_validate({**document, "name": "no-bgp"}))
    refused = project.try_up()
    assert refused.failed
    assert "error[M16]: " in refused.messages
    assert "(metallb:platform.projectId)" in refused.messages
    assert project.blocks() == {}
    assert not [name for name in project.state() if name.startswith("elastic-ip")]


def test_an_api_too_busy_to_tell_of_bgp_stops_nothing(make: MakeProject) -> None:
    project = make(small(nodes=1))
    # More often than any client tries again.
    project.cloud.add_fault("status", method="GET", path=BGP, status=429, times=10)
    outcome = project.up()
    assert "it is not known whether the project has BGP" in outcome.messages
    assert len(project.sessions()) == 1
    project.cloud.reset_calls()
    assert project.up().nothing_changed
    assert f"GET {BGP}" not in project.cloud.calls(), "an open session is proof enough"


def test_a_site_with_one_ipv4_router_and_two_ipv6_ones_takes_what_the_message_says(
    make: MakeProject,
) -> None:
    config = small(nodes=1)
    config["install"].update(bgpMode="frr")
    config["platform"].update(peerSource="neighbors", addressFamilies=["ipv4", "ipv6"])
    project = make(config)
    refused = project.try_up()
    assert refused.failed
    found = REMEDY.search(refused.messages)
    assert found is not None, refused.messages
    numbers = yaml.safe_load(found[1])
    project.change(lambda config: config["platform"].update(peersPerNode=numbers))
    assert project.up().changes["create"] >= {
        "routing-bgppeer-worker-0-1",
        "routing-bgppeer-worker-0-ipv6-1",
        "routing-bgppeer-worker-0-ipv6-2",
    }


def test_the_program_waits_as_long_as_a_busy_api_demands(make: MakeProject) -> None:
    project = make(small(nodes=1))
    project.cloud.add_fault(
        "status", method="GET", path="/projects/{id}/ips", status=429, retry_after=20
    )
    begun = time.monotonic()
    assert not project.preview().failed
    # Ten times what a preview takes here, and twenty times our own first pause.
    assert time.monotonic() - begun >= 20
    assert project.cloud.faults() == []


def test_two_devices_of_one_host_name_are_reported_and_one_is_found_by_its_id(
    make: MakeProject,
) -> None:
    document = DEMO.model_dump()
    document["devices"][1]["hostname"] = "worker-0"
    project = make(small(nodes=1), seed=Seed.model_validate({**document, "name": "twins"}))
    refused = project.preview()
    assert refused.failed
    assert "cannot look up device worker-0: " in refused.messages
    assert "too many devices found with hostname worker-0 (found 2, expected 1)" in refused.messages
    assert "Traceback" not in refused.messages
    assert "write the deviceId of one at the node" in refused.messages
    second = document["devices"][1]["id"]
    project.change(lambda config: config["platform"]["nodes"][0].update(deviceId=second))
    project.up()
    text = next(path for path in project.rendered() if "bgppeer" in path.name.lower()).read_text()
    assert "peerAddress: 10.64.54.2" in text
