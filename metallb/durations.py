"""Go durations, as MetalLB reads them (`90s`, `1m30s`, `1.5h`).

MetalLB parses timers with Go's time.ParseDuration in both of its formats, so a bare number is not
a duration and `1m30s` is. Only the grammar lives here; what a BGP timer may be is a preflight rule.
"""

import re
from decimal import Decimal

__all__ = ["is_duration", "parse_duration"]

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


def parse_duration(text: str) -> Decimal:
    """Seconds in a Go duration.

    :raises ValueError: not a Go duration, or longer than Go can hold (about 292 years).
    """
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


def is_duration(text: str) -> bool:
    """Whether Go would read the text as a duration."""
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True
