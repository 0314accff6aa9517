"""Go durations: what MetalLB would read, and what it would refuse."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.durations import is_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3s", "3"),
        ("90s", "90"),
        ("1m30s", "90"),
        ("1.5h", "5400"),
        ("500ms", "0.5"),
        ("0", "0"),
        ("-3s", "-3"),
        ("1h1m1s1ms", "3661.001"),
    ],
)
def test_a_go_duration_is_read_to_the_exact_second(text: str, seconds: str) -> None:
    assert parse_duration(text) == Decimal(seconds)


@pytest.mark.parametrize(
    "text", ["", "3", "s", "3 s", "3sec", "1d", "3s ", "--3s", "3s1", "1e3s", "9" * 70 + "s"]
)
def test_what_go_refuses_is_refused(text: str) -> None:
    assert not is_duration(text)


def test_a_duration_beyond_gos_int64_is_refused() -> None:
    assert is_duration("2562047h")
    assert not is_duration("2562048h")


@given(st.text(max_size=80))
def test_any_text_is_answered_without_an_unexpected_error(text: str) -> None:
    assert is_duration(text) in (True, False)
