"""A wrong stack file registers nothing at all, and reports why without a traceback."""

from collections.abc import Callable
from typing import Any

import pytest

from metallb.components.guard import ReportedError
from metallb.problems.problem import Problem, spelled
from metallb.problems.text import problems_text
from tests.support.programs import run_root, run_root_failing, sections
from tests.support.record import Record

Sections = dict[str, Any]
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])


def problems_of(record: Record) -> tuple[Problem, ...]:
    """What is wrong; a RunError is printed as its text alone."""
    assert isinstance(record.error, ReportedError), f"a traceback: {record.error!r}"
    text = str(record.error)
    for frame in ("Traceback", 'File "', "pydantic", "ValidationError"):
        assert frame not in text, f"{frame} means nothing to the author of a stack file"
    assert text == problems_text(record.error.error.problems)
    return record.error.error.problems


def is_refused(
    stack: str, edit: Callable[[Sections], None], expected: list[tuple[str, str]], *, preview: bool
) -> None:
    """Every mistake is reported, and nothing is registered."""
    record = run_root_failing(stack, edit, preview=preview)
    assert record.resources == [], "half of a wrong file must not reach the provider"
    assert record.invokes == []
    problems = problems_of(record)
    # The section under a misspelt key is not missed as well.
    found = [(each.code, spelled(each.location).removeprefix("metallb:")) for each in problems]
    assert sorted(found) == expected
    assert all(each.help for each in problems)


def _shape(found: Sections) -> None:
    found["bgp"]["myAsn"] = 0
    found["bgp"]["holdtime"] = "3s"
    found["platform"]["racks"] = []
    found["adressPools"] = found.pop("addressPools")


def _references(found: Sections) -> None:
    racks = found["platform"]["racks"]
    racks.append({**racks[0], "sharedRouters": ["tor"]})


def _rules(found: Sections) -> None:
    found["addressPools"]["one"] = {"addresses": ["192.0.2.0/24"], "autoAssign": False}
    found["addressPools"]["two"] = {"addresses": ["192.0.2.128/25"], "autoAssign": False}
    found["bgp"]["holdTime"] = "2s"


@BOTH_MODES
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            _shape,
            [
                ("E102", "adressPools"),
                ("E102", "bgp.holdtime"),
                ("E105", "bgp.myAsn"),
                ("E105", "platform.racks"),
            ],
        ),
        (
            _references,
            [
                ("E108", "platform.racks[2].name"),
                ("E109", "platform.racks[2].sharedRouters[0]"),
            ],
        ),
        (_rules, [("A2", "addressPools.two.addresses[0]"), ("P6", "bgp.holdTime")]),
    ],
    ids=["shape", "references", "rules"],
)
def test_every_mistake_is_reported_and_nothing_is_registered(
    edit: Callable[[Sections], None], expected: list[tuple[str, str]], preview: bool
) -> None:
    is_refused("onprem", edit, expected, preview=preview)


def test_the_error_is_reported_once_and_not_in_the_log_as_well() -> None:
    record = run_root_failing("onprem", _references)
    logged = [text for severity, text in record.logs if severity in ("error", "warning")]
    assert logged == [], "the language host prints the error itself"


def test_an_empty_stack_file_lists_what_is_needed() -> None:
    record = run_root_failing({})
    found = {(each.code, spelled(each.location)) for each in problems_of(record)}
    assert {("E103", "metallb:platform"), ("E103", "metallb:addressPools")} <= found
    assert record.resources == []


@pytest.mark.parametrize("value", ["[1, 2", "text", 7, None, ["a", "b"]])
def test_a_section_of_another_type_is_a_mistake_like_others(value: Any) -> None:
    record = run_root_failing({**sections("onprem"), "platform": value})
    assert any(each.location[0] == "metallb:platform" for each in problems_of(record))
    assert record.resources == []


def test_a_warning_is_shown_and_stops_nothing() -> None:
    def edit(found: Sections) -> None:
        del found["bgp"]["holdTime"]

    record = run_root("onprem", edit)
    assert len(record.warnings) == 1, record.warnings
    assert "metallb:bgp.holdTime" in record.warnings[0]
    assert record.kube("BGPPeer"), "the rest is made"


def test_a_warning_that_the_file_ignores_is_not_shown() -> None:
    def edit(found: Sections) -> None:
        del found["bgp"]["holdTime"]
        found["preflight"] = {"ignore": [{"id": "P8", "reason": "the routers have a short one"}]}

    assert run_root("onprem", edit).warnings == []
