"""Go durations: what MetalLB would read, and what it would refuse."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from metallb.algebra.durations import Duration, parse_duration


class Timer(BaseModel):
    hold: Duration | None = None


def is_duration(text: str) -> bool:
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True


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
    assert parse_duration(text).seconds == Decimal(seconds)
    assert str(parse_duration(text)) == text


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


NUMBERS = st.lists(st.integers(0, 10**6), min_size=1, max_size=6)


@given(NUMBERS)
def test_durations_are_ordered_and_equal_by_their_length(numbers: list[int]) -> None:
    def spelled(number: int) -> str:
        minutes, seconds = divmod(number, 60)
        return f"{number}s" if number % 2 else f"{minutes}m{seconds}s"

    found = sorted(parse_duration(spelled(number)) for number in numbers)
    assert [each.seconds for each in found] == sorted(numbers)
    for one, other in pairwise(found):
        assert (one < other) is (one.seconds < other.seconds)
    for number in numbers:
        one, other = parse_duration(f"{number}s"), parse_duration(f"{number * 1000}ms")
        assert one == other
        assert (hash(one), repr(one)) == (hash(other), repr(other))
        assert str(one) != str(other)


@given(st.integers(0, 10**6))
def test_a_model_reads_a_text_once_and_dumps_it_as_it_was(number: int) -> None:
    text = f"{number}m0s"
    timer = Timer.model_validate({"hold": text})
    assert timer.hold == parse_duration(f"{number * 60}s")
    assert timer.model_dump() == timer.model_dump(mode="json") == {"hold": text}
    assert Timer(hold=timer.hold).hold is timer.hold


@pytest.mark.parametrize("value", [3, True, ["3s"], "3", {}])
def test_a_model_refuses_what_is_no_duration(value: object) -> None:
    with pytest.raises(ValidationError):
        Timer.model_validate({"hold": value})


def test_a_schema_has_a_text() -> None:
    for mode in ("validation", "serialization"):
        schema = Timer.model_json_schema(mode=mode)["properties"]["hold"]
        assert {"type": "string"} in schema["anyOf"]
