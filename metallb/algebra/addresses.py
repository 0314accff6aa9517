"""Single IP addresses, as Go's net.ParseIP reads them.

An address has no zone, and an IPv4 address in IPv6 notation (`::ffff:10.0.0.1`) is that IPv4
address.
"""

import ipaddress
from functools import lru_cache

from metallb.problems.escape import quoted

__all__ = [
    "Address",
    "address_at",
    "address_of",
    "bits_of",
    "compressed",
    "is_left_out",
    "parse_address",
    "same_address",
    "shared_length",
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_CLASSES: dict[int, type[Address]] = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
_BITS = {4: 32, 6: 128}


@lru_cache(maxsize=65536)
def address_of(text: str | None) -> Address | None:
    """The address of a text; None for what Go does not read as one."""
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.scope_id is not None:
        return None
    return address if address.ipv4_mapped is None else address.ipv4_mapped


def parse_address(text: str) -> Address:
    """The address of a text.

    :raises ValueError: with what is wrong, as words that follow the text.
    """
    address = address_of(text)
    if address is not None:
        return address
    bare, percent, _ = text.partition("%")
    zone = percent and address_of(bare) is not None
    raise ValueError("has a zone" if zone else f"holds {quoted(text)}, which is not an IP address")


def address_at(version: int, number: int) -> Address:
    """The address of an IP version at a number."""
    return _CLASSES[version](number)


def bits_of(version: int) -> int:
    """Bits of an address of an IP version: the prefix length of a block of one address."""
    return _BITS[version]


def same_address(text: str | None) -> str:
    """One spelling for one address: capitals, zeros and IPv4 in IPv6 notation do not count.

    What is no address stays as it is.
    """
    address = address_of(text)
    return text or "" if address is None else str(address)


def compressed(text: str) -> str:
    """The address in lower case without zeros; IPv4 in IPv6 notation stays in IPv6 notation.

    :raises ValueError: with what is wrong, as words that follow the text.
    """
    address = parse_address(text)
    return str(ipaddress.ip_address(text) if ":" in text else address)


def shared_length(one: Address, other: Address) -> int:
    """Prefix length of the smallest block that holds two addresses of one IP version."""
    return bits_of(one.version) - (int(one) ^ int(other)).bit_length()


def is_left_out(address: Address) -> bool:
    """Whether `avoidBuggyIPs` leaves an address out: an IPv4 one that ends in .0 or .255."""
    return address.version == 4 and int(address) & 255 in (0, 255)
