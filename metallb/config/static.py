"""Section `metallb:platform` with `kind: static`: racks and routers of any data centre."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from metallb.config.base import (
    Asn,
    DnsLabel,
    Duration,
    Hostname,
    InvalidValue,
    IpAddress,
    Labels,
    Md5Key,
    Section,
)
from metallb.strict import WHOLE_NUMBER

__all__ = ["Rack", "Router", "SharedRouter", "StaticNode", "StaticPlatform"]


class SharedRouter(Section):
    """A BGP router that several racks have in common, such as an anycast gateway: one peer object
    for all their nodes, named after its key. What is left out comes from `metallb:bgp`."""

    address: IpAddress
    """Address that the nodes connect to."""
    asn: Asn | None = None
    """AS number of the router."""
    local_asn: Asn | None = None
    """AS number that the rack's nodes use towards this router."""
    port: Annotated[int, Field(ge=1, le=16384), WHOLE_NUMBER] | None = None
    """TCP port of the router."""
    hold_time: Duration | None = None
    """Hold time towards this router."""
    keepalive_time: Duration | None = None
    """Keepalive interval towards this router; FRR modes only."""
    password: Md5Key | None = None
    """TCP MD5 key (RFC 2385) of this router."""
    bfd_profile: DnsLabel | None = None
    """BFD profile towards this router; FRR modes only."""
    ebgp_multi_hop: bool | None = None
    """Whether this router is several hops away."""
    dual_stack_address_family: bool | None = None
    """Carries IPv4 and IPv6 over this router's session; FRR modes, 0.15.0 and later."""


class Router(SharedRouter):
    """A BGP router that a rack's nodes peer with. What is left out comes from `metallb:bgp`."""

    name: DnsLabel | None = None
    """Name of the router in object names, behind the rack's; its address when left out."""


class StaticNode(Section):
    """A node of a rack that has more settings than its host name."""

    hostname: Hostname
    """Value of the node's kubernetes.io/hostname label."""
    source_address: IpAddress | None = None
    """Address from which this node opens its sessions; costs one peer object a node and router."""


def _by_hostname(value: Any) -> Any:
    """A bare host name is the short spelling of a node."""
    return {"hostname": value} if isinstance(value, str) else value


class Rack(Section):
    """Nodes that peer with the same routers."""

    name: DnsLabel
    """Name of the rack in object names."""
    nodes: tuple[
        Annotated[
            StaticNode, BeforeValidator(_by_hostname, json_schema_input_type=Hostname | StaticNode)
        ],
        ...,
    ] = ()
    """The rack's nodes by host name."""
    node_selectors: Labels = {}
    """The rack's nodes by label, in place of host names; values may be empty."""
    routers: tuple[Router, ...] = ()
    """The rack's own routers: every node of the rack peers with each of them."""
    shared_routers: tuple[DnsLabel, ...] = ()
    """Further routers, by their names in `sharedRouters` of the platform."""

    @model_validator(mode="after")
    def _has_routers(self) -> "Rack":
        if not self.routers and not self.shared_routers:
            help = "add `routers: [{name: tor-1, address: 10.1.0.1}]`, or sharedRouters"
            raise InvalidValue("the rack has no router", "", help, at=("routers",), whole=True)
        return self

    @model_validator(mode="after")
    def _has_nodes(self) -> "Rack":
        if bool(self.nodes) == bool(self.node_selectors):
            both = bool(self.nodes)
            fault = "nodes and nodeSelectors are both set" if both else "the rack has no nodes"
            help = "keep one of the two" if both else "add nodes: [HOST NAME], or nodeSelectors"
            at = ("nodeSelectors" if both else "nodes",)
            raise InvalidValue(fault, "", help, at=at, whole=True)
        return self


class StaticPlatform(Section):
    """Racks as they stand; nothing is looked up, and no account is needed."""

    kind: Literal["static"]
    """Selects this platform."""
    racks: Annotated[tuple[Rack, ...], Field(min_length=1)]
    """The racks."""
    shared_routers: dict[DnsLabel, SharedRouter] = {}
    """Routers that several racks share, by name. Each is one peer object under that name; racks
    refer to it. Routers of different racks are different peers otherwise, also where they have
    the same address."""
    shared_peers: bool = True
    """Whether the nodes of a rack share one peer object a router. MetalLB redials every session of
    an object that changes, so adding a host name to a rack then resets the whole rack's sessions
    for a moment; false makes one object a node and router, and racks by nodeSelectors never
    change."""
