"""Each call of an update is answered in another shape: nothing is reserved twice, lost or left.

`METALLB_ENGINE_FULL=1` runs every pair of a call and a shape; the default is those that differ in
what they could be taken for.
"""

import pytest

from lab.metal_api.enums import OddShape
from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import Config, Project, changed, small
from tests.platforms.equinix_metal.updates.recovering import (
    assert_sound,
    converge,
    refresh_without_loss,
    release_leftovers,
)
from tests.platforms.equinix_metal.updates.test_faults import CALLS, FULL
from tests.platforms.equinix_metal.updates.test_later_faults import (
    GONE,
    READ,
    UPDATE,
    Template,
    after,
    before,
    seed,
)

LISTS = ("GET /projects/{id}/ips", "GET /projects/{id}/bgp/sessions", "GET /projects/{id}/devices")
OWN = LISTS[:2]
"""Lists that the program itself fetches."""


def pairs(calls: tuple[str, ...], *few: tuple[str, str]) -> list[tuple[str, str]]:
    """Every call in every shape that it can have, or a few."""
    if not FULL:
        return list(few)
    return [
        (call, shape.value)
        for call in calls
        for shape in OddShape
        if shape is not OddShape.ENDLESS or call in LISTS
    ]


def odd(project: Project, call: str, shape: str, times: int = 1) -> None:
    assert project.cloud is not None
    method, _, path = call.partition(" ")
    project.cloud.add_fault("shape", shape=shape, method=method, path=path, times=times)


@pytest.mark.parametrize(
    ("call", "shape"),
    pairs(
        CALLS,
        ("GET /projects/{id}/ips", "object"),
        ("GET /projects/{id}/ips", "endless"),
        ("GET /projects/{id}/bgp/sessions", "html"),
        ("GET /projects/{id}/devices", "object"),
        ("POST /projects/{id}/ips", "object"),
        ("POST /projects/{id}/ips", "html"),
        ("GET /ips/{id}", "object"),
        ("POST /devices/{id}/bgp/sessions", "types"),
        ("GET /bgp/sessions/{id}", "null"),
    ),
)
def test_an_update_converges_after_an_answer_of_another_shape(
    make: MakeProject, call: str, shape: str
) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    odd(project, call, shape)
    outcomes = converge(project)
    assert project.cloud.faults() == [], "the update never made this call"
    assert len(project.blocks()) == 1
    assert release_leftovers(project) == []
    assert_sound(project)
    if call in OWN:
        assert len(outcomes) == 1, "the program fetches it again"


@pytest.mark.parametrize("shape", OddShape if FULL else ("object", "types"))
@pytest.mark.parametrize("call", OWN)
def test_a_list_of_another_shape_is_never_an_empty_one(
    make: MakeProject, call: str, shape: str
) -> None:
    project = make(small(nodes=1))
    assert project.cloud is not None
    odd(project, call, shape, times=100)
    outcome = project.try_up()
    assert outcome.failed
    assert "error[E30" in outcome.messages
    assert (project.blocks(), project.sessions()) == ({}, {})
    project.cloud.clear_faults()
    project.up()
    assert_sound(project)


def _adopted(config: Config) -> None:
    """The stack's own block, adopted by its tag: without it, the update would give it back."""
    config["platform"]["elasticIps"]["default"] = {"adoptTag": "metallb:metallb/demo/default"}


@pytest.mark.parametrize("shape", OddShape if FULL else ("object", "errors"))
def test_a_block_that_would_be_given_back_is_guarded_from_a_list_of_another_shape(
    running: Project, shape: str
) -> None:
    assert running.cloud is not None
    blocks = running.blocks()
    config = running.config
    running.change(_adopted)
    odd(running, "GET /projects/{id}/ips", shape, times=100)
    assert running.try_up().failed
    running.cloud.clear_faults()
    assert "E506" in running.try_up().messages
    assert running.blocks() == blocks
    running.write(config)
    assert_sound(running)


@pytest.fixture
def project(make: MakeProject, template: Template) -> Project:
    config = changed(small(), before)
    return make(config, seed(), template("later", config, seed()))


@pytest.mark.parametrize(
    ("call", "shape"),
    pairs(
        UPDATE,
        ("GET /devices/{id}/bgp/neighbors", "object"),
        ("POST /devices/{id}/bgp/sessions", "object"),
        ("GET /bgp/sessions/{id}", "errors"),
        ("DELETE /ips/{id}", "html"),
    ),
)
def test_an_update_that_changes_things_converges_after_an_answer_of_another_shape(
    project: Project, call: str, shape: str
) -> None:
    assert project.cloud is not None
    kept = project.state()["elastic-ip-default-block"]["id"]
    odd(project, call, shape)
    project.change(after)
    converge(project)
    assert project.cloud.faults() == [], "the update never made this call"
    released = release_leftovers(project)
    # The plugin takes any status of success for a deletion, whatever answers with it.
    assert len(released) == ((call, shape) == ("DELETE /ips/{id}", "html"))
    assert list(project.blocks()) == [kept]
    if (call, shape) != ("DELETE /bgp/sessions/{id}", "html"):
        assert sorted(project.sessions().values()) == ["worker-0", "worker-2"]
        assert_sound(project)


@pytest.mark.parametrize(("call", "shape"), pairs(GONE, ("DELETE /ips/{id}", "null")))
def test_a_destroy_loses_nothing_after_an_answer_of_another_shape(
    project: Project, call: str, shape: str
) -> None:
    assert project.cloud is not None
    odd(project, call, shape)
    if project.try_destroy().failed:
        project.destroy()
    assert project.cloud.faults() == [], "the destroy never made this call"
    assert project.state() == {}
    # What a proxy has kept from the API is left over, and listed.
    kept = shape == OddShape.HTML
    left = set(project.blocks())
    assert len(left) == (kept and call.startswith("DELETE /ips"))
    assert set(release_leftovers(project)) == left
    assert len(project.sessions()) == (kept and call.startswith("DELETE /bgp"))


@pytest.mark.parametrize(
    ("call", "shape"),
    pairs(READ, ("GET /ips/{id}", "object"), ("GET /bgp/sessions/{id}", "types")),
)
def test_a_refresh_that_meets_another_shape_forgets_nothing(
    project: Project, call: str, shape: str
) -> None:
    assert project.cloud is not None
    refresh_without_loss(project, lambda: odd(project, call, shape))
