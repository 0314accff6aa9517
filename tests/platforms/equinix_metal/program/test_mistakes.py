"""A wrong stack file registers nothing at all, and warnings stop nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.program.test_mistakes import BOTH_MODES, is_refused
from tests.support.programs import run_root

Sections = dict[str, Any]


def _shape(found: Sections) -> None:
    found["bgp"]["myAsn"] = 0
    found["platform"]["nodes"] = []


def _references(found: Sections) -> None:
    found["platform"]["nodes"] *= 2
    found["addressPools"]["default"]["elasticIps"] = ["defualt"]


@BOTH_MODES
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_shape, [("E105", "bgp.myAsn"), ("E105", "platform.nodes")]),
        (
            _references,
            [
                ("E108", "platform.nodes[2].hostname"),
                ("E108", "platform.nodes[3].hostname"),
                ("E109", "addressPools.default.elasticIps[0]"),
            ],
        ),
    ],
    ids=["shape", "references"],
)
def test_every_mistake_is_reported_and_nothing_is_registered(
    edit: Callable[[Sections], None], expected: list[tuple[str, str]], preview: bool
) -> None:
    is_refused("demo", edit, expected, preview=preview)


def test_a_warning_is_shown_and_stops_nothing() -> None:
    def edit(found: Sections) -> None:
        found["platform"]["elasticIps"]["spare"] = {"quantity": 1}

    record = run_root("demo", edit)
    assert len(record.warnings) == 1, record.warnings
    assert "metallb:platform.elasticIps.spare" in record.warnings[0]
    assert record.kube("BGPPeer"), "the rest is made"


def test_a_warning_that_the_file_ignores_is_not_shown() -> None:
    def edit(found: Sections) -> None:
        found["platform"]["elasticIps"]["spare"] = {"quantity": 1}
        found["preflight"] = {"ignore": [{"id": "M14", "reason": "kept for the next service"}]}

    assert run_root("demo", edit).warnings == []
