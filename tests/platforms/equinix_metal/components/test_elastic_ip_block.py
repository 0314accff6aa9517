"""ElasticIpBlock: addresses that are hard to lose and never cost more than was ordered."""

from typing import Any

import pulumi
import pytest

from lab.metal_api.mocks import open_mocks
from metallb.components.guard import ReportedError
from metallb.platforms.equinix_metal.components.elastic_ips import ElasticIpBlock
from tests.platforms.equinix_metal.components.samples import PROJECT
from tests.support.record import Record, Registration
from tests.support.recording import run, run_failing

BLOCK = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
NAME = "elastic-ip-default"


def _run(**args: Any) -> Record:
    options = {key: args.pop(key) for key in ("preview", "cloud") if key in args}
    wanted = {"project_id": PROJECT, "quantity": 1, "metro": "ny", **args}

    def program() -> None:
        ElasticIpBlock(NAME, {key: v for key, v in wanted.items() if v is not None})  # type: ignore[typeddict-item]

    return run(program, **options)


def _block(record: Record) -> Registration:
    return record.one("ReservedIpBlock")


def _made(record: Record) -> dict[str, Any]:
    return record.outputs_of(record.one("ElasticIpBlock", NAME))


def test_addresses_are_public_ipv4_of_the_metro_by_default() -> None:
    block = _block(_run())
    assert block.type == BLOCK
    assert block.inputs.plain["type"] == "public_ipv4"
    assert block.inputs.plain["metro"] == "ny"
    assert block.inputs.plain["quantity"] == 1


def test_the_cidr_of_the_block_is_an_output() -> None:
    assert _made(_run())["cidr_notation"] == "147.75.40.46/32"


def test_a_first_preview_does_not_invent_addresses() -> None:
    record = _run(preview=True)
    outputs = record.outputs[record.one("ElasticIpBlock", NAME).urn]
    assert {"block_id", "cidr_notation"} <= outputs.unknown, f"known: {outputs.plain}"


def test_a_block_is_protected_and_retained_by_default() -> None:
    block = _block(_run())
    assert block.protect is True, "a stray destroy must not give addresses back"
    assert block.retain_on_delete is True, "leaving the stack must not give addresses back"


@pytest.mark.parametrize("switch", ["protect", "retain_on_delete"])
def test_each_of_the_two_guards_can_be_switched_off(switch: str) -> None:
    block = _block(_run(**{switch: False}))
    guards = {"protect": block.protect, "retain_on_delete": block.retain_on_delete}
    assert not guards.pop(switch), "it was switched off"
    assert all(guards.values()), "and the other one stays"


@pytest.mark.parametrize(
    ("guards", "leaves"),
    [
        ({}, False),
        ({"protect": False}, True),
        ({"protect": False, "retain_on_delete": False}, False),
    ],
)
def test_a_block_says_whether_it_stays_at_the_provider_when_it_leaves(
    guards: dict[str, bool], leaves: bool
) -> None:
    assert _made(_run(**guards))["may_leave"] is leaves


def test_description_and_tags_are_sent_once_and_never_replace_the_block() -> None:
    block = _block(_run(description="web", tags=["team-a"]))
    assert block.inputs.plain["description"] == "web"
    assert block.inputs.plain["tags"] == ["team-a"]
    assert set(block.ignore_changes) == {"description", "tags"}, (
        "each of them forces a replacement in provider 3.2.1"
    )


def test_what_makes_the_addresses_is_not_ignored() -> None:
    ignored = set(_block(_run()).ignore_changes)
    assert not ignored & {"quantity", "type", "metro", "facility", "projectId"}, (
        "a change of these has to be noticed, and refused by the protection"
    )


def test_a_facility_takes_the_place_of_the_metro() -> None:
    inputs = _block(_run(metro=None, facility="ny5")).inputs.plain
    assert inputs["facility"] == "ny5"
    assert inputs.get("metro") is None


def test_global_addresses_come_by_name_without_a_metro() -> None:
    record = _run(type="global_ipv4", metro=None)
    inputs = _block(record).inputs.plain
    assert inputs["type"] == "global_ipv4"
    assert inputs.get("metro") is None
    assert inputs.get("facility") is None


def test_public_addresses_warn_of_nothing() -> None:
    assert _run().warnings == []


@pytest.mark.parametrize("as_output", [False, True], ids=["plain", "output"])
def test_an_adopted_block_is_looked_up_and_never_registered(as_output: bool) -> None:
    cloud = open_mocks("demo")
    own, _ = cloud.new_resource(
        BLOCK, "theirs", {"projectId": PROJECT, "quantity": 1, "metro": "ny"}
    )

    def program() -> None:
        adopt = pulumi.Output.from_input(own) if as_output else own
        ElasticIpBlock(NAME, {"project_id": PROJECT, "quantity": 1, "adopt_id": adopt})

    record = run(program, cloud=cloud)
    assert record.of("equinix-metal") == [], "an adopted block is never ours to change or delete"
    assert [call.args.plain for call in record.calls_of("getReservedIpBlock")] == [{"id": own}]
    assert _made(record) == {
        "block_id": own,
        "cidr_notation": "147.75.40.46/32",
        "may_leave": True,
    }


def test_a_preview_knows_an_adopted_block() -> None:
    cloud = open_mocks("demo")
    own, _ = cloud.new_resource(
        BLOCK, "theirs", {"projectId": PROJECT, "quantity": 1, "metro": "ny"}
    )
    record = _run(adopt_id=own, cloud=cloud, preview=True)
    assert _made(record)["cidr_notation"] == "147.75.40.46/32"


def test_adopting_a_block_that_is_not_there_ends_in_one_problem() -> None:
    gone = "11111111-2222-4333-8444-555555555555"

    def program() -> None:
        ElasticIpBlock(NAME, {"project_id": PROJECT, "quantity": 1, "adopt_id": gone})

    error = run_failing(program).error
    assert isinstance(error, ReportedError), f"a traceback would be printed: {error!r}"
    (problem,) = error.error.problems
    assert problem.code == "E302"
    assert NAME in problem.summary, "it names the block"
    assert "adoptId" in problem.help, "and what to look at"


@pytest.mark.parametrize("type_", ["public_ipv4", "global_ipv4"])
def test_no_address_is_ever_attached_to_a_device(type_: str) -> None:
    metro = None if type_ == "global_ipv4" else "ny"
    kinds = {item.kind for item in _run(type=type_, metro=metro).of("equinix-metal")}
    assert kinds == {"ReservedIpBlock"}, "an attached address no longer follows BGP"
