"""Peers of devices in an Equinix Metal project.

Which objects there are is decided from the stack file alone (`metal_slots`), before any call, so
that a preview shows what an update will do; their contents come from the answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from metallb.config import AddressFamily, EquinixMetalPlatform, PeerSource, StackConfig
from metallb.config.equinix_metal import MAX_PEERS
from metallb.errors import PlatformError
from metallb.platforms.answers import Neighbor, NodeAnswer
from metallb.platforms.peering import common_spec, object_name
from metallb.problems.problem import Location
from metallb.routing import BgpPeer, hosts_selector

__all__ = ["PeerSlot", "metal_peer", "metal_peers", "metal_slots"]

_FAMILY_NUMBER = {AddressFamily.IPV4: 4, AddressFamily.IPV6: 6}


@dataclass(frozen=True)
class PeerSlot:
    """One peer object to be: its name, whose answers fill it, and which router it is."""

    name: str
    node_keys: tuple[str, ...]
    family: AddressFamily
    index: int
    """Which of the node's routers, counted from zero in sorted order."""
    expected: int
    """How many routers the node has by the stack file."""
    origin: Location


def metal_slots(stack: StackConfig, platform: EquinixMetalPlatform) -> tuple[PeerSlot, ...]:
    """Every peer object, sorted by name."""
    neighbors = platform.uses_neighbors
    slots: list[PeerSlot] = []
    if neighbors and not stack.bgp.source_address:
        # Without a source address nothing in these peers tells one node from another.
        return _shared_slots(platform)
    for position, node in enumerate(platform.nodes):
        origin: Location = ("metallb:platform", "nodes", position)
        if not neighbors:
            slots.append(PeerSlot(node.key, (node.key,), AddressFamily.IPV4, 0, 1, origin))
            continue
        for family in platform.address_families:
            count = platform.routers_of(node, family)
            for index in range(count):
                suffix = () if family is AddressFamily.IPV4 else (family.value,)
                name = object_name(node.key, *suffix, str(index + 1))
                slots.append(PeerSlot(name, (node.key,), family, index, count, origin))
    return tuple(sorted(slots, key=lambda slot: slot.name))


def _shared_slots(platform: EquinixMetalPlatform) -> tuple[PeerSlot, ...]:
    keys = tuple(sorted(node.key for node in platform.nodes))
    slots = []
    for family in platform.address_families:
        # One number for all: a rule refuses a file whose nodes differ.
        count = platform.routers_of(platform.nodes[0], family)
        suffix = () if family is AddressFamily.IPV4 else (family.value,)
        for index in range(count):
            name = object_name("router", *suffix, str(index + 1))
            slots.append(PeerSlot(name, keys, family, index, count, ("metallb:platform", "nodes")))
    return tuple(slots)


def metal_peers(
    stack: StackConfig, platform: EquinixMetalPlatform, nodes: Mapping[str, NodeAnswer]
) -> tuple[BgpPeer, ...]:
    """Every peer, once all answers are known."""
    return tuple(
        metal_peer(stack, slot, [nodes[key] for key in slot.node_keys])
        for slot in metal_slots(stack, platform)
    )


def metal_peer(stack: StackConfig, slot: PeerSlot, answers: list[NodeAnswer]) -> BgpPeer:
    """One peer.

    :raises PlatformError: the answers do not fit the node of the stack file.
    """
    platform = stack.platform
    hosts = hosts_selector(answer.hostname for answer in answers)
    if not isinstance(platform, EquinixMetalPlatform) or (
        platform.peer_source is PeerSource.GATEWAY
    ):
        answer = answers[0]
        spec = common_spec(
            stack,
            peer_address=answer.private_gateway,
            source_address=answer.private_address if stack.bgp.source_address else None,
            node_selectors=(hosts,),
        )
        return BgpPeer(name=slot.name, spec=spec, origin=slot.origin)
    routers = {_router(stack, slot, answer) for answer in answers}
    if len(routers) > 1:
        raise PlatformError(
            f"the devices of peer {slot.name} have different BGP routers",
            location=slot.origin,
            detail="Without source addresses one peer stands for all nodes.",
            help="write `sourceAddress: true` below metallb:bgp, which makes one peer a node",
        )
    peer_address, peer_asn, my_asn, multihop, source = routers.pop()
    spec = common_spec(
        stack,
        my_asn=my_asn,
        peer_asn=peer_asn,
        peer_address=peer_address,
        source_address=source,
        ebgp_multi_hop=multihop if stack.bgp.ebgp_multi_hop is None else None,
        node_selectors=(hosts,),
    )
    return BgpPeer(name=slot.name, spec=spec, origin=slot.origin)


def _router(
    stack: StackConfig, slot: PeerSlot, answer: NodeAnswer
) -> tuple[str, int, int, bool, str | None]:
    family = _FAMILY_NUMBER[slot.family]
    neighbor = _neighbor(slot, answer, family)
    addresses = sorted(neighbor.peer_ips)
    if len(addresses) != slot.expected:
        raise PlatformError(
            f"device {answer.hostname} has {_counted(addresses)} for {slot.family.value}, not "
            f"the {slot.expected} of the stack file",
            location=slot.origin,
            detail="The stack file has the number of routers (peersPerNode), so that a preview "
            "shows every peer.",
            help=(
                _right_numbers(stack, slot, answer)
                if 0 < len(addresses) <= MAX_PEERS
                else "check the device's BGP session in the console, then run the update again"
            ),
        )
    if neighbor.md5_enabled and stack.bgp.password is None:
        raise PlatformError(
            f"the routers of device {answer.hostname} expect an MD5 key, and the stack has none",
            location=slot.origin,
            detail="A router with MD5 drops every connection without the key (RFC 2385).",
            help="pulumi config set --secret --path 'metallb:bgp.password'",
        )
    return (
        addresses[slot.index],
        neighbor.peer_as,
        neighbor.customer_as,
        neighbor.multihop,
        neighbor.customer_ip if stack.bgp.source_address else None,
    )


def _counted(addresses: list[str]) -> str:
    number = len(addresses)
    listed = f" ({', '.join(addresses)})" if addresses else ""
    return f"{number} BGP router{'s' if number != 1 else ''}{listed}"


def _right_numbers(stack: StackConfig, slot: PeerSlot, answer: NodeAnswer) -> str:
    """The line to write, right for all families at once: they may differ."""
    platform = stack.platform
    families = (
        platform.address_families if isinstance(platform, EquinixMetalPlatform) else (slot.family,)
    )
    numbers = {
        family: len(neighbor.peer_ips)
        for family in families
        for neighbor in answer.neighbors or ()
        if neighbor.address_family == _FAMILY_NUMBER[family]
    }
    value = str(numbers[slot.family])
    if len(set(numbers.values())) > 1:
        value = f"{{{', '.join(f'{family.value}: {n}' for family, n in numbers.items())}}}"
    shared = len(slot.node_keys) > 1
    place = ", and none at the nodes" if shared else " for all nodes, or at this one"
    return f"write `peersPerNode: {value}` below metallb:platform{place}"


def _neighbor(slot: PeerSlot, answer: NodeAnswer, family: int) -> Neighbor:
    for neighbor in answer.neighbors or ():
        if neighbor.address_family == family:
            return neighbor
    raise PlatformError(
        f"device {answer.hostname} has no BGP neighbor for {slot.family.value}",
        location=slot.origin,
        detail="The provider lists neighbors once a BGP session of the family exists.",
        help="check that BGP is enabled in the project, then run the update again",
    )
