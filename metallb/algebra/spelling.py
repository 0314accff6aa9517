"""What a text that is no address, block or range was probably meant to be."""

import ipaddress
import re
from collections.abc import Iterator

from metallb.algebra.addresses import address_of, bits_of, same_address
from metallb.algebra.intervals import interval_of

__all__ = ["meant_block"]

_RANGE = r"([0-9a-fA-F.:]+)\s*(?:-|to|\.\.+|\u2013|\u2014)\s*([0-9a-fA-F.:]+)"


def meant_block(text: str) -> str:
    """The block or range that a text was probably meant to be; empty where that is not known."""
    return next((each for each in _guesses(text) if interval_of(each) is not None), "")


def _guesses(text: str) -> Iterator[str]:
    bare = re.sub(r"\s*([/-])\s*", r"\1", text.strip())
    if bare != text:
        yield bare
    yield from _ranges(text.strip())
    address, slash, length = bare.partition("/")
    four = same_address(address)
    if not slash:
        yield f"{four}/{128 if ':' in four else 32}"
    elif four != address and length.isdecimal() and int(length) >= 96:
        # The prefix length of an IPv4 address in IPv6 notation counts 96 bits more.
        yield f"{four}/{int(length) - 96}"
    elif "." in length:
        yield from _of_netmask(bare, address)


def _ranges(text: str) -> Iterator[str]:
    """Two addresses joined by another sign, in the other order, or with the end cut short.

    A prefix length behind an address of a range is left out.
    """
    match = re.fullmatch(_RANGE, re.sub(r"--+", "-", re.sub(r"/[0-9]+\b", "", text)))
    if match is None:
        return
    first, last = match[1], match[2]
    if address_of(last) is None and last.isdecimal():
        last = f"{first.rpartition('.')[0]}.{last}"
    if f"{first}-{last}" != text:
        yield f"{first}-{last}"
    yield f"{last}-{first}"


def _of_netmask(text: str, address: str) -> Iterator[str]:
    # The standard library reads netmasks and wildcards; Go does not.
    try:
        length = ipaddress.ip_network(text, strict=False).prefixlen
    except ValueError:
        return
    known = address_of(address)
    if known is not None and length <= bits_of(known.version):
        yield f"{address}/{length}"
