"""Section `metallb:platform` with `kind: static`: racks and routers of any data centre."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.alias_generators import to_camel

from metallb.platforms.base import Key, PeerSlot, Platform
from metallb.platforms.facts import PlatformFacts
from metallb.problems.problem import Location, Problem
from metallb.routing.stack_keys import Level, key_at
from metallb.stackfile.base import (
    Asn,
    DnsLabel,
    Hostname,
    InvalidValue,
    IpAddress,
    Labels,
    Md5Key,
    Section,
)
from metallb.stackfile.settings import settings

if TYPE_CHECKING:
    from metallb.routing import BgpPeer
    from metallb.stackfile.stack import StackConfig
    from metallb.topology.model import Rack as ShownRack

__all__ = ["Rack", "Router", "SharedRouter", "StaticNode", "StaticPlatform"]


@settings("BGPPeer", Level.ROUTER)
class SharedRouter(Section):
    """A BGP router that several racks have in common, such as an anycast gateway: one peer object
    for all their nodes, named after its key. What is left out comes from `metallb:bgp`."""

    address: IpAddress
    """Address that the nodes connect to."""
    asn: Asn | None = None
    """AS number of the router."""
    local_asn: Asn | None = None
    """AS number that the rack's nodes use towards this router."""
    password: Md5Key | None = None
    """TCP MD5 key (RFC 2385) of this router."""


class Router(SharedRouter):
    """A BGP router that a rack's nodes peer with. What is left out comes from the rack, or from
    `metallb:bgp`."""

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


@settings("BGPPeer", Level.RACK)
class Rack(Section):
    """Nodes that peer with the same routers. Its keys of sessions are for its own routers."""

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


class StaticPlatform(Platform):
    """Racks as they stand; nothing is looked up, and no account is needed."""

    rules: ClassVar = ("metallb.platforms.static.rules",)
    one_peer_help: ClassVar = (
        "write a router of several racks once, in metallb:platform.sharedRouters"
    )
    peer_place: ClassVar = "at the router"
    takes_racks: ClassVar = True
    example: ClassVar = "for racks"

    kind: Literal["static"]
    """Selects this platform. It has no AS numbers of its own: `metallb:bgp` or each router has."""
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

    @classmethod
    def of_racks(
        cls, racks: list[dict[str, Any]], shared: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """The section with these racks."""
        fixed: dict[str, Any] = {"kind": "static"}
        if shared:
            fixed["sharedRouters"] = shared
        return {**fixed, "racks": racks}

    def reference_problems(self, stack: "StackConfig") -> Iterator[Problem]:
        """References of racks that lead nowhere, names that are there twice, no AS number."""
        from metallb.platforms.static.references import problems_of

        return problems_of(stack, self)

    def slots(self, stack: "StackConfig") -> tuple[PeerSlot, ...]:
        """One peer a rack and router, whose fields the file has."""
        from metallb.platforms.static.peers import static_peers

        return tuple(
            PeerSlot(peer.name, peer.origin, known=peer) for peer in static_peers(stack, self)
        )

    def passwords(self) -> Iterator[Key]:
        """MD5 keys of routers that have their own."""
        from metallb.platforms.static.peers import router_keys

        return router_keys(self)

    def source_addresses(self) -> Iterator[tuple[Location, str]]:
        """Source addresses of nodes."""
        for position, rack in enumerate(self.racks):
            for index, node in enumerate(rack.nodes):
                if node.source_address is not None:
                    at: Location = ("metallb:platform", "racks", position, "nodes", index)
                    yield (*at, "sourceAddress"), node.source_address

    def location_of(self, peer: "BgpPeer", field: str, index: int | None = None) -> Location | None:
        """The key of the router or rack, where one has the field; for nodes that of the rack."""
        if field in ("source_address", "node_selectors"):
            from metallb.platforms.static.places import place_of_nodes

            return place_of_nodes(self, peer, field, index)
        for at, level, section in self._sections(peer.origin):
            key = key_at(peer.kind, field, level)
            if key is not None and getattr(section, key) is not None:
                return (*at, to_camel(key))
        return None

    @cached_property
    def nodes_by_host(self) -> Mapping[str, Sequence[tuple[Location, StaticNode]]]:
        """Nodes with their locations, by host name."""
        found: dict[str, list[tuple[Location, StaticNode]]] = {}
        for number, rack in enumerate(self.racks):
            for position, node in enumerate(rack.nodes):
                place = ("metallb:platform", "racks", number, "nodes", position)
                found.setdefault(node.hostname, []).append((place, node))
        return found

    def _sections(self, origin: Location) -> Iterator[tuple[Location, Level, Section]]:
        """What sets the fields of a router's peers, the nearest first."""
        match origin:
            case (_, "sharedRouters", str(name)):
                yield origin, Level.ROUTER, self.shared_routers[name]
            case (_, "racks", int(rack), "routers", int(router)):
                yield origin, Level.ROUTER, self.racks[rack].routers[router]
                yield origin[:3], Level.RACK, self.racks[rack]

    def shown(self, stack: "StackConfig", facts: PlatformFacts | None) -> "tuple[ShownRack, ...]":
        """The racks."""
        from metallb.platforms.static.shown import shown_racks

        return shown_racks(stack, self)

    def warnings_of(self, stack: "StackConfig", changes: Iterable[Any]) -> tuple[str, ...]:
        """Sessions that are redialled because version 1 wrote several racks as one peer."""
        from metallb.platforms.static.redials import redials

        return redials(stack, self, changes)
