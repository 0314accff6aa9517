"""Rules about address families: a session of FRR carries that of its router's address alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from metallb.algebra.addresses import address_of
from metallb.preflight.advice import called, joined
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.releases import Release
from metallb.routing import BgpAdvertisement, BgpPeerSpec, IPAddressPool

__all__: list[str] = []

_BOTH = frozenset({4, 6})
_APART = Release(0, 15, 0)


@rule("B14", Severity.ERROR)
def carried_families(case: Case) -> Iterator[Hit]:
    """No session of a pool carries its address family.

    Requirement: In the FRR modes a pool is announced over sessions that carry its address family.
    Why: from 0.15 on a session carries the address family of the router's address alone; Services
    get addresses of the other one, and no router has a route to them.
    Help: set dualStackAddressFamily to true at the peer, announce to a router with an address of
    the family, or remove the block.
    Source: MetalLB internal/bgp/frr/frr.go (createConfig); internal/bgp/frrk8s/frrk8s.go
    (updateConfig); release notes of 0.15.0.
    """
    if case.native or case.release < _APART:
        return
    reach = _Reach(case)
    everywhere = reach.together(case.everywhere)
    of_all: frozenset[int] = frozenset()
    of_each: dict[int, frozenset[int]] = defaultdict(frozenset)
    for pool in case.routing.pools:
        named = case.named_advertisements(pool.name)
        if not named and not case.everywhere:
            continue
        wanted = case.families(pool.name)
        carried = everywhere | reach.together(named)
        for family in sorted(wanted - carried):
            yield _uncarried(case, pool, family)
        of_all |= wanted & carried
        for each in named:
            of_each[id(each)] |= wanted & carried
    # What another advertisement announces may still be nothing for this one.
    for each in case.everywhere:
        of_each[id(each)] |= of_all
    for each in case.routing.advertisements:
        wanted, carried = of_each[id(each)], reach.of(each)
        if wanted and not wanted & carried:
            field = "peers" if each.spec.peers else "node_selectors"
            name = called(case, each, of_pool=False)
            wrong = (
                f"sessions of {name} carry {_words(carried)}, and its pools have "
                f"{_words(wanted)} addresses"
            )
            router = f"choose a peer with an {_words(wanted)} address" if each.spec.peers else ""
            yield Hit(case.at(each, field), wrong, help=joined(router, _both(case)))


class _Reach:
    """Families that the sessions of an advertisement carry; both, where that is not known."""

    def __init__(self, case: Case) -> None:
        listed = case.routing.advertisements
        carried = [_carried(peer.spec) for peer in case.routing.peers]
        found: dict[int, set[int]] = defaultdict(set)
        for family in sorted(_BOTH):
            peers = [index for index, families in enumerate(carried) if family in families]
            for index in case.speaking(listed, peers):
                found[index].add(family)
        # Where no session is left, the rules of names and of nodes report it.
        self._known = {
            id(each): frozenset(found.get(index, _BOTH)) for index, each in enumerate(listed)
        }

    def together(self, listed: Iterable[BgpAdvertisement]) -> frozenset[int]:
        """What any of them carries."""
        return frozenset[int]().union(*(self.of(each) for each in listed))

    def of(self, each: BgpAdvertisement) -> frozenset[int]:
        """What one carries."""
        return self._known[id(each)]


def _carried(spec: BgpPeerSpec) -> frozenset[int]:
    if spec.dual_stack_address_family:
        return _BOTH
    address = address_of(spec.peer_address)
    # An interface carries both; an address may not be known yet.
    return _BOTH if address is None else frozenset({address.version})


def _uncarried(case: Case, pool: IPAddressPool, family: int) -> Hit:
    where, text = pool.origin, ""
    for span in case.spans_by_pool.get(pool.name, ()):
        if span.interval.version == family:
            where, text = case.at(pool, "addresses", span.index), f" {span.text}"
            break
    router = f"announce the pool to a router with an IPv{family} address"
    return Hit(
        where,
        f"no session carries the IPv{family} addresses{text} of pool {pool.name}",
        help=joined(_both(case), router, "remove the addresses"),
    )


def _both(case: Case) -> str:
    """How a session comes to carry both families."""
    below = "metallb:bgp" if case.stack is not None else "spec of the BGPPeer"
    return f"set `dualStackAddressFamily: true` below {below}"


def _words(families: frozenset[int]) -> str:
    return " and ".join(f"IPv{family}" for family in sorted(families))
