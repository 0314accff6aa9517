"""Section `metallb:bgp`: what all BGP sessions have in common, and the names they use."""

from typing import Annotated

from pydantic import Field

from metallb.models.strict import WHOLE_NUMBER
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.stack_keys import Level
from metallb.stackfile.base import Asn, DnsLabel, Duration, Md5Key, Text
from metallb.stackfile.sessions import SessionKeys
from metallb.stackfile.settings import settings

__all__ = ["Bgp"]


@settings(
    "BGPPeer",
    Level.ALL_PEERS,
    keepalive_time="Native mode has a third of the hold time instead.",
    router_id="One for all nodes: leave it out, unless there is one node, or write it at a node.",
    graceful_restart="A change makes every peer anew, which resets its sessions.",
)
class Bgp(SessionKeys):
    """Parameters of the sessions; a rack, a router and a node may override what differs there."""

    my_asn: Asn | None = None
    """AS number of the nodes. Left out, the platform's own, where it has one (`kind`)."""
    peer_asn: Asn | None = None
    """AS number of the routers that do not have their own `asn`. Left out, the platform's own,
    where it has one (`kind`)."""
    hold_time: Duration | None = None
    """Hold time (RFC 4271, 4.2): 0 or 3 to 65535 whole seconds. Left out, it is the platform's own,
    where it has one (`kind`), else MetalLB's default (90s), as it is with null."""
    password: Md5Key | None = None
    """TCP MD5 key (RFC 2385) of all sessions. Set it with `pulumi config set --secret --path`."""
    ebgp_multi_hop: bool | None = None
    """Whether routers are several hops away; null takes what the platform says."""
    dual_stack_address_family: bool | None = None
    """Carries IPv4 and IPv6 over every session, whichever its router's address is; otherwise each
    carries its own family alone."""
    source_address: bool = True
    """Whether sessions are opened from the node's private address where the platform knows it."""
    ecmp_limit: Annotated[int, Field(ge=1, le=4096), WHOLE_NUMBER] = 16
    """Next hops that the routers spread one address over; more nodes than that get no traffic. Only
    nodes that are named are counted: how many carry a label is not known here."""
    max_prefixes: Annotated[int, Field(ge=1), WHOLE_NUMBER] | None = None
    """Prefixes a router takes from one session before it shuts it down. Left out, the
    platform's own, where it is known (`kind`)."""
    bfd_profiles: dict[DnsLabel, BfdProfileSpec] = {}
    """BFD profiles by name."""
    communities: dict[Text, Text] = {}
    """Names for communities: `asn:number`, or `large:a:b:c` (0.13 and later, FRR modes)."""
