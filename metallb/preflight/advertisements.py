"""Rules about an advertisement by itself: prefix lengths, and for which peers."""

from collections.abc import Iterable, Iterator

from metallb.algebra.intervals import shortest_length
from metallb.algebra.selectors import dead_selectors, label_terms
from metallb.preflight.advice import (
    called,
    joined,
    key,
    modes_of,
    names,
    near,
    nodes_of,
    other_mode,
    unless,
)
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.reach import meets_services, served_by
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.problems.escape import quoted
from metallb.routing import BgpAdvertisement, BgpAdvertisementSpec, BgpPeer, L2Advertisement
from metallb.routing.base import SpecModel
from metallb.routing.fields import declared, is_known
from metallb.routing.modes import FIELD_MODES, in_order, uses

__all__: list[str] = []

_SINGLE = {"aggregation_length": 32, "aggregation_length_v6": 128}
"""Prefix length of a single address, which is the default."""
_LISTS = {"ip_address_pools": "pool", "communities": "community", "peers": "peer"}
_CHOSEN = {
    "service_selectors": "Service",
    "ip_address_pool_selectors": "pool",
    "node_selectors": "node",
}
"""What an advertisement's selectors choose."""


@rule("B1", Severity.ERROR)
def aggregation_fits(case: Case) -> Iterator[Hit]:
    """An aggregation length does not fit the blocks of a pool.

    Requirement: An aggregation length is no shorter than that of the largest block in the pool, and
    no longer than 32 (128 for IPv6).
    Why: MetalLB refuses the whole configuration, since the route would cover addresses outside the
    pool.
    Help: set a length between that of the largest block in the pool and 32 (128 for IPv6).
    Source: MetalLB internal/config/config.go (validateBGPAdvPerPool).
    """
    for each in case.routing.advertisements:
        for name, most in _SINGLE.items():
            length = getattr(each.spec, name)
            if not 0 < length <= most:
                wrong = f"is more than {most}" if length > 0 else "is less than 1"
                help = f"write {most} or less, or {_by_default(case, name)}"
                yield Hit(case.at(each, name), f"aggregation length {length} {wrong}", help=help)
    for pool in case.routing.pools:
        yield from _of_unknown_blocks(case, pool.name)
        named = case.named_advertisements(pool.name)
        for span in case.spans_by_pool.get(pool.name, ()):
            if not named and not case.everywhere:
                continue
            shortest = shortest_length(span.interval)
            four = span.interval.version == 4
            name = "aggregation_length" if four else "aggregation_length_v6"
            for each in (*named, *_first_short(case.everywhere, name, shortest)):
                length = getattr(each.spec, name)
                if length < shortest:
                    yield _too_short(case, each, name, shortest, span.text)


def _of_unknown_blocks(case: Case, pool: str) -> Iterator[Hit]:
    """Blocks of which only the size is known; a reserved block is an aligned power of two."""
    for block, shortest in case.block_lengths.get(pool, ()):
        named = case.named_advertisements(pool)
        for each in (*named, *_first_short(case.everywhere, "aggregation_length", shortest)):
            if each.spec.aggregation_length < shortest:
                yield _too_short(case, each, "aggregation_length", shortest, f"block {block}")


def _too_short(case: Case, each: BgpAdvertisement, name: str, shortest: int, block: str) -> Hit:
    rest = " or more" if shortest < _SINGLE[name] else ""
    inside = "" if block.endswith(f"/{shortest}") else f" in {block}"
    largest = f"the /{shortest}{inside}" if inside else block
    return Hit(
        case.at(each, name),
        f"aggregation length {getattr(each.spec, name)} is shorter than {largest}",
        help=f"write {shortest}{rest}, or {_by_default(case, name)}",
    )


def _by_default(case: Case, name: str) -> str:
    return f"remove {key(case, name, BgpAdvertisement.kind)}: {_SINGLE[name]} is the default"


def _first_short(
    everywhere: Iterable[BgpAdvertisement], name: str, shortest: int
) -> Iterator[BgpAdvertisement]:
    for each in everywhere:
        if getattr(each.spec, name) < shortest:
            yield each
            return


@rule("B2", Severity.ERROR)
def advertisement_lists(case: Case) -> Iterator[Hit]:
    """An entry of an advertisement is repeated or not valid.

    Requirement: An advertisement has valid selectors, and each pool, community, peer and selector
    once.
    Why: MetalLB refuses the whole configuration for an entry that is repeated or not valid.
    Help: remove or correct the entry.
    Source: MetalLB internal/config/config.go (bgpAdvertisementFromCR).
    """
    for each in case.routing.advertisements:
        for name, kind in _LISTS.items():
            values = getattr(each.spec, name) or ()
            for index, _ in repeated(values):
                wrong = f"{kind} {quoted(values[index])} is listed twice"
                yield Hit(case.at(each, name, index), wrong, help="remove one of the two entries")
        for name in ("ip_address_pool_selectors", "node_selectors", "service_selectors"):
            for index, fault in selector_faults(getattr(each.spec, name)):
                yield Hit(case.at(each, name, index), fault)


@rule("B3", Severity.ERROR)
def selected_services(case: Case) -> Iterator[Hit]:
    """An advertisement of selected Services announces aggregates.

    Requirement: An advertisement with serviceSelectors announces single addresses.
    Why: the API server refuses the object, since an aggregate would cover Services that are not
    selected.
    Help: set aggregationLength to 32 and aggregationLengthV6 to 128, or remove serviceSelectors.
    Source: MetalLB api/v1beta1/bgpadvertisement_types.go (validation rule of the CRD).
    """
    for each in case.routing.advertisements:
        if not each.spec.service_selectors:
            continue
        for name, single in _SINGLE.items():
            if getattr(each.spec, name) != single:
                length = getattr(each.spec, name)
                field = key(case, name, BgpAdvertisement.kind)
                wrong = f"{field} {length} is set beside serviceSelectors"
                help = f"remove {field}, or serviceSelectors"
                yield Hit(case.at(each, name), wrong, help=help)


@rule("B6", Severity.ERROR)
def equal_advertisements(case: Case) -> Iterator[Hit]:
    """Two advertisements are equal.

    Requirement: Each advertisement differs from the others.
    Why: the second one does nothing, and 0.12 refuses the whole configuration for it.
    Help: remove one of the two.
    Source: MetalLB internal/config/config.go (validateDuplicateBGPAdvertisements); MetalLB v0.12.1
    internal/config/config.go (parseBGPAdvertisements).
    """
    listed = case.routing.advertisements
    for index, earlier in repeated(repr(each.spec) for each in listed):
        first = called(case, listed[earlier], of_pool=False)
        yield Hit(listed[index].origin, f"{called(case, listed[index])} equals {first}")


@rule("B8", Severity.ERROR)
def known_pools(case: Case) -> Iterator[Hit]:
    """An advertisement names a pool that does not exist.

    Requirement: An advertisement names pools that exist.
    Why: MetalLB takes the name of an unknown pool, and announces nothing for it.
    Help: correct the name, or add the pool.
    Source: MetalLB internal/config/config.go (setBGPAdvertisementsToPools); measured with 0.16.1.
    """
    for each in case.routing.advertisements:
        for index, name in enumerate(each.spec.ip_address_pools or ()):
            if name not in case.pool_names:
                meant = near(name, case.pool_names)
                help = f"write {meant}, or add pool {name}" if meant else ""
                where = case.at(each, "ip_address_pools", index)
                yield Hit(where, f"there is no pool {quoted(name)}", help=help)


@rule("B9", Severity.ERROR)
def known_peers(case: Case) -> Iterator[Hit]:
    """An advertisement names a peer that does not exist.

    Requirement: An advertisement names peers that exist.
    Why: MetalLB takes the name of an unknown peer, and announces nothing to it.
    Help: write the name of a BGPPeer, or remove the entry.
    Source: MetalLB internal/config/config.go (bgpAdvertisementFromCR); measured with 0.16.1.
    """
    for each in case.routing.advertisements:
        for index, name in enumerate(each.spec.peers or ()):
            if name not in case.peers_by_name:
                help = _peer_help(case, name)
                yield Hit(
                    case.at(each, "peers", index), f"there is no peer {quoted(name)}", help=help
                )


def _peer_help(case: Case, name: str) -> str:
    known = case.peers_by_name
    if not known:
        return "add the peer, or remove the entry"
    meant = near(name, known)
    return f"write {meant}" if meant else f"write the name of a peer, such as {next(iter(known))}"


@rule("B10", Severity.WARNING)
def announced_pools(case: Case) -> Iterator[Hit]:
    """A pool is not announced.

    Requirement: From 0.13 on a pool has an advertisement.
    Why: without one Services get its addresses, and no client reaches them.
    Help: add an advertisement, or ignore B10 where something else (Calico) announces the pool.
    Source: MetalLB website, release notes of 0.13.2.
    """
    if case.in_configmap:
        # Up to 0.12 such a pool is announced to every peer, which is a rule of its own.
        return
    for pool in case.routing.pools:
        in_layer2 = pool.name in case.layer2
        if not in_layer2 and not case.everywhere and not case.named_advertisements(pool.name):
            other = unless(case, "B10", "something else (Calico) announces the pool")
            help = joined(_announcing(case), other)
            yield Hit(pool.origin, f"pool {pool.name} has no advertisement", help=help)


def _announcing(case: Case) -> str:
    if case.stack is not None:
        # Without the key a pool has one advertisement.
        return "remove `advertisements: {}`, so that the pool has its default advertisement"
    return "add a BGPAdvertisement or an L2Advertisement of the pool"


@rule("B11", Severity.ERROR)
def announcing_nodes(case: Case) -> Iterator[Hit]:
    """The nodes of an advertisement have no session with its peers.

    Requirement: A node of an advertisement keeps a session with one of its peers.
    Why: a node announces over its own sessions only, so nothing is announced.
    Help: choose nodes that have such a peer, or remove nodeSelectors.
    Source: MetalLB speaker/bgp_controller.go (poolMatchesNodeBGP, adsForPeer).
    """
    choosing = [
        each
        for each in case.routing.advertisements
        if each.spec.node_selectors
        and _names_a_peer(case, each.spec)
        and not any(selector_faults(each.spec.node_selectors))
    ]
    announced = case.speaking(choosing) if choosing else set()
    for index, each in enumerate(choosing):
        if index not in announced:
            selectors = each.spec.node_selectors or ()
            words = "; ".join(nodes_of(selector) for selector in selectors)
            named = f"named {words}" if all(one.hosts for one in selectors) else f"with {words}"
            peers = each.spec.peers or ()
            whom = f"peer{'s' * (len(peers) > 1)} {names(peers)}" if peers else "any peer"
            wrong = f"no node {named} has a session with {whom}"
            yield Hit(case.at(each, "node_selectors"), wrong)


def _names_a_peer(case: Case, spec: BgpAdvertisementSpec) -> bool:
    """Whether there is a peer that it could be announced to; other rules miss those that lack."""
    known = case.peers_by_name
    return any(name in known for name in spec.peers) if spec.peers else bool(known)


@rule("B15", Severity.ERROR)
def living_lists(case: Case) -> Iterator[Hit]:
    """The selectors of an advertisement can choose nothing.

    Requirement: An advertisement's selectors can choose something.
    Why: conditions that contradict each other match nothing, so nothing is announced.
    Help: keep one of the conditions, or write them as two entries, of which one has to match.
    Source: Kubernetes documentation, Labels and Selectors: all conditions of one have to hold.
    """
    for each, name, dead, alive in _dead(case):
        if not alive:
            for index, words in dead:
                yield Hit(case.at(each, name, index), f"no {_CHOSEN[name]} can match {words}")


@rule("B16", Severity.WARNING)
def living_entries(case: Case) -> Iterator[Hit]:
    """One of the selectors of an advertisement can choose nothing.

    Requirement: Each of an advertisement's selectors can choose something.
    Why: conditions that contradict each other match nothing, so the entry has no effect beside the
    others.
    Help: correct the entry, or remove it.
    Source: Kubernetes documentation, Labels and Selectors: all conditions of one have to hold.
    """
    for each, name, dead, alive in _dead(case):
        if alive:
            for index, words in dead:
                yield Hit(case.at(each, name, index), f"no {_CHOSEN[name]} can match {words}")


@rule("B20", Severity.ERROR)
def served_services(case: Case) -> Iterator[Hit]:
    """An advertisement selects Services that no pool of it serves.

    Requirement: An advertisement selects Services that its pools serve.
    Why: a Service with these labels gets no address of the pools, since their serviceAllocation
    selects other labels, so nothing is announced.
    Help: correct serviceSelectors here or in the pool's serviceAllocation.
    Source: MetalLB internal/allocator/allocator.go (isPoolCompatibleWithService);
    speaker/bgp_controller.go (bgpAdsForService).
    """
    unserved: dict[int, BgpAdvertisement] = {}
    served: set[int] = set()
    general = [each for each in case.everywhere if each.spec.service_selectors]
    for pool in case.routing.pools:
        known = served_by(pool)
        for each in (*case.named_advertisements(pool.name), *general):
            if not each.spec.service_selectors or id(each) in served:
                continue
            unserved[id(each)] = each
            if meets_services(each, known):
                served.add(id(each))
        # One pool that it may be of use for is enough to know.
        general = [each for each in general if id(each) not in served]
    for identity, each in unserved.items():
        selectors = each.spec.service_selectors or ()
        if identity not in served and label_terms(selectors):
            words = "; ".join(selector.words() for selector in selectors)
            wrong = f"no pool of {called(case, each, of_pool=False)} serves Services with {words}"
            yield Hit(case.at(each, "service_selectors"), wrong)


def _dead(
    case: Case,
) -> Iterator[tuple[BgpAdvertisement | L2Advertisement, str, list[tuple[int, str]], bool]]:
    """By list of selectors: those that contradict themselves, and whether there are others."""
    routing = case.routing
    listed: list[BgpAdvertisement | L2Advertisement] = [*routing.advertisements]
    for each in [*listed, *routing.l2_advertisements]:
        for name in _CHOSEN:
            selectors = getattr(each.spec, name) or ()
            faulty = {index for index, _ in selector_faults(selectors)}
            of_nodes = name == "node_selectors"
            dead = set(dead_selectors(selectors, of_nodes=of_nodes)) - faulty
            alive = len(dead) < len(selectors)
            # Where BGP chooses no node at all, the rule of nodes reports it.
            elsewhere = of_nodes and isinstance(each, BgpAdvertisement)
            if dead and (alive or not elsewhere):
                words = [(index, selectors[index].words()) for index in sorted(dead)]
                yield each, name, words, alive


@rule("B13", Severity.WARNING)
def preference_for_internal(case: Case) -> Iterator[Hit]:
    """localPref is set, and no peer is in the cluster's own AS.

    Requirement: localPref is for peers in the cluster's own AS.
    Why: it is not sent to routers of another AS, and has no effect.
    Help: remove it, and prefer routes by communities.
    Source: RFC 4271, 5.1.5.
    """
    peers = case.routing.peers
    internal = any(
        peer.spec.peer_asn == peer.spec.my_asn or peer.spec.dynamic_asn == "internal"
        for peer in peers
    )
    if not peers or internal or not case.complete:
        return
    field = key(case, "local_pref", BgpAdvertisement.kind)
    spec, prepend = BgpAdvertisementSpec, "as_path_prepend"
    prepends = case.mode in declared(spec, prepend).modes
    prepends = prepends and is_known(spec, prepend, case.release)
    instead = " or asPathPrepend" if prepends else ""
    for each in case.routing.advertisements:
        if each.spec.local_pref:
            wrong = f"{field} {each.spec.local_pref} is set, and no peer is in the cluster's own AS"
            help = f"remove {field}, and prefer routes by communities{instead}"
            yield Hit(case.at(each, "local_pref"), wrong, help=help)


@rule("B7", Severity.ERROR)
def fields_of_the_mode(case: Case) -> Iterator[Hit]:
    """An advertisement sets a field that the BGP mode does not have.

    Requirement: Only mode frr-k8s has asPathPrepend.
    Why: MetalLB refuses the whole configuration in the other modes.
    Help: remove asPathPrepend, or use mode frr-k8s.
    Source: MetalLB internal/config/validation.go (DiscardFRRK8sOnly).
    """
    fields = [f"{kind}.{name}" for kind, name in FIELD_MODES if kind != BgpPeer.kind]
    for use in uses(case.held, *fields):
        if use.item is None or case.mode in use.modes:
            continue
        spec: SpecModel = use.item.spec
        if not is_known(type(spec), use.field, case.release):
            continue
        name = key(case, use.field, use.item.kind)
        yield Hit(
            case.at(use.item, use.field),
            f"{name} {getattr(spec, use.field)} needs {modes_of(use)}",
            help=joined(f"remove {name}", other_mode(case, *in_order(use.modes))),
        )
