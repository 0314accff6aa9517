"""The lab's data centre as data: hosts, routers, the segments between them, the BGP sessions.

Written from a person's point of view of the site (rack plan, or what the cloud says of a device),
never from what the program rendered: the two must agree by themselves.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

CLIENT_ASN = 64511
CLIENT_ADDRESS = ipaddress.IPv4Address("198.18.255.1")
"""The client's own address, announced to the routers by BGP. A benchmark range (RFC 2544)."""
UPLINKS = ipaddress.IPv4Network("198.18.254.0/24")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Host:
    """A node of the cluster."""

    name: str
    address: ipaddress.IPv4Address
    """Its internal address: what Kubernetes calls the host IP, and the end of its sessions."""
    segments: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    taints: tuple[str, ...] = ()
    address6: ipaddress.IPv6Address | None = None
    """The end of its sessions with routers that are reached by IPv6, where there are any."""

    def end(self, version: int) -> Address:
        """The end of its sessions over an IP version."""
        address = self.address if version == 4 else self.address6
        if address is None:
            raise ValueError(f"{self.name} has no IPv{version} address")
        return address


@dataclass(frozen=True)
class Router:
    """A top-of-rack router, or the gateway that a cloud gives a node."""

    name: str
    asn: int


@dataclass(frozen=True)
class Segment:
    """One layer 2 network: a rack's, or the private link between a node and its gateway."""

    name: str
    network: ipaddress.IPv4Network
    routers: dict[str, Address] = field(hash=False)
    network6: ipaddress.IPv6Network | None = None

    @property
    def neighbours(self) -> list[Address]:
        """The client's addresses where it is on the segment itself."""
        return [net[2] for net in (self.network, self.network6) if net is not None]

    def prefix(self, address: Address) -> str:
        """An address of this network with its prefix length."""
        network = self.network if address.version == 4 else self.network6
        if network is None:
            raise ValueError(f"{self.name} has no IPv{address.version} network")
        return f"{address}/{network.prefixlen}"


@dataclass(frozen=True)
class Session:
    """One BGP session as the router's side has it configured."""

    router: str
    segment: str
    local: Address
    host: str
    remote: Address
    asn: int
    """The node's AS number."""
    password: str | None = None
    port: int = 179
    bfd: bool = False


@dataclass(frozen=True)
class Topology:
    """The whole site."""

    hosts: tuple[Host, ...]
    routers: tuple[Router, ...]
    segments: tuple[Segment, ...]
    sessions: tuple[Session, ...]

    def host(self, name: str) -> Host:
        """A host by name."""
        return next(host for host in self.hosts if host.name == name)

    def sessions_of(self, router: str) -> list[Session]:
        """The sessions of one router."""
        return [session for session in self.sessions if session.router == router]

    def routers_of(self, host: Host) -> list[tuple[str, ipaddress.IPv4Address, str]]:
        """Router, its address and the segment, for each one next to a host, as far as IPv4 goes."""
        return [
            (router, address, segment.name)
            for segment in self.segments
            if segment.name in host.segments
            for router, address in segment.routers.items()
            if isinstance(address, ipaddress.IPv4Address)
        ]

    def segment(self, name: str) -> Segment:
        """A segment by name."""
        return next(segment for segment in self.segments if segment.name == name)

    def only(self, *hosts: str) -> Topology:
        """The same site without some of its hosts: they may be added later."""
        return replace(
            self,
            hosts=tuple(h for h in self.hosts if h.name in hosts),
            sessions=tuple(s for s in self.sessions if s.host in hosts),
        )


def uplink(number: int) -> tuple[ipaddress.IPv4Address, ipaddress.IPv4Address]:
    """Router's and client's address of the n-th uplink (a /31)."""
    first = UPLINKS[2 * number]
    return first, first + 1
