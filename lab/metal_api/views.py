"""From what is remembered to what is answered. Reads the state, never changes it."""

from collections.abc import Collection
from datetime import datetime

from lab.metal_api import models as wire
from lab.metal_api.addresses import gateway_of
from lab.metal_api.enums import BlockState, BlockType, DeviceState
from lab.metal_api.state import (
    Assignment,
    BgpConfig,
    Block,
    CloudState,
    Device,
    Interface,
    Project,
    Session,
)

PREFIX = "/metal/v1"


def href(path: str) -> wire.Href:
    """A reference as the API spells it: absolute, without the host."""
    return wire.Href(href=f"{PREFIX}{path}")


class Views:
    """The answers' side of the emulated cloud."""

    def __init__(self, state: CloudState) -> None:
        self.state = state

    def block(self, block: Block) -> wire.IpReservation:
        """A reservation, with its addresses unless it still waits for approval."""
        network = block.network
        # The facility is named only by reservations that were requested by facility.
        facility = self._facility(block.metro) if block.by_facility else None
        return wire.IpReservation(
            id=block.id,
            href=f"{PREFIX}/ips/{block.id}",
            type=block.type,
            state=block.state,
            quantity=block.quantity,
            address=str(network.network_address) if network else None,
            network=str(network.network_address) if network else None,
            netmask=str(network.netmask) if network else None,
            gateway=str(gateway_of(network)) if network else None,
            cidr=network.prefixlen if network else None,
            address_family=6 if block.type is BlockType.PUBLIC_IPV6 else 4,
            public=block.type is not BlockType.PRIVATE_IPV4,
            management=block.management,
            manageable=block.manageable,
            global_ip=block.type is BlockType.GLOBAL_IPV4,
            enabled=block.state is BlockState.CREATED,
            tags=block.tags,
            details=block.details,
            facility=facility,
            metro=self._metro(block.metro),
            project=href(f"/projects/{block.project_id}"),
            assignments=[
                href(f"/ips/{one.id}")
                for one in self.state.assignments.values()
                if one.block_id == block.id
            ],
            created_at=block.created_at,
        )

    def assignment(self, assignment: Assignment) -> wire.IpAssignment:
        """An address that was attached to a device from a block."""
        block = self.state.blocks[assignment.block_id]
        network = assignment.network
        parent = block.network
        return wire.IpAssignment(
            id=assignment.id,
            href=f"{PREFIX}/ips/{assignment.id}",
            address=str(network.network_address),
            network=str(network.network_address),
            netmask=str(network.netmask),
            gateway=str(gateway_of(network)),
            cidr=network.prefixlen,
            address_family=network.version,
            public=block.type is not BlockType.PRIVATE_IPV4,
            management=False,
            manageable=True,
            global_ip=block.type is BlockType.GLOBAL_IPV4,
            tags=[],
            assigned_to=href(f"/devices/{assignment.device_id}"),
            parent_block=wire.ParentBlock(
                network=str(parent.network_address),
                netmask=str(parent.netmask),
                cidr=parent.prefixlen,
                href=f"{PREFIX}/ips/{block.id}",
            )
            if parent
            else None,
            metro=self._metro(block.metro),
            created_at=assignment.created_at,
        )

    def session(self, session: Session, include: Collection[str] = ()) -> wire.BgpSession:
        """A session; its device in full only on request."""
        device: wire.DeviceReference | wire.Href = href(f"/devices/{session.device_id}")
        if "device" in include:
            hostname = self.state.devices[session.device_id].hostname
            device = wire.DeviceReference(id=session.device_id, hostname=hostname, href=device.href)
        return wire.BgpSession(
            id=session.id,
            href=f"{PREFIX}/bgp/sessions/{session.id}",
            status=session.status,
            address_family=session.family,
            default_route=session.default_route,
            learned_routes=[],
            device=device,
            created_at=session.created_at,
        )

    def device(self, device: Device, now: datetime, include: Collection[str] = ()) -> wire.Device:
        """A device, with the addresses it came with and those attached since."""
        project: wire.ProjectReference | wire.Href = href(f"/projects/{device.project_id}")
        if "project" in include:
            name = self.state.projects[device.project_id].name
            project = wire.ProjectReference(id=device.project_id, name=name, href=project.href)
        metro = self.state.metros[device.metro]
        attached = [a for a in self.state.assignments.values() if a.device_id == device.id]
        return wire.Device(
            id=device.id,
            href=f"{PREFIX}/devices/{device.id}",
            hostname=device.hostname,
            description=device.description,
            state=device_state(device, now),
            billing_cycle=device.billing_cycle,
            tags=device.tags,
            plan=wire.Slug(slug=device.plan, name=device.plan),
            facility=wire.Location(code=metro.facility, name=metro.facility.upper()),
            metro=wire.Location(code=metro.code, name=metro.name),
            operating_system=wire.Slug(slug=device.operating_system, name=device.operating_system),
            project=project,
            ip_addresses=[
                *(self.interface(device, interface) for interface in device.interfaces),
                *(self.assignment(one) for one in attached),
            ],
            network_ports=_ports(device),
            ssh_keys=[href(f"/ssh-keys/{key}") for key in device.ssh_key_ids],
            created_at=device.created_at,
            updated_at=device.updated_at,
        )

    def project(self, project: Project) -> wire.Project:
        """A project."""
        return wire.Project(
            id=project.id,
            href=f"{PREFIX}/projects/{project.id}",
            name=project.name,
            organization=href(f"/organizations/{project.organization_id}"),
            payment_method=href(f"/payment-methods/{project.payment_method_id}"),
            backend_transfer_enabled=project.backend_transfer,
            created_at=project.created_at,
            updated_at=project.updated_at,
        )

    def bgp_config(self, project: Project, config: BgpConfig) -> wire.BgpConfig:
        """A project's BGP configuration, password included, as the API answers it."""
        sessions = [
            session.id
            for session in self.state.sessions.values()
            if self.state.devices[session.device_id].project_id == project.id
        ]
        return wire.BgpConfig(
            id=config.id,
            href=f"{PREFIX}/bgp-configs/{config.id}",
            status=config.status,
            deployment_type=config.deployment_type,
            asn=config.asn,
            md5=config.md5.get_secret_value() if config.md5 else None,
            max_prefix=config.max_prefix,
            project=href(f"/projects/{project.id}"),
            sessions=[href(f"/bgp/sessions/{one}") for one in sessions],
            created_at=config.created_at,
            requested_at=config.created_at,
        )

    def interface(self, device: Device, interface: Interface) -> wire.IpAssignment:
        """An address that a device came with."""
        network = interface.network
        return wire.IpAssignment(
            id=interface.id,
            href=f"{PREFIX}/ips/{interface.id}",
            address=str(interface.address),
            network=str(network.network_address),
            netmask=str(network.netmask),
            gateway=str(interface.gateway),
            cidr=interface.cidr,
            address_family=interface.address.version,
            public=interface.public,
            management=True,
            manageable=True,
            global_ip=False,
            tags=[],
            assigned_to=href(f"/devices/{device.id}"),
            metro=self._metro(device.metro),
            created_at=device.created_at,
        )

    def _metro(self, code: str | None) -> wire.Location | None:
        if code is None:
            return None
        metro = self.state.metros[code]
        return wire.Location(code=metro.code, name=metro.name)

    def _facility(self, code: str | None) -> wire.Location | None:
        if code is None:
            return None
        facility = self.state.metros[code].facility
        return wire.Location(code=facility, name=facility.upper())


def device_state(device: Device, now: datetime) -> DeviceState:
    """The state of a device at a moment: a new one is queued, then provisioned, then active."""
    if device.ready_at is None or now >= device.ready_at:
        return device.state
    half = device.created_at + (device.ready_at - device.created_at) / 2
    return DeviceState.QUEUED if now < half else DeviceState.PROVISIONING


def _ports(device: Device) -> list[wire.Port]:
    bond, first, second = device.port_ids
    return [
        wire.Port(
            id=bond,
            type="NetworkBondPort",
            name="bond0",
            data=wire.PortData(mac=None, bonded=True),
        ),
        *(
            wire.Port(
                id=port_id,
                type="NetworkPort",
                name=name,
                data=wire.PortData(mac=device.mac[:-1] + end, bonded=True),
            )
            for port_id, name, end in ((first, "eth0", "0"), (second, "eth1", "1"))
        ),
    ]
