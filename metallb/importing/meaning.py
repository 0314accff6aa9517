"""What a routing configuration means, apart from how its objects are cut and named.

Two configurations mean the same when every node keeps the same sessions, the pools hold the same
addresses, and every pool is announced alike. Names of peers, advertisements and communities, and
whether one object or three say it, do not matter.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from metallb.durations import parse_duration
from metallb.routing import (
    BgpAdvertisement,
    BgpPeer,
    IPAddressPool,
    LabelSelector,
    RoutingConfig,
)

__all__ = ["EVERY_NODE", "Selection", "announcements", "differences", "selections", "sessions"]

Selection = tuple[tuple[str, str], ...]
"""Labels of a node, sorted; conditions that are no labels stand in it as their text."""

EVERY_NODE = ("kubernetes.io/os", "linux")
"""Speakers run on Linux only, so this label chooses every node that there is for them."""

_TIMERS = ("hold_time", "keepalive_time", "connect_time")
_NOT_COMPARED = {"node_selectors", "password", "password_secret", "disable_mp"}


def selections(selectors: tuple[LabelSelector, ...] | None) -> frozenset[Selection]:
    """The nodes of an OR-list of selectors, one entry for each combination of label values."""
    if not selectors:
        return frozenset({()})
    return frozenset(entry for selector in selectors for entry in _selections(selector))


def _selections(selector: LabelSelector) -> Iterator[Selection]:
    fixed = {
        (key, value)
        for key, value in (selector.match_labels or {}).items()
        if (key, value) != EVERY_NODE
    }
    choices: list[list[tuple[str, str]]] = []
    for condition in selector.match_expressions or ():
        if condition.operator == "In":
            choices.append([(condition.key, value) for value in condition.values or ()])
        else:
            values = ",".join(sorted(condition.values or ()))
            fixed.add((f"{condition.key} {condition.operator}", values))
    for chosen in product(*choices):
        yield tuple(sorted(fixed | set(chosen)))


def _session(routing: RoutingConfig, peer: BgpPeer) -> tuple[tuple[str, str], ...]:
    values: list[tuple[str, str]] = []
    for name, field in type(peer.spec).model_fields.items():
        value = getattr(peer.spec, name)
        if name in _NOT_COMPARED or value is None or value == field.default or value is False:
            continue
        text = str(parse_duration(value).normalize()) if name in _TIMERS else str(value)
        values.append((name, text))
    password = routing.password_of(peer)
    if password is not None:
        # Compared, never shown: `differences` names the session by its address.
        values.append(("password", password.get_secret_value()))
    return tuple(sorted(values))


def sessions(
    routing: RoutingConfig,
) -> Mapping[tuple[Selection, tuple[tuple[str, str], ...]], tuple[str, ...]]:
    """Every session that some nodes keep, with the names of the peers that ask for it."""
    found: dict[tuple[Selection, tuple[tuple[str, str], ...]], tuple[str, ...]] = {}
    for peer in routing.peers:
        what = _session(routing, peer)
        for nodes in selections(peer.spec.node_selectors):
            found[(nodes, what)] = (*found.get((nodes, what), ()), peer.name)
    return found


def announcements(
    routing: RoutingConfig, labels: Mapping[str, Mapping[str, str]]
) -> Mapping[str, tuple[BgpAdvertisement, ...]]:
    """Advertisements of each pool, whether they choose it by name, by label, or choose all."""
    found: dict[str, list[BgpAdvertisement]] = {pool.name: [] for pool in routing.pools}
    for each in routing.advertisements:
        names, selectors = each.spec.ip_address_pools, each.spec.ip_address_pool_selectors
        for pool in routing.pools:
            chosen = (not names and not selectors) or pool.name in (names or ())
            if chosen or any(
                selector.matches(labels.get(pool.name, {})) for selector in selectors or ()
            ):
                found[pool.name].append(each)
    return {name: tuple(listed) for name, listed in found.items()}


def _announcement(routing: RoutingConfig, each: BgpAdvertisement) -> str:
    spec = each.spec
    aliases = {
        alias.name: alias.value
        for community in routing.communities
        for alias in community.spec.communities or ()
    }
    peers = None
    if spec.peers:
        peers = sorted(
            repr(key) for key, names in sessions(routing).items() if set(names) & set(spec.peers)
        )
    parts = (
        spec.aggregation_length,
        spec.aggregation_length_v6,
        spec.as_path_prepend or 0,
        spec.local_pref or 0,
        sorted(aliases.get(value, value) or "" for value in spec.communities or ()),
        sorted(selections(spec.node_selectors)),
        sorted(selections(spec.service_selectors)),
        peers,
    )
    return repr(parts)


def _pool(pool: IPAddressPool) -> str:
    spec = pool.spec
    allocation = spec.service_allocation
    return repr((sorted(spec.addresses), spec.auto_assign, spec.avoid_buggy_ips, allocation))


def differences(
    one: RoutingConfig,
    other: RoutingConfig,
    *,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    pool_names: Mapping[str, str] | None = None,
    with_passwords: bool = True,
) -> tuple[str, ...]:
    """What the two do not have in common, in words, without any secret. Nothing when they agree.

    :param labels: labels of the first one's pools.
    :param pool_names: names in the second one of the first one's pools, where they differ.
    """
    renamed = pool_names or {}
    found = [
        f"session {_words(key)} is {'lost' if here else 'new'}"
        for here, key in _unequal(
            _keys(one, with_passwords=with_passwords), _keys(other, with_passwords=with_passwords)
        )
    ]
    pools = {renamed.get(pool.name, pool.name): pool for pool in one.pools}
    others = {pool.name: pool for pool in other.pools}
    announced, others_announced = announcements(one, labels or {}), announcements(other, {})
    for name in sorted(pools.keys() | others.keys()):
        if name not in pools or name not in others:
            found.append(f"pool {name} is {'lost' if name in pools else 'new'}")
            continue
        if _pool(pools[name]) != _pool(others[name]):
            found.append(f"pool {name} differs")
        left = {_announcement(one, each) for each in announced[pools[name].name]}
        right = {_announcement(other, each) for each in others_announced[name]}
        if left != right and (with_passwords or _count(left) != _count(right)):
            found.append(f"pool {name} is announced in another way")
    used = {peer.spec.bfd_profile for peer in one.peers}
    profiles = {each.name: each.spec for each in other.bfd_profiles}
    found += [
        f"BFD profile {each.name} differs"
        for each in one.bfd_profiles
        if each.name in used and profiles.get(each.name) != each.spec
    ]
    return tuple(found)


def _count(listed: set[str]) -> int:
    return len(listed)


def _keys(
    routing: RoutingConfig, *, with_passwords: bool
) -> set[tuple[Selection, tuple[tuple[str, str], ...]]]:
    keys = set(sessions(routing))
    if with_passwords:
        return keys
    return {(nodes, tuple(part for part in what if part[0] != "password")) for nodes, what in keys}


def _unequal(
    one: set[tuple[Selection, tuple[tuple[str, str], ...]]],
    other: set[tuple[Selection, tuple[tuple[str, str], ...]]],
) -> Iterator[tuple[bool, tuple[Selection, tuple[tuple[str, str], ...]]]]:
    for key in sorted(one - other):
        yield True, key
    for key in sorted(other - one):
        yield False, key


def _words(key: tuple[Selection, tuple[tuple[str, str], ...]]) -> str:
    nodes, what = key
    values = dict(what)
    where = ", ".join(f"{label}={value}" for label, value in nodes) or "every node"
    return f"to {values.get('peer_address', '?')} at {where}"
