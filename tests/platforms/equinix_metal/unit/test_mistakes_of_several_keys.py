"""Rules about several keys of this platform's section."""

from typing import Any

import pytest

from tests.platforms.equinix_metal.stacks import metal
from tests.support.problems import one_problem_of, places
from tests.unit.stackfile.test_mistakes_of_several_keys import ONE_ID, TOGETHER
from tests.unit.stackfile.test_mistakes_of_several_keys import (
    test_the_key_at_fault_is_named as is_named,
)


def platform(**changes: Any) -> dict[str, Any]:
    return metal(platform={**metal()["platform"], **changes})


def block(**settings: Any) -> dict[str, Any]:
    return platform(elasticIps={"default": settings})


BLOCK = "metallb:platform.elasticIps.default"


@pytest.mark.parametrize(
    ("sections", "where", "summary", "help"),
    [
        (
            platform(nodes=[{}]),
            "metallb:platform.nodes[0].hostname",
            "neither hostname nor deviceId",
            "add hostname",
        ),
        (
            block(adoptId=ONE_ID, adoptTag="mine"),
            f"{BLOCK}.adoptTag",
            "adoptId and adoptTag",
            "keep one",
        ),
        (block(metro="ny", facility="ny5"), f"{BLOCK}.facility", "metro and facility", "keep one"),
        (block(type="global_ipv4", metro="ny"), f"{BLOCK}.metro", "global_ipv4", "remove metro"),
        (
            block(type="global_ipv4", facility="ny5"),
            f"{BLOCK}.facility",
            "global_ipv4",
            "remove facility",
        ),
        (
            platform(metro="ny", facility="ny5"),
            "metallb:platform.facility",
            "metro and facility",
            "keep one",
        ),
        (
            platform(metro=None),
            "metallb:platform.metro",
            "neither metro nor facility",
            "set metro",
        ),
    ],
)
def test_the_key_at_fault_is_named(
    sections: dict[str, Any], where: str, summary: str, help: str
) -> None:
    is_named(sections, where, summary, help)


def test_a_value_that_another_key_makes_wrong_is_shown() -> None:
    found = one_problem_of(block(type="global_ipv4", quantity=8))
    assert places([found]) == [("E105", f"{BLOCK}.quantity")]
    assert found.summary.startswith("8 ")


def test_a_key_that_is_left_out_is_named_as_well() -> None:
    sections = platform()
    del sections["platform"]["metro"]
    assert places([one_problem_of(sections)]) == [(TOGETHER, "metallb:platform.metro")]
