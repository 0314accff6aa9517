"""Reserved blocks and attached addresses.

Status codes are those of the Equinix Metal API's calls on /projects/{id}/ips, /ips/{id} and
/devices/{id}/ips. The API documents no texts for most refusals; those here follow its style.
"""

from ipaddress import ip_network

from lab.metal_api import bodies
from lab.metal_api.addresses import contains, first_free, prefix_of
from lab.metal_api.enums import BlockState, BlockType
from lab.metal_api.errors import not_found, unprocessable
from lab.metal_api.ledger import Ledger, OwnAddress
from lab.metal_api.state import Assignment, Block, Network

LARGEST = {BlockType.PUBLIC_IPV4: 256, BlockType.GLOBAL_IPV4: 4}
"""Most addresses in one block. Source: Equinix Metal, reserved public IPv4 and global anycast."""


class Blocks:
    """The desk that hands out, takes back and attaches addresses."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def reserve(self, project_id: str, ask: bodies.ReserveBlock, *, pending: bool = False) -> Block:
        """Reserves a block. Over the project's quota, or on request, it waits for approval."""
        ledger = self._ledger
        ledger.project(project_id)
        if ask.type not in LARGEST:
            raise unprocessable(f"Type {ask.type} is not one of {', '.join(LARGEST)}")
        kind = BlockType(ask.type)
        prefix = prefix_of(ask.quantity)
        if prefix is None:
            raise unprocessable("Quantity must be a power of two")
        if ask.quantity > LARGEST[kind]:
            raise unprocessable(f"Quantity must be less than or equal to {LARGEST[kind]}")
        metro = self._metro_of(kind, ask)
        waits = pending or (kind is BlockType.PUBLIC_IPV4 and self._over_quota(project_id, ask))
        if waits and ask.fail_on_approval_required:
            raise unprocessable("The request needs approval, and fail_on_approval_required is set")
        block = Block(
            id=ledger.new_id("block"),
            project_id=project_id,
            type=kind,
            quantity=ask.quantity,
            network=None if waits else self._cut(kind, prefix),
            state=BlockState.PENDING if waits else BlockState.CREATED,
            metro=metro,
            by_facility=ask.facility is not None,
            details=ask.details or None,
            tags=ask.tags,
            created_at=ledger.now(),
        )
        ledger.state.blocks[block.id] = block
        ledger.save()
        return block

    def approve(self, block_id: str) -> Block:
        """What a person at the provider does: gives a pending reservation its addresses."""
        block = self._ledger.block(block_id)
        if block.state is BlockState.PENDING:
            block.network = self._cut(block.type, prefix_of(block.quantity) or 32)
            block.state = BlockState.CREATED
            self._ledger.save()
        return block

    def release(self, address_id: str) -> None:
        """Deletes a block, or detaches an address: one path serves both."""
        state = self._ledger.state
        if isinstance(self._ledger.address(address_id), OwnAddress):
            raise unprocessable("An address that a device came with can't be deleted")
        if any(one.block_id == address_id for one in state.assignments.values()):
            raise unprocessable("An IP block with addresses assigned to devices can't be deleted")
        state.blocks.pop(address_id, None)
        state.assignments.pop(address_id, None)
        self._ledger.save()

    def attach(self, device_id: str, ask: bodies.AttachAddress) -> Assignment:
        """Routes a part of one of the project's blocks to a device."""
        ledger = self._ledger
        device = ledger.device(device_id)
        try:
            network: Network = ip_network(ask.address)
        except ValueError as exc:
            raise unprocessable(f"{ask.address} is not a valid address") from exc
        block = self._owner(device.project_id, network)
        if block.metro not in (None, device.metro):
            raise unprocessable(f"{ask.address} is not available in metro {device.metro}")
        if any(network.overlaps(one.network) for one in ledger.state.assignments.values()):
            raise unprocessable(f"{ask.address} is already assigned")
        assignment = Assignment(
            id=ledger.new_id("assignment"),
            block_id=block.id,
            device_id=device_id,
            network=network,
            created_at=ledger.now(),
        )
        ledger.state.assignments[assignment.id] = assignment
        ledger.save()
        return assignment

    def remove_behind(self, block_id: str) -> None:
        """What support or a colleague does: takes a block away with all that hangs on it."""
        state = self._ledger.state
        if state.blocks.pop(block_id, None) is None:
            raise not_found()
        for one in [a.id for a in state.assignments.values() if a.block_id == block_id]:
            del state.assignments[one]
        self._ledger.save()

    def _owner(self, project_id: str, network: Network) -> Block:
        for block in self._ledger.blocks_of(project_id):
            if block.network is not None and contains(block.network, network):
                return block
        raise unprocessable(f"{network} is not in any IP block of the project")

    def _metro_of(self, kind: BlockType, ask: bodies.ReserveBlock) -> str | None:
        metros = self._ledger.state.metros
        if kind is BlockType.GLOBAL_IPV4:
            if ask.metro or ask.facility:
                raise unprocessable("Global IP blocks can't be reserved in a metro or facility")
            return None
        if ask.metro:
            # Clients send metro codes in the case their user wrote them.
            if ask.metro.lower() not in metros:
                raise unprocessable(f"Metro {ask.metro} is not valid")
            return ask.metro.lower()
        for metro in metros.values():
            if ask.facility and metro.facility == ask.facility.lower():
                return metro.code
        raise unprocessable(
            f"Facility {ask.facility} is not valid" if ask.facility else "Metro can't be blank"
        )

    def _over_quota(self, project_id: str, ask: bodies.ReserveBlock) -> bool:
        held = sum(
            block.quantity
            for block in self._ledger.blocks_of(project_id)
            if block.type is BlockType.PUBLIC_IPV4
        )
        return held + ask.quantity > self._ledger.state.public_ipv4_quota

    def _cut(self, kind: BlockType, prefix: int) -> Network:
        state = self._ledger.state
        pools = state.pools
        source = pools.global_ipv4 if kind is BlockType.GLOBAL_IPV4 else pools.public_ipv4
        network = first_free(
            source, prefix, (b.network for b in state.blocks.values() if b.network)
        )
        if network is None:
            raise unprocessable(f"No {kind} block of /{prefix} is available")
        return network
