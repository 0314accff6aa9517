"""What a routing configuration means, apart from how its objects are cut and named.

Two configurations mean the same when every node keeps the same sessions, the pools hold the same
addresses, and every pool is announced alike. Names of peers, advertisements and communities, and
whether one object has it or three, do not matter.
"""

from collections.abc import Iterable, Iterator, Mapping

from metallb.algebra.addresses import address_of, same_address
from metallb.algebra.intervals import block_of, same_blocks
from metallb.algebra.selectors import OS_LABEL, Term, label_terms, node_terms
from metallb.importing.labels import of_persons
from metallb.problems.errors import ConfigError
from metallb.routing import (
    BgpAdvertisement,
    BgpPeer,
    IPAddressPool,
    L2Advertisement,
    RoutingConfig,
)
from metallb.routing.base import SpecModel
from metallb.routing.choosing import chooses_pool

__all__ = [
    "EVERY_NODE",
    "Selection",
    "SessionKey",
    "announcements",
    "corrections",
    "differences",
    "layer2",
    "selections",
    "sessions",
]

Selection = tuple[tuple[str, str], ...]
"""Labels of a node, sorted; conditions that are no labels are part of it as text."""

SessionKey = tuple[Selection, tuple[tuple[str, str], ...]]
"""Nodes and what they do: the fields of the session, sorted."""

EVERY_NODE = (OS_LABEL, "linux")
"""Speakers run on Linux only, so this label chooses every node that there is for them."""

_MAX_COMBINATIONS = 10_000


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


def _values(spec: SpecModel, apart: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Every field of a spec that has a value, as a text to compare.

    :param apart: fields whose value means more than its spelling: that meaning; None for none.
    """
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        nothing = value is None or value == field.default or (field.default is None and not value)
        if name in apart:
            meaning = apart[name]
            if meaning is not None:
                yield name, meaning
        elif not nothing:
            is_address = isinstance(value, str) and address_of(value) is not None
            yield name, same_address(value) if is_address else repr(value)


def _session(routing: RoutingConfig, peer: BgpPeer) -> tuple[tuple[str, str], ...]:
    password, reference = routing.password_of(peer), peer.spec.password_secret
    key = password.get_secret_value() if password is not None else None
    if key is None and reference is not None:
        key = f"in Secret {reference.name}"
    apart = {
        # Its nodes are the other half of a session.
        "node_selectors": None,
        # Compared, never shown: `differences` names the session by its address.
        "password": key,
        "password_secret": None,
    }
    return tuple(sorted(_values(peer.spec, apart)))


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


def layer2(
    routing: RoutingConfig, labels: Mapping[str, Mapping[str, str]]
) -> Mapping[str, tuple[L2Advertisement, ...]]:
    """L2Advertisements of each pool, in the same way."""
    return {
        pool.name: tuple(
            each
            for each in routing.l2_advertisements
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


class _Meaning:
    """One configuration, taken apart."""

    def __init__(self, routing: RoutingConfig, labels: Mapping[str, Mapping[str, str]]) -> None:
        self.sessions = sessions(routing)
        self.announced = announcements(routing, labels)
        self.layer2 = layer2(routing, labels)
        self.aliases = {
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
        apart = {
            "communities": repr(
                sorted(self.aliases.get(value, value) or "" for value in spec.communities or ())
            ),
            "node_selectors": repr(sorted(selections(node_terms(spec.node_selectors)))),
            "service_selectors": repr(sorted(selections(label_terms(spec.service_selectors)))),
            "peers": repr(sorted(peers)) if spec.peers else None,
            # Announcements are compared pool by pool.
            "ip_address_pools": None,
            "ip_address_pool_selectors": None,
        }
        return repr(sorted(_values(spec, apart)))


def _pool(pool: IPAddressPool, labels: Mapping[str, str]) -> dict[str, str]:
    fields = dict(_values(pool.spec, {"addresses": repr(same_blocks(pool.spec.addresses))}))
    others = of_persons(labels)
    return fields | ({"labels": repr(others)} if others else {})


def _in_layer2(each: L2Advertisement) -> str:
    """How nodes answer by one advertisement, as a text to compare."""
    spec = each.spec
    apart = {
        "interfaces": repr(sorted(set(spec.interfaces))) if spec.interfaces else None,
        "node_selectors": repr(sorted(selections(node_terms(spec.node_selectors)))),
        "service_selectors": repr(sorted(selections(label_terms(spec.service_selectors)))),
        "ip_address_pools": None,
        "ip_address_pool_selectors": None,
    }
    return repr(sorted(_values(spec, apart)))


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
    own = {pool.name: pool.labels for pool in other.pools}
    left, right = _Meaning(one, labels or {}), _Meaning(other, own)
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
        pool = pools[name]
        before = _pool(pool, (labels or {}).get(pool.name, {}))
        found += _fields(f"pool {name}", before, _pool(others[name], own[name]))
        here = {left.announcement(each) for each in left.announced[pools[name].name]}
        there = {right.announcement(each) for each in right.announced[name]}
        if here != there:
            found.append(f"pool {name} is announced in another way")
        here = {_in_layer2(each) for each in left.layer2[pools[name].name]}
        there = {_in_layer2(each) for each in right.layer2[name]}
        if here != there:
            found.append(f"pool {name} is announced in another way by layer 2")
    found += _named(
        "BFD profile",
        {each.name: dict(_values(each.spec, {})) for each in one.bfd_profiles},
        {each.name: dict(_values(each.spec, {})) for each in other.bfd_profiles},
    )
    found += _named(
        "community",
        {str(name): {"value": str(value)} for name, value in left.aliases.items()},
        {str(name): {"value": str(value)} for name, value in right.aliases.items()},
    )
    return tuple(found)


Values = Mapping[str, Mapping[str, str]]


def _named(kind: str, one: Values, other: Values) -> Iterator[str]:
    """Differences of objects that are known by their names."""
    for name in sorted(one.keys() | other.keys()):
        if name not in one or name not in other:
            yield f"{kind} {name} is {'lost' if name in one else 'new'}"
        else:
            yield from _fields(f"{kind} {name}", one[name], other[name])


def _fields(what: str, one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    names = [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
    if names:
        yield f"{what} differs in {', '.join(sorted(names))}"


def _words(key: SessionKey) -> str:
    nodes, what = key
    values = dict(what)
    where = ", ".join(f"{label}={value}" for label, value in nodes) or "every node"
    return f"to {values.get('peer_address', '?')} at {where}"
