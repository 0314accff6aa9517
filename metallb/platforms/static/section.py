"""Section `metallb:platform` with `kind: static`: racks and routers of any data centre."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.alias_generators import to_camel

from metallb.models.strict import WHOLE_NUMBER
from metallb.platforms.base import Key, PeerSlot, Platform
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.static.new import OPTIONS, sections_of
from metallb.problems.problem import Location, Problem
from metallb.routing.selectors import LabelSelector
from metallb.routing.stack_keys import Level, key_at, key_set
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
from metallb.stackfile.conditions import NodeCondition, selector_of
from metallb.stackfile.grammar import is_subdomain
from metallb.stackfile.sessions import SessionKeys
from metallb.stackfile.settings import settings

if TYPE_CHECKING:
    from metallb.routing import BgpPeer
    from metallb.stackfile.stack import StackConfig
    from metallb.topology.model import Rack as ShownRack

__all__ = ["Rack", "Router", "SharedRouter", "StaticNode", "StaticPlatform"]


@settings("BGPPeer", Level.ROUTER)
class SharedRouter(SessionKeys):
    """A BGP router that several racks have in common, such as an anycast gateway: one peer object
    for all their nodes, named after its key. What is left out comes from `metallb:bgp`."""

    address: IpAddress | None = None
    """Address that the nodes connect to; a router has one, or an `interface`."""
    asn: Asn | None = None
    """AS number of the router."""
    my_asn: Asn | None = None
    """AS number that the rack's nodes use towards this router."""
    password: Md5Key | None = None
    """TCP MD5 key (RFC 2385) of this router."""
    on_node: bool = False
    """Whether the router is a routing daemon on each of the nodes, at a loopback address or at the
    other end of a veth pair, and not a machine on the network."""

    @model_validator(mode="after")
    def _has_address(self) -> "SharedRouter":
        if self.address is None and self.interface is None:
            help = "add `address: 10.1.0.1`, or `interface` for an unnumbered session"
            fault = "address is missing"
            raise InvalidValue(fault, "", help, at=("address",), whole=True, code="E103")
        if self.address is not None and self.interface is not None:
            raise InvalidValue(
                "address and interface are both set",
                "A session is unnumbered, or goes to an address.",
                "remove one of the two",
                at=("interface",),
                whole=True,
            )
        return self

    @property
    def end(self) -> str:
        """What a node connects to: the address, or the interface of an unnumbered session."""
        return str(self.address or self.interface)


class Router(SharedRouter):
    """A BGP router that a rack's nodes peer with. What is left out comes from the rack, or from
    `metallb:bgp`."""

    name: DnsLabel | None = None
    """Name of the router in object names, behind the rack's; its address when left out, or its
    interface."""

    @model_validator(mode="after")
    def _has_name(self) -> "Router":
        if self.name is None and self.address is None and not is_subdomain(self.end):
            fault = f"interface {self.end} can't be part of an object's name"
            rule = "Names of objects have lower-case letters, digits, hyphens and dots."
            raise InvalidValue(
                fault, rule, "add a name to the router", at=("interface",), whole=True, shows=True
            )
        return self


@settings("BGPPeer", Level.NODE)
class StaticNode(SessionKeys):
    """A node of a rack that has more settings than its host name. Each key of sessions is of this
    node alone, over those of its routers, and costs one peer object a router."""

    hostname: Hostname
    """Value of the node's kubernetes.io/hostname label."""
    source_address: IpAddress | None = None
    """Address from which this node opens its sessions; costs one peer object a node and router."""


def _by_hostname(value: Any) -> Any:
    """A bare host name is the short spelling of a node."""
    return {"hostname": value} if isinstance(value, str) else value


@settings("BGPPeer", Level.RACK)
class Rack(SessionKeys):
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
    match_expressions: tuple[NodeCondition, ...] = ()
    """Conditions on the labels of the rack's nodes, such as `{key: example.org/rack, operator:
    NotIn, values: [b]}`, beside `nodeSelectors` or alone. All of them have to hold."""
    node_count: Annotated[int, Field(ge=1, le=100_000), WHOLE_NUMBER] | None = None
    """How many nodes the labels choose, for `impact`, `whatif` and the rules about pools that one
    node carries. It changes no object; `--count`, `--nodes` and `--cluster` go before it."""
    routers: tuple[Router, ...] = ()
    """The rack's own routers: every node of the rack peers with each of them. A rack has a router,
    unless layer 2 announces a pool of the stack."""
    shared_routers: tuple[DnsLabel, ...] = ()
    """Further routers, by their names in `sharedRouters` of the platform."""

    @model_validator(mode="after")
    def _has_nodes(self) -> "Rack":
        if bool(self.nodes) == self.by_label:
            both = bool(self.nodes)
            key = self.key_of_nodes if both else "nodes"
            fault = f"nodes and {key} are both set" if both else "the rack has no nodes"
            help = "keep one of the two" if both else "add nodes: [HOST NAME], or nodeSelectors"
            raise InvalidValue(fault, "", help, at=(key,), whole=True)
        if self.node_count is not None and not self.by_label:
            fault = "nodeCount is set, and host names choose the nodes"
            rule = "It is the number of nodes that labels choose; host names count themselves."
            raise InvalidValue(fault, rule, "remove nodeCount", at=("nodeCount",), whole=True)
        return self

    @property
    def by_label(self) -> bool:
        """Whether labels choose the nodes, and not host names."""
        return bool(self.node_selectors or self.match_expressions)

    @property
    def key_of_nodes(self) -> str:
        """The key that chooses the nodes."""
        if not self.by_label:
            return "nodes"
        return "nodeSelectors" if self.node_selectors else "matchExpressions"

    @property
    def selector(self) -> LabelSelector:
        """What chooses the nodes, where labels do."""
        return selector_of(self.node_selectors, self.match_expressions)


class StaticPlatform(Platform):
    """Racks as they stand; nothing is looked up, and no account is needed."""

    rules: ClassVar = ("metallb.platforms.static.rules",)
    one_peer_help: ClassVar = (
        "write a router of several racks once, in metallb:platform.sharedRouters"
    )
    joining_help: ClassVar = (
        "choose the rack's nodes by a label (nodeSelectors in place of nodes): a node that gets "
        "the label changes no object; or set sharedPeers: false, one object a node and router"
    )
    peer_place: ClassVar = "at the router"
    takes_racks: ClassVar = True
    example: ClassVar = "for racks"
    new_options: ClassVar = OPTIONS
    new_comments: ClassVar = {
        "nodes": "Values of the nodes' kubernetes.io/hostname label.",
        "routers": "Every node of the rack opens a session with each of its routers.",
    }

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
    def new_sections(cls, values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Racks with their routers, and pools."""
        return sections_of(values)

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
        """Source addresses of nodes, and of the nodes of racks and routers."""
        for position, rack in enumerate(self.racks):
            here: Location = ("metallb:platform", "racks", position)
            places: list[tuple[Location, Section]] = [(here, rack)]
            places += [((*here, "routers", i), each) for i, each in enumerate(rack.routers)]
            places += [((*here, "nodes", i), each) for i, each in enumerate(rack.nodes)]
            for at, section in places:
                if section.source_address is not None:
                    yield (*at, "sourceAddress"), section.source_address
        for name, shared in self.shared_routers.items():
            if shared.source_address is not None:
                at = ("metallb:platform", "sharedRouters", name)
                yield (*at, "sourceAddress"), shared.source_address

    def location_of(self, peer: "BgpPeer", field: str, index: int | None = None) -> Location | None:
        """The key of the router or rack, where one has the field; for nodes that of the rack."""
        if field == "node_selectors":
            from metallb.platforms.static.places import place_of_nodes

            return place_of_nodes(self, peer, index)
        for at, level, section in self._sections(peer):
            key = key_at(peer.kind, field, level)
            present = key_set(section, key) if key is not None else None
            if present is not None:
                return (*at, to_camel(present))
        return None

    def is_on_node(self, peer: "BgpPeer") -> bool:
        """Whether the peer's router has `onNode: true`."""
        sections = (each for _, level, each in self._sections(peer) if level is Level.ROUTER)
        return any(each.on_node for each in sections)

    @cached_property
    def nodes_by_host(self) -> Mapping[str, Sequence[tuple[Location, StaticNode]]]:
        """Nodes with their locations, by host name."""
        found: dict[str, list[tuple[Location, StaticNode]]] = {}
        for number, rack in enumerate(self.racks):
            for position, node in enumerate(rack.nodes):
                place = ("metallb:platform", "racks", number, "nodes", position)
                found.setdefault(node.hostname, []).append((place, node))
        return found

    def _sections(self, peer: "BgpPeer") -> Iterator[tuple[Location, Level, Section]]:
        """What sets the fields of a peer, the nearest first."""
        origin, selectors = peer.origin, peer.spec.node_selectors or ()
        hosts = selectors[0].hosts if len(selectors) == 1 else None
        if hosts and len(hosts) == 1:
            places = self.nodes_by_host.get(hosts[0], ())
            own = [each for each in places if each[0][:3] == origin[:3]]
            for at, node in own or places:
                yield at, Level.NODE, node
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
