"""The ConfigMap format of MetalLB up to 0.12 (internal/config/config.go at v0.12.1).

Writes what is not at its default, so that the document stays as short as one written by hand.
Reading is strict: MetalLB's own reader refuses the whole document for one unknown or repeated key.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from metallb.errors import ConfigError, MetalLBError
from metallb.routing.advertisements import (
    BgpAdvertisement,
    BgpAdvertisementSpec,
    L2Advertisement,
    L2AdvertisementSpec,
)
from metallb.routing.base import SpecModel, configmap_key
from metallb.routing.bfd import BfdProfile, BfdProfileSpec
from metallb.routing.communities import Community, CommunityAlias, CommunitySpec
from metallb.routing.configmap_values import entries, mapping, meant, typed, word
from metallb.routing.faults import fault
from metallb.routing.peers import BgpPeer, BgpPeerSpec
from metallb.routing.pools import IPAddressPool, IPAddressPoolSpec
from metallb.routing.selectors import LabelSelector, LabelSelectorRequirement
from metallb.routing.table import RoutingConfig
from metallb.yaml_text import yaml_text

__all__ = [
    "CONFIGMAP_KEY",
    "CONFIGMAP_NAME",
    "configmap_document",
    "configmap_text",
    "parse_configmap",
]

CONFIGMAP_NAME = "config"
"""Name of the ConfigMap (MetalLB v0.12.1, flag --config)."""
CONFIGMAP_KEY = "config"
"""Key of the ConfigMap under which the document stands."""
COMMUNITIES_NAME = "communities"
"""Name of the one Community object that stands for `bgp-communities`."""

_Model = TypeVar("_Model", bound=SpecModel)
_BGP, _LAYER2 = "bgp", "layer2"
_TOP = ("peers", "bgp-communities", "address-pools", "bfd-profiles")


def configmap_document(routing: RoutingConfig) -> dict[str, Any]:
    """The document as plain data, with clear-text passwords: MetalLB 0.12 knows no Secret.

    Does not write what the format can't say (peer names, service allocation, ...): preflight
    refuses a stack file that asks for it.
    """
    document: dict[str, Any] = {}
    if routing.peers:
        document["peers"] = [_peer(routing, peer) for peer in routing.peers]
    aliases = {
        alias.name: alias.value
        for community in routing.communities
        for alias in community.spec.communities or ()
    }
    if aliases:
        document["bgp-communities"] = aliases
    if routing.bfd_profiles:
        document["bfd-profiles"] = [
            {"name": profile.name, **_keys(profile.spec)} for profile in routing.bfd_profiles
        ]
    if routing.pools:
        document["address-pools"] = [_pool(routing, pool) for pool in routing.pools]
    return document


def configmap_text(routing: RoutingConfig) -> str:
    """The document as YAML, the same bytes for the same meaning."""
    return yaml_text(configmap_document(routing), width=1000)


def parse_configmap(document: Mapping[str, Any], *, where: str) -> RoutingConfig:
    """What a parsed document means. Peers get the names `peer-1`, `peer-2` ...: it has none.

    :param document: as `parse_yaml(..., spelled=True)` gives it; otherwise words such as 012 have
        lost their spelling.
    :raises ConfigError: keys that MetalLB 0.12 does not know, or values of the wrong type; the
        error's `mistakes` hold all of them.
    """
    mistakes: list[MetalLBError] = [
        ConfigError(
            where=f"{where}.{key}",
            rule="is not a key of MetalLB's ConfigMap, and MetalLB refuses the whole document",
            remedy=f"known: {', '.join(_TOP)}",
        )
        for key in document
        if key not in _TOP
    ]
    peers: list[BgpPeer] = []
    for index, entry in enumerate(_list(document, "peers", where, mistakes)):
        at = f"{where}.peers[{index}]"
        with _collected(mistakes):
            spec = _parse(BgpPeerSpec, entry, at)
            peers.append(BgpPeer(name=f"peer-{index + 1}", spec=spec, origin=at))
    pools: list[IPAddressPool] = []
    advertisements: list[BgpAdvertisement] = []
    by_arp: list[L2Advertisement] = []
    for index, entry in enumerate(_list(document, "address-pools", where, mistakes)):
        with _collected(mistakes):
            pool, announced = _parse_pool(entry, f"{where}.address-pools[{index}]")
            pools.append(pool)
            for each in announced:
                if isinstance(each, L2Advertisement):
                    by_arp.append(each)
                else:
                    advertisements.append(each)
    profiles: list[BfdProfile] = []
    for index, entry in enumerate(_list(document, "bfd-profiles", where, mistakes)):
        at = f"{where}.bfd-profiles[{index}]"
        with _collected(mistakes):
            fields = mapping(entry, at)
            name = word(fields.pop("name", None), f"{at}.name")
            parsed = _parse(BfdProfileSpec, fields, at)
            profiles.append(BfdProfile(name=name, spec=parsed, origin=at))
    communities: tuple[Community, ...] = ()
    with _collected(mistakes):
        communities = _parse_communities(document, f"{where}.bgp-communities")
    if mistakes:
        raise ConfigError(
            where=where,
            rule=f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''} in the document",
            mistakes=mistakes,
        )
    return RoutingConfig(
        peers=tuple(peers),
        pools=tuple(pools),
        advertisements=tuple(advertisements),
        l2_advertisements=tuple(by_arp),
        bfd_profiles=tuple(profiles),
        communities=communities,
    )


def _parse_communities(document: Mapping[str, Any], at: str) -> tuple[Community, ...]:
    aliases = document.get("bgp-communities")
    if meant(aliases) is None:
        return ()
    listed = tuple(
        CommunityAlias(name=name, value=word(value, f"{at}.{name}"))
        for name, value in mapping(aliases, at).items()
    )
    if not listed:
        return ()
    spec = CommunitySpec(communities=listed)
    return (Community(name=COMMUNITIES_NAME, spec=spec, origin=at),)


@contextmanager
def _collected(mistakes: list[MetalLBError]) -> Iterator[None]:
    """Note a mistake and go on with the next entry."""
    try:
        yield
    except ConfigError as error:
        mistakes.append(error)


def _peer(routing: RoutingConfig, peer: BgpPeer) -> dict[str, Any]:
    entry = _keys(peer.spec)
    password = routing.password_of(peer)
    if password is not None:
        entry["password"] = password.get_secret_value()
    return entry


def _pool(routing: RoutingConfig, pool: IPAddressPool) -> dict[str, Any]:
    by_arp = any(
        pool.name in (each.spec.ip_address_pools or ()) for each in routing.l2_advertisements
    )
    protocol = _LAYER2 if by_arp else _BGP
    entry: dict[str, Any] = {"name": pool.name, "protocol": protocol, **_keys(pool.spec)}
    announced = [
        _keys(advertisement.spec)
        for advertisement in routing.advertisements
        if pool.name in (advertisement.spec.ip_address_pools or (pool.name,))
    ]
    # One advertisement with nothing to say is what MetalLB makes of a pool without any.
    if announced and announced != [{}]:
        entry["bgp-advertisements"] = announced
    return entry


def _keys(model: SpecModel) -> dict[str, Any]:
    """A model's fields under their ConfigMap keys, without defaults and unsayable fields."""
    entry: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        key = configmap_key(type(model), name)
        value = getattr(model, name)
        if not key or value is None or value == field.default or name == "password":
            continue
        if name != "password_secret":
            entry[key] = _plain(value)
    return entry


def _plain(value: Any) -> Any:
    if isinstance(value, SpecModel):
        return _keys(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _parse(model: type[_Model], entry: Any, at: str) -> _Model:
    """A model from an entry of the document, key by key."""
    fields = mapping(entry, at)
    names = {configmap_key(model, name): name for name in model.model_fields}
    values: dict[str, Any] = {}
    for key, value in fields.items():
        if not key or key not in names or names[key] == "password_secret":
            raise ConfigError(
                where=f"{at}.{key}",
                rule="is not a key of MetalLB's ConfigMap, and MetalLB refuses the whole document",
                remedy=f"known: {', '.join(sorted(key for key in names if key))}",
            )
        name = names[key]
        if meant(value) is None:
            continue
        if name == "node_selectors":
            listed = entries(value, f"{at}.{key}")
            value = [_parse_selector(item, f"{at}.{key}[{i}]") for i, item in enumerate(listed)]
        else:
            value = typed(model.model_fields[name].annotation, value, f"{at}.{key}")
        # An empty value is what Go takes for none; generated documents are full of them.
        if value not in ("", SecretStr("")) and (name, value) != ("peer_port", 0):
            values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        step = first["loc"][0] if first["loc"] else ""
        key = next((key for key, name in names.items() if step == name), _key_of(model, step))
        raise ConfigError(
            where=f"{at}.{key}",
            rule=fault(first),
            remedy="correct the value",
        ) from None


def _key_of(model: type[BaseModel], alias: int | str) -> str:
    for name, field in model.model_fields.items():
        if field.alias == alias:
            return configmap_key(model, name)
    return str(alias)


def _parse_selector(entry: Any, at: str) -> LabelSelector:
    fields = _mapping_or_nothing(entry, at)
    values: dict[str, Any] = {}
    for key, value in fields.items():
        if meant(value) is None:
            continue
        if key == "match-labels":
            values["match_labels"] = {
                name: word(item, f"{at}.{key}.{name}")
                for name, item in mapping(value, f"{at}.{key}").items()
            }
        elif key == "match-expressions":
            values["match_expressions"] = [
                _parse_condition(item, f"{at}.{key}[{index}]")
                for index, item in enumerate(entries(value, f"{at}.{key}"))
            ]
        else:
            raise ConfigError(
                where=f"{at}.{key}",
                rule="is not a key of a node selector",
                remedy="known: match-labels, match-expressions",
            )
    try:
        return LabelSelector.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(where=at, rule=fault(first), remedy="correct the selector") from None


def _mapping_or_nothing(entry: Any, at: str) -> dict[str, Any]:
    """An entry of a list; an empty one (`- ` alone) is one with every field at its default."""
    return {} if meant(entry) is None else mapping(entry, at)


def _parse_condition(entry: Any, at: str) -> dict[str, Any]:
    fields = LabelSelectorRequirement.model_fields
    return {
        key: typed(fields[key].annotation, value, f"{at}.{key}") if key in fields else value
        for key, value in mapping(entry, at).items()
    }


def _parse_pool(
    entry: Any, at: str
) -> tuple[IPAddressPool, list[BgpAdvertisement] | list[L2Advertisement]]:
    fields = mapping(entry, at)
    name = word(fields.pop("name", None), f"{at}.name")
    protocol = word(fields.pop("protocol", None), f"{at}.protocol")
    announced = entries(fields.pop("bgp-advertisements", None), f"{at}.bgp-advertisements")
    pool = IPAddressPool(name=name, spec=_parse(IPAddressPoolSpec, fields, at), origin=at)
    if protocol not in (_BGP, _LAYER2):
        raise ConfigError(
            where=f"{at}.protocol",
            seen=repr(protocol),
            rule="is bgp or layer2, and MetalLB refuses the whole document",
            remedy="write protocol: bgp, or protocol: layer2",
        )
    if protocol == _LAYER2:
        if announced:
            raise ConfigError(
                where=f"{at}.bgp-advertisements",
                rule="stands in a pool of layer2, and MetalLB refuses the whole document",
                remedy="remove it, or write protocol: bgp",
            )
        named = L2AdvertisementSpec(ip_address_pools=(name,))
        return pool, [L2Advertisement(name=name, spec=named, origin=at)]
    advertisements = []
    for index, item in enumerate(announced or [None]):
        where = f"{at}.bgp-advertisements[{index}]"
        spec = _parse(BgpAdvertisementSpec, _mapping_or_nothing(item, where), where)
        advertisements.append(
            BgpAdvertisement(
                name=name if index == 0 else f"{name}-{index + 1}",
                spec=spec.model_copy(update={"ip_address_pools": (name,)}),
                origin=where,
            )
        )
    return pool, advertisements


def _list(
    document: Mapping[str, Any], key: str, where: str, mistakes: list[MetalLBError]
) -> list[Any]:
    with _collected(mistakes):
        return entries(document.get(key), f"{where}.{key}")
    return []
