"""What a platform answers about nodes and address blocks, in this product's terms.

Two spellings meet here: the wire shape of the equinix-metal provider's functions (camelCase, as the
answers file keeps it) and the resolved values that routing needs. Nothing here makes a call.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from metallb.described import DescribedModel
from metallb.routing.base import Asn
from metallb.strict import WHOLE_NUMBER

__all__ = ["Answers", "BlockAnswer", "Neighbor", "NodeAnswer"]


class _Answer(DescribedModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        defer_build=True,
    )


class Neighbor(_Answer):
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


class NodeAnswer(_Answer):
    """What routing needs to know of one node."""

    hostname: str
    """Host name of the device, which is the node's kubernetes.io/hostname label."""
    device_id: str
    """Id of the device."""
    state: str = "active"
    """State of the device; only an active one can keep a session."""
    private_address: str
    """The device's private IPv4 address; sessions are opened from it."""
    private_gateway: str = ""
    """Gateway of the private network; at sites with a router per server it is the BGP router.
    Empty where there is none, which does not matter with peerSource neighbors."""
    metro: str = ""
    """Metro of the device, where it is known."""
    neighbors: tuple[Neighbor, ...] | None = None
    """BGP neighbors, where they were read."""


class BlockAnswer(_Answer):
    """One Elastic IP block."""

    id: str
    """Id of the block."""
    cidr_notation: str
    """The block, such as 147.75.40.46/32."""
    metro: str = ""
    """Metro of the block, where it is known."""


class Answers(_Answer):
    """All answers of the platform. Empty for a platform without calls."""

    nodes: dict[str, NodeAnswer] = Field(default={})
    """By the node's key in the stack file."""
    blocks: dict[str, BlockAnswer] = Field(default={})
    """By the block's name in the stack file."""
    bgp_enabled: bool | None = None
    """Whether the project has BGP; None where it is not known."""

    @classmethod
    def of(
        cls,
        nodes: Mapping[str, Any],
        blocks: Mapping[str, Any],
        bgp_enabled: bool | None = None,  # noqa: FBT001 - an answer, passed on as it came
    ) -> "Answers":
        """Answers from values that are answers already, or their fields."""
        return cls.model_validate(
            {"nodes": dict(nodes), "blocks": dict(blocks), "bgp_enabled": bgp_enabled}
        )
