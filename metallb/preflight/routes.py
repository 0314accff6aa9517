"""Rules about routes: what becomes of a prefix that several advertisements announce."""

from bisect import bisect_left
from collections.abc import Iterator

from metallb.algebra.intervals import Interval, shortest_length
from metallb.algebra.meetings import Clash, Member, clashes
from metallb.preflight.advice import called, joined, key, names, newer
from metallb.preflight.case import Case, Span
from metallb.preflight.communities import values_of
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.reach import LENGTHS, SamePrefix
from metallb.preflight.registry import rule
from metallb.releases import Release
from metallb.routing import BgpAdvertisement, BgpAdvertisementSpec
from metallb.routing.fields import since

__all__: list[str] = []

_MERGES_COMMUNITIES = Release(0, 16, 0)
_SELECTS_SERVICES = since(BgpAdvertisementSpec, "service_selectors")
_PLAIN = "announces every Service"
_OF_CONFIGMAP = "use one value, or different prefix lengths"


@rule("B5", Severity.ERROR)
def one_preference(case: Case) -> Iterator[Hit]:
    """Two advertisements of one route disagree on localPref or asPathPrepend.

    Requirement: Advertisements of one route have the same localPref and asPathPrepend.
    Why: a route has one value of each; MetalLB refuses two, or uses neither (0.12 uses one by
    chance).
    Help: use one value, or separate the advertisements by prefix length, peers or nodes.
    Source: MetalLB internal/config/config.go (validateBGPAdvPerPool,
    BGPAdvertisementsHaveCompatibleLocalPref).
    """
    yield from _preferences(case, selecting=False, certain=True)


@rule("B12", Severity.WARNING)
def perhaps_one_preference(case: Case) -> Iterator[Hit]:
    """Two advertisements that disagree on localPref or asPathPrepend may choose one node.

    Requirement: Advertisements of one pool that disagree choose different nodes.
    Why: once one node has the labels of both, MetalLB refuses the whole configuration.
    Help: use one value, or select nodes by the same label with different values, or by host name.
    Source: MetalLB internal/config/config.go (validateBGPAdvPerPool,
    BGPAdvertisementsHaveCompatibleLocalPref).
    """
    yield from _preferences(case, selecting=False, certain=False)


@rule("B17", Severity.ERROR)
def one_preference_a_service(case: Case) -> Iterator[Hit]:
    """Two advertisements of one Service disagree on localPref or asPathPrepend.

    Requirement: Advertisements that choose the same Service have the same localPref and
    asPathPrepend.
    Why: a node that finds two values for a Service announces it to no peer; MetalLB takes the
    objects, since it compares them only once there is such a Service.
    Help: use one value, or make the serviceSelectors exclude each other: the same label with In and
    NotIn.
    Source: MetalLB speaker/bgp_controller.go (checkBGPAdvConflicts).
    """
    yield from _preferences(case, selecting=True, certain=True)


@rule("B18", Severity.WARNING)
def perhaps_one_preference_a_service(case: Case) -> Iterator[Hit]:
    """Two advertisements that disagree on localPref or asPathPrepend may choose one Service.

    Requirement: Advertisements that disagree choose different Services or different nodes.
    Why: nodes that both advertisements choose announce a Service that both choose to no peer.
    Help: use one value, or select by the same label with different values, or exclude the other's
    labels with NotIn.
    Source: MetalLB speaker/bgp_controller.go (checkBGPAdvConflicts).
    """
    yield from _preferences(case, selecting=True, certain=False)


def _preferences(case: Case, *, selecting: bool, certain: bool) -> Iterator[Hit]:
    if selecting and case.release < _SELECTS_SERVICES:
        return
    if not any(each.spec.service_selectors for each in case.routing.advertisements) and selecting:
        return
    for group in case.same_prefixes:
        for name in ("local_pref", "as_path_prepend"):
            for clash in _contradictions(case, group, name, selecting=selecting):
                if clash.certain is certain:
                    later, earlier = group.listed[clash.index], group.listed[clash.other]
                    perhaps = "" if certain else _may_choose("Service" if selecting else "node")
                    yield Hit(
                        case.at(later, name),
                        f"{key(case, name, BgpAdvertisement.kind)} is {_value(later, name)} in "
                        f"{called(case, later, of_pool=False)} and {_value(earlier, name)} in "
                        f"{called(case, earlier, of_pool=False)}, both of pool {group.pool.name}"
                        f"{perhaps}",
                        help=_OF_CONFIGMAP if case.in_configmap else "",
                    )


def _may_choose(kind: str) -> str:
    return f", which may choose the same {kind}"


def _value(each: BgpAdvertisement, name: str) -> object:
    value = getattr(each.spec, name)
    return "not set" if value is None else value


def _contradictions(
    case: Case, group: SamePrefix, name: str, *, selecting: bool
) -> Iterator[Clash]:
    """Advertisements of the same routes with different values of a field.

    :param selecting: those of which one selects Services at least, or those of which none does.
    """
    return clashes(
        [
            Member(
                index,
                case.reach(each),
                getattr(each.spec, name) or 0,
                side=_PLAIN if selecting and not each.spec.service_selectors else "",
            )
            for index, each in enumerate(group.listed)
            if selecting or not each.spec.service_selectors
        ]
    )


@rule("N7", Severity.WARNING)
def kept_communities(case: Case) -> Iterator[Hit]:
    """Two advertisements of one prefix have different communities.

    Requirement: In native mode before 0.16 all advertisements of a prefix have the same
    communities.
    Why: of two advertisements of one prefix a session sends the last one alone, and the communities
    of the other are lost; 0.16 sends those of both.
    Help: write all communities in each of the advertisements, or use MetalLB 0.16.
    Source: MetalLB v0.12.1 and v0.15.3 internal/bgp/native/native.go (Set); MetalLB
    internal/bgp/native/native.go (mergeCommunities).
    """
    if case.frr or case.release >= _MERGES_COMMUNITIES:
        return
    for group in case.same_prefixes:
        # Native mode announces IPv4 alone.
        if group.version != 4:
            continue
        members = [
            Member(index, case.reach(each), values_of(case, each))
            for index, each in enumerate(group.listed)
        ]
        for clash in clashes(members):
            later, earlier = group.listed[clash.index], group.listed[clash.other]
            words = [
                f"{called(case, each, of_pool=False)} has {_communities(each)}"
                for each in (later, earlier)
            ]
            perhaps = "" if clash.certain else _may_choose("node")
            each_one = "write all communities in each of the advertisements"
            yield Hit(
                case.at(later, "communities"),
                f"{' and '.join(words)}, both of pool {group.pool.name}{perhaps}",
                help=joined(each_one, newer(case, _MERGES_COMMUNITIES)),
            )


def _communities(each: BgpAdvertisement) -> str:
    listed = each.spec.communities or ()
    return f"communities {names(listed)}" if listed else "no communities"


@rule("B19", Severity.WARNING)
def aggregates_apart(case: Case) -> Iterator[Hit]:
    """An aggregated route covers addresses of another pool.

    Requirement: An aggregated route covers no address of another pool.
    Why: where the other pool is not announced by itself, routers send its traffic to the nodes of
    this route, which drop it.
    Help: set a longer aggregationLength, or make the range end where an aggregate ends.
    Source: RFC 4632, 5.1; MetalLB speaker/bgp_controller.go (SetBalancer).
    """
    ordered = sorted(case.spans, key=lambda span: (span.interval.version, span.interval.first))
    starts = [(span.interval.version, span.interval.first) for span in ordered]
    for pool in case.routing.pools:
        for each in _aggregating(case, pool.name):
            known: set[str] = set()
            for span in case.spans_by_pool.get(pool.name, ()):
                for other in _covered(each, span, ordered, starts):
                    if other.pool.name not in known:
                        known.add(other.pool.name)
                        field = LENGTHS[span.interval.version]
                        name = key(case, field, BgpAdvertisement.kind)
                        routes = f"/{getattr(each.spec, field)} routes of {span.text}"
                        yield Hit(
                            case.at(each, field),
                            f"{routes} in pool {pool.name} cover addresses in {other.text} of pool "
                            f"{other.pool.name}",
                            help=f"set a longer {name}, or make {span.text} start and end where an "
                            "aggregate does",
                        )


def _aggregating(case: Case, pool: str) -> Iterator[BgpAdvertisement]:
    """Advertisements of a pool; of those of every pool the first with each prefix length."""
    lengths: set[tuple[int, int]] = set()
    for each in case.everywhere:
        pair = (each.spec.aggregation_length, each.spec.aggregation_length_v6)
        if pair not in lengths:
            lengths.add(pair)
            yield each
    yield from case.named_advertisements(pool)


def _covered(
    each: BgpAdvertisement, span: Span, ordered: list[Span], starts: list[tuple[int, int]]
) -> Iterator[Span]:
    """Addresses of other pools in the routes of a range, beside the range."""
    version, bits = span.interval.version, 32 if span.interval.version == 4 else 128
    length = getattr(each.spec, LENGTHS[version])
    # A length that MetalLB refuses makes no routes.
    if not shortest_length(span.interval) <= length < bits:
        return
    shift = bits - length
    first = span.interval.first >> shift << shift
    last = ((span.interval.last >> shift) + 1 << shift) - 1
    for gap in ((first, span.interval.first - 1), (span.interval.last + 1, last)):
        if gap[0] <= gap[1]:
            yield from _within(Interval(version, *gap), span, ordered, starts)


def _within(
    gap: Interval, span: Span, ordered: list[Span], starts: list[tuple[int, int]]
) -> Iterator[Span]:
    position = bisect_left(starts, (gap.version, gap.first))
    if position and ordered[position - 1].interval.version == gap.version:
        position -= ordered[position - 1].interval.last >= gap.first
    for index in range(position, len(ordered)):
        other = ordered[index]
        if (other.interval.version, other.interval.first) > (gap.version, gap.last):
            return
        if other.pool.name != span.pool.name:
            yield other
