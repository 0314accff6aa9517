"""What a value that is not well formed was meant to be, for the help of its refusal.

Everything here has the value in it, or parts of it: a caller says so with `shows`.
"""

import ipaddress
import re
from collections.abc import Callable

__all__ = ["address_fault", "block_help", "duration_help", "name_help", "range_help"]

_OCTETS = 4
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_RANGE = re.compile(r"([0-9a-fA-F.:]+)\s*(?:-|to|\.\.+|\u2013|\u2014)\s*([0-9a-fA-F.:]+)")
_PARTS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_UNITS = {
    "": "s",
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
}


def address_fault(value: str) -> tuple[str, str]:
    """Why a text is not an IP address, as a predicate, and the help."""
    bare, slash, _ = value.partition("/")
    if slash and _is_address(bare):
        return "is an address with a prefix length", f"write {bare}"
    whole = "write the whole address, such as 10.64.43.10"
    if not _NUMBERS.fullmatch(value):
        help = "write the address itself, such as 10.64.43.10; names are not resolved"
        return "is not an IP address", help
    octets = value.split(".")
    if len(octets) != _OCTETS:
        return f"is not an IP address: it has {len(octets)} numbers, not {_OCTETS}", whole
    large = next((each for each in octets if int(each) > 255), "")
    if large:
        return f"is not an IP address: {large} is more than 255", f"correct {large}"
    plain = ".".join(str(int(each)) for each in octets)
    return "is not an IP address: a number in it begins with 0", f"write {plain}"


def block_help(value: str) -> str:
    """The block in CIDR notation that a text was meant to be, as far as it can be guessed."""
    guessed = range_help(value)
    if guessed:
        return guessed
    address, slash, length = value.partition("/")
    if slash and _is_address(address):
        widest = ipaddress.ip_address(address).max_prefixlen
        if length.isdecimal():
            return f"write a prefix length from 0 to {widest} behind {address}/"
        try:
            bits = ipaddress.ip_network(value, strict=False).prefixlen
        except ValueError:
            return f"write a prefix length from 0 to {widest} behind {address}/"
        return f"write {address}/{bits}"
    return "write address/length, the length as a number of bits, such as 203.0.113.0/28"


def range_help(value: str) -> str:
    """The range that a text was meant to be; empty where it can't be guessed."""
    match = _RANGE.fullmatch(value.strip())
    if match is None or not _is_address(match[1]):
        return ""
    first, last = match[1], match[2]
    if not _is_address(last) and last.isdecimal():
        last = f"{first.rpartition('.')[0]}.{last}"
    if not _is_address(last) or f"{first}-{last}" == value:
        return ""
    return f"write {first}-{last}"


def duration_help(value: str) -> str:
    """The duration that a text was meant to be, as far as it can be guessed."""
    match = _PARTS.fullmatch(value.strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    return f"write {match[1]}{unit}" if match and unit else "write it as 3s or 90s"


def name_help(value: str, is_valid: Callable[[str], bool]) -> str:
    """A valid name that is spelled like a text, where there is one."""
    meant = re.sub(r"[^a-z0-9.-]+", "-", value.strip().lower()).strip("-.")
    return f"write {meant}" if meant and is_valid(meant) else "rename it"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
