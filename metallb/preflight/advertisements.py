"""Rules about advertisements: prefix lengths, who is meant, and contradictions."""

from collections.abc import Iterable, Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import prefix_lengths
from metallb.preflight.nodes import NOT_A_LABEL, Clash, Member, Term, clashes, hosts_of, terms_of
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.releases import Release
from metallb.routing import BgpAdvertisement, BgpAdvertisementSpec

__all__: list[str] = []

_PEER = f"{NOT_A_LABEL}peer"
"""Stands for the peers in a term, so that advertisements to different peers never meet."""


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
        named = case.named_advertisements(pool.name)
        for span in case.spans_by_pool.get(pool.name, ()):
            if not named and not case.everywhere:
                continue
            # A range is split into blocks; MetalLB looks at the largest of them.
            shortest = min(prefix_lengths(span.interval))
            four = span.interval.version == 4
            name = "aggregation_length" if four else "aggregation_length_v6"
            for each in (*named, *_first_short(case.everywhere, name, shortest)):
                length = getattr(each.spec, name)
                if length < shortest:
                    yield Hit(
                        case.at(each, name),
                        f"{length} for {span.text}, whose blocks are /{shortest}",
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


@rule("B5", Severity.ERROR)
def one_preference(case: Case) -> Iterator[Hit]:
    """Advertisements of one pool agree on localPref and asPathPrepend wherever they meet.

    Why: the same route can't have two; MetalLB refuses it, or picks neither (0.12 picks one by
    chance).
    Remedy: use one value, or tell the advertisements apart by prefix length, peers or nodes.
    Source: MetalLB internal/config/config.go (bgpAdvertisementsOverlap).
    """
    yield from _preferences(case, certain=True)


@rule("B12", Severity.WARNING)
def perhaps_one_preference(case: Case) -> Iterator[Hit]:
    """Advertisements of one pool that disagree choose nodes that can be told apart.

    Why: once one node carries the labels of both, MetalLB refuses the whole configuration.
    Remedy: select by the same label with different values, or by host name.
    Source: MetalLB internal/config/config.go (haveSharedNodes).
    """
    yield from _preferences(case, certain=False)


def _preferences(case: Case, *, certain: bool) -> Iterator[Hit]:
    checked: set[tuple[tuple[int, ...], frozenset[int]]] = set()
    for pool in case.routing.pools:
        listed = [
            each for each in case.advertisements_of(pool.name) if not each.spec.service_selectors
        ]
        families = case.families(pool.name)
        group = (tuple(id(each) for each in listed), families)
        if len(listed) < 2 or group in checked:
            continue
        checked.add(group)
        for name in ("local_pref", "as_path_prepend"):
            for clash, pair in _contradictions(listed, families, name):
                if clash.certain is certain:
                    values = [getattr(each.spec, name) or 0 for each in pair]
                    seen = f"{values[0]}, and {values[1]} at {pair[1].name} (pool {pool.name})"
                    yield Hit(case.at(pair[0], name), seen)


def _contradictions(
    listed: list[BgpAdvertisement], families: frozenset[int], name: str
) -> Iterator[tuple[Clash, tuple[BgpAdvertisement, BgpAdvertisement]]]:
    """Advertisements that announce the same routes with different values of a field."""
    lengths = [
        length
        for version, length in ((4, "aggregation_length"), (6, "aggregation_length_v6"))
        if version in families
    ]
    for length in lengths:
        groups: dict[int, list[Member]] = {}
        for index, each in enumerate(listed):
            member = Member(index, _reach(each.spec), getattr(each.spec, name) or 0)
            groups.setdefault(getattr(each.spec, length), []).append(member)
        for members in groups.values():
            for clash in clashes(members):
                yield clash, (listed[clash.index], listed[clash.other])


def _reach(spec: BgpAdvertisementSpec) -> tuple[Term, ...]:
    terms = terms_of(spec.node_selectors)
    return tuple(term.with_values(_PEER, spec.peers) for term in terms) if spec.peers else terms


@rule("B6", Severity.ERROR)
def equal_advertisements(case: Case) -> Iterator[Hit]:
    """No two advertisements say the same.

    Why: the second one does nothing, and 0.12 refuses the whole configuration for it.
    Remedy: remove one of the two.
    Source: MetalLB internal/config/config.go (validateDuplicateBGPAdvertisements; 0.12.1
    parseBGPAdvertisements).
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
    layer2: frozenset[str] | None = frozenset()
    if case.foreign is not None:
        layer2 = case.foreign.layer2_pools
    for pool in case.routing.pools:
        in_layer2 = layer2 is None or pool.name in layer2
        if not in_layer2 and not case.everywhere and not case.named_advertisements(pool.name):
            yield Hit(pool.origin, "no advertisement")


@rule("B11", Severity.ERROR)
def announcing_nodes(case: Case) -> Iterator[Hit]:
    """An advertisement's nodes keep sessions with the peers it names.

    Why: a node announces over its own sessions only, so nothing is announced.
    Remedy: choose nodes that have such a peer, or leave nodeSelectors out.
    Source: MetalLB speaker/bgp_controller.go.
    """
    for each in case.routing.advertisements:
        hosts = hosts_of(each.spec.node_selectors)
        if hosts is None:
            continue
        speaking = _speaking(case, each.spec)
        if speaking is not None and not hosts & speaking:
            yield Hit(case.at(each, "node_selectors"), ", ".join(sorted(hosts)[:4]))


def _speaking(case: Case, spec: BgpAdvertisementSpec) -> frozenset[str] | None:
    if not spec.peers:
        return case.hosts
    found: set[str] = set()
    for name in spec.peers:
        peer = case.peers_by_name.get(name)
        hosts = hosts_of(peer.spec.node_selectors) if peer is not None else frozenset()
        if hosts is None:
            return None
        found |= hosts
    return frozenset(found)


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
