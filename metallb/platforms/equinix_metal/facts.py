"""The facts of a project: its devices, their BGP neighbors, and Elastic IP blocks. Pure.

Read in the provider's own spelling (pulumi-equinix-metal 3.2.1), which is camelCase; states and
files of former releases have it as well.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AliasChoices, Field, model_validator

from metallb.models.strict import WHOLE_NUMBER
from metallb.platforms.facts import (
    AddressFamily,
    BlockFacts,
    NodeFacts,
    PlatformFacts,
    ProviderModel,
    Session,
)
from metallb.routing.base import Asn

__all__ = ["Device", "Neighbor", "ProjectFacts", "ReservedBlock"]

_FAMILIES = {4: AddressFamily.IPV4, 6: AddressFamily.IPV6}


class Neighbor(ProviderModel):
    """One BGP neighbor of a device (Equinix Metal API, GET /devices/{id}/bgp/neighbors)."""

    address_family: Annotated[int, WHOLE_NUMBER]
    """4 or 6."""
    customer_as: Asn
    """AS number on the device's side."""
    customer_ip: str
    """Address of the device that the routers expect as source."""
    peer_as: Asn
    """AS number of the routers."""
    peer_ips: tuple[str, ...]
    """Addresses of the routers."""
    multihop: bool = False
    """Whether the routers are several hops away."""
    md5_enabled: bool = False
    """Whether the session needs a TCP MD5 key. The key itself is not kept here."""


class Device(NodeFacts):
    """One device. Its sessions follow from its private network, or from its BGP neighbors."""

    id: str = Field(
        default="",
        validation_alias=AliasChoices("id", "deviceId", "device_id"),
        serialization_alias="deviceId",
    )
    """Id of the device."""
    place: str = Field(
        default="", validation_alias=AliasChoices("place", "metro"), serialization_alias="metro"
    )
    """Metro of the device, where it is known."""
    sessions: tuple[Session, ...] = Field(default=(), exclude=True)
    """Its sessions, which follow from the rest."""
    private_address: str
    """The device's private IPv4 address; sessions are opened from it."""
    private_gateway: str = ""
    """Gateway of the private network; at sites with a router per server it is the BGP router.
    Empty where there is none, which does not matter with peerSource neighbors."""
    neighbors: tuple[Neighbor, ...] | None = None
    """BGP neighbors, where they were read."""

    @model_validator(mode="after")
    def _with_sessions(self) -> Self:
        # The model is frozen, and a validator that returns a copy is ignored by its constructor.
        self.__dict__["sessions"] = tuple(_sessions(self))
        return self


def _sessions(device: Device) -> Sequence[Session]:
    if device.neighbors is None:
        gateway = device.private_gateway
        if not gateway:
            return ()
        return (Session(peer_address=gateway, source_address=device.private_address),)
    first: dict[int, Neighbor] = {}
    for neighbor in device.neighbors:
        first.setdefault(neighbor.address_family, neighbor)
    return [
        Session(
            peer_address=address,
            family=_FAMILIES[family],
            source_address=neighbor.customer_ip,
            local_asn=neighbor.customer_as,
            peer_asn=neighbor.peer_as,
            multihop=neighbor.multihop,
            needs_key=neighbor.md5_enabled,
        )
        for family, neighbor in first.items()
        if family in _FAMILIES
        for address in sorted(neighbor.peer_ips)
    ]


class ReservedBlock(BlockFacts):
    """One Elastic IP block."""

    @model_validator(mode="before")
    @classmethod
    def _in_provider_spelling(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or "cidrs" in value:
            return value
        cidr = value.get("cidrNotation", value.get("cidr_notation"))
        return {
            "ids": (value.get("id", ""),),
            "cidrs": () if cidr is None else (cidr,),
            "place": value.get("metro") or "",
        }


class ProjectFacts(PlatformFacts):
    """The facts of a project, as far as a stack file is about them."""

    nodes: Mapping[str, Device] = {}
    """Devices by the node's key in the stack file."""
    blocks: Mapping[str, ReservedBlock] = {}
    """Blocks by their names in the stack file."""
    bgp_enabled: bool | None = None
    """Whether the project has BGP; None where it is not known."""
