"""Peers that a stack file can't have: left out one by one, so that the others are imported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metallb.algebra.selectors import node_terms
from metallb.importing.meaning import selections
from metallb.importing.racks import Session
from metallb.importing.without_key import without_key
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Problem
from metallb.releases import ConfigFormat, Release
from metallb.routing import BgpAdvertisement, BgpPeer, RoutingConfig

__all__ = ["LeftOut", "without_peers"]

_STAYS = "keep the object"
_GOES = "the stack's ConfigMap replaces this one, and the session ends"


@dataclass(frozen=True)
class LeftOut:
    """A configuration without the peers that a stack file can't have.

    :ivar lines: what is left out, location and reason each.
    :ivar problems: why, with what to do about it.
    """

    routing: RoutingConfig
    lines: tuple[tuple[Location, str], ...] = ()
    problems: tuple[Problem, ...] = ()


def without_peers(routing: RoutingConfig, release: Release) -> LeftOut:
    """The configuration without these peers, and without what announces to them alone.

    :param release: of the stack file: one of a ConfigMap leaves no object beside the stack.
    """
    found = {
        id(peer): problems
        for peer in routing.peers
        if (problems := tuple(_unsayable(routing, peer)))
    }
    if not found:
        return LeftOut(routing)
    left = [peer for peer in routing.peers if id(peer) in found]
    kept = tuple(peer for peer in routing.peers if id(peer) not in found)
    what = _GOES if release.format is ConfigFormat.CONFIGMAP else _STAYS
    lines = [
        (peer.origin, f"{'; '.join(each.summary for each in found[id(peer)])}: {what}")
        for peer in left
    ]
    gone = {peer.name for peer in left} - {peer.name for peer in kept}
    advertisements = []
    for each in routing.advertisements:
        named = each.spec.peers or ()
        rest = tuple(name for name in named if name not in gone)
        if rest == tuple(named):
            advertisements.append(each)
            continue
        names = ", ".join(name for name in named if name in gone)
        why = f"it announces to {names} alone: {what}"
        if rest:
            advertisements.append(_announcing_to(each, rest))
            why = f"it announces to {names} as well, which is left out: write an object that does"
        lines.append((each.origin, why))
    return LeftOut(
        routing._replace(peers=kept, advertisements=tuple(advertisements)),
        tuple(lines),
        tuple(problem for peer in left for problem in found[id(peer)]),
    )


def _announcing_to(each: BgpAdvertisement, peers: tuple[str, ...]) -> BgpAdvertisement:
    update: Mapping[str, object] = {"peers": peers}
    return each.model_copy(update={"spec": each.spec.model_copy(update=update)})


def _unsayable(routing: RoutingConfig, peer: BgpPeer) -> Iterator[Problem]:
    """Why a stack file can't have a peer; nothing where it can."""
    alone = routing._replace(peers=(peer,))
    try:
        nodes = sorted(selections(node_terms(peer.spec.node_selectors)))
    except ConfigError as error:
        yield from error.problems
        return
    yield from without_key(alone, [Session(peer, each, None) for each in nodes])
