"""A wrong stack file registers nothing at all, and says why without a traceback."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from tests.support.programs import run_root, run_root_failing, sections
from tests.support.record import Record

Sections = dict[str, Any]
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])


def _lines(record: Record) -> list[str]:
    """The lines that a person sees; a RunError is printed as its text alone."""
    assert isinstance(record.error, pulumi.RunError), f"a traceback: {record.error!r}"
    text = str(record.error)
    for frame in ("Traceback", 'File "', "pydantic", "ValidationError"):
        assert frame not in text, f"{frame} means nothing to the author of a stack file"
    return text.splitlines()


def _shape(found: Sections) -> None:
    found["bgp"]["localAsn"] = 0
    found["bgp"]["holdtime"] = "3s"
    found["platform"]["nodes"] = []
    found["adressPools"] = found.pop("addressPools")


def _references(found: Sections) -> None:
    found["platform"]["nodes"] *= 2
    found["addressPools"]["default"]["elasticIps"] = ["defualt"]


def _rules(found: Sections) -> None:
    found["addressPools"]["one"] = {"addresses": ["203.0.113.0/24"]}
    found["addressPools"]["two"] = {"addresses": ["203.0.113.128/25"]}
    found["bgp"]["holdTime"] = "2s"


@BOTH_MODES
@pytest.mark.parametrize(
    ("edit", "places"),
    [
        (_shape, ["bgp.localAsn", "bgp.holdtime", "platform.nodes", "adressPools"]),
        (_references, ["nodes[2].hostname", "nodes[3].hostname", "default.elasticIps[0]"]),
        (_rules, ["bgp.holdTime", "addressPools.two"]),
    ],
    ids=["shape", "references", "rules"],
)
def test_every_mistake_has_its_line_and_nothing_is_registered(
    edit: Callable[[Sections], None], places: list[str], preview: bool
) -> None:
    record = run_root_failing("demo", edit, preview=preview)
    assert record.resources == [], "half of a wrong file must not reach the provider"
    assert record.invokes == [], "nor is anybody asked"
    lines = _lines(record)
    for place in places:
        assert any(f"metallb:{place}" in line or f".{place}" in line for line in lines), place
    assert all("metallb:" in line and "remedy: " in line for line in lines), lines


def test_as_many_lines_as_mistakes() -> None:
    lines = _lines(run_root_failing("demo", _shape))
    # The section under a misspelt key is not missed as well.
    assert len(lines) == 4, lines


def test_the_error_is_told_once_and_not_in_the_log_as_well() -> None:
    record = run_root_failing("demo", _references)
    told = [text for severity, text in record.logs if severity in ("error", "warning")]
    assert told == [], "the language host prints the error itself"


def test_an_empty_stack_file_says_what_is_needed() -> None:
    record = run_root_failing({})
    text = "\n".join(_lines(record))
    assert "metallb:platform" in text
    assert "metallb:addressPools" in text
    assert record.resources == []


@pytest.mark.parametrize("value", ["[1, 2", "text", 7, None, ["a", "b"]])
def test_a_section_of_another_type_is_a_mistake_like_others(value: Any) -> None:
    record = run_root_failing({**sections("demo"), "platform": value})
    assert any("metallb:platform" in line for line in _lines(record))
    assert record.resources == []


def test_a_warning_is_told_and_stops_nothing() -> None:
    def edit(found: Sections) -> None:
        found["platform"]["elasticIps"]["spare"] = {"quantity": 1}

    record = run_root("demo", edit)
    assert len(record.warnings) == 1, record.warnings
    assert "metallb:platform.elasticIps.spare" in record.warnings[0]
    assert record.kube("BGPPeer"), "the rest is made"


def test_a_warning_that_the_file_silences_is_not_told() -> None:
    def edit(found: Sections) -> None:
        found["platform"]["elasticIps"]["spare"] = {"quantity": 1}
        found["preflight"] = {"ignore": [{"id": "M14", "reason": "kept for the next service"}]}

    assert run_root("demo", edit).warnings == []
