"""The models of a seed file: the inventory that an emulated cloud starts with."""

from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from pydantic import Field, SecretStr

from lab.metal_api import state as cloud
from lab.metal_api.enums import BlockType, DeploymentType, DeviceState, PeerKind, SessionFamily


class SeedBgp(cloud.Record):
    """The project's BGP configuration; leave it out for a project that never enabled BGP."""

    asn: int = 65000
    md5: SecretStr | None = None
    max_prefix: int = 10
    deployment_type: DeploymentType = DeploymentType.LOCAL


class SeedProject(cloud.Record):
    """The project that everything in the seed belongs to."""

    id: str
    name: str
    bgp: SeedBgp | None = None


class SeedAddress(cloud.Record):
    """An address with its prefix length, and the router of its subnet."""

    address: IPv4Interface | IPv6Interface
    gateway: cloud.Address


class SeedDevice(cloud.Record):
    """A server. `peers` says what its site's routers are."""

    id: str | None = None
    hostname: str
    metro: str
    plan: str = "c3.small.x86"
    operating_system: str = "debian_12"
    state: DeviceState = DeviceState.ACTIVE
    tags: list[str] = Field(default_factory=list)
    private: SeedAddress
    public_ipv4: SeedAddress | None = None
    public_ipv6: SeedAddress | None = None
    peers: PeerKind = PeerKind.GATEWAY
    peer_asn: int = 65530
    routes_in: list[cloud.Route] = Field(default_factory=list)


class SeedBlock(cloud.Record):
    """A block that was there before."""

    id: str | None = None
    type: BlockType
    network: IPv4Network | IPv6Network
    metro: str | None = None
    tags: list[str] = Field(default_factory=list)
    details: str | None = None


class SeedSession(cloud.Record):
    """A session that was opened already."""

    id: str | None = None
    hostname: str
    address_family: SessionFamily = SessionFamily.IPV4
    default_route: bool = False


class Seed(cloud.Record):
    """A whole seed file."""

    name: str
    project: SeedProject
    metros: list[cloud.Metro]
    pools: cloud.Pools = Field(default_factory=cloud.Pools)
    devices: list[SeedDevice] = Field(default_factory=list)
    blocks: list[SeedBlock] = Field(default_factory=list)
    sessions: list[SeedSession] = Field(default_factory=list)
    provisioning_seconds: float = Field(default=0.0, ge=0, le=3600)
    public_ipv4_quota: int = Field(default=256, ge=0)
