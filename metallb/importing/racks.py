"""Peers become racks: nodes with the same routers form one, and routers have what differs."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from pydantic import SecretStr

from metallb.algebra.addresses import same_address
from metallb.algebra.durations import Duration
from metallb.algebra.selectors import HOSTNAME_LABEL
from metallb.importing.meaning import EVERY_NODE, Selection
from metallb.problems.problem import Location
from metallb.routing import BgpPeer, BgpPeerSpec, RoutingConfig
from metallb.routing.base import SpecModel
from metallb.routing.stack_keys import Level, keys_at, spelled_key
from metallb.stackfile.ciphertext import pulumi_path

__all__ = [
    "Key",
    "Racks",
    "Session",
    "bgp_section",
    "common_values",
    "label",
    "racks_of",
    "written",
]

_APART = ("peer_address", "interface", "password", "password_secret")
_KEYS: Mapping[str, tuple[str, str]] = {
    name: (
        spelled_key(BgpPeer.kind, name, Level.ALL_PEERS),
        spelled_key(BgpPeer.kind, name, Level.ROUTER),
    )
    for name in keys_at(BgpPeer.kind, Level.ROUTER)
    if name in keys_at(BgpPeer.kind, Level.ALL_PEERS) and name not in _APART
}
"""Fields that a peer gets from `metallb:bgp` or its router: the key there, and here."""
_SECRET = "password_secret"  # noqa: S105 - the name of a field
_SECRET_KEY = spelled_key(BgpPeer.kind, _SECRET, Level.ALL_PEERS)
_MAX_NAME = 40


@dataclass(frozen=True)
class Key:
    """Where an MD5 key belongs in a stack file.

    :ivar password: the key; None where a Secret elsewhere holds it.
    :ivar secret: that Secret's name.
    """

    location: Location
    password: SecretStr | None
    secret: str = ""

    @property
    def path(self) -> str:
        """The location, as `pulumi config set --path` takes it."""
        return pulumi_path(self.location)

    @property
    def identity(self) -> tuple[str, str]:
        """Equal for places of one key."""
        return (self.password.get_secret_value() if self.password else "", self.secret)


@dataclass(frozen=True)
class Session:
    """One peer at one group of nodes.

    :ivar secret: the Secret that holds the MD5 key, where the key has to be typed.
    :ivar reference: the Secret that holds the MD5 key, where the stack file refers to it.
    """

    peer: BgpPeer
    nodes: Selection
    password: SecretStr | None
    secret: str = ""
    reference: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Equal for sessions of one MD5 key."""
        known = self.password.get_secret_value() if self.password is not None else ""
        return known, self.secret

    @property
    def source(self) -> str | None:
        """The source address, in one spelling."""
        return same_address(self.peer.spec.source_address) or None

    @property
    def host(self) -> str | None:
        """The host name, where nothing else chooses the node."""
        if len(self.nodes) == 1 and self.nodes[0][0] == HOSTNAME_LABEL:
            return self.nodes[0][1]
        return None


def _plain(peer: BgpPeer, name: str) -> Any:
    """A field's value; None for one that means the same as none."""
    value = getattr(peer.spec, name)
    return None if value is False or value == () else value


def common_values(found: Iterable[Session]) -> dict[str, Any]:
    """The value of each field that a router does not have to repeat."""
    listed = list(found)
    common: dict[str, Any] = {}
    for name in _KEYS:
        values = {repr(value): value for value in (_plain(each.peer, name) for each in listed)}
        counted = Counter(repr(_plain(each.peer, name)) for each in listed)
        # A router can override a value, and can't take one away: nothing is the common ground.
        lacking = not values or None in values.values()
        common[name] = None if lacking else values[counted.most_common(1)[0][0]]
    references = {each.reference for each in listed}
    common[_SECRET] = references.pop() if len(references) == 1 else None
    return common


def bgp_section(routing: RoutingConfig, common: Mapping[str, Any]) -> dict[str, Any]:
    """The section `metallb:bgp`."""
    bgp: dict[str, Any] = {}
    for name, (key, _) in _KEYS.items():
        wanted = common[name] is not None and common[name] != _default(name)
        # The hold time is written even where it is none: left out, it would be 3s.
        if wanted or (name == "hold_time" and routing.peers):
            bgp[key] = written(common[name])
    if common[_SECRET]:
        bgp[_SECRET_KEY] = common[_SECRET]
    profiles = {
        each.name: each.spec.model_dump(by_alias=True, exclude_none=True)
        for each in routing.bfd_profiles
    }
    if profiles:
        bgp["bfdProfiles"] = profiles
    aliases = {
        alias.name: alias.value
        for community in routing.communities
        for alias in community.spec.communities or ()
    }
    if aliases:
        bgp["communities"] = aliases
    return bgp


def _router(session: Session, common: Mapping[str, Any], *, named: bool) -> dict[str, Any]:
    head = {"name": label(session.peer.name)} if named else {}
    spec = session.peer.spec
    end = {"address": same_address(spec.peer_address)} if spec.peer_address else {}
    if spec.interface:
        end["interface"] = spec.interface
    router: dict[str, Any] = {**head, **end}
    if session.reference and session.reference != common[_SECRET]:
        router[_SECRET_KEY] = session.reference
    for name, (_, key) in _KEYS.items():
        value = _plain(session.peer, name)
        if value is not None and value != common[name]:
            router[key] = written(value)
    return router


def _default(name: str) -> Any:
    return BgpPeerSpec.model_fields[name].default


def written(value: Any) -> Any:
    """A value as YAML has it."""
    if isinstance(value, SpecModel):
        return value.model_dump(by_alias=True, exclude_none=True, mode="json")
    if isinstance(value, tuple):
        return [written(each) for each in value]
    return str(value) if isinstance(value, Duration) else value


@dataclass(frozen=True)
class Racks:
    """The part of the section `metallb:platform` with routers and their nodes.

    :ivar shared: routers of peers that nodes of several racks keep, by name.
    :ivar keys: where each MD5 key belongs.
    """

    racks: list[dict[str, Any]]
    shared: dict[str, dict[str, Any]]
    keys: tuple[Key, ...]


def racks_of(
    found: list[Session],
    common: Mapping[str, Any],
    *,
    named: bool,
    have_names: bool = True,
) -> Racks:
    """Racks: nodes with the same routers together, in the order in which they first appear.

    :param named: routers carry today's names of their peers, so that advertisements can name them.
    :param have_names: whether today's peers have names, which those of a ConfigMap do not.
    """
    by_nodes: dict[tuple[Selection, str | None], list[Session]] = defaultdict(list)
    for session in found:
        by_nodes[(session.nodes, session.source)].append(session)
    grouped: dict[Hashable, list[tuple[Selection, str | None]]] = defaultdict(list)
    for (nodes, source), listed in by_nodes.items():
        routers = tuple(
            (repr(sorted(_router(each, common, named=named).items(), key=str)), each.key)
            for each in listed
        )
        by_host = listed[0].host is not None
        apart = (by_host,) if by_host else (nodes, source)
        grouped[(routers, *apart)].append((nodes, source))
    racks: list[dict[str, Any]] = []
    keys: dict[Location, Key] = {}
    names = _rack_names(grouped.values())
    groups: dict[int, set[int]] = defaultdict(set)
    for number, members in enumerate(grouped.values()):
        for each in by_nodes[members[0]]:
            groups[id(each.peer)].add(number)
    shared = _shared_names(found, groups, have_names=have_names)
    together: dict[str, dict[str, Any]] = {}
    for members, name in zip(grouped.values(), names, strict=True):
        listed = by_nodes[members[0]]
        rack: dict[str, Any] = {"name": name}
        if listed[0].host is not None:
            rack["nodes"] = [
                nodes[0][1]
                if source is None
                else {"hostname": nodes[0][1], "sourceAddress": source}
                for nodes, source in members
            ]
        else:
            nodes, source = members[0]
            rack |= _chosen(nodes)
            if source is not None:
                rack["sourceAddress"] = source
        own = [each for each in listed if id(each.peer) not in shared]
        rack["routers"] = [_router(each, common, named=named) for each in own]
        addresses = Counter(map(_called, rack["routers"]))
        for index, (each, router) in enumerate(zip(own, rack["routers"], strict=True)):
            if addresses[_called(router)] > 1:
                rack["routers"][index] = {**router, "name": f"router-{index + 1}"}
            _note_key(keys, each, ("racks", len(racks), "routers", index))
        others = {shared[id(each.peer)]: each for each in listed if id(each.peer) in shared}
        for router_name, each in others.items():
            together[router_name] = _router(each, common, named=False)
            _note_key(keys, each, ("sharedRouters", router_name))
        if others:
            rack["sharedRouters"] = list(others)
        if not rack["routers"]:
            del rack["routers"]
        racks.append(rack)
    return Racks(racks, together, tuple(keys.values()))


def _called(router: Mapping[str, Any]) -> str:
    """What names a router in its rack."""
    return str(router.get("name") or router.get("address") or router.get("interface"))


def _note_key(keys: dict[Location, Key], session: Session, router: Location) -> None:
    if session.password is not None or session.secret:
        at = ("metallb:platform", *router, "password")
        keys.setdefault(at, Key(at, session.password, session.secret))


def _shared_names(
    found: Iterable[Session], groups: Mapping[int, set[int]], *, have_names: bool
) -> dict[int, str]:
    """Names of the peers whose nodes are of several racks, by the peer's identity.

    A peer of custom resources keeps its name, and so its object and its sessions.
    """
    names: dict[int, str] = {}
    for session in found:
        peer = session.peer
        if id(peer) in names or len(groups[id(peer)]) < 2 or session.source is not None:
            continue
        base = label(peer.name) if have_names else ""
        base = base or label(f"router-{peer.spec.peer_address or peer.spec.interface}")
        name, number = base, 2
        while name in names.values():
            name, number = f"{base}-{number}", number + 1
        names[id(peer)] = name
    return names


def _chosen(nodes: Selection) -> dict[str, Any]:
    """The keys of a rack that choose its nodes by label."""
    labels = {key: value for key, value in nodes if " " not in key}
    conditions = [
        {"key": key, "operator": operator, **({"values": value.split(",")} if listed else {})}
        for condition, value in nodes
        for key, space, words in [condition.partition(" ")]
        for operator in (words.split(" and ") if space else ())
        for listed in [operator in ("In", "NotIn")]
    ]
    if not labels and not conditions:
        labels = dict([EVERY_NODE])
    return {
        **({"nodeSelectors": labels} if labels else {}),
        **({"matchExpressions": conditions} if conditions else {}),
    }


def _rack_names(groups: Iterable[list[tuple[Selection, str | None]]]) -> list[str]:
    """A name for each rack. Numbers go by the racks' nodes: the peers' names and their order change
    with what was rendered."""
    listed = list(groups)
    order = sorted(
        range(len(listed)),
        key=lambda index: min((nodes, source or "") for nodes, source in listed[index]),
    )
    used: set[str] = set()
    named = {index: _rack_name(listed[index], used) for index in order}
    return [named[index] for index in range(len(listed))]


def _rack_name(members: list[tuple[Selection, str | None]], used: set[str]) -> str:
    """A name with a meaning where the nodes have one: a single node's, or a label's value."""
    nodes, _ = members[0]
    one = len(members) == 1 and len(nodes) == 1 and " " not in nodes[0][0]
    words = nodes[0][1] if one else ""
    base = label(words.split(".", 1)[0])
    numbers = count(2 if base else 1)
    name = base
    while not name or name in used:
        name = f"{base or 'rack'}-{next(numbers)}"
    used.add(name)
    return name


def label(text: str) -> str:
    """The text as a Kubernetes name, as far as it can be one."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_MAX_NAME].strip("-")
