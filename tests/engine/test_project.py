"""What the project itself says, on the real engine: no BGP, a busy API, two devices of one name."""

from lab.metal_api import Seed
from tests.engine.conftest import DEMO, MakeProject
from tests.engine.harness import small

BGP = "/projects/{id}/bgp-config"


def test_an_update_without_preview_reserves_nothing_in_a_project_without_bgp(
    make: MakeProject,
) -> None:
    document = DEMO.model_dump()
    document["project"]["bgp"] = None
    project = make(small(), seed=Seed.model_validate({**document, "name": "no-bgp"}))
    refused = project.try_up()
    assert refused.failed
    assert "metallb:platform.projectId: BGP is enabled in the project" in refused.messages
    assert project.blocks() == {}
    assert not [name for name in project.state() if name.startswith("elastic-ip")]


def test_an_api_too_busy_to_tell_of_bgp_stops_nothing(make: MakeProject) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    # More often than anybody asks again.
    project.cloud.add_fault("status", method="GET", path=BGP, status=429, times=10)
    outcome = project.up()
    assert "whether the project has BGP is not known" in outcome.messages
    assert len(project.sessions()) == 1
    project.cloud.reset_calls()
    assert project.up().nothing_changed
    assert f"GET {BGP}" not in project.cloud.calls(), "an open session is proof enough"
