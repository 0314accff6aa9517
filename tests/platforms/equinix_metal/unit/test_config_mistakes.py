"""Mistakes in this platform's section of a stack file."""

from typing import Any

import pytest

from tests.platforms.equinix_metal.stacks import metal
from tests.support.problems import one_problem_of, places, problems_of, words
from tests.unit.stackfile.test_config_mistakes import (
    test_a_mistake_has_code_place_value_and_help as is_described,
)
from tests.unit.stackfile.test_config_mistakes import (
    test_an_empty_word_is_reported as is_reported_as_empty,
)
from tests.unit.stacks import static

ONE_ID = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"


def with_platform(**changes: Any) -> dict[str, Any]:
    sections = metal()
    sections["platform"].update(changes)
    return sections


@pytest.mark.parametrize(
    ("sections", "code", "place", "parts"),
    [
        (
            with_platform(elasticIps={"default": {"quantity": 3}}),
            "E105",
            "metallb:platform.elasticIps.default.quantity",
            ["3 is not a power of two", "set quantity to 2 or 4"],
        ),
        (
            with_platform(nodes=[{"hostname": "worker_0"}]),
            "E105",
            "metallb:platform.nodes[0].hostname",
            ["'worker_0'", "RFC 1123", "the node's kubernetes.io/hostname label"],
        ),
        (
            metal(addressPools={"default": {"elasticIps": ["edge"]}}),
            "E109",
            "metallb:addressPools.default.elasticIps[0]",
            ["'edge'", "metallb:platform.elasticIps", "use one of: default"],
        ),
        (
            with_platform(nodes=[{"hostname": "worker-0"}, {"hostname": "worker-0"}]),
            "E108",
            "metallb:platform.nodes[1].hostname",
            ["'worker-0'", "entry [0] has it already", "remove one of the two"],
        ),
    ],
)
def test_a_mistake_has_code_place_value_and_help(
    sections: dict[str, Any], code: str, place: str, parts: list[str]
) -> None:
    is_described(sections, code, place, parts)


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        (with_platform(metro=""), "platform.metro"),
        (with_platform(metro=None, facility=" "), "platform.facility"),
        *(
            (with_platform(elasticIps={"default": {key: ""}}), f"platform.elasticIps.default.{key}")
            for key in ("adoptTag", "metro")
        ),
    ],
)
def test_an_empty_word_is_reported(sections: dict[str, Any], place: str) -> None:
    is_reported_as_empty(sections, place)


def test_a_list_emptied_by_its_own_mistakes_is_not_called_empty() -> None:
    found = problems_of(with_platform(nodes=[{"hostname": "worker_0"}, {"hostname": "Worker"}]))
    assert places(found) == [
        ("E105", f"metallb:platform.nodes[{index}].hostname") for index in (0, 1)
    ]


def test_a_block_can_serve_one_pool_only() -> None:
    found = one_problem_of(
        metal(addressPools={"a": {"elasticIps": ["default"]}, "b": {"elasticIps": ["default"]}})
    )
    assert places([found]) == [("E108", "metallb:addressPools.b.elasticIps[0]")]
    assert "in pool a as well" in found.summary


def test_a_key_of_the_other_kind_of_platform_is_reported_with_its_kind() -> None:
    platform = {**static()["platform"], "projectId": "x", "metro": "ny"}
    found = [*problems_of(static(platform=platform)), *problems_of(with_platform(racks=[]))]
    for problem, key, here, there in zip(
        found,
        ("projectId", "metro", "racks"),
        ("static", "static", "equinix-metal"),
        ("equinix-metal", "equinix-metal", "static"),
        strict=True,
    ):
        assert places([problem]) == [("E102", f"metallb:platform.{key}")]
        assert f"kind {here}" in problem.summary
        assert problem.help.startswith("remove it")
        assert f"set kind: {there}" in problem.help


def test_the_nearest_key_is_one_of_the_same_kind() -> None:
    assert "did you mean 'racks'" not in words(one_problem_of(with_platform(rack=[])))


def test_one_existing_session_belongs_to_one_node() -> None:
    nodes = [
        {"hostname": f"worker-{n}", "bgpSessions": {"ipv4": id_}}
        for n, id_ in enumerate((ONE_ID, ONE_ID.upper()))
    ]
    found = one_problem_of(with_platform(nodes=nodes))
    assert places([found]) == [("E108", "metallb:platform.nodes[1].bgpSessions.ipv4")]
    assert "metallb:platform.nodes[0].bgpSessions.ipv4" in found.summary


@pytest.mark.parametrize(("key", "value"), [("adoptTag", "metallb"), ("adoptId", ONE_ID)])
def test_one_existing_block_is_adopted_once(key: str, value: str) -> None:
    blocks = {"default": {key: value}, "edge": {key: value}}
    found = one_problem_of(with_platform(elasticIps=blocks))
    assert places([found]) == [("E108", f"metallb:platform.elasticIps.edge.{key}")]
    assert f"metallb:platform.elasticIps.default.{key}" in found.summary


def test_a_family_is_listed_once() -> None:
    found = one_problem_of(with_platform(addressFamilies=["ipv4", "ipv4"]))
    assert places([found]) == [("E108", "metallb:platform.addressFamilies[1]")]
    assert "'ipv4'" in found.summary
