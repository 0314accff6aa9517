"""Which sessions a change of a configuration ends and opens again.

Native mode: MetalLB compares whole peers, their names and keys included, and closes the session of
each that differs (speaker/bgp_controller.go, SetConfig). The FRR modes write FRR's configuration
anew and reload it; FRR decides line by line. `EFFECTS` has what a reload does for each field.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from metallb.forecast.site import Session, Site
from metallb.releases import KEEPS_MULTIHOP, BgpMode
from metallb.routing import BgpPeerSpec
from metallb.routing.fields import manifest_key
from metallb.routing.modes import FIELD_MODES

__all__ = [
    "EFFECTS",
    "NAME",
    "PASSWORD",
    "RELOAD",
    "SPEAKER",
    "Effect",
    "Redial",
    "differing",
    "longest",
    "redials",
]

NAME, PASSWORD = "name", "password"
"""What MetalLB compares besides the fields of the spec: the object's name, and the key itself."""
SPEAKER = "speaker"
"""What differs where the speakers' DaemonSet restarts them."""
RELOAD = "reload"
"""Why a session with ebgpMultiHop ends where FRR's reload is one that resets it each time."""


class Effect(StrEnum):
    """What a reload of FRR does to sessions."""

    NONE = "none"
    """The session stays. Times and ports are those of its next start."""
    SESSION = "session"
    """The session ends and is opened again."""
    NODE = "node"
    """Every session of the node ends: the field is one of FRR's whole BGP instance."""


EFFECTS: Mapping[str, Effect] = {
    "my_asn": Effect.NODE,
    "router_id": Effect.NODE,
    "vrf": Effect.SESSION,
    "peer_asn": Effect.SESSION,
    "dynamic_asn": Effect.SESSION,
    "local_asn": Effect.SESSION,
    "source_address": Effect.SESSION,
    "ebgp_multi_hop": Effect.SESSION,
    "dual_stack_address_family": Effect.SESSION,
    "enable_graceful_restart": Effect.SESSION,
    "bfd_profile": Effect.NONE,
    "peer_port": Effect.NONE,
    "hold_time": Effect.NONE,
    "keepalive_time": Effect.NONE,
    "connect_time": Effect.NONE,
    "disable_mp": Effect.NONE,
    "node_selectors": Effect.NONE,
    "password_secret": Effect.NONE,
    NAME: Effect.SESSION,
    PASSWORD: Effect.SESSION,
}
"""By field of a peer, measured in the lab (tests/sessions/test_redials.py). A session of another
`vrf` is another session. `up` deletes the former object before it makes one with another name or
another `enable_graceful_restart`: FRR notices where more time is in between than MetalLB collects
changes for. A profile that is taken away leaves a router that watches the session without its BFD
session: `redials` has that. A field that is not here counts as one that ends the session."""

_OF_FRR_K8S: Mapping[str, Effect] = {"peer_port": Effect.SESSION}
"""Where mode frr-k8s does otherwise, by the same test."""

_DIAL, _RETRY, _FRR_CONNECT = 10, 120, 120
"""Seconds: an attempt of the native speaker, its longest wait between two (internal/bgp/native);
FRR's wait where none is configured (bgpd: BGP_DEFAULT_CONNECT_RETRY)."""


@dataclass(frozen=True)
class Redial:
    """One session that ends and comes back.

    :ivar before: the session as it is; `after` as it will be.
    :ivar fields: what differs, in the words of a BGPPeer; `speaker` where the program changes.
    :ivar seconds: how long it takes at most.
    """

    before: Session
    after: Session
    fields: tuple[str, ...]
    seconds: int


def redials(before: Site, after: Site) -> Iterator[Redial]:
    """Every session of both sites that does not stay up, in the order of the new site."""
    former = {session.ends: session for session in before.sessions}
    program = (SPEAKER,) if _other_program(before, after) else ()
    compared: dict[tuple[int, int], tuple[str, ...]] = {}
    kept = [(former[each.ends], each) for each in after.sessions if each.ends in former]
    reasons: dict[tuple[str, tuple[str, str]], tuple[str, ...]] = {}
    whole: dict[tuple[str, str], tuple[str, ...]] = {}
    for old, new in kept:
        pair = _pair(old, new)
        if pair not in compared:
            compared[pair] = tuple(differing(old, new, before, after))
        fields = compared[pair]
        if after.native or program:
            reasons[new.ends] = program or fields
            continue
        node = (new.node, new.address[1])
        for_node = tuple(field for field in fields if _effect(field, after.mode) is Effect.NODE)
        if for_node:
            whole[node] = for_node
        reasons[new.ends] = tuple(field for field in fields if _ends(field, old, new, after.mode))
    reloaded = _reloaded(
        before, after, {new.node for old, new in kept if compared[_pair(old, new)]}
    )
    for old, new in kept:
        fields = reasons[new.ends] or whole.get((new.node, new.address[1]), ())
        if new.node in reloaded and old.peer.spec.ebgp_multi_hop:
            fields = (*fields, RELOAD)
        if fields:
            yield Redial(old, new, tuple(map(_spelled, fields)), longest(new, after.mode))


def _pair(old: Session, new: Session) -> tuple[int, int]:
    return id(old.peer), id(new.peer)


def _reloaded(before: Site, after: Site, changed: AbstractSet[str]) -> AbstractSet[str]:
    """Nodes whose FRR reads a new configuration, where that resets neighbors that did not change.

    :param changed: nodes with a peer that differs.
    """
    if after.native or after.release >= KEEPS_MULTIHOP:
        return frozenset()
    if before.routing.advertisements != after.routing.advertisements:
        return after.nodes.keys()
    moved = {each.ends for each in before.sessions} ^ {each.ends for each in after.sessions}
    return changed | {node for node, _ in moved}


def _ends(field: str, old: Session, new: Session, mode: BgpMode) -> bool:
    """Whether a reload ends the session for one field."""
    if field == "bfd_profile":
        # FRR takes its BFD session down, and a router that watches it ends the BGP session.
        return new.peer.spec.bfd_profile is None and old.peer.spec.bfd_profile is not None
    return _effect(field, mode) is not Effect.NONE


def _effect(field: str, mode: BgpMode) -> Effect:
    own = _OF_FRR_K8S if mode is BgpMode.FRR_K8S else {}
    return own.get(field) or EFFECTS.get(field, Effect.SESSION)


def differing(old: Session, new: Session, before: Site, after: Site) -> Iterator[str]:
    """What MetalLB finds different between the peers of a session."""
    one, other = old.peer, new.peer
    if one.name != other.name and before.by_name and after.by_name:
        yield NAME
    if one.spec == other.spec and one.spec.password_secret is None and one.spec.password is None:
        return
    for field in BgpPeerSpec.model_fields:
        if field != "password" and _value(one.spec, field) != _value(other.spec, field):
            modes = FIELD_MODES.get(("BGPPeer", field))
            if modes is None or after.mode in modes or before.mode in modes:
                yield field
    if _keyed(one.spec) != _keyed(other.spec):
        yield PASSWORD
        return
    keys = [site.routing.password_of(each) for site, each in ((before, one), (after, other))]
    # A Secret of a cluster is not read, and counts as the same.
    if None not in keys and keys[0] != keys[1]:
        yield PASSWORD


def _keyed(spec: BgpPeerSpec) -> bool:
    return spec.password is not None or spec.password_secret is not None


def _value(spec: BgpPeerSpec, field: str) -> object:
    """A value as MetalLB has it: what is left out and what is false are one."""
    value = getattr(spec, field)
    return None if value is False or value == () else value


def _other_program(before: Site, after: Site) -> bool:
    restarts = None not in (before.speaker, after.speaker) and before.speaker != after.speaker
    return restarts or before.mode is not after.mode or before.release != after.release


def _spelled(field: str) -> str:
    return manifest_key(BgpPeerSpec, field) if field in BgpPeerSpec.model_fields else field


def longest(session: Session, mode: BgpMode) -> int:
    """Seconds until a session that was closed is up again, at the most, where its router answers.

    A router may keep the former session until its hold time is over. The native speaker dials at
    once and then after 1, 2, 4 ... seconds; FRR after its connect time.
    """
    hold = session.hold
    if mode is BgpMode.NATIVE:
        return min(2 * hold + 1, hold + _RETRY) + _DIAL
    connect = session.peer.spec.connect_time
    return hold + (int(connect.seconds) if connect is not None else _FRR_CONNECT)
