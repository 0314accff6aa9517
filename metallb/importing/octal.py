"""Numbers of foreign files that YAML reads in base 8."""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.problems.problem import Location
from metallb.yaml_text.writer import PlainWord

__all__ = ["octal_numbers"]

_NUMBERS = frozenset(
    (
        "aggregationlength",
        "aggregationlengthv6",
        "aspathprepend",
        "detectmultiplier",
        "echointerval",
        "localasn",
        "localpref",
        "minimumttl",
        "myasn",
        "peerasn",
        "peerport",
        "priority",
        "receiveinterval",
        "transmitinterval",
    )
)
"""Keys of numbers in both formats, without hyphens and capitals. Texts keep their spelling."""


def octal_numbers(value: Any, where: Location) -> Iterator[tuple[Location, str]]:
    """Place of each number below that has another value than its digits, and both values.

    :param value: with its plain words as they are spelled.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            at = (*where, str(key))
            if str(key).replace("-", "").lower() not in _NUMBERS:
                yield from octal_numbers(item, at)
            elif isinstance(item, PlainWord) and item.isdecimal() and int(item) != item.meaning:
                yield at, f"{item}, which is the number {item.meaning}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from octal_numbers(item, (*where, index))
