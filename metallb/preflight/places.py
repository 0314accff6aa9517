"""Where a field of a MetalLB object is in the file that a person wrote."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic.alias_generators import to_camel

from metallb.platforms.facts import PlatformFacts
from metallb.problems.problem import Location
from metallb.routing import (
    BgpPeer,
    Community,
    IPAddressPool,
    L2Advertisement,
)
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.fields import configmap_key, manifest_key
from metallb.routing.stack_keys import LEVELS, Level, key_at, key_set, spelled_key
from metallb.stackfile import StackConfig

__all__ = ["ConfigMapPlaces", "ManifestPlaces", "Places", "Positions", "StackPlaces", "position_of"]

AnyObject = MetalLBObject


class Places(Protocol):
    """Finds the keys of a field."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """The place of a field, given by its Python name, or of one entry of its list."""


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
        model: type[SpecModel] = type(item.spec)
        key = manifest_key(model, field) if field in model.model_fields else field
        return (*item.origin, "spec", key, *_entry(index))


class ConfigMapPlaces:
    """In the document of MetalLB 0.12."""

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """Such as `("cm.yaml: ConfigMap config", "peers", 0, "hold-time")`."""
        if isinstance(item, Community):
            return _alias(item, index)
        model: type[SpecModel] = type(item.spec)
        if field not in model.model_fields:
            return item.origin
        key = configmap_key(model, field) or manifest_key(model, field)
        return (*item.origin, key, *_entry(index))


class StackPlaces:
    """In a stack file, where a peer's fields come from its router or from `metallb:bgp`."""

    def __init__(self, stack: StackConfig, facts: PlatformFacts | None = None) -> None:
        self._stack, self._facts = stack, facts

    def of(self, item: AnyObject, field: str, index: int | None = None) -> Location:
        """The key that a person would change."""
        if isinstance(item, BgpPeer):
            return self._peer(item, field, index)
        if isinstance(item, IPAddressPool) and field == "addresses" and index is not None:
            return (*item.origin, *self._address(item.name, index))
        if isinstance(item, Community) and index is not None:
            return _alias(item, index)
        if isinstance(item, L2Advertisement) and field == "node_selectors":
            return (*item.origin, *self._nodes_of_layer2(item, index))
        level = LEVELS.get(item.kind, (None,))[0]
        if field in type(item.spec).model_fields and level is not None:
            key = spelled_key(item.kind, field, level)
            return (*item.origin, key, *_entry(index)) if key else item.origin
        return item.origin

    def _address(self, name: str, index: int) -> Location:
        """Where a pool has an address: below a block of the platform, which may be several, or by
        itself."""
        pool = self._stack.address_pools[name]
        blocks = self._facts.blocks if self._facts is not None else {}
        for position, block in enumerate(pool.of_platform):
            count = len(blocks[block].cidrs) if block in blocks else 0
            if index < count:
                return (pool.platform_key, position)
            index -= count
        return ("addresses", index)

    def _nodes_of_layer2(self, item: L2Advertisement, index: int | None) -> Location:
        """Host names come before selectors, and are one of them."""
        pool, _, key = item.origin[-3:]
        settings = self._stack.address_pools[str(pool)].layer2[str(key)]
        named = bool(settings.nodes)
        if named and (not index or not settings.node_selectors):
            return ("nodes",)
        return ("nodeSelectors", *_entry(None if index is None else index - named))

    def _peer(self, peer: BgpPeer, field: str, index: int | None) -> Location:
        own = self._stack.platform.location_of(peer, field, index)
        if own is not None:
            return own
        key = key_at(peer.kind, field, Level.ALL_PEERS)
        if key is None:
            return peer.origin
        return ("metallb:bgp", to_camel(key_set(self._stack.bgp, key) or key))


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
