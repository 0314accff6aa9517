"""Where a field of a MetalLB object is in the file that a person wrote."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from metallb.config import Rack, StackConfig, StaticPlatform
from metallb.config.static import SharedRouter, StaticNode
from metallb.problems.problem import Location
from metallb.routing import (
    BfdProfile,
    BgpAdvertisement,
    BgpPeer,
    Community,
    IPAddressPool,
)
from metallb.routing.base import MetalLBObject, configmap_key

__all__ = ["ConfigMapPlaces", "ManifestPlaces", "Places", "Positions", "StackPlaces", "position_of"]

AnyObject = MetalLBObject[Any]
_PLATFORM = "metallb:platform"


class Places(Protocol):
    """Finds the keys of a field."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """The place of a field, given by its Python name, or of one entry of its list."""


def _camel(field: str) -> str:
    head, *rest = field.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _entry(index: int | None) -> Location:
    return () if index is None else (index,)


def _alias(item: Community, index: int | None) -> Location:
    """The key of a community's name where all names are keys of one mapping."""
    aliases = item.spec.communities or ()
    name = aliases[index].name if index is not None and index < len(aliases) else None
    return (*item.origin, name) if name else item.origin


class ManifestPlaces:
    """In custom resources: the object's origin and the path in its spec."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """Such as `("tor.yaml: BGPPeer tor1", "spec", "holdTime")`."""
        model = type(item.spec)
        known = model.model_fields.get(field)
        key = (known.alias or _camel(field)) if known is not None else field
        return (*item.origin, "spec", key, *_entry(index))


class ConfigMapPlaces:
    """In the document of MetalLB 0.12."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """Such as `("cm.yaml: ConfigMap config", "peers", 0, "hold-time")`."""
        if isinstance(item, Community):
            return _alias(item, index)
        model = type(item.spec)
        if field not in model.model_fields:
            return item.origin
        key = configmap_key(model, field) or _camel(field)
        return (*item.origin, key, *_entry(index))


class StackPlaces:
    """In a stack file, where a peer's fields come from its router, its rack or `metallb:bgp`."""

    _OF_BGP: Mapping[str, str] = {
        "my_asn": "localAsn",
        "peer_asn": "peerAsn",
        "peer_port": "peerPort",
        "hold_time": "holdTime",
        "keepalive_time": "keepaliveTime",
        "connect_time": "connectTime",
        "router_id": "routerId",
        "bfd_profile": "bfdProfile",
        "enable_graceful_restart": "gracefulRestart",
        "ebgp_multi_hop": "ebgpMultiHop",
        "dual_stack_address_family": "dualStackAddressFamily",
        "password": "password",
        "password_secret": "password",
    }
    _OF_ROUTER: Mapping[str, str] = {
        "my_asn": "local_asn",
        "peer_asn": "asn",
        "peer_address": "address",
        "peer_port": "port",
        "hold_time": "hold_time",
        "keepalive_time": "keepalive_time",
        "bfd_profile": "bfd_profile",
        "ebgp_multi_hop": "ebgp_multi_hop",
        "dual_stack_address_family": "dual_stack_address_family",
        "password": "password",
        "password_secret": "password",
    }

    def __init__(self, stack: StackConfig) -> None:
        self._stack = stack

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """The key that a person would change."""
        if isinstance(item, BgpPeer):
            return self._peer(item, field, index)
        if isinstance(item, IPAddressPool) and field == "addresses" and index is not None:
            settings = self._stack.address_pools[item.name]
            blocks = len(item.spec.addresses) - len(settings.addresses)
            if index < blocks:
                return (*item.origin, "elasticIps", index)
            return (*item.origin, "addresses", index - blocks)
        if isinstance(item, BgpAdvertisement) and field == "ip_address_pools":
            return item.origin
        if isinstance(item, BfdProfile) and field == "name":
            return item.origin
        if isinstance(item, Community) and index is not None:
            return _alias(item, index)
        return (*item.origin, _camel(field), *_entry(index))

    def _peer(self, peer: BgpPeer, field: str, index: int | None) -> Location:
        if field in ("source_address", "node_selectors"):
            return self._of_nodes(peer, field, index) or peer.origin
        router = self._router(peer.origin)
        if router is not None and field in self._OF_ROUTER:
            own = self._OF_ROUTER[field]
            if getattr(router, own) is not None or field not in self._OF_BGP:
                return (*peer.origin, _camel(own))
        if field in self._OF_BGP:
            return ("metallb:bgp", self._OF_BGP[field])
        return peer.origin

    def _of_nodes(self, peer: BgpPeer, field: str, index: int | None) -> Location:
        """Where the rack of a peer has its nodes; empty where no rack has them."""
        selectors = peer.spec.node_selectors or ()
        if field == "source_address":
            for host in (host for each in selectors for host in each.hosts or ()):
                for place, node in self._nodes_by_host.get(host, ()):
                    if node.source_address == peer.spec.source_address:
                        return (*place, "sourceAddress")
        for selector in selectors if index is None else selectors[index : index + 1]:
            if selector.hosts:
                places = [place for place, _ in self._nodes_by_host.get(selector.hosts[0], ())]
                own = [place for place in places if place[:3] == peer.origin[:3]]
                for place in own or places:
                    return place if len(selector.hosts) == 1 else place[:-1]
            for number, rack in enumerate(self._racks):
                place = (_PLATFORM, "racks", number)
                refers = peer.origin[:3] == place or peer.origin[-1] in rack.shared_routers
                if refers and rack.node_selectors == selector.match_labels:
                    return (*place, "nodeSelectors")
        return ()

    @cached_property
    def _nodes_by_host(self) -> Mapping[str, Sequence[tuple[Location, StaticNode]]]:
        found: dict[str, list[tuple[Location, StaticNode]]] = {}
        for number, rack in enumerate(self._racks):
            for position, node in enumerate(rack.nodes):
                place = (_PLATFORM, "racks", number, "nodes", position)
                found.setdefault(node.hostname, []).append((place, node))
        return found

    @property
    def _racks(self) -> tuple[Rack, ...]:
        platform = self._stack.platform
        return platform.racks if isinstance(platform, StaticPlatform) else ()

    def _router(self, origin: Location) -> SharedRouter | None:
        platform = self._stack.platform
        if not isinstance(platform, StaticPlatform):
            return None
        match origin:
            case (_, "sharedRouters", str(name)):
                return platform.shared_routers[name]
            case (_, "racks", int(rack), "routers", int(router)):
                return platform.racks[rack].routers[router]
        return None


def position_of(document: Any, location: Location) -> tuple[int, ...]:
    """Where a location is in a document; see `Positions`."""
    return Positions(document).of(location)


class Positions:
    """Where locations are in a document, as something to sort by.

    Follows a location as far as the document has it. Each mapping is indexed once, however many
    locations lead through it.
    """

    def __init__(self, document: Any) -> None:
        self._document = document
        self._indices: dict[int, dict[str, tuple[int, Any]]] = {}

    def of(self, location: Location) -> tuple[int, ...]:
        """The position of a location."""
        position: list[int] = []
        value = self._document
        for step in location:
            if isinstance(value, Mapping):
                index = self._index(value)
                if str(step) not in index:
                    break
                order, value = index[str(step)]
                position.append(order)
            elif isinstance(value, Sequence) and not isinstance(value, str):
                if not isinstance(step, int) or step >= len(value):
                    break
                position.append(step)
                value = value[step]
            else:
                break
        return tuple(position)

    def _index(self, mapping: Mapping[Any, Any]) -> dict[str, tuple[int, Any]]:
        if id(mapping) not in self._indices:
            self._indices[id(mapping)] = {
                str(key): (order, value) for order, (key, value) in enumerate(mapping.items())
            }
        return self._indices[id(mapping)]
