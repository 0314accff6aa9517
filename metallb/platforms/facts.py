"""What a platform knows of nodes and addresses, in terms that are no provider's. Pure.

A key (RFC 2385) is never a fact: facts say that a session needs one, and the stack file has it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from metallb.models.described import DescribedModel
from metallb.routing.base import Asn

__all__ = ["AddressFamily", "BlockFacts", "NodeFacts", "PlatformFacts", "ProviderModel", "Session"]


class AddressFamily(StrEnum):
    """Address family of a BGP session."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class ProviderModel(DescribedModel):
    """What a provider's API answers: camelCase keys, further ones ignored, no value in errors."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        defer_build=True,
    )


class Session(ProviderModel):
    """One BGP session that the platform's routers keep, or would keep, with a node."""

    peer_address: str
    """Address of the router; empty where the platform has none for the node."""
    family: AddressFamily = AddressFamily.IPV4
    """Address family of the session."""
    source_address: str = ""
    """Address of the node that the router expects as source."""
    local_asn: Asn | None = None
    """AS number of the node; that of `metallb:bgp` where it is left out."""
    peer_asn: Asn | None = None
    """AS number of the router; that of `metallb:bgp` where it is left out."""
    multihop: bool = False
    """Whether the router is several hops away."""
    needs_key: bool = False
    """Whether the session needs a TCP MD5 key."""


class NodeFacts(ProviderModel):
    """One node."""

    hostname: str
    """Value of its kubernetes.io/hostname label."""
    id: str = ""
    """Id of the machine at the platform, in any form."""
    state: str = "active"
    """State of the machine; only an active one keeps a session."""
    place: str = ""
    """Site, metro or zone of the machine, where it is known."""
    sessions: tuple[Session, ...] = ()
    """Its sessions."""


class BlockFacts(ProviderModel):
    """Addresses that were reserved together: one block, or several."""

    cidrs: tuple[str, ...]
    """The addresses in CIDR notation, such as 203.0.113.8/29, or several /32."""
    ids: tuple[str, ...] = ()
    """Ids at the platform."""
    place: str = ""
    """Site, metro or zone of the addresses, where it is known."""
    owner: str = ""
    """Who reserved them, where the platform says it."""


class PlatformFacts(ProviderModel):
    """All facts that a platform has for one stack. Empty for a platform without an API."""

    nodes: Mapping[str, NodeFacts] = {}
    """By the node's key in the stack file."""
    blocks: Mapping[str, BlockFacts] = {}
    """By the block's name in the stack file."""

    @classmethod
    def of(cls, nodes: Mapping[str, Any], blocks: Mapping[str, Any], **others: Any) -> Self:
        """Facts from values that are facts already, or their fields."""
        return cls.model_validate({"nodes": dict(nodes), "blocks": dict(blocks), **others})
