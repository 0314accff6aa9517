"""Devices: made with their addresses, changed, removed.

A location's first device brings a private /25 to the project; each device gets a /31 of it, whose
even address is the gateway. Source: Equinix Metal, pages on private IPv4 management subnets.
"""

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from lab.metal_api import bodies
from lab.metal_api.addresses import first_free
from lab.metal_api.enums import BlockType, DeviceState, PeerKind
from lab.metal_api.errors import unprocessable
from lab.metal_api.ledger import Ledger
from lab.metal_api.state import Block, Device, Interface, Metro, Network

PEER_ASN = 65530
"""AS number of the platform's routers. Source: Equinix Metal API, schema BgpNeighborData."""


class Devices:
    """The desk for servers. Installs nothing on them: an emulated device is its record."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(self, project_id: str, ask: bodies.CreateDevice) -> Device:
        """Orders a device; it turns active after the seed's provisioning time."""
        ledger = self._ledger
        ledger.project(project_id)
        metro = self._metro_of(ask)
        now = ledger.now()
        device_id = ledger.new_id("device")
        tail = device_id.replace("-", "")[-6:]
        device = Device(
            id=device_id,
            project_id=project_id,
            hostname=ask.hostname or f"device-{tail}",
            metro=metro.code,
            plan=ask.plan,
            operating_system=ask.operating_system,
            state=DeviceState.ACTIVE,
            ready_at=now + timedelta(seconds=ledger.state.provisioning_seconds),
            billing_cycle=ask.billing_cycle,
            tags=ask.tags,
            description=ask.description,
            mac=f"02:00:00:{tail[:2]}:{tail[2:4]}:{tail[4:6]}",
            port_ids=[ledger.new_id("port") for _ in range(3)],
            interfaces=[
                self._interface(ledger.state.pools.device_ipv4, public=True),
                self._interface(self._private_blocks(project_id, metro.code), public=False),
            ],
            peers=PeerKind.GATEWAY,
            peer_asn=PEER_ASN,
            created_at=now,
            updated_at=now,
        )
        ledger.state.devices[device.id] = device
        ledger.save()
        return device

    def change(self, device_id: str, ask: bodies.ChangeDevice) -> Device:
        """Changes what may be changed on a running device; absent fields stay."""
        device = self._ledger.device(device_id)
        for field, value in ask.model_dump(exclude_none=True).items():
            setattr(device, field, value)
        return self._changed(device)

    def remove(self, device_id: str) -> None:
        """Removes a device with its sessions and attached addresses; blocks stay."""
        state = self._ledger.state
        self._ledger.device(device_id)
        del state.devices[device_id]
        for session_id in [s.id for s in state.sessions.values() if s.device_id == device_id]:
            del state.sessions[session_id]
        for one in [a.id for a in state.assignments.values() if a.device_id == device_id]:
            del state.assignments[one]
        self._ledger.save()

    def move_private_address(self, device_id: str, address: str, gateway: str) -> Device:
        """What a reinstallation or a move does: gives the device another private address."""
        device = self._ledger.device(device_id)
        interface = device.interface(4, public=False)
        if interface is None:
            raise unprocessable("The device has no private IPv4 address")
        try:
            interface.address, interface.gateway = IPv4Address(address), IPv4Address(gateway)
        except ValueError as exc:
            raise unprocessable("Address and gateway must be IPv4 addresses") from exc
        return self._changed(device)

    def report(self, device_id: str, state: DeviceState) -> Device:
        """What the platform does in time: an installation fails, a person turns the machine off or
        installs it anew. It stays so until the next report, even if it was still being made."""
        device = self._ledger.device(device_id)
        device.state, device.ready_at = state, None
        return self._changed(device)

    def _changed(self, device: Device) -> Device:
        device.updated_at = self._ledger.now()
        self._ledger.save()
        return device

    def _metro_of(self, ask: bodies.CreateDevice) -> Metro:
        for metro in self._ledger.state.metros.values():
            if (ask.metro or "").lower() == metro.code or metro.facility in ask.facility:
                return metro
        raise unprocessable("Metro or facility is not valid")

    def _private_blocks(self, project_id: str, metro: str) -> list[IPv4Network]:
        """The project's private blocks of a metro, with a new one when all are full."""
        ledger = self._ledger
        blocks = [
            block.network
            for block in ledger.blocks_of(project_id)
            if block.type is BlockType.PRIVATE_IPV4
            and block.metro == metro
            and isinstance(block.network, IPv4Network)
        ]
        if first_free(blocks, 31, self._taken()):
            return blocks
        known = [one.network for one in ledger.state.blocks.values() if one.network]
        fresh = first_free(ledger.state.pools.private_ipv4, 25, known)
        if fresh is None:
            raise unprocessable("No private IPv4 block is available")
        block = Block(
            id=ledger.new_id("block"),
            project_id=project_id,
            type=BlockType.PRIVATE_IPV4,
            quantity=fresh.num_addresses,
            network=fresh,
            metro=metro,
            management=True,
            created_at=ledger.now(),
        )
        ledger.state.blocks[block.id] = block
        return [*blocks, fresh]

    def _interface(self, pools: list[IPv4Network], *, public: bool) -> Interface:
        network = first_free(pools, 31, self._taken())
        if network is None:
            raise unprocessable("No address is available for the device")
        return Interface(
            id=self._ledger.new_id("interface"),
            address=network[1],
            gateway=network[0],
            cidr=31,
            public=public,
        )

    def _taken(self) -> list[Network]:
        return [
            interface.network
            for device in self._ledger.state.devices.values()
            for interface in device.interfaces
        ]
