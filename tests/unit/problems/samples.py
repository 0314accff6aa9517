"""Problems for the tests of what shows them."""

from typing import Any

from metallb.problems.problem import Location, Position, Problem, Severity

HOLD_TIME: Location = ("metallb:bgp", "holdTime")
DETAIL = "A hold time is 0, or 3 to 65535 whole seconds: MetalLB cuts fractions off (RFC 4271, 4.2)"
HELP = "write whole seconds, such as 3s or 90s"

CONTROLS = ("\x1b", "\r", "\u202e", "\0")
"""Escape (colours, window titles), carriage return (overwrites the line), right-to-left override,
and the end of a text in C."""
FOREIGN = "a\x1b[2Jb\rc\u202ed\0e"
ESCAPED = "a\\x1b[2Jb\\rc\\u202ed\\0e"


def problem(**changes: Any) -> Problem:
    """A problem with every field, some of them replaced."""
    fields: dict[str, Any] = {
        "code": "P6",
        "severity": Severity.ERROR,
        "summary": "hold time 2s is too short",
        "location": HOLD_TIME,
        "detail": DETAIL,
        "help": HELP,
        "position": Position("Pulumi.dc1.yaml", 14, 15),
    }
    return Problem(**(fields | changes))


def foreign() -> Problem:
    """A problem with control characters in every text that may come from a file."""
    return problem(
        summary=f"name {FOREIGN} is too long",
        location=("metallb:addressPools", FOREIGN, 0),
        detail=f"Names of {FOREIGN}",
        help=f"rename {FOREIGN}",
        position=Position(f"{FOREIGN}.yaml", 3, 5),
    )


def shows_no_control(text: str) -> bool:
    """Whether a terminal shows a text and obeys nothing in it."""
    return not any(sign in text for sign in CONTROLS) and all(
        sign.isprintable() or sign in "\n\t" for sign in text
    )
