"""Go durations, as MetalLB reads them (`90s`, `1m30s`, `1.5h`).

MetalLB parses timers with Go's time.ParseDuration in both of its formats, so a bare number is not
a duration and `1m30s` is. Only the value lives here; what a BGP timer may be is a preflight rule.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

__all__ = ["Duration", "parse_duration"]

_UNIT_SECONDS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "\u00b5s": Decimal("1e-6"),
    "\u03bcs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
# Go counts nanoseconds in an int64; a longer text is refused before any arithmetic is done on it.
_MAX_SECONDS = Decimal(2**63 - 1) * _UNIT_SECONDS["ns"]
_MAX_TEXT = 64


@dataclass(frozen=True, order=True, repr=False)
class Duration:
    """A Go duration: a number of seconds that keeps its spelling.

    Equal durations are those of equal length, so `90s` equals `1m30s`; each is written as it was
    read. A pydantic field of this type takes a text or a Duration, and dumps the text.
    """

    seconds: Decimal
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        """Equal for equal durations, so that the representations of models can be compared."""
        return f"Duration({self.seconds.normalize():f}s)"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_wrap_validator_function(
            _validated,
            core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema()
            ),
        )


def _validated(value: Any, text_of: Callable[[Any], str]) -> Duration:
    return value if isinstance(value, Duration) else parse_duration(text_of(value))


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """A Go duration.

    :raises ValueError: not a Go duration, or longer than Go can hold (about 292 years).
    """
    return Duration(_seconds(text), text)


def _seconds(text: str) -> Decimal:
    if len(text) > _MAX_TEXT:
        msg = "longer than any duration needs to be"
        raise ValueError(msg)
    body = text
    sign = 1
    if body[:1] in ("+", "-"):
        sign = -1 if body[0] == "-" else 1
        body = body[1:]
    if body == "0":
        return Decimal(0)
    total = Decimal(0)
    position = 0
    while position < len(body):
        part = _PART.match(body, position)
        if part is None:
            break
        total += Decimal(part[1]) * _UNIT_SECONDS[part[2]]
        position = part.end()
    if position == 0 or position != len(body):
        msg = "not a duration with a unit, such as 3s, 90s or 1m30s"
        raise ValueError(msg)
    if total > _MAX_SECONDS:
        msg = "longer than Go's longest duration"
        raise ValueError(msg)
    return sign * total
