"""The wire, outbound: what the calls answer, field by field.

Field names and types are those that the published clients decode: `address_family` is an int in
addresses and neighbours and a string in sessions, timestamps are RFC 3339, `details` is null when
there is none. Source: Equinix Metal API, OpenAPI schemas of the same names.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[datetime, PlainSerializer(_rfc3339, return_type=str)]


class Answer(BaseModel):
    """Base of what the API answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Href(Answer):
    """A reference that is not expanded."""

    href: str


class Location(Answer):
    """A metro or a facility."""

    code: str
    name: str


class ParentBlock(Answer):
    """The block that an assigned address was taken from."""

    network: str
    netmask: str
    cidr: int
    href: str


class IpReservation(Answer):
    """A reserved block. While `state` is pending, the address fields are absent."""

    id: str
    href: str
    type: str
    state: str
    quantity: int
    address: str | None = None
    network: str | None = None
    netmask: str | None = None
    gateway: str | None = None
    cidr: int | None = None
    address_family: int
    public: bool
    management: bool
    manageable: bool
    global_ip: bool
    enabled: bool
    addon: bool = False
    bill: bool = False
    tags: list[str]
    details: str | None
    facility: Location | None
    metro: Location | None
    project: Href
    assignments: list[Href]
    created_at: Moment


class IpAssignment(Answer):
    """An address of a device: given with it (`management`), or attached from a block."""

    id: str
    href: str
    address: str
    network: str
    netmask: str
    gateway: str
    cidr: int
    address_family: int
    public: bool
    management: bool
    manageable: bool
    global_ip: bool
    enabled: bool = True
    tags: list[str]
    assigned_to: Href
    parent_block: ParentBlock | None = None
    metro: Location | None
    created_at: Moment


class DeviceReference(Answer):
    """The device of a session, with `include=device`."""

    id: str
    hostname: str
    href: str


class BgpSession(Answer):
    """A BGP session."""

    id: str
    href: str
    status: str
    address_family: str
    default_route: bool
    learned_routes: list[str]
    device: DeviceReference | Href
    created_at: Moment


class BgpRoute(Answer):
    """A route that a neighbour accepts or sends."""

    route: str
    exact: bool


class BgpNeighbor(Answer):
    """The routers of a device for one address family, as its sessions see them."""

    address_family: int
    customer_as: int
    customer_ip: str
    md5_enabled: bool
    md5_password: str | None = Field(repr=False)
    multihop: bool
    peer_as: int
    peer_ips: list[str]
    routes_in: list[BgpRoute]
    routes_out: list[BgpRoute]


class PortData(Answer):
    """Facts of a network port."""

    mac: str | None
    bonded: bool


class Port(Answer):
    """A network port: two physical ones and the bond over them."""

    id: str
    type: str
    name: str
    data: PortData


class Slug(Answer):
    """A plan or an operating system."""

    slug: str
    name: str


class ProjectReference(Answer):
    """The project of a device, with `include=project`."""

    id: str
    name: str
    href: str


class Device(Answer):
    """A device."""

    id: str
    href: str
    hostname: str
    description: str | None
    state: str
    billing_cycle: str
    tags: list[str]
    plan: Slug
    facility: Location
    metro: Location
    operating_system: Slug
    project: ProjectReference | Href
    ip_addresses: list[IpAssignment]
    network_ports: list[Port]
    ssh_keys: list[Href]
    always_pxe: bool = False
    ipxe_script_url: str | None = None
    locked: bool = False
    created_at: Moment
    updated_at: Moment


class BgpConfig(Answer):
    """A project's BGP configuration; `{}` is answered when it was never set."""

    id: str
    href: str
    status: str
    deployment_type: str
    asn: int
    md5: str | None = Field(repr=False)
    max_prefix: int
    project: Href
    sessions: list[Href]
    # null in either moment makes the published client drop the whole answer, so there is always one
    created_at: Moment
    requested_at: Moment


class Project(Answer):
    """A project."""

    id: str
    href: str
    name: str
    organization: Href
    payment_method: Href
    backend_transfer_enabled: bool
    created_at: Moment
    updated_at: Moment


class Meta(Answer):
    """Where a page stands. The hrefs lack `/metal/v1`: clients put their base URL before them."""

    total: int
    current_page: int
    last_page: int
    self: Href
    first: Href
    last: Href
    previous: Href | None
    next: Href | None
