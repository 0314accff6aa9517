"""Whether the project has BGP is read before anything is registered, where it matters."""

from typing import Any

import pulumi
import pytest

from lab.metal_api.mocks import MetalMocks
from lab.metal_api.seed import load_seed
from metallb.problems.errors import PlatformError
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.support.programs import run_root, run_root_failing, sections

Sections = dict[str, Any]
TOKEN = {"config": {"equinix-metal:authToken": "planted-token"}}
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
REQUEST = "GET /projects/{id}/bgp-config"


def _light(found: Sections) -> None:
    found["install"]["source"] = "existing"


def _without_bgp(found: Sections) -> MetalMocks:
    seed = load_seed("demo")
    project = seed.project.model_copy(update={"bgp": None})
    return cloud_of(found, seed.model_copy(update={"project": project}))


@BOTH_MODES
def test_a_project_without_bgp_is_refused_before_an_address_is_reserved(preview: bool) -> None:
    found = sections("demo", _light)
    record = run_root_failing(found, cloud=_without_bgp(found), preview=preview, **TOKEN)
    assert record.resources == [], "neither a block nor a session"
    assert isinstance(record.error, pulumi.RunError)
    assert "BGP is not enabled" in str(record.error)
    assert "help: enable BGP in the console" in str(record.error)


def test_sessions_that_are_open_prove_it_without_a_request() -> None:
    found = sections("demo", _light)
    cloud = cloud_of(found)
    first = run_root(found, cloud=cloud, **TOKEN)
    assert cloud.api.calls()[REQUEST] == 1
    run_root(found, cloud=cloud, previous=first, **TOKEN)
    assert cloud.api.calls()[REQUEST] == 1, "a usual update costs no call more"


def test_sessions_that_are_opened_elsewhere_need_no_bgp_of_the_project() -> None:
    def edit(found: Sections) -> None:
        _light(found)
        found["platform"]["manageSessions"] = False

    found = sections("demo", edit)
    record = run_root(found, cloud=_without_bgp(found), **TOKEN)
    assert record.one("ReservedIpBlock")


def test_an_api_that_does_not_answer_is_no_project_without_bgp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(*_: Any) -> bool:
        raise PlatformError("the Equinix Metal API is busy: HTTP status 429", code="E304")

    monkeypatch.setattr("metallb.platforms.equinix_metal.project.project_bgp", busy)
    record = run_root("demo", _light, **TOKEN)
    assert len(record.of("equinix-metal", "BgpSession")) == 2
    assert any("HTTP status 429" in text for text in record.warnings)
