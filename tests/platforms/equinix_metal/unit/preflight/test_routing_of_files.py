"""What the rules of routes say of pools whose blocks are not there yet."""

from pathlib import Path
from typing import Any

import pytest

from tests.platforms.equinix_metal.stacks import metal
from tests.unit.preflight.test_routing_of_files import POOL, Problems, problems_of, written


def block(settings: dict[str, Any], length: int) -> dict[str, Any]:
    """A stack whose pool is a block that is reserved or adopted with the first update."""
    return {
        "install": {"version": "0.16.2", "source": "existing"},
        "platform": {**metal()["platform"], "elasticIps": {"b": settings}},
        "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
        "addressPools": {
            "p": {"elasticIps": ["b"], "advertisements": {"a": {"aggregationLength": length}}}
        },
        "kubernetes": {"context": "dc1"},
    }


STACKS: dict[str, tuple[dict[str, Any], Problems]] = {
    "an aggregate wider than a block to reserve": (
        block({"quantity": 4}, 28),
        {("B1", f"{POOL}.advertisements.a.aggregationLength")},
    ),
    "an aggregate wider than an adopted block": (
        block({"quantity": 8, "adoptTag": "t"}, 28),
        {("B1", f"{POOL}.advertisements.a.aggregationLength")},
    ),
    "an aggregate of an adopted block of unknown size": (block({"adoptTag": "t"}, 28), set()),
    "an aggregate as wide as the block": (block({"quantity": 4}, 30), set()),
}


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_file_is_judged_at_its_keys(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, expected = STACKS[name]
    assert problems_of(capsys, written(tmp_path, sections)) == expected
