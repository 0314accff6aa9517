"""Peers of devices in an Equinix Metal project.

Which objects there are is decided from the stack file alone (`metal_slots`), before any call, so
that a preview shows what an update will do; their contents come from the facts.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metallb.platforms.base import PeerSlot
from metallb.platforms.equinix_metal.facts import Device
from metallb.platforms.equinix_metal.section import MAX_PEERS, EquinixMetalPlatform
from metallb.platforms.facts import AddressFamily, NodeFacts
from metallb.platforms.peering import object_name
from metallb.problems.errors import PlatformError
from metallb.problems.problem import Location

if TYPE_CHECKING:
    from metallb.stackfile.stack import StackConfig

__all__ = ["metal_slots", "refuse_other_numbers"]

_NODES: Location = ("metallb:platform", "nodes")


def metal_slots(stack: "StackConfig", platform: EquinixMetalPlatform) -> tuple[PeerSlot, ...]:
    """Every peer object, sorted by name."""
    neighbors = platform.uses_neighbors
    slots: list[PeerSlot] = []
    if neighbors and not stack.bgp.source_address:
        # Without a source address nothing in these peers tells one node from another.
        return _shared_slots(platform)
    for position, node in enumerate(platform.nodes):
        origin: Location = (*_NODES, position)
        keys = (node.key,)
        if not neighbors:
            slots.append(PeerSlot(node.key, origin, keys))
            continue
        for family in platform.address_families:
            count = platform.routers_of(node, family)
            for index in range(count):
                suffix = () if family is AddressFamily.IPV4 else (family.value,)
                name = object_name(node.key, *suffix, str(index + 1))
                slots.append(PeerSlot(name, origin, keys, family, index, count))
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
            slots.append(PeerSlot(name, _NODES, keys, family, index, count))
    return tuple(slots)


def refuse_other_numbers(
    platform: EquinixMetalPlatform, slot: PeerSlot, nodes: Sequence[NodeFacts]
) -> None:
    """Refuse devices that have another number of routers than the stack file.

    :raises PlatformError: with the number to write.
    """
    for node in nodes if platform.uses_neighbors else ():
        addresses = [each.peer_address for each in node.sessions if each.family is slot.family]
        listed = node.neighbors or () if isinstance(node, Device) else ()
        if not any(each.address_family == _NUMBERS[slot.family] for each in listed):
            raise PlatformError(
                f"device {node.hostname} has no BGP neighbor for {slot.family.value}",
                location=slot.origin,
                detail="The provider lists neighbors once a BGP session of the family exists.",
                help="check that BGP is enabled in the project, then run the update again",
            )
        if len(addresses) == slot.expected:
            continue
        raise PlatformError(
            f"device {node.hostname} has {_counted(addresses)} for {slot.family.value}, not "
            f"the {slot.expected} of the stack file",
            location=slot.origin,
            detail="The stack file has the number of routers (peersPerNode), so that a preview "
            "shows every peer.",
            help=(
                _right_numbers(platform, slot, node)
                if 0 < len(addresses) <= MAX_PEERS
                else "check the device's BGP session in the console, then run the update again"
            ),
        )


_NUMBERS = {AddressFamily.IPV4: 4, AddressFamily.IPV6: 6}


def _counted(addresses: list[str]) -> str:
    number = len(addresses)
    listed = f" ({', '.join(addresses)})" if addresses else ""
    return f"{number} BGP router{'s' if number != 1 else ''}{listed}"


def _right_numbers(platform: EquinixMetalPlatform, slot: PeerSlot, node: NodeFacts) -> str:
    """The line to write, right for all families at once: they may differ."""
    numbers: dict[AddressFamily, int] = {}
    for family in platform.address_families:
        count = sum(each.family is family for each in node.sessions)
        if count:
            numbers[family] = count
    value = str(numbers[slot.family])
    if len(set(numbers.values())) > 1:
        value = f"{{{', '.join(f'{family.value}: {n}' for family, n in numbers.items())}}}"
    place = ", and none at the nodes" if len(slot.nodes) > 1 else " for all nodes, or at this one"
    return f"write `peersPerNode: {value}` below metallb:platform{place}"
