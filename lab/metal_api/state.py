"""What the emulated cloud remembers, and the file it remembers it in.

Records are plain values; nothing here knows HTTP or the shape of an answer. The file is there so
that a stack which was brought up can still be destroyed after the emulation was restarted.
"""

import os
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer

from lab.metal_api.enums import (
    BgpStatus,
    BlockState,
    BlockType,
    DeploymentType,
    DeviceState,
    PeerKind,
    SessionFamily,
    SessionStatus,
)
from lab.metal_api.errors import MetalApiError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Record(BaseModel):
    """Base of everything remembered: unknown keys are refused, changes are checked."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, hide_input_in_errors=True)


class Metro(Record):
    """A location, with the one facility that devices and legacy reservations in it name."""

    code: str
    facility: str
    name: str


class BgpConfig(Record):
    """A project's BGP configuration: set once, never changed through the API."""

    id: str
    asn: int
    deployment_type: DeploymentType = DeploymentType.LOCAL
    md5: SecretStr | None = None
    max_prefix: int = 10
    status: BgpStatus = BgpStatus.ENABLED
    created_at: datetime

    @field_serializer("md5", when_used="json")
    def _keep_the_password(self, md5: SecretStr | None) -> str | None:
        # Only the state file is dumped as JSON, and it has to outlive the process. It is 0600.
        return md5.get_secret_value() if md5 else None


class Project(Record):
    """A project; everything else belongs to one."""

    id: str
    name: str
    organization_id: str
    payment_method_id: str
    backend_transfer: bool = False
    created_at: datetime
    updated_at: datetime
    bgp: BgpConfig | None = None


class Interface(Record):
    """One of a device's management addresses, as the platform gave it with the device."""

    id: str
    address: Address
    gateway: Address
    cidr: int
    public: bool

    @property
    def network(self) -> Network:
        """The subnet of this address."""
        network: Network
        if isinstance(self.address, IPv4Address):
            network = IPv4Network((self.address, self.cidr), strict=False)
        else:
            network = IPv6Network((self.address, self.cidr), strict=False)
        return network


class Route(Record):
    """A route in a neighbour's list."""

    route: str
    exact: bool = False


class Device(Record):
    """A server with its addresses and what its site's routers are."""

    id: str
    project_id: str
    hostname: str
    metro: str
    plan: str
    operating_system: str
    state: DeviceState
    ready_at: datetime | None = None
    billing_cycle: str = "hourly"
    tags: list[str] = Field(default_factory=list)
    description: str | None = None
    mac: str
    port_ids: list[str]
    interfaces: list[Interface]
    peers: PeerKind
    peer_asn: int
    routes_in: list[Route] = Field(default_factory=list)
    ssh_key_ids: list[str] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime

    def interface(self, version: int, *, public: bool) -> Interface | None:
        """The management address of one kind, if the device has it."""
        for interface in self.interfaces:
            if interface.address.version == version and interface.public == public:
                return interface
        return None


class Block(Record):
    """A reserved block. `network` is absent exactly while the reservation is pending."""

    id: str
    project_id: str
    type: BlockType
    quantity: int
    network: Network | None
    state: BlockState = BlockState.CREATED
    metro: str | None = None
    by_facility: bool = False
    management: bool = False
    manageable: bool = True
    details: str | None = None
    tags: list[str] = Field(default_factory=list)
    created_at: datetime


class Assignment(Record):
    """Part of a block, routed to one device."""

    id: str
    block_id: str
    device_id: str
    network: Network
    created_at: datetime


class Session(Record):
    """A BGP session of a device; at most one for an address family."""

    id: str
    device_id: str
    family: SessionFamily
    default_route: bool = False
    status: SessionStatus = SessionStatus.UNKNOWN
    created_at: datetime


class Pools(Record):
    """Where new blocks and new devices' addresses are cut from, in this order."""

    public_ipv4: list[IPv4Network] = Field(default_factory=list)
    global_ipv4: list[IPv4Network] = Field(default_factory=list)
    private_ipv4: list[IPv4Network] = Field(default_factory=list)
    device_ipv4: list[IPv4Network] = Field(default_factory=list)


class CloudState(Record):
    """Everything, in one value that can be written down."""

    seed: str
    serial: int = 0
    provisioning_seconds: float = 0.0
    public_ipv4_quota: int = 256
    pools: Pools = Field(default_factory=Pools)
    metros: dict[str, Metro] = Field(default_factory=dict)
    projects: dict[str, Project] = Field(default_factory=dict)
    devices: dict[str, Device] = Field(default_factory=dict)
    blocks: dict[str, Block] = Field(default_factory=dict)
    assignments: dict[str, Assignment] = Field(default_factory=dict)
    sessions: dict[str, Session] = Field(default_factory=dict)


class StateFile:
    """The state as a JSON file that only its owner can read, replaced in one step."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> CloudState | None:
        """The remembered state, or None when there is none yet."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            return CloudState.model_validate_json(text)
        except ValidationError as exc:
            raise MetalApiError(
                f"{self.path} is no state file of this emulation",
                detail="The file is of another version, or was changed or cut off.",
                help="remove the file to start again from the seed",
            ) from exc

    def save(self, state: CloudState) -> None:
        """Writes the state; a reader sees the old file or the new one, never half of one."""
        draft = self.path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(state.model_dump_json())
        draft.replace(self.path)
