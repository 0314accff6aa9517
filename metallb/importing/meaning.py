"""What a routing configuration means, apart from how its objects are cut and named.

Two configurations mean the same when every node keeps the same sessions, the pools hold the same
addresses, and every pool is announced alike. Names of peers, advertisements and communities, and
whether one object has it or three, do not matter.
"""

from collections.abc import Iterable, Iterator, Mapping

from metallb.algebra.addresses import same_address
from metallb.algebra.intervals import block_of, same_blocks
from metallb.algebra.selectors import OS_LABEL, Term, label_terms, node_terms
from metallb.errors import ConfigError
from metallb.routing import (
    BgpAdvertisement,
    BgpPeer,
    IPAddressPool,
    RoutingConfig,
)
from metallb.routing.choosing import chooses_pool

__all__ = [
    "EVERY_NODE",
    "Selection",
    "SessionKey",
    "announcements",
    "corrections",
    "differences",
    "selections",
    "sessions",
    "without_passwords",
]

Selection = tuple[tuple[str, str], ...]
"""Labels of a node, sorted; conditions that are no labels are part of it as text."""

SessionKey = tuple[Selection, tuple[tuple[str, str], ...]]
"""Nodes and what they do: the fields of the session, sorted."""

EVERY_NODE = (OS_LABEL, "linux")
"""Speakers run on Linux only, so this label chooses every node that there is for them."""

_MAX_COMBINATIONS = 10_000
_ADDRESSES = ("peer_address", "source_address", "router_id")
_NOT_COMPARED = {"node_selectors", "password", "password_secret", "disable_mp"}


def selections(terms: Iterable[Term]) -> frozenset[Selection]:
    """What an OR-list of selectors chooses, one entry for each combination of label values."""
    return frozenset(entry for term in terms for entry in _selections(term))


def _selections(term: Term) -> Iterator[Selection]:
    # What contradicts itself stays a condition: it can't be written as a label.
    keys = tuple(key for key in term.keys if not term.of(key).empty)
    if term.number_of_combinations(keys) > _MAX_COMBINATIONS:
        raise ConfigError(
            f"a node selector has more than {_MAX_COMBINATIONS} combinations of label values",
            code="E116",
            detail="Each combination becomes a rack of the stack file",
            help="select by one label",
        )
    fixed = [
        (f"{key} {domain.words}", ",".join(sorted(domain.values)))
        for key, domain in term.domains
        if key not in keys
    ]
    for chosen in term.combinations(keys):
        yield tuple(sorted([*fixed, *zip(keys, chosen, strict=True)]))


def _session(routing: RoutingConfig, peer: BgpPeer) -> tuple[tuple[str, str], ...]:
    values: list[tuple[str, str]] = []
    for name, field in type(peer.spec).model_fields.items():
        value = getattr(peer.spec, name)
        if name in _NOT_COMPARED or value is None or value == field.default or value is False:
            continue
        values.append((name, same_address(value) if name in _ADDRESSES else repr(value)))
    password = routing.password_of(peer)
    if password is not None:
        # Compared, never shown: `differences` names the session by its address.
        values.append(("password", password.get_secret_value()))
    return tuple(sorted(values))


def sessions(
    routing: RoutingConfig,
) -> Mapping[SessionKey, tuple[str, ...]]:
    """Every session that some nodes keep, with the names of its peers."""
    found: dict[SessionKey, tuple[str, ...]] = {}
    for peer in routing.peers:
        what = _session(routing, peer)
        for nodes in selections(node_terms(peer.spec.node_selectors)):
            found[(nodes, what)] = (*found.get((nodes, what), ()), peer.name)
    return found


def announcements(
    routing: RoutingConfig, labels: Mapping[str, Mapping[str, str]]
) -> Mapping[str, tuple[BgpAdvertisement, ...]]:
    """Advertisements of each pool, whether they choose it by name, by label, or choose all."""
    return {
        pool.name: tuple(
            each
            for each in routing.advertisements
            if chooses_pool(each, pool.name, labels.get(pool.name, {}))
        )
        for pool in routing.pools
    }


def corrections(pool: str, blocks: Iterable[str]) -> Iterator[str]:
    """A note for each block of a pool that is not written by its first address."""
    for text in blocks:
        block = block_of(text)
        if block != text:
            yield f"pool {pool}: {text} is written {block}, which is what MetalLB makes of it"


def without_passwords(routing: RoutingConfig) -> RoutingConfig:
    """The same configuration without any MD5 key."""
    peers = tuple(
        peer.model_copy(
            update={
                "spec": peer.spec.model_copy(update={"password": None, "password_secret": None})
            }
        )
        for peer in routing.peers
    )
    return routing.model_copy(update={"peers": peers, "passwords": {}})


class _Meaning:
    """One configuration, taken apart."""

    def __init__(self, routing: RoutingConfig, labels: Mapping[str, Mapping[str, str]]) -> None:
        self.sessions = sessions(routing)
        self.announced = announcements(routing, labels)
        self._aliases = {
            alias.name: alias.value
            for community in routing.communities
            for alias in community.spec.communities or ()
        }
        self._by_peer: dict[str, list[str]] = {}
        for key, names in self.sessions.items():
            for name in names:
                self._by_peer.setdefault(name, []).append(repr(key))

    def announcement(self, each: BgpAdvertisement) -> str:
        """How one advertisement announces, as a text to compare."""
        spec = each.spec
        peers = {key for name in spec.peers or () for key in self._by_peer.get(name, ())}
        parts = (
            spec.aggregation_length,
            spec.aggregation_length_v6,
            spec.as_path_prepend or 0,
            spec.local_pref or 0,
            sorted(self._aliases.get(value, value) or "" for value in spec.communities or ()),
            sorted(selections(node_terms(spec.node_selectors))),
            sorted(selections(label_terms(spec.service_selectors))),
            sorted(peers) if spec.peers else None,
        )
        return repr(parts)


def _pool(pool: IPAddressPool) -> str:
    spec = pool.spec
    allocation = spec.service_allocation
    return repr((same_blocks(spec.addresses), spec.auto_assign, spec.avoid_buggy_ips, allocation))


def differences(
    one: RoutingConfig,
    other: RoutingConfig,
    *,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    pool_names: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """What the two do not have in common, in words, without any secret. Nothing when they agree.

    :param labels: labels of the first one's pools.
    :param pool_names: names in the second one of the first one's pools, where they differ.
    """
    renamed = pool_names or {}
    left, right = _Meaning(one, labels or {}), _Meaning(other, {})
    found = [
        f"session {_words(key)} is lost"
        for key in sorted(left.sessions.keys() - right.sessions.keys())
    ]
    found += [
        f"session {_words(key)} is new"
        for key in sorted(right.sessions.keys() - left.sessions.keys())
    ]
    pools = {renamed.get(pool.name, pool.name): pool for pool in one.pools}
    others = {pool.name: pool for pool in other.pools}
    for name in sorted(pools.keys() | others.keys()):
        if name not in pools or name not in others:
            found.append(f"pool {name} is {'lost' if name in pools else 'new'}")
            continue
        if _pool(pools[name]) != _pool(others[name]):
            found.append(f"pool {name} differs")
        here = {left.announcement(each) for each in left.announced[pools[name].name]}
        there = {right.announcement(each) for each in right.announced[name]}
        if here != there:
            found.append(f"pool {name} is announced in another way")
    used = {peer.spec.bfd_profile for peer in one.peers}
    profiles = {each.name: each.spec for each in other.bfd_profiles}
    found += [
        f"BFD profile {each.name} differs"
        for each in one.bfd_profiles
        if each.name in used and profiles.get(each.name) != each.spec
    ]
    return tuple(found)


def _words(key: SessionKey) -> str:
    nodes, what = key
    values = dict(what)
    where = ", ".join(f"{label}={value}" for label, value in nodes) or "every node"
    return f"to {values.get('peer_address', '?')} at {where}"
