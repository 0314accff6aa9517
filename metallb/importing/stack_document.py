"""Turns a routing configuration into the sections of a stack file."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr

from metallb.algebra.intervals import block_of
from metallb.algebra.selectors import node_terms
from metallb.importing.labels import of_persons
from metallb.importing.meaning import (
    EVERY_NODE,
    Selection,
    announcements,
    corrections,
    layer2,
    selections,
    sessions,
)
from metallb.importing.racks import (
    Key,
    Session,
    bgp_section,
    common_values,
    label,
    racks_of,
    written,
)
from metallb.importing.validating import imported_stack
from metallb.importing.without_key import CODE, without_key
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.platforms.registry import racks_platform
from metallb.problems.errors import ConfigError
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Position, Problem, spelled
from metallb.releases import BgpMode, ConfigFormat, Release
from metallb.routing import (
    BgpAdvertisement,
    BgpPeer,
    IPAddressPool,
    L2Advertisement,
    RoutingConfig,
)
from metallb.routing.base import MetalLBObject
from metallb.routing.faults import refused
from metallb.routing.fields import is_set
from metallb.routing.stack_keys import Level, keys_at, spelled_key

__all__ = ["Imported", "not_importable", "stack_document"]

_EVERY_NODE = {"name": "nodes", "nodeSelectors": dict([EVERY_NODE])}
"""The rack of a configuration without peers."""
Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Imported:
    """What was made.

    :ivar sections: values by key, without `metallb:` in front. Holds no password.
    :ivar keys: where each MD5 key belongs.
    :ivar pool_names: new names of pools whose old name the stack file can't use.
    :ivar notes: what a person has to know or do.
    """

    sections: dict[str, Any]
    keys: tuple[Key, ...] = ()
    pool_names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def passwords(self) -> tuple[tuple[str, SecretStr], ...]:
        """Key path in the stack file, and the password that belongs there."""
        return tuple((key.path, key.password) for key in self.keys if key.password is not None)

    @property
    def secrets(self) -> tuple[tuple[str, str], ...]:
        """Key path in the stack file, and the Secret elsewhere that holds the password."""
        return tuple((key.path, key.secret) for key in self.keys if key.password is None)


def stack_document(
    routing: RoutingConfig,
    *,
    release: Release,
    mode: BgpMode,
    source: str,
    labels: Labels | None = None,
    namespace: str = "metallb-system",
    platform: Mapping[str, Any] | None = None,
    from_resources: bool = True,
) -> Imported:
    """The sections of a stack file that mean the same.

    :param source: what to call the file.
    :param platform: where nodes come from, for a configuration that names no peers.
    :param from_resources: whether it comes from custom resources rather than from a ConfigMap.
    :raises ConfigError: with everything that a stack file has no key for.
    """
    found = [
        Session(peer, nodes, routing.password_of(peer), *_secrets_of(routing, peer, release))
        for peer in routing.peers
        for nodes in sorted(selections(node_terms(peer.spec.node_selectors)))
    ]
    problems = [
        *without_key(routing, found),
        *_named_twice(routing),
        *_defined_twice(routing),
    ]
    if not found and platform is None and not routing.l2_advertisements:
        problems.append(
            ConfigError(
                "no peer",
                code=CODE,
                position=Position(source),
                detail="Nothing announces the pools: a stack file has routers for them, or layer 2",
                help="add a BGPPeer, or an L2Advertisement",
            ).problem
        )
    if problems:
        raise not_importable(source, problems)
    common = common_values(found)
    names_peers = any(each.spec.peers for each in routing.advertisements)
    made = racks_of(
        found,
        common,
        named=names_peers,
        have_names=from_resources,
    )
    keys = made.keys
    if len({each.key for each in found}) == 1 and keys:
        keys = (replace(keys[0], location=("metallb:bgp", "password")),)
    sections: dict[str, Any] = {
        "install": {
            "version": str(release),
            "source": "existing",
            "bgpMode": str(mode),
            "namespace": namespace,
        },
        "platform": racks_platform().of_racks(made.racks or [_EVERY_NODE], made.shared)
        if found or platform is None
        else dict(platform),
        "bgp": bgp_section(routing, common),
        "addressPools": {},
    }
    pool_names = _pool_names(routing.pools)
    announced = announcements(routing, labels or {})
    by_arp = layer2(routing, labels or {})
    peer_names = _peer_names(routing, sections) if names_peers else {}
    for pool in routing.pools:
        sections["addressPools"][pool_names[pool.name]] = _pool(
            pool,
            announced[pool.name],
            by_arp[pool.name],
            peer_names,
            (labels or {}).get(pool.name, {}),
        )
    return Imported(
        sections=sections,
        keys=keys,
        pool_names={old: new for old, new in pool_names.items() if old != new},
        notes=(
            *_notes(release, routing, pool_names, found, from_resources=from_resources),
            *(
                line
                for pool in routing.pools
                for line in corrections(pool.name, pool.spec.addresses)
            ),
        ),
    )


def not_importable(source: str, problems: Iterable[Problem]) -> ConfigError:
    """One error for everything that keeps a configuration from being a stack file."""
    listed = tuple(problems)
    count = f"{len(listed)} reason{'' if len(listed) == 1 else 's'}"
    return ConfigError.of(listed, f"{source} can't become a stack file: {count}")


def _named_twice(routing: RoutingConfig) -> Iterable[Problem]:
    """A stack file names each once, so the second would replace the first."""
    for listed in (routing.pools, routing.bfd_profiles):
        first: dict[str, Location] = {}
        for each in listed:
            if each.name in first:
                yield refused(
                    each.origin,
                    f"{quoted(each.name)} is the name of {spelled(first[each.name])} as well",
                    detail="MetalLB refuses a configuration with two of one name",
                    help="rename one of the two, or make one of them",
                ).problem
            first.setdefault(each.name, each.origin)


def _defined_twice(routing: RoutingConfig) -> Iterable[Problem]:
    """A name for a community means one value."""
    first: dict[str | None, str | None] = {}
    for community in routing.communities:
        for alias in community.spec.communities or ():
            if first.setdefault(alias.name, alias.value) != alias.value:
                yield refused(
                    community.origin,
                    f"community {quoted(alias.name or '')} is {alias.value} and"
                    f" {first[alias.name]}",
                    detail="MetalLB refuses a configuration with two values of one name",
                    help="rename one of the two, and the advertisements that use it",
                ).problem


def _pool_names(pools: Iterable[IPAddressPool]) -> dict[str, str]:
    names: dict[str, str] = {}
    used: set[str] = set()
    for pool in pools:
        base = pool.name
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", base):
            base = label(base) or "pool"
        name, number = base, 2
        while name in used:
            name, number = f"{base}-{number}", number + 1
        used.add(name)
        names[pool.name] = name
    return names


def _peer_names(routing: RoutingConfig, sections: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names that the stack file's peers will have, by the names of today's."""
    pool = {"addresses": ["198.51.100.0/32"], "layer2": {"default": {}}}
    trial = {**sections, "addressPools": {"trial": pool}}
    made = routing_config(imported_stack(trial, source="import"), PlatformFacts())
    names: dict[str, set[str]] = defaultdict(set)
    new = {_without_password(key): peers for key, peers in sessions(made).items()}
    for key, old in sessions(routing).items():
        for name in old:
            names[name].update(new.get(_without_password(key), ()))
    return {name: sorted(found) for name, found in names.items()}


def _without_password(key: tuple[Selection, tuple[tuple[str, str], ...]]) -> Hashable:
    return key[0], tuple(part for part in key[1] if part[0] != "password")


def _pool(
    pool: IPAddressPool,
    announced: tuple[BgpAdvertisement, ...],
    by_arp: tuple[L2Advertisement, ...],
    peer_names: Mapping[str, list[str]],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    entry: dict[str, Any] = {"addresses": [block_of(text) for text in pool.spec.addresses]}
    if others := of_persons(labels):
        entry["labels"] = others
    entry |= _keys(pool, Level.POOL, apart=("addresses",))
    made = _named(_announced(each, peer_names) for each in announced)
    # Each of the two is the pool's only one where the other is not written.
    if made if by_arp else made != {"default": {}}:
        entry["advertisements"] = made
    if by_arp:
        entry["layer2"] = _named(map(_answered, by_arp))
    return entry


def _named(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Entries by a name for each: those of objects may not be names of a stack file."""
    return {
        "default" if index == 0 else f"more-{index}": each for index, each in enumerate(entries)
    }


def _answered(each: L2Advertisement) -> dict[str, Any]:
    """An entry of layer 2; nodes that are chosen by name are named."""
    selectors = each.spec.node_selectors or ()
    named = [selector.hosts for selector in selectors]
    hosts = sorted({host for listed in named for host in listed or ()})
    others = tuple(one for one, listed in zip(selectors, named, strict=True) if not listed)
    entry = _keys(each, Level.LAYER2, apart=("node_selectors",))
    if others:
        key = spelled_key(each.kind, "node_selectors", Level.LAYER2)
        entry = {key: written(others), **entry}
    return {"nodes": hosts, **entry} if hosts else entry


def _secrets_of(routing: RoutingConfig, peer: BgpPeer, release: Release) -> tuple[str, str]:
    """The Secret of a peer's MD5 key where the key is not known: one whose key has to be typed,
    since the release reads no Secret, and one that the stack file refers to."""
    reference = peer.spec.password_secret
    if reference is None or routing.password_of(peer) is not None:
        return "", ""
    name = reference.name or ""
    return (name, "") if release.format is ConfigFormat.CONFIGMAP else ("", name)


def _announced(each: BgpAdvertisement, peer_names: Mapping[str, list[str]]) -> dict[str, Any]:
    entry = _keys(each, Level.ADVERTISEMENT, apart=("peers", "ip_address_pool_selectors"))
    if each.spec.peers:
        named = {name for old in each.spec.peers for name in peer_names.get(old, [old])}
        entry["peers"] = sorted(named)
    return entry


def _keys(item: MetalLBObject, level: Level, *, apart: tuple[str, ...]) -> dict[str, Any]:
    """The keys that set an object's fields, but for some fields."""
    return {
        spelled_key(item.kind, name, level): written(getattr(item.spec, name))
        for name in keys_at(item.kind, level)
        if name not in apart and is_set(item.spec, name)
    }


def _notes(
    release: Release,
    routing: RoutingConfig,
    pool_names: Mapping[str, str],
    found: list[Session],
    *,
    from_resources: bool,
) -> Iterable[str]:
    for old, new in pool_names.items():
        if old != new:
            yield (
                f"pool {quoted(old)} is now {quoted(new)}: Services that name it need the new name"
            )
    if not found and routing.l2_advertisements:
        yield "no peer: rack nodes stands for every node; name its nodes for `metallb topology`"
    if any(not session.nodes for session in found):
        label_text = "=".join(EVERY_NODE)
        yield f"peers of every node became a rack that selects {label_text}: name ingress nodes"
    in_configmap = release.format is ConfigFormat.CONFIGMAP
    if found and from_resources and not in_configmap:
        yield (
            "peer objects are named after rack and router: delete the old BGPPeer objects in the"
            " same change, or a router sees two sessions from a node"
        )
    if not from_resources and not in_configmap:
        yield f"delete the ConfigMap once the old MetalLB is gone: {release} does not read it"
