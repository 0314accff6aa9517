"""The ConfigMap format of MetalLB up to 0.12 (internal/config/config.go at v0.12.1).

Writes what is not at its default, so that the document stays as short as one written by hand.
Reading is strict: MetalLB's own reader refuses the whole document for one unknown or repeated key.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from metallb.algebra.durations import Duration
from metallb.problems.errors import ConfigError
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem, spelled
from metallb.routing.advertisements import (
    BgpAdvertisement,
    BgpAdvertisementSpec,
    L2Advertisement,
    L2AdvertisementSpec,
)
from metallb.routing.base import SpecModel
from metallb.routing.bfd import BfdProfile, BfdProfileSpec
from metallb.routing.communities import Community, CommunityAlias, CommunitySpec
from metallb.routing.configmap_values import REFUSED, entries, mapping, meant, typed, word
from metallb.routing.faults import mistakes_in, problems_of, refused, unknown_key
from metallb.routing.fields import configmap_key
from metallb.routing.peers import BgpPeer, BgpPeerSpec
from metallb.routing.pools import IPAddressPool, IPAddressPoolSpec
from metallb.routing.selectors import LabelSelector, LabelSelectorRequirement
from metallb.routing.table import RoutingConfig
from metallb.yaml_text.writer import yaml_text

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
"""Key of the ConfigMap that holds the document."""
COMMUNITIES_NAME = "communities"
"""Name of the one Community object that `bgp-communities` becomes."""

_Model = TypeVar("_Model", bound=SpecModel)
_BGP, _LAYER2 = "bgp", "layer2"
_TOP = ("peers", "bgp-communities", "address-pools", "bfd-profiles")
_OF_SELECTOR: Mapping[str | int, str] = {
    "match_labels": "match-labels",
    "matchLabels": "match-labels",
    "match_expressions": "match-expressions",
    "matchExpressions": "match-expressions",
}


def configmap_document(routing: RoutingConfig) -> dict[str, Any]:
    """The document as plain data, with clear-text passwords: MetalLB 0.12 knows no Secret.

    Does not write what the format has no key for (peer names, service allocation, ...): preflight
    refuses a stack file that sets it.
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
    :param where: what to call the document: the first key of every location in it.
    :raises ConfigError: with every key that MetalLB 0.12 does not know, and every value of the
        wrong type.
    """
    problems: list[Problem] = [
        unknown_key((where, key), _TOP, detail=REFUSED).problem
        for key in document
        if key not in _TOP
    ]
    peers: list[BgpPeer] = []
    for index, entry in enumerate(_list(document, "peers", where, problems)):
        at = (where, "peers", index)
        with _collected(problems):
            spec = _parse(BgpPeerSpec, entry, at)
            peers.append(BgpPeer(name=f"peer-{index + 1}", spec=spec, origin=at))
    pools: list[IPAddressPool] = []
    advertisements: list[BgpAdvertisement] = []
    by_arp: list[L2Advertisement] = []
    for index, entry in enumerate(_list(document, "address-pools", where, problems)):
        with _collected(problems):
            pool, announced = _parse_pool(entry, (where, "address-pools", index))
            pools.append(pool)
            for each in announced:
                if isinstance(each, L2Advertisement):
                    by_arp.append(each)
                else:
                    advertisements.append(each)
    profiles: list[BfdProfile] = []
    for index, entry in enumerate(_list(document, "bfd-profiles", where, problems)):
        at = (where, "bfd-profiles", index)
        with _collected(problems):
            fields = mapping(entry, at)
            name = word(fields.pop("name", None), (*at, "name"))
            parsed = _parse(BfdProfileSpec, fields, at)
            profiles.append(BfdProfile(name=name, spec=parsed, origin=at))
    communities: tuple[Community, ...] = ()
    with _collected(problems):
        communities = _parse_communities(document, (where, "bgp-communities"))
    if problems:
        raise mistakes_in(where, problems)
    return RoutingConfig(
        peers=tuple(peers),
        pools=tuple(pools),
        advertisements=tuple(advertisements),
        l2_advertisements=tuple(by_arp),
        bfd_profiles=tuple(profiles),
        communities=communities,
    )


def _parse_communities(document: Mapping[str, Any], at: Location) -> tuple[Community, ...]:
    aliases = document.get("bgp-communities")
    if meant(aliases) is None:
        return ()
    listed = tuple(
        CommunityAlias(name=name, value=word(value, (*at, name)))
        for name, value in mapping(aliases, at).items()
    )
    if not listed:
        return ()
    spec = CommunitySpec(communities=listed)
    return (Community(name=COMMUNITIES_NAME, spec=spec, origin=at),)


@contextmanager
def _collected(problems: list[Problem]) -> Iterator[None]:
    """Note what is wrong and go on with the next entry."""
    try:
        yield
    except ConfigError as error:
        problems += error.problems


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
    # One advertisement without settings is what MetalLB makes of a pool without any.
    if announced and announced != [{}]:
        entry["bgp-advertisements"] = announced
    return entry


def _keys(model: SpecModel) -> dict[str, Any]:
    """A model's fields under their ConfigMap keys, without defaults and fields that it lacks."""
    entry: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        key = configmap_key(type(model), name)
        value = getattr(model, name)
        if key and value is not None and value != field.default and name != "password":
            entry[key] = _plain(value)
    return entry


def _plain(value: Any) -> Any:
    if isinstance(value, SpecModel):
        return _keys(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        # Labels: their order in the stack file says nothing.
        return {key: _plain(item) for key, item in sorted(value.items())}
    return str(value) if isinstance(value, Duration) else value


def _parse(model: type[_Model], entry: Any, at: Location) -> _Model:
    """A model from an entry of the document, key by key."""
    fields = mapping(entry, at)
    names = {configmap_key(model, name): name for name in model.model_fields}
    known = [key for key in names if key]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in fields.items():
        if key not in known:
            problems.append(unknown_key((*at, key), known, detail=REFUSED).problem)
        elif meant(value) is not None:
            name = names[key]
            with _collected(problems):
                value = _value(model, name, value, (*at, key))
                # An empty value is what Go takes for none; generated documents are full of them.
                if value not in ("", SecretStr("")) and (name, value) != ("peer_port", 0):
                    values[name] = value
    if problems:
        raise mistakes_in(spelled(at), problems)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        keys = {name: key for key, name in names.items()}

        def located(path: Location) -> Location:
            step = path[0] if path else ""
            return (*at, keys.get(str(step)) or _key_of(model, step), *path[1:])

        wrong = problems_of(error, model, located, unknown=REFUSED)
        raise mistakes_in(spelled(at), wrong) from None


def _value(model: type[BaseModel], name: str, value: Any, at: Location) -> Any:
    if name == "node_selectors":
        listed = enumerate(entries(value, at))
        return [_parse_selector(item, (*at, index)) for index, item in listed]
    return typed(model.model_fields[name].annotation, value, at)


def _key_of(model: type[BaseModel], alias: int | str) -> str:
    for name, field in model.model_fields.items():
        if field.alias == alias:
            return configmap_key(model, name)
    return str(alias)


def _parse_selector(entry: Any, at: Location) -> LabelSelector:
    fields = _mapping_or_nothing(entry, at)
    values: dict[str, Any] = {}
    for key, value in fields.items():
        if meant(value) is None:
            continue
        below = (*at, key)
        if key == "match-labels":
            values["match_labels"] = {
                name: word(item, (*below, name)) for name, item in mapping(value, below).items()
            }
        elif key == "match-expressions":
            values["match_expressions"] = [
                _parse_condition(item, (*below, index))
                for index, item in enumerate(entries(value, below))
            ]
        else:
            raise unknown_key(below, ("match-labels", "match-expressions"), detail=REFUSED)
    try:
        return LabelSelector.model_validate(values)
    except ValidationError as error:

        def located(path: Location) -> Location:
            return (*at, *(_OF_SELECTOR.get(step, step) for step in path))

        wrong = problems_of(error, LabelSelector, located, unknown=REFUSED)
        raise mistakes_in(spelled(at), wrong) from None


def _mapping_or_nothing(entry: Any, at: Location) -> dict[str, Any]:
    """An entry of a list; an empty one (`- ` alone) is one with every field at its default."""
    return {} if meant(entry) is None else mapping(entry, at)


def _parse_condition(entry: Any, at: Location) -> dict[str, Any]:
    fields = LabelSelectorRequirement.model_fields
    return {
        key: typed(fields[key].annotation, value, (*at, key)) if key in fields else value
        for key, value in mapping(entry, at).items()
    }


def _parse_pool(
    entry: Any, at: Location
) -> tuple[IPAddressPool, list[BgpAdvertisement] | list[L2Advertisement]]:
    fields = mapping(entry, at)
    name = word(fields.pop("name", None), (*at, "name"))
    protocol = word(fields.pop("protocol", None), (*at, "protocol"))
    announced = entries(fields.pop("bgp-advertisements", None), (*at, "bgp-advertisements"))
    pool = IPAddressPool(name=name, spec=_parse(IPAddressPoolSpec, fields, at), origin=at)
    if protocol not in (_BGP, _LAYER2):
        raise refused(
            (*at, "protocol"),
            f"protocol {quoted(protocol)} is unknown" if protocol else "protocol is missing",
            detail=REFUSED,
            help="write protocol: bgp, or protocol: layer2",
        )
    if protocol == _LAYER2:
        if announced:
            raise refused(
                (*at, "bgp-advertisements"),
                f"pool {name} of layer2 has bgp-advertisements",
                detail=REFUSED,
                help="remove them, or write protocol: bgp",
            )
        named = L2AdvertisementSpec(ip_address_pools=(name,))
        return pool, [L2Advertisement(name=name, spec=named, origin=at)]
    advertisements = []
    for index, item in enumerate(announced or [None]):
        where = (*at, "bgp-advertisements", index)
        spec = _parse(BgpAdvertisementSpec, _mapping_or_nothing(item, where), where)
        advertisements.append(
            BgpAdvertisement(
                name=name if index == 0 else f"{name}-{index + 1}",
                spec=spec.model_copy(update={"ip_address_pools": (name,)}),
                origin=where,
            )
        )
    return pool, advertisements


def _list(document: Mapping[str, Any], key: str, where: str, problems: list[Problem]) -> list[Any]:
    with _collected(problems):
        return entries(document.get(key), (where, key))
    return []
