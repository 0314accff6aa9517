"""A boolean is no number in this platform's section."""

from typing import Any

import pytest

from tests.platforms.equinix_metal.stacks import metal
from tests.platforms.equinix_metal.unit.preflight.build import metal_platform
from tests.unit.stackfile.test_numbers_and_booleans import (
    test_a_boolean_is_not_taken_for_the_number_one as is_refused,
)


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        (
            metal(**metal_platform(elasticIps={"default": {"quantity": True}})),
            "metallb:platform.elasticIps.default.quantity",
        ),
        (metal(**metal_platform(peersPerNode=True)), "metallb:platform.peersPerNode"),
    ],
)
def test_a_boolean_is_not_taken_for_the_number_one(sections: dict[str, Any], path: str) -> None:
    is_refused(sections, path)
