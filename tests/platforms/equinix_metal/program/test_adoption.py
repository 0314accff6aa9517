"""Blocks that exist already, and the two kinds of addresses, through the stack file."""

from typing import Any

import pulumi
import pytest

from lab.metal_api.mocks import MetalMocks
from lab.metal_api.seed import Seed, load_seed
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.support.programs import run_root, run_root_failing, sections
from tests.support.record import Record

Sections = dict[str, Any]
BLOCK = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
TOKEN = {"config": {"equinix-metal:authToken": "planted-token"}}


def _light(found: Sections) -> None:
    """MetalLB's own objects have no part in this."""
    found["install"]["source"] = "existing"


def _with_block(**block: Any) -> tuple[Sections, MetalMocks, str]:
    """The demo stack whose cloud has one block already."""
    found = sections("demo", _light)
    cloud = cloud_of(found)
    inputs = {"projectId": found["platform"]["projectId"], "quantity": 1, "metro": "ny", **block}
    own, _ = cloud.new_resource(BLOCK, "theirs", inputs)
    return found, cloud, own


def _is_adopted(record: Record, own: str) -> None:
    assert record.of("equinix-metal", "ReservedIpBlock") == [], "it is not ours to keep or delete"
    assert [call.args.plain for call in record.calls_of("getReservedIpBlock")] == [{"id": own}]
    assert record.exports["addresses"] == {"default": ["147.75.40.46/32"]}


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_a_block_is_adopted_by_its_id(preview: bool) -> None:
    found, cloud, own = _with_block()
    found["platform"]["elasticIps"]["default"] = {"adoptId": own}
    _is_adopted(run_root(found, cloud=cloud, preview=preview), own)


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_a_block_is_adopted_by_its_tag(preview: bool) -> None:
    found, cloud, own = _with_block(tags=["mine"])
    found["platform"]["elasticIps"]["default"] = {"adoptTag": "mine"}
    _is_adopted(run_root(found, cloud=cloud, preview=preview, **TOKEN), own)


def test_a_block_of_another_size_is_a_warning() -> None:
    found, cloud, own = _with_block(quantity=4)
    found["platform"]["elasticIps"]["default"] = {"adoptId": own, "quantity": 2}
    warnings = run_root(found, cloud=cloud).warnings
    assert any("warning[M1" in text and "4 addresses" in text for text in warnings), warnings


def test_an_adopted_block_of_another_metro_stops_everything() -> None:
    found = sections("demo", _light)
    document = load_seed("demo").model_dump(mode="python")
    document["metros"].append({"code": "sv", "facility": "sv15", "name": "Silicon Valley"})
    cloud = cloud_of(found, Seed.model_validate(document))
    inputs = {"projectId": found["platform"]["projectId"], "quantity": 1, "metro": "sv"}
    own, _ = cloud.new_resource(BLOCK, "theirs", inputs)
    found["platform"]["elasticIps"]["default"] = {"adoptId": own}
    record = run_root_failing(found, cloud=cloud)
    assert record.kube() == []
    assert "error[M19]: block default is in metro sv" in str(record.error)


def test_an_adopted_block_that_is_gone_stops_everything() -> None:
    found, cloud, _ = _with_block()
    gone = "11111111-2222-4333-8444-555555555555"
    found["platform"]["elasticIps"]["default"] = {"adoptId": gone}
    record = run_root_failing(found, cloud=cloud)
    assert record.kube() == []
    assert isinstance(record.error, pulumi.RunError), f"a traceback: {record.error!r}"
    assert "adoptId" in str(record.error)


def test_global_addresses_are_requested_without_the_platforms_metro() -> None:
    def edit(found: Sections) -> None:
        _light(found)
        found["platform"]["elasticIps"]["default"] = {"type": "global_ipv4", "protect": True}

    record = run_root("demo", edit)
    inputs = record.one("ReservedIpBlock").inputs.plain
    assert inputs["type"] == "global_ipv4"
    assert inputs.get("metro") is None, "the provider refuses a place for a global block"
    shown = [text for text in record.warnings if "charged by volume" in text]
    assert len(shown) == 1, record.warnings
    assert "metallb:platform.elasticIps.default.type" in shown[0]


def test_an_ignored_warning_about_global_addresses_is_not_shown() -> None:
    def edit(found: Sections) -> None:
        _light(found)
        found["platform"]["elasticIps"]["default"] = {"type": "global_ipv4", "protect": True}
        reason = "announced from two metros"
        found["preflight"] = {"ignore": [{"id": "M24", "reason": reason}]}

    assert not [text for text in run_root("demo", edit).warnings if "charged" in text]


@pytest.mark.parametrize(
    ("platform", "block", "place"),
    [
        ({"metro": "ny"}, {}, ("ny", None)),
        ({"metro": "ny"}, {"metro": "NY"}, ("ny", None)),
        ({"metro": "ny"}, {"facility": "ny5"}, (None, "ny5")),
        ({"facility": "ny5"}, {}, (None, "ny5")),
        ({"facility": "ny5"}, {"metro": "ny"}, ("ny", None)),
    ],
)
def test_a_block_is_where_it_says_or_where_the_cluster_is(
    platform: Sections, block: Sections, place: tuple[str | None, str | None]
) -> None:
    def edit(found: Sections) -> None:
        _light(found)
        del found["platform"]["metro"]
        found["platform"] |= platform
        found["platform"]["elasticIps"]["default"] = {"quantity": 1, **block}

    record = run_root("demo", edit, preview=True)
    inputs = record.one("ReservedIpBlock").inputs.plain
    assert (inputs.get("metro"), inputs.get("facility")) == place


def test_sessions_that_exist_are_imported_by_the_stack_file() -> None:
    found = sections("demo", _light)
    cloud = cloud_of(found)
    device = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
    there, _ = cloud.new_resource(
        "equinix-metal:index/bgpSession:BgpSession",
        "theirs",
        {"deviceId": device, "addressFamily": "ipv4"},
    )
    found["platform"]["nodes"][0]["bgpSessions"] = {"ipv4": there}
    record = run_root(found, cloud=cloud)
    imports = {item.name: item.import_id for item in record.of("equinix-metal", "BgpSession")}
    assert sorted(imports.values()) == ["", there]


def test_a_line_of_a_session_that_the_state_has_imports_nothing() -> None:
    """What was imported and says so for good is never replaced again, whatever its device is."""
    found = sections("demo", _light)
    cloud = cloud_of(found)
    first = run_root(found, cloud=cloud, **TOKEN)
    held = {
        item.name: first.answers[item.urn][0] for item in first.of("equinix-metal", "BgpSession")
    }
    assert len(held) == 2
    for node in found["platform"]["nodes"]:
        node["bgpSessions"] = {"ipv4": held[f"bgp-sessions-{node['hostname']}-ipv4"]}
    again = run_root(found, cloud=cloud, previous=first, **TOKEN)
    assert [item.import_id for item in again.of("equinix-metal", "BgpSession")] == ["", ""]


def test_a_block_whose_reservation_was_never_confirmed_is_imported_the_next_time() -> None:
    found = sections("demo", _light)
    cloud = cloud_of(found)
    first = run_root(found, cloud=cloud, **TOKEN)
    own, _ = first.answers[first.one("ReservedIpBlock").urn]
    del first.answers[first.one("ReservedIpBlock").urn]
    again = run_root(found, cloud=cloud, previous=first, **TOKEN)
    assert again.one("ReservedIpBlock").import_id == own, "a second one would be paid for"
    assert again.exports == first.exports


def test_a_state_that_is_being_written_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metallb.components.own_state._WAITS", (0.0, 0.0))
    found = sections("demo", _light)
    cloud = cloud_of(found)
    first = run_root(found, cloud=cloud, **TOKEN)
    own, _ = first.answers[first.one("ReservedIpBlock").urn]
    del first.answers[first.one("ReservedIpBlock").urn]
    again = run_root(found, cloud=cloud, previous=first, unreadable=2, **TOKEN)
    assert again.one("ReservedIpBlock").import_id == own
    assert again.warnings == first.warnings


def test_a_state_that_stays_unreadable_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metallb.components.own_state._WAITS", (0.0, 0.0))
    record = run_root(sections("demo", _light), unreadable=3, **TOKEN)
    (shown,) = [text for text in record.warnings if "state can't be read" in text]
    assert "unexpected end of JSON input" in shown
    assert record.one("ReservedIpBlock").import_id == ""
