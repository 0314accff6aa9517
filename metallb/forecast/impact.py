"""What a change does: sessions that end, next hops that are left meanwhile, addresses that go."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum

from metallb.algebra.addresses import address_of
from metallb.algebra.intervals import Interval, merged
from metallb.forecast.redials import NAME, SPEAKER, Redial, redials
from metallb.forecast.rerouting import Paired, Rerouting, Unsent, paired, rerouted, unsent
from metallb.forecast.site import Session, Site, Tier, next_hops
from metallb.forecast.steps import Wave
from metallb.forecast.successions import succession_of
from metallb.forecast.waves import plan_of
from metallb.models.strict import StrictModel
from metallb.routing import BgpPeerSpec
from metallb.routing.fields import manifest_key
from metallb.stackfile import StackConfig
from metallb.stackfile.availability import Availability

__all__ = ["Advice", "Group", "Impact", "Narrowing", "Way", "helps_of", "impact_of"]

_NODES = manifest_key(BgpPeerSpec, "node_selectors")


class Group(StrictModel):
    """Sessions with one router that share their fate."""

    router: str
    """Name of the router."""
    peer: str
    """Name of the BGPPeer after the change, or before it where the sessions end."""
    nodes: tuple[str, ...]
    """Names of the nodes."""
    fields: tuple[str, ...] = ()
    """What differs in the peer, where the sessions are opened again; `name`, `password` and
    `speaker` (another program) and
    `reload` (of an FRR that resets peers with ebgpMultiHop) besides fields of a BGPPeer."""
    seconds: int = 0
    """How long each is down at most; 0 for those that come or go."""


class Narrowing(StrictModel):
    """Pools whose next hops at a router become fewer, for a while or for good."""

    pools: tuple[str, ...]
    """Names of the pools."""
    router: str
    """Name of the router."""
    lost: tuple[str, ...]
    """Nodes that do not announce them meanwhile."""
    before: int
    """Next hops that the router spreads an address over."""
    meanwhile: int
    """The same until every session is up again and every node has acted on the change, at the
    least; 0 where the router has no route."""
    after: int
    """The same in the end."""


class Way(StrEnum):
    """Another way to the same end."""

    MEMBERSHIP = "membership"
    """Nodes by label: then no object changes."""
    NAME = "name"
    """The former name kept."""
    MOVE = "move"
    """A second object first, and the former one removed later."""
    ORDER = "order"
    """Router after router."""
    TWICE = "twice"
    """The former object removed first: MetalLB refuses two for one node and router."""


HELPS = {
    Way.MEMBERSHIP: "choose the nodes by a label: a node that gets the label changes no object",
    Way.NAME: "keep the names: a session of an object with another name is closed, also where "
    "nothing else differs",
    Way.MOVE: "add the new router first, run up, wait for its sessions (metallb status), and "
    "remove the former one then",
    Way.ORDER: "change one router, run up, wait for its sessions (metallb status), and change the "
    "next one then: the others keep their routes",
    Way.TWICE: "remove the former object first, run up, and add the new one then: in the FRR modes "
    "MetalLB refuses it while the former one has the same router and node, and an update deletes "
    "at its end, so that up fails",
}
"""What to do, where the platform has no words of its own."""


class Advice(StrictModel):
    """Another way to the same end, and where it applies."""

    way: Way
    """Which one."""
    peers: tuple[str, ...]
    """The BGPPeers that it is about."""
    help: str = ""
    """What to do, in the words of the stack's platform."""


class Impact(StrictModel):
    """What a change does."""

    redialled: tuple[Group, ...] = ()
    """Sessions that end and are opened again."""
    ended: tuple[Group, ...] = ()
    """Sessions that end for good."""
    opened: tuple[Group, ...] = ()
    """New sessions."""
    kept: int = 0
    """Number of sessions that stay up."""
    uncounted: tuple[str, ...] = ()
    """Label selectors whose nodes are not known: each stands for one node."""
    narrowed: tuple[Narrowing, ...] = ()
    """Pools with fewer next hops at a router."""
    rerouted: tuple[Rerouting, ...] = ()
    """Pools whose routes change: other nodes, or other attributes."""
    unsent: tuple[Unsent, ...] = ()
    """Changes that do not reach a router."""
    addresses: tuple[str, ...] = ()
    """What is no longer announced: blocks, or ranges."""
    services: tuple[str, ...] = ()
    """Services that use such an address, where the cluster was read."""
    advice: tuple[Advice, ...] = ()
    """Other ways to the same end."""
    waves: tuple[Wave, ...] = ()
    """In which order `up` changes the peers, where the stack file has `metallb:availability`."""
    restarted: tuple[str, ...] = ()
    """Nodes whose speaker restarts, one after the other: all sessions of a node end at once."""

    @property
    def redials(self) -> int:
        """Number of sessions that are opened again."""
        return sum(len(group.nodes) for group in self.redialled)

    @property
    def seconds(self) -> int:
        """How long any session is down at most."""
        return max((group.seconds for group in self.redialled), default=0)

    @property
    def unreachable(self) -> tuple[Narrowing, ...]:
        """Pools that a router has no next hop for meanwhile, and had one before."""
        return tuple(each for each in self.narrowed if not each.meanwhile)

    @property
    def nothing(self) -> bool:
        """Whether no session, route or address is touched."""
        touched = self.redialled or self.ended or self.opened or self.narrowed or self.rerouted
        return not (touched or self.unsent or self.addresses)

    @property
    def moved(self) -> float:
        """The largest share of a pool's flows at a router that move in the end."""
        return max((each.moved for each in self.rerouted), default=0.0)


def impact_of(
    before: Site,
    after: Site,
    *,
    helps: Mapping[Way, str] | None = None,
    services: Mapping[str, Sequence[str]] | None = None,
    limits: Availability | None = None,
) -> Impact:
    """What changing one site into the other does.

    :param helps: what to do in the words of the platform, by way.
    :param services: addresses of Services by name, where the cluster was read.
    :param limits: `metallb:availability`, where the stack file has it.
    """
    again = tuple(redials(before, after))
    steps = plan_of(before, after, limits).steps if limits is not None else ()
    former = {session.ends for session in before.sessions}
    present = {session.ends for session in after.sessions}
    ended = [each for each in before.sessions if each.ends not in present]
    opened = [each for each in after.sessions if each.ends not in former]
    gone = _gone(before.announced, after.announced)
    pairs = paired(before, after)
    return Impact(
        redialled=_groups((each.after, each.fields, each.seconds) for each in again),
        ended=_groups((each, (), 0) for each in ended),
        opened=_groups((each, (), 0) for each in opened),
        narrowed=tuple(_narrowed(before, after, pairs, again)),
        rerouted=tuple(rerouted(before, after, pairs)),
        unsent=tuple(unsent(before, after)),
        addresses=tuple(map(_spelled, gone)),
        services=tuple(_using(gone, services or {})),
        advice=tuple(
            _advice(
                again, ended, opened, _refused(before, after), helps or {}, in_waves=bool(steps)
            )
        ),
        waves=tuple(step.shown for step in steps),
        restarted=tuple(
            dict.fromkeys(each.after.node for each in again if each.fields == (SPEAKER,))
        ),
        kept=len(former & present) - len(again),
        uncounted=tuple(
            dict.fromkeys(
                node.name
                for site in (before, after)
                for node in site.nodes.values()
                if node.several
            )
        ),
    )


def helps_of(stack: StackConfig) -> Mapping[Way, str]:
    """What to do, in the words of the stack's platform."""
    platform = stack.platform
    own = {
        Way.MEMBERSHIP: platform.joining_help,
        Way.ORDER: f"{HELPS[Way.ORDER]} (write it {platform.peer_place})",
    }
    return {**HELPS, **{way: help for way, help in own.items() if help}}


def _groups(
    sessions: Iterable[tuple[Session, tuple[str, ...], int]],
) -> tuple[Group, ...]:
    found: dict[tuple[str, str, tuple[str, ...], int], list[str]] = {}
    for session, fields, seconds in sessions:
        key = (session.router, session.peer.name, fields, seconds)
        found.setdefault(key, []).append(session.node)
    return tuple(
        Group(router=router, peer=peer, nodes=tuple(nodes), fields=fields, seconds=seconds)
        for (router, peer, fields, seconds), nodes in found.items()
    )


def _narrowed(
    before: Site, after: Site, pairs: Paired, again: Sequence[Redial]
) -> Iterator[Narrowing]:
    down: dict[str, set[str]] = {}
    for redial in again:
        down.setdefault(redial.after.router, set()).add(redial.after.node)
        down.setdefault(redial.before.router, set()).add(redial.before.node)
    for (old, new), pools in pairs.items():
        had = before.reaches[old].tiers
        has = after.reaches[new].tiers if new is not None else {}
        for router, tiers in had.items():
            then: Sequence[Tier] = has.get(router, ())
            away = _away(tiers, then, down.get(router, frozenset()))
            nodes = next_hops(tiers)
            width = before.width(len(nodes))
            meanwhile = before.width(len(next_hops(tiers, away)))
            final = after.width(len(next_hops(then)))
            if then and then[0].worth != tiers[0].worth:
                # The first node that acts on it has every flow, or the last one that does not.
                meanwhile = min(meanwhile, 1)
            if meanwhile < width or final < width:
                yield Narrowing(
                    pools=tuple(pools),
                    router=router,
                    lost=tuple(sorted(nodes & away)),
                    before=width,
                    meanwhile=meanwhile,
                    after=final,
                )


def _away(before: Sequence[Tier], after: Sequence[Tier], down: AbstractSet[str]) -> set[str]:
    """The nodes that announce to a router and do not meanwhile, or not any more."""
    nodes = {node for tier in before for node in tier.nodes}
    return (nodes & down) | nodes.difference(*(tier.nodes for tier in after))


def _gone(before: Sequence[Interval], after: Sequence[Interval]) -> list[Interval]:
    """Addresses of the one list that the other one has not."""
    left: list[Interval] = []
    holes = merged(after)
    for whole in merged(before):
        near = [each for each in holes if each.version == whole.version]
        left += whole.without([each for each in near if _touch(whole, each)])
    return left


def _touch(one: Interval, other: Interval) -> bool:
    return one.first <= other.last and other.first <= one.last


def _spelled(interval: Interval) -> str:
    return interval.block or f"{interval.first_address}-{interval.last_address}"


def _using(gone: Sequence[Interval], services: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, addresses in sorted(services.items()):
        for text in addresses:
            address = address_of(text)
            if address is not None and any(each.holds(address) for each in gone):
                yield f"{name} {text}"


def _refused(before: Site, after: Site) -> Iterator[str]:
    """The peers that MetalLB's webhook refuses in the FRR modes, whatever the order."""
    if not (before.native or after.native):
        yield from sorted(succession_of(before, after).refused)


def _advice(
    again: Sequence[Redial],
    ended: Sequence[Session],
    opened: Sequence[Session],
    refused: Iterable[str],
    helps: Mapping[Way, str],
    *,
    in_waves: bool,
) -> Iterator[Advice]:
    """Ways to the same end that reset fewer sessions, or that MetalLB takes."""
    found: dict[Way, dict[str, None]] = {way: {} for way in Way}
    for redial in again:
        if redial.fields == (SPEAKER,):
            continue
        way = Way.NAME if NAME in redial.fields else Way.ORDER
        way = Way.MEMBERSHIP if redial.fields == (_NODES,) else way
        found[way][redial.after.peer.name] = None
    nodes = {session.node for session in opened}
    found[Way.MOVE] = {session.peer.name: None for session in ended if session.node in nodes}
    if in_waves or len({redial.after.router for redial in again}) == 1:
        found[Way.ORDER].clear()
    found[Way.TWICE] = dict.fromkeys(refused)
    for way, peers in found.items():
        if peers:
            yield Advice(way=way, peers=tuple(peers), help=helps.get(way, HELPS[way]))
