"""Blocks that carry the stack's tag: which fit the stack file, and which are in no state."""

from typing import Any

import pytest

from metallb.platforms.equinix_metal.names import block_name, ownership_prefix, ownership_tag
from metallb.platforms.equinix_metal.recovery.blocks import (
    block_imports,
    forgotten_blocks,
    leftover_blocks,
)
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.problems.errors import PlatformError

A = "00000000-0000-4000-8000-00000000000a"
TAG = ownership_tag("metallb", "prod", "default")
TAGS = {"default": TAG}
PREFIX = ownership_prefix("metallb", "prod")


def platform(place: dict[str, str], **block: Any) -> EquinixMetalPlatform:
    return EquinixMetalPlatform.model_validate(
        {
            "kind": "equinix-metal",
            "projectId": A,
            "nodes": [{"hostname": "worker-0"}],
            "elasticIps": {"default": block},
            **place,
        }
    )


def reserved(**changes: Any) -> dict[str, Any]:
    return {"id": A, "tags": [TAG], "network": "147.75.40.46", "cidr": 32, **changes}


NY, SV, NY5 = {"code": "NY"}, {"code": "sv"}, {"code": "ny5"}
BY_REFERENCE = {"href": "/metal/v1/locations/metros/1"}


@pytest.mark.parametrize(
    ("place", "block", "line"),
    [
        ({"metro": "ny"}, {"metro": SV}, "metro: sv"),
        ({"facility": "ny5"}, {"metro": NY, "facility": None}, "metro: ny"),
        ({"facility": "ny5"}, {"metro": SV, "facility": {"code": "sv15"}}, "facility: sv15"),
    ],
)
def test_a_block_of_another_place_is_named_with_the_line_that_keeps_it(
    place: dict[str, str], block: dict[str, Any], line: str
) -> None:
    with pytest.raises(PlatformError) as raised:
        block_imports(platform(place), TAGS, {}, [reserved(**block)])
    assert f"write `{line}` at this block" in raised.value.problem.help


@pytest.mark.parametrize(
    ("place", "block"),
    [
        ({"metro": "ny"}, {"metro": NY, "facility": None}),
        ({"metro": "ny"}, {"metro": NY, "facility": NY5}),
        ({"facility": "NY5"}, {"metro": NY, "facility": NY5}),
        ({"metro": "ny"}, {"metro": BY_REFERENCE, "facility": BY_REFERENCE}),
    ],
    ids=["metro", "by-facility", "facility", "by-reference"],
)
def test_a_block_of_the_same_place_is_imported(
    place: dict[str, str], block: dict[str, Any]
) -> None:
    found = block_imports(platform(place), TAGS, {}, [reserved(**block)])
    assert found == {"default": A}


def test_a_global_block_is_of_no_place() -> None:
    wanted = platform({"metro": "ny"}, type="global_ipv4")
    assert block_imports(wanted, TAGS, {}, [reserved(global_ip=True, metro=None)]) == {"default": A}


def test_a_leftover_is_ours_by_the_stack_and_not_by_its_name() -> None:
    old = reserved(tags=["web", ownership_tag("metallb", "prod", "old")])
    others = [
        reserved(tags=[ownership_tag("metallb", other, "default")])
        for other in ("prod2", "pro", "prod-2")
    ]
    assert leftover_blocks(PREFIX, (), [old, *others]) == [old]
    assert leftover_blocks(PREFIX, (A,), [old, *others]) == []


def test_a_forgotten_block_blocks_a_new_one_and_nothing_else() -> None:
    old = reserved(tags=[ownership_tag("metallb", "prod", "old")], cidr=31)
    (found,) = forgotten_blocks(PREFIX, ["web"], {}, [old])
    assert (found.code, found.location) == ("E306", ("metallb:platform", "elasticIps", "web"))
    assert "reserved as old" in found.summary
    assert f"`adoptId: {A}` and `quantity: 2`" in found.help
    assert f"--release {A}" in found.help
    assert forgotten_blocks(PREFIX, [], {}, [old]) == []
    # Reserved twice, or replaced and about to be deleted: the state has the one that serves.
    assert forgotten_blocks(PREFIX, ["web"], {block_name("old"): {"id": "x"}}, [old]) == []
