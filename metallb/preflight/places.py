"""Where a field of a MetalLB object stands in the file that a person wrote."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from metallb.config import StackConfig, StaticPlatform
from metallb.config.static import SharedRouter
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


class Places(Protocol):
    """Spells where a field stands."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> str:
        """The place of a field, given by its Python name, or of one entry of its list."""


def _camel(field: str) -> str:
    head, *rest = field.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _entry(index: int | None) -> str:
    return "" if index is None else f"[{index}]"


class ManifestPlaces:
    """In custom resources: the object's origin and the path in its spec."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> str:
        """Such as `tor.yaml: BGPPeer tor1: spec.holdTime`."""
        model = type(item.spec)
        known = model.model_fields.get(field)
        key = (known.alias or _camel(field)) if known is not None else field
        return f"{item.origin}: spec.{key}{_entry(index)}"


class ConfigMapPlaces:
    """In the document of MetalLB 0.12."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> str:
        """Such as `config.yaml: peers[0].hold-time`."""
        if isinstance(item, Community):
            aliases = item.spec.communities or ()
            name = aliases[index].name if index is not None and index < len(aliases) else None
            return f"{item.origin}.{name}" if name else item.origin
        model = type(item.spec)
        if field not in model.model_fields:
            return item.origin
        return f"{item.origin}.{configmap_key(model, field) or _camel(field)}{_entry(index)}"


class StackPlaces:
    """In a stack file, where a peer's fields come from its router or from `metallb:bgp`."""

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

    def of(self, item: AnyObject, field: str, index: int | None = None) -> str:
        """The key that a person would change."""
        if isinstance(item, BgpPeer):
            return self._peer(item, field)
        if isinstance(item, IPAddressPool) and field == "addresses" and index is not None:
            settings = self._stack.address_pools[item.name]
            blocks = len(item.spec.addresses) - len(settings.addresses)
            if index < blocks:
                return f"{item.origin}.elasticIps[{index}]"
            return f"{item.origin}.addresses[{index - blocks}]"
        if isinstance(item, BgpAdvertisement) and field == "ip_address_pools":
            return item.origin
        if isinstance(item, BfdProfile) and field == "name":
            return item.origin
        if isinstance(item, Community) and index is not None:
            aliases = item.spec.communities or ()
            return f"{item.origin}.{aliases[index].name}" if index < len(aliases) else item.origin
        return f"{item.origin}.{_camel(field)}{_entry(index)}"

    def _peer(self, peer: BgpPeer, field: str) -> str:
        router = self._router(peer.origin)
        if router is not None and field in self._OF_ROUTER:
            own = self._OF_ROUTER[field]
            if getattr(router, own) is not None or field not in self._OF_BGP:
                return f"{peer.origin}.{_camel(own)}"
        if field in self._OF_BGP:
            return f"metallb:bgp.{self._OF_BGP[field]}"
        return peer.origin

    def _router(self, origin: str) -> SharedRouter | None:
        if not isinstance(self._stack.platform, StaticPlatform):
            return None
        shared = origin.removeprefix("metallb:platform.sharedRouters.")
        if shared != origin:
            return self._stack.platform.shared_routers[shared]
        match = re.fullmatch(r"metallb:platform\.racks\[(\d+)\]\.routers\[(\d+)\]", origin)
        if match is None:
            return None
        return self._stack.platform.racks[int(match[1])].routers[int(match[2])]


def position_of(document: Any, path: str) -> tuple[int, ...]:
    """Where a key path stands in a document; see `Positions`."""
    return Positions(document).of(path)


class Positions:
    """Where key paths stand in a document, as something to sort by.

    Follows a path as far as the document has it; keys may hold dots, so the longest key that fits
    is taken. Each mapping is indexed once, however many paths lead through it.
    """

    def __init__(self, document: Any) -> None:
        self._document = document
        self._indices: dict[int, tuple[dict[str, tuple[int, Any]], list[str]]] = {}

    def of(self, path: str) -> tuple[int, ...]:
        """The position of a path."""
        position: list[int] = []
        value, rest = self._document, path
        while rest:
            rest = rest.removeprefix(".")
            if isinstance(value, Mapping):
                key = self._key(value, rest)
                if key is None:
                    break
                order, value = self._indices[id(value)][0][key]
                position.append(order)
                rest = rest[len(key) :]
            elif isinstance(value, Sequence) and not isinstance(value, str):
                match = re.match(r"\[(\d+)\]", rest)
                if match is None or int(match[1]) >= len(value):
                    break
                position.append(int(match[1]))
                value, rest = value[int(match[1])], rest[match.end() :]
            else:
                break
        return tuple(position)

    def _key(self, mapping: Mapping[Any, Any], rest: str) -> str | None:
        if id(mapping) not in self._indices:
            index = {str(key): (order, mapping[key]) for order, key in enumerate(mapping)}
            unusual = sorted((key for key in index if "." in key or "[" in key), key=len)
            self._indices[id(mapping)] = (index, unusual[::-1])
        index, unusual = self._indices[id(mapping)]
        for key in unusual:
            if rest.startswith(key) and rest[len(key) : len(key) + 1] in ("", ".", "["):
                return key
        word = re.match(r"[^.\[]*", rest)
        return word[0] if word is not None and word[0] in index else None
