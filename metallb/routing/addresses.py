"""How many addresses MetalLB finds in a pool's blocks and ranges. Pure."""

import ipaddress
from collections.abc import Iterable, Iterator

__all__ = [
    "Network",
    "block_of",
    "corrections",
    "is_buggy",
    "networks",
    "number_of_addresses",
    "same_address",
    "same_blocks",
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> list[Network]:
    """The networks of a block or a range; none for what is neither.

    MetalLB before 0.16.2 finds no address either in a range from one family into the other.
    """
    try:
        if "-" in text:
            first, last = (
                ipaddress.ip_address(same_address(part.strip())) for part in text.split("-", 1)
            )
            return list(ipaddress.summarize_address_range(first, last))
        return [ipaddress.ip_network(text, strict=False)]
    except (ValueError, TypeError):
        return []


def same_address(text: str | None) -> str:
    """One spelling for one address: capitals, zeros and IPv4 in IPv6 notation do not count.

    What is no address stays as it is.
    """
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return text or ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def block_of(text: str) -> str:
    """A block by its first address, as MetalLB reads it; what is no block stays as it is."""
    try:
        return text if "-" in text or "/" not in text else _block_of(text)
    except ValueError:
        return text


def corrections(pool: str, blocks: Iterable[str]) -> Iterator[str]:
    """A note for each block of a pool that is not written by its first address."""
    for text in blocks:
        block = block_of(text)
        if block != text:
            yield f"pool {pool}: {text} is written {block}, which is what MetalLB makes of it"


def _block_of(text: str) -> str:
    network = ipaddress.ip_network(text, strict=False)
    address, _, length = text.partition("/")
    first = network.network_address
    return text if ipaddress.ip_address(address) == first else f"{first}/{length}"


def same_blocks(texts: Iterable[str]) -> tuple[str, ...]:
    """One spelling for one set of addresses, whether written as blocks or as ranges."""
    found: dict[int, list[Network]] = {4: [], 6: []}
    unread: list[str] = []
    for text in texts:
        blocks = networks(text)
        unread += [] if blocks else [text]
        for block in blocks:
            found[block.version].append(block)
    kept: list[Network] = []
    for blocks in found.values():
        kept += ipaddress.collapse_addresses(blocks)  # type: ignore[type-var]
    return (*(str(block) for block in kept), *sorted(unread))


def number_of_addresses(found: Iterable[Network], *, avoid_buggy: bool) -> int:
    """Number of addresses in networks that do not overlap.

    :param avoid_buggy: leaves out the addresses that `avoidBuggyIPs` leaves out.
    """
    total = 0
    for network in found:
        total += int(network.num_addresses)
        if avoid_buggy and network.version == 4:
            total -= _buggy(network)
    return total


def is_buggy(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether `avoidBuggyIPs` leaves an address out: an IPv4 one that ends in .0 or .255."""
    return address.version == 4 and int(address) & 255 in (0, 255)


def _buggy(network: Network) -> int:
    if network.prefixlen <= 24:
        return 2 * int(network.num_addresses // 256)
    # One address only, of a /32, is both the first and the last one.
    ends = {int(network.network_address) & 255, int(network.broadcast_address) & 255}
    return len(ends & {0, 255})
