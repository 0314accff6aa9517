"""Codes of places: refused with what was meant."""

from typing import Any

import pytest

from tests.platforms.equinix_metal.stacks import metal
from tests.support.problems import one_problem_of, places
from tests.unit.stacks import stack


def placed(**place: Any) -> dict[str, Any]:
    platform = {key: value for key, value in metal()["platform"].items() if key != "metro"}
    return metal(platform={**platform, **place})


def block(**place: Any) -> dict[str, Any]:
    return placed(metro="ny", elasticIps={"default": place})


@pytest.mark.parametrize(
    ("sections", "key", "meant"),
    [
        (placed(metro="ewr1"), "metro", "facility: ewr1"),
        (placed(metro="NY5"), "metro", "facility: ny5"),
        (placed(facility="ny"), "facility", "metro: ny"),
        (placed(facility="NY"), "facility", "metro: ny"),
        (placed(metro="new-york"), "metro", ""),
        (placed(metro="n"), "metro", ""),
        (placed(metro="n1"), "metro", ""),
        (placed(metro="nyc"), "metro", ""),
        (placed(metro="<metro>"), "metro", ""),
        (placed(facility="1ewr"), "facility", ""),
        (placed(facility="ewr-1"), "facility", ""),
        (placed(facility="newark1"), "facility", ""),
        (block(metro="sv15"), "elasticIps.default.metro", "facility: sv15"),
        (block(facility="sv"), "elasticIps.default.facility", "metro: sv"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_code_that_no_place_has_is_refused(
    sections: dict[str, Any], key: str, meant: str
) -> None:
    found = one_problem_of(sections)
    assert places([found]) == [("E105", f"metallb:platform.{key}")]
    assert meant in found.help


@pytest.mark.parametrize(
    "sections",
    [
        *(placed(metro=code) for code in ("ny", "SV", "da")),
        *(placed(facility=code) for code in ("ewr1", "NY5", "sv15", "ams1")),
        block(facility="ewr1"),
    ],
    ids=str,
)
def test_a_code_of_a_place_is_taken_in_small_letters(sections: dict[str, Any]) -> None:
    platform = stack(sections).platform.model_dump()
    place = platform["metro"] or platform["facility"]
    assert place == place.lower()
