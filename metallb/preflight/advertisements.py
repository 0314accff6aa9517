"""Rules about an advertisement by itself: prefix lengths, and who is meant."""

from collections.abc import Iterable, Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import shortest_length
from metallb.preflight.reach import meets_services, served_by
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.preflight.terms import dead_selectors, label_terms
from metallb.releases import Release
from metallb.routing import BgpAdvertisement, BgpAdvertisementSpec, L2Advertisement

__all__: list[str] = []


@rule("B1", Severity.ERROR)
def aggregation_fits(case: Case) -> Iterator[Hit]:
    """An aggregation length is no shorter than the pool's blocks.

    Why: MetalLB refuses the configuration: it would announce addresses that are not the pool's.
    Remedy: set a length between that of the pool's largest block and 32 (128 for IPv6).
    Source: MetalLB internal/config/config.go (validateBGPAdvPerPool).
    """
    for each in case.routing.advertisements:
        for name, most in (("aggregation_length", 32), ("aggregation_length_v6", 128)):
            if not 0 < getattr(each.spec, name) <= most:
                yield Hit(case.at(each, name), str(getattr(each.spec, name)))
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
                    yield Hit(
                        case.at(each, name),
                        f"{length} for {span.text}, whose blocks are /{shortest}",
                    )


def _of_unknown_blocks(case: Case, pool: str) -> Iterator[Hit]:
    """Blocks of which only the size is known; a reserved block is an aligned power of two."""
    for block, shortest in case.block_lengths.get(pool, ()):
        named = case.named_advertisements(pool)
        for each in (*named, *_first_short(case.everywhere, "aggregation_length", shortest)):
            if each.spec.aggregation_length < shortest:
                yield Hit(
                    case.at(each, "aggregation_length"),
                    f"{each.spec.aggregation_length} for the block {block} of "
                    f"{1 << (32 - shortest)} addresses, a /{shortest}",
                )


def _first_short(
    everywhere: Iterable[BgpAdvertisement], name: str, shortest: int
) -> Iterator[BgpAdvertisement]:
    for each in everywhere:
        if getattr(each.spec, name) < shortest:
            yield each
            return


@rule("B2", Severity.ERROR)
def advertisement_lists(case: Case) -> Iterator[Hit]:
    """An advertisement names each pool, community, peer and selector once, and validly.

    Why: MetalLB refuses the whole configuration for an entry that is repeated or not valid.
    Remedy: remove or correct the entry.
    Source: MetalLB internal/config/config.go (bgpAdvertisementFromCR).
    """
    for each in case.routing.advertisements:
        for name in ("ip_address_pools", "communities", "peers"):
            values = getattr(each.spec, name) or ()
            for index, _ in repeated(values):
                yield Hit(case.at(each, name, index), f"{values[index]!r} stands twice")
        for name in ("ip_address_pool_selectors", "node_selectors", "service_selectors"):
            for index, fault in selector_faults(getattr(each.spec, name)):
                yield Hit(case.at(each, name, index), fault)


@rule("B3", Severity.ERROR)
def selected_services(case: Case) -> Iterator[Hit]:
    """An advertisement of selected Services announces single addresses.

    Why: the API server refuses the object: an aggregate would cover Services that were not
    selected.
    Remedy: leave aggregationLength at 32 and aggregationLengthV6 at 128, or remove
    serviceSelectors.
    Source: MetalLB api/v1beta1/bgpadvertisement_types.go (validation rule of the CRD).
    """
    for each in case.routing.advertisements:
        if not each.spec.service_selectors:
            continue
        for name, single in (("aggregation_length", 32), ("aggregation_length_v6", 128)):
            if getattr(each.spec, name) != single:
                yield Hit(case.at(each, name), str(getattr(each.spec, name)))


@rule("B6", Severity.ERROR)
def equal_advertisements(case: Case) -> Iterator[Hit]:
    """No two advertisements say the same.

    Why: the second one does nothing, and 0.12 refuses the whole configuration for it.
    Remedy: remove one of the two.
    Source: MetalLB internal/config/config.go (validateDuplicateBGPAdvertisements); MetalLB v0.12.1
    internal/config/config.go (parseBGPAdvertisements).
    """
    listed = case.routing.advertisements
    for index, earlier in repeated(repr(each.spec) for each in listed):
        yield Hit(listed[index].origin, f"the same as {listed[earlier].name}")


@rule("B8", Severity.ERROR)
def known_pools(case: Case) -> Iterator[Hit]:
    """An advertisement names pools that exist.

    Why: MetalLB takes an unknown name and announces nothing for it.
    Remedy: correct the name, or add the pool.
    Source: MetalLB internal/config/config.go (setBGPAdvertisementsToPools), measured with 0.16.1.
    """
    for each in case.routing.advertisements:
        for index, name in enumerate(each.spec.ip_address_pools or ()):
            if name not in case.pool_names:
                yield Hit(case.at(each, "ip_address_pools", index), repr(name))


@rule("B9", Severity.ERROR)
def known_peers(case: Case) -> Iterator[Hit]:
    """An advertisement names peers that exist.

    Why: MetalLB takes an unknown name and announces to nobody under it.
    Remedy: use the names of the BGPPeer objects: the node's, rack and router joined by a hyphen, or
    a shared router's name.
    Source: MetalLB internal/config/config.go (bgpAdvertisementFromCR), measured with 0.16.1.
    """
    for each in case.routing.advertisements:
        for index, name in enumerate(each.spec.peers or ()):
            if name not in case.peers_by_name:
                yield Hit(case.at(each, "peers", index), repr(name))


@rule("B10", Severity.WARNING)
def announced_pools(case: Case) -> Iterator[Hit]:
    """From 0.13 on a pool is announced.

    Why: Services get its addresses, and nobody can reach them; since 0.13 no advertisement is made
    by itself.
    Remedy: add an advertisement, or silence this where something else (Calico) announces the pool.
    Source: MetalLB website, release notes of 0.13.2.
    """
    if case.in_configmap:
        # Up to 0.12 such a pool is announced to everybody, which is a rule of its own.
        return
    for pool in case.routing.pools:
        in_layer2 = pool.name in case.layer2
        if not in_layer2 and not case.everywhere and not case.named_advertisements(pool.name):
            yield Hit(pool.origin, "no advertisement")


@rule("B11", Severity.ERROR)
def announcing_nodes(case: Case) -> Iterator[Hit]:
    """An advertisement's nodes keep sessions with the peers it names.

    Why: a node announces over its own sessions only, so nothing is announced.
    Remedy: choose nodes that have such a peer, or leave nodeSelectors out.
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
            words = "; ".join(selector.words() for selector in each.spec.node_selectors or ())
            yield Hit(case.at(each, "node_selectors"), f"no node with a session: {words}")


def _names_a_peer(case: Case, spec: BgpAdvertisementSpec) -> bool:
    """Whether there is a peer that it could be announced to; other rules miss those that lack."""
    known = case.peers_by_name
    return any(name in known for name in spec.peers) if spec.peers else bool(known)


@rule("B15", Severity.ERROR)
def living_lists(case: Case) -> Iterator[Hit]:
    """An advertisement's selectors can choose something.

    Why: conditions that contradict each other hold for nothing, so nothing is announced.
    Remedy: keep one of the conditions, or write them as two entries, either of which will do.
    Source: Kubernetes documentation, Labels and Selectors (all conditions of one have to hold).
    """
    for each, name, dead, alive in _dead(case):
        if not alive:
            for index, words in dead:
                yield Hit(case.at(each, name, index), f"{words}, which nothing can have")


@rule("B16", Severity.WARNING)
def living_entries(case: Case) -> Iterator[Hit]:
    """Each of an advertisement's selectors can choose something.

    Why: conditions that contradict each other hold for nothing, so the entry does nothing beside
    the others.
    Remedy: correct the entry, or remove it.
    Source: Kubernetes documentation, Labels and Selectors (all conditions of one have to hold).
    """
    for each, name, dead, alive in _dead(case):
        if alive:
            for index, words in dead:
                yield Hit(case.at(each, name, index), f"{words}, which nothing can have")


@rule("B20", Severity.ERROR)
def served_services(case: Case) -> Iterator[Hit]:
    """An advertisement selects Services that its pools serve.

    Why: a Service with these labels gets no address of the pools, since serviceAllocation asks for
    others, so nothing is announced.
    Remedy: correct serviceSelectors here or in the pool's serviceAllocation.
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
    for key, each in unserved.items():
        selectors = each.spec.service_selectors or ()
        if key not in served and label_terms(selectors):
            words = "; ".join(selector.words() for selector in selectors)
            yield Hit(case.at(each, "service_selectors"), f"{words}, which no pool of it serves")


def _dead(
    case: Case,
) -> Iterator[tuple[BgpAdvertisement | L2Advertisement, str, list[tuple[int, str]], bool]]:
    """By list of selectors: those that contradict themselves, and whether there are others."""
    lists = ("service_selectors", "ip_address_pool_selectors", "node_selectors")
    routing = case.routing
    listed: list[BgpAdvertisement | L2Advertisement] = [*routing.advertisements]
    for each in [*listed, *routing.l2_advertisements]:
        for name in lists:
            selectors = getattr(each.spec, name) or ()
            faulty = {index for index, _ in selector_faults(selectors)}
            of_nodes = name == "node_selectors"
            dead = set(dead_selectors(selectors, of_nodes=of_nodes)) - faulty
            alive = len(dead) < len(selectors)
            # Where BGP chooses no node at all, the rule of nodes says so.
            elsewhere = of_nodes and isinstance(each, BgpAdvertisement)
            if dead and (alive or not elsewhere):
                words = [(index, selectors[index].words()) for index in sorted(dead)]
                yield each, name, words, alive


@rule("B13", Severity.WARNING)
def preference_for_internal(case: Case) -> Iterator[Hit]:
    """localPref is for peers in our own AS.

    Why: routers of another AS never get to see it, so it does nothing.
    Remedy: remove it, and prefer routes by communities or asPathPrepend.
    Source: RFC 4271, 5.1.5.
    """
    peers = case.routing.peers
    internal = any(
        peer.spec.peer_asn == peer.spec.my_asn or peer.spec.dynamic_asn == "internal"
        for peer in peers
    )
    if not peers or internal or not case.complete:
        return
    for each in case.routing.advertisements:
        if each.spec.local_pref:
            yield Hit(case.at(each, "local_pref"), str(each.spec.local_pref))


@rule("B7", Severity.ERROR)
def prepending_mode(case: Case) -> Iterator[Hit]:
    """asPathPrepend needs mode frr-k8s.

    Why: the other modes refuse the whole configuration.
    Remedy: remove it, or set bgpMode: frr-k8s.
    Source: MetalLB internal/config/validation.go (DiscardFRRK8sOnly).
    """
    if case.mode == "frr-k8s" or case.release < Release(0, 16, 2):
        return
    for each in case.routing.advertisements:
        if each.spec.as_path_prepend:
            yield Hit(case.at(each, "as_path_prepend"), f"bgpMode {case.mode}")
