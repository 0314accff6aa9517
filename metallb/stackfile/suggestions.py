"""What a value that is not well formed was meant to be, for the help of its refusal.

Everything here has the value in it, or parts of it: a caller says so with `shows`.
"""

import re
from collections.abc import Callable

from metallb.algebra.addresses import address_of, bits_of
from metallb.algebra.intervals import interval_of
from metallb.algebra.spelling import meant_block

__all__ = [
    "address_fault",
    "block_help",
    "duration_help",
    "meant_duration",
    "name_help",
    "stray_help",
]

_OCTETS = 4
_NUMBERS = r"[0-9]+(?:\.[0-9]+)*"
_PARTS = r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)"
_ISO = r"PT((?:[0-9]+[HMS])+)"
_CLOCK = r"([0-9]{1,4}):([0-5]?[0-9])"
_DAYS = ("d", "day", "days")
_CURLY = tuple("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb")
_TO_FILL = r"\$\{\w+\}|\$\w+|%\w+%|<[^<>]+>|@\w+@"
_UNITS = {
    "": "s",
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
}


def address_fault(value: str) -> tuple[str, str]:
    """Why a text is not an IP address, as a predicate, and the help."""
    bare, slash, length = value.partition("/")
    address = address_of(bare)
    if slash and address is not None:
        block = interval_of(value) or interval_of(meant_block(value))
        if "-" not in value and block is not None and block.first == int(address):
            help = f"write the one address that is meant, without /{length}"
            return "is a block, not an address", help
        return "is an address with a prefix length", f"write {bare}"
    whole = "write the whole address, such as 10.64.43.10"
    if not re.fullmatch(_NUMBERS, value):
        host, colon, port = value.strip("[]").replace("]:", ":").rpartition(":")
        if colon and port.isdecimal() and address_of(host):
            return "is an address with a port", f"write {host}; a port has a key of its own"
        meant = value.strip(".,;:")
        help = "write the address itself, such as 10.64.43.10; names are not resolved"
        return "is not an IP address", f"write {meant}" if address_of(meant) else help
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
    several = [each for each in re.split(r"[\s,;|]+", value) if each]
    if len(several) > 1 and all(map(interval_of, several)):
        return f"write an entry for each: [{', '.join(several)}]"
    slips = (*several[:1], value.replace("\\", "/"), _of_stars(value))
    meant = meant_block(value) or next(filter(interval_of, slips), "")
    if meant:
        return f"write {meant}"
    address, slash, _ = value.partition("/")
    known = address_of(address)
    if slash and known is not None:
        return f"write a prefix length from 0 to {bits_of(known.version)} behind {address}/"
    if re.fullmatch(_NUMBERS, address):
        fault, help = address_fault(address)
        return f"{help}: {fault.rpartition(': ')[2]}"
    example = "2001:db8::/64" if ":" in address else "203.0.113.0/28"
    return f"write address/length, the length as a number of bits, such as {example}"


def meant_duration(value: str) -> str:
    """A number with its unit as MetalLB spells it; empty for what is no number with a unit."""
    match = re.fullmatch(_PARTS, value.strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    return f"{match[1]}{unit}" if match and unit else ""


def duration_help(value: str) -> str:
    """The duration that a text was meant to be, as far as it can be guessed."""
    text = value.strip().lstrip("-")
    if meant := meant_duration(text):
        return f"write {meant}"
    match = re.fullmatch(_PARTS, text)
    if match and match[1].isdecimal() and match[2].lower() in _DAYS:
        return f"write {24 * int(match[1])}h"
    if iso := re.fullmatch(_ISO, text.upper()):
        return f"write {iso[1].lower()}"
    if clock := re.fullmatch(_CLOCK, text):
        return f"write {int(clock[1])}m{int(clock[2])}s"
    if re.fullmatch(r"(?:[0-9]+[hms])*[0-9]+m[0-9]+", text):
        return f"write {text}s"
    return "write it as 3s or 90s, with the unit ms, s, m or h"


def stray_help(value: str) -> str:
    """What is in a text beside the value, where that is a known slip; empty otherwise."""
    if comment := re.fullmatch(r"(\S+?)#(?:\s.*)?", value):
        return f"write a space before the `#` of a comment: {comment[1]} #"
    if re.match(r"\S+\s+//", value):
        return "begin the comment with `#`, not with `//`"
    if value[:1] in _CURLY or value[-1:] in _CURLY:
        return "write straight quotes, or none"
    if re.fullmatch(_TO_FILL, value):
        return f"write the value itself: nothing fills in {value} in a stack file"
    if value[-1:] in (";", ","):
        return f"remove the `{value[-1]}` at its end"
    return ""


def name_help(value: str, is_valid: Callable[[str], bool]) -> str:
    """A valid name that is spelled like a text, where there is one."""
    meant = re.sub(r"[^a-z0-9.-]+", "-", value.strip().lower()).strip("-.")
    for name in (meant, meant.replace(".", "-")):
        if name and is_valid(name):
            return f"write {name}"
    return "rename it"


def _of_stars(value: str) -> str:
    """The block that `203.0.113.*` means."""
    parts = value.split(".")
    known = [each for each in parts if each != "*"]
    if len(parts) != _OCTETS or parts != [*known, *["*"] * (_OCTETS - len(known))]:
        return ""
    return f"{'.'.join([*known, *['0'] * (_OCTETS - len(known))])}/{8 * len(known)}"
