"""Cutting blocks from pools: always the first place that fits, so the result is foreseeable."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from lab.metal_api.state import Network


def prefix_of(quantity: int) -> int | None:
    """The IPv4 prefix length that holds exactly `quantity` addresses, or None."""
    if quantity < 1 or quantity & (quantity - 1):
        return None
    return 32 - (quantity.bit_length() - 1)


def first_free(
    pools: Iterable[IPv4Network], prefix: int, taken: Iterable[Network]
) -> IPv4Network | None:
    """The first subnet of that length which overlaps nothing taken, or None when all is full."""
    used = sorted(
        (int(net.network_address), int(net.broadcast_address))
        for net in taken
        if isinstance(net, IPv4Network)
    )
    size = 1 << (32 - prefix)
    for pool in pools:
        if pool.prefixlen > prefix:
            continue
        start, end = int(pool.network_address), int(pool.broadcast_address)
        for low, high in used:
            if high < start or low >= start + size:
                continue
            # Jump behind what is in the way, to the next place where such a subnet may begin.
            start = -(-(high + 1) // size) * size
        if start + size - 1 <= end:
            return IPv4Network((start, prefix))
    return None


def gateway_of(network: Network) -> IPv4Address | IPv6Address:
    """The `gateway` field of a block: its second address, or the only one it has.

    The API's pages do not define the field for reserved blocks; nothing routes through it.
    """
    if network.num_addresses == 1:
        return network.network_address
    return network.network_address + 1


def contains(outer: Network, inner: Network) -> bool:
    """Whether `inner` lies in `outer`; different address families never do."""
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False
