"""Each call of an update goes wrong in each way: it converges, and nothing is left at the provider.

The provider plugin repeats calls whose connection broke, even a POST that was done, and never one
that was answered with a status. `METALLB_ENGINE_FULL=1` runs every pair; the default is the pairs
that differ in what is left behind.
"""

import os
import re
from typing import Any

import pytest

from metallb.problems.errors import PlatformError
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import Project, small
from tests.platforms.equinix_metal.updates.recovering import (
    assert_sound,
    converge,
    release_leftovers,
)

CALLS = (
    "GET /projects/{id}/ips",
    "GET /projects/{id}/bgp/sessions",
    "GET /projects/{id}/bgp-config",
    "GET /projects/{id}/devices",
    "POST /projects/{id}/ips",
    "GET /ips/{id}",
    "POST /devices/{id}/bgp/sessions",
    "GET /bgp/sessions/{id}",
)
"""Every call of an update on nothing, in its order."""
KINDS: dict[str, dict[str, Any]] = {
    "429": {"kind": "status", "status": 429},
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503},
    "slow": {"kind": "delay", "seconds": 3},
    "reset": {"kind": "reset"},
    "lost": {"kind": "lost_reply"},
    "broken": {"kind": "broken_body"},
}
FULL = bool(os.environ.get("METALLB_ENGINE_FULL"))
LOOKS = CALLS[:4]
"""Reads of the update itself, before it changes anything: each is made again."""
PAIRS = [
    (call, kind)
    for call in CALLS
    for kind in KINDS
    if FULL
    or (kind == "503" and call not in LOOKS)
    or (call.startswith("POST") and kind in ("reset", "lost", "broken"))
] + ([] if FULL else [("GET /projects/{id}/devices", "429"), ("POST /projects/{id}/ips", "slow")])


def fault(project: Project, call: str, kind: str) -> None:
    """A call goes wrong in this way the next time that it is made."""
    method, _, path = call.partition(" ")
    project.cloud.add_fault(method=method, path=path, **KINDS[kind])


def test_an_update_makes_every_look_again_that_was_answered_by_503(make: MakeProject) -> None:
    project = make(small(nodes=1))
    for call in LOOKS:
        fault(project, call, "503")
    outcomes = converge(project)
    assert project.cloud.faults() == [], "the update never made these calls"
    assert len(outcomes) == 1
    assert release_leftovers(project) == []
    assert_sound(project)


@pytest.mark.parametrize(("call", "kind"), PAIRS)
def test_an_update_converges_after_a_fault(make: MakeProject, call: str, kind: str) -> None:
    project = make(small(nodes=1))
    fault(project, call, kind)
    outcomes = converge(project)
    assert project.cloud.faults() == [], "the update never made this call"
    reserved = list(project.blocks())
    released = release_leftovers(project)
    assert_sound(project)
    # A read that failed is tried again within the update; what the plugin can't read is not.
    if (call.startswith("GET /projects") and kind != "broken") or kind == "slow":
        assert len(outcomes) == 1
    # Only a reservation whose reply was lost can leave a block behind, and it is reported at once.
    if (call, kind) == ("POST /projects/{id}/ips", "lost"):
        assert len(reserved) == 2
        assert released[0] in outcomes[0].messages
    else:
        assert released == []


def test_two_blocks_that_the_state_does_not_know_are_refused_until_one_is_released(
    make: MakeProject,
) -> None:
    project = make(small(nodes=1))
    project.cloud.add_fault("lost_reply", method="POST", path="/projects/{id}/ips")
    project.up()
    assert len(project.blocks()) == 2
    project.stack.import_stack(forgotten(project, "-block"))
    refused = project.preview()
    assert refused.failed
    assert "metallb:platform.elasticIps.default" in refused.messages
    assert all(block in refused.messages for block in project.blocks())
    kept, extra = project.blocks()
    with pytest.raises(PlatformError, match=re.escape(extra)):
        project.repair(release=("00000000-0000-4000-8000-000000000000",))
    project.repair(release=(extra,))
    assert project.up().changes["import"] == {"elastic-ip-default-block"}
    assert list(project.blocks()) == [kept]


def forgotten(project: Project, ending: str) -> Any:
    """The stack's state without some resources and what depends on them."""
    deployment = project.stack.export_stack()
    resources = deployment.deployment["resources"]
    lost = {item["urn"] for item in resources if item["urn"].endswith(ending)}
    deployment.deployment["resources"] = [
        item
        for item in resources
        if item["urn"] not in lost and not lost.intersection(item.get("dependencies") or ())
    ]
    return deployment
