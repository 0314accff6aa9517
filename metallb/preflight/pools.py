"""Rules about a pool by itself: its name, its addresses, and who may use them."""

from collections.abc import Iterator

from metallb.algebra.addresses import bits_of
from metallb.algebra.intervals import (
    Fault,
    IntervalIndex,
    UnreadableInterval,
    block_of,
    parse_interval,
)
from metallb.algebra.selectors import dead_selectors
from metallb.algebra.spelling import meant_block
from metallb.preflight.advice import KEEPS_LAST, joined, key, unless
from metallb.preflight.case import Case, Span
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.routing import IPAddressPool
from metallb.stackfile.grammar import is_name

__all__: list[str] = []

# IANA special-purpose registries (RFC 6890): what no Service can be reached at.
_UNUSABLE = (
    ("0.0.0.0/8", "'this network'"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/127", "unspecified or loopback"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)
_LARGEST = {4: 16, 6: 32}
"""Bits of the largest block that is no likely slip."""
_READS = (
    "MetalLB reads blocks with a prefix length, and ranges that start at their lower address; it "
    "refuses the whole configuration for anything else (MetalLB internal/config/config.go, "
    "ParseCIDR)"
)
_NAMED = f"{KEEPS_LAST} (MetalLB internal/config/config.go, addressPoolFromCR)"
_UNUSABLE_INDEX = IntervalIndex((parse_interval(text), label) for text, label in _UNUSABLE)


@rule("A1", Severity.ERROR)
def well_formed_pool(case: Case) -> Iterator[Hit]:
    """A pool has no name, no addresses, or a block that MetalLB can't read.

    Requirement: A pool has a name of its own and at least one block or range.
    Why: MetalLB refuses the whole configuration; it also takes no bare address and no range
    backwards.
    Help: write blocks such as 203.0.113.10/32, or ranges such as 203.0.113.10-203.0.113.20.
    Source: MetalLB internal/config/config.go (addressPoolFromCR, ParseCIDR).
    """
    pools = case.routing.pools
    for pool in pools:
        if not pool.name:
            name = "name" if case.in_configmap else "metadata.name"
            yield Hit(pool.origin, "a pool has no name", _NAMED, f"write its {name}")
        if not pool.spec.addresses and not case.block_sizes.get(pool.name):
            where, wrong = case.at(pool, "addresses"), f"pool {pool.name} has no addresses"
            yield Hit(where, wrong, _NAMED, "add a block or range, or remove the pool")
        for index, text in enumerate(pool.spec.addresses):
            error = _fault(text)
            if error is not None and error.fault is not Fault.FAMILIES:
                yield _unreadable(case.at(pool, "addresses", index), text, str(error))
    for index, _ in repeated(pool.name for pool in pools):
        wrong = f"two pools have the name {quoted(pools[index].name)}"
        yield Hit(pools[index].origin, wrong, _NAMED, "rename one of the two")


@rule("A4", Severity.ERROR)
def one_family_range(case: Case) -> Iterator[Hit]:
    """A range starts in one address family and ends in the other.

    Requirement: A range starts and ends in one address family.
    Why: MetalLB refuses the whole configuration; before 0.16.2 it reads no addresses from such a
    range, without an error.
    Help: write one range for IPv4 and one for IPv6.
    Source: MetalLB internal/config/config.go (ParseCIDR); measured with 0.12.1 and 0.16.1.
    """
    for pool in case.routing.pools:
        for index, text in enumerate(pool.spec.addresses):
            error = _fault(text)
            if error is not None and error.fault is Fault.FAMILIES:
                yield Hit(
                    case.at(pool, "addresses", index),
                    f"{quoted(text)} starts in one address family and ends in the other",
                )


def _unreadable(where: Location, text: str, fault: str) -> Hit:
    meant = meant_block(text)
    return Hit(where, f"{quoted(text)} {fault}", _READS, f"write {meant}" if meant else "")


def _fault(text: str) -> UnreadableInterval | None:
    """Why a text is no block or range."""
    try:
        parse_interval(text)
    except UnreadableInterval as error:
        return error
    return None


@rule("A5", Severity.ERROR)
def no_host_bits(case: Case) -> Iterator[Hit]:
    """A block in a stack file has host bits.

    Requirement: In a stack file a block is written by its first address.
    Why: MetalLB reads the whole block without a warning, and gives out its other addresses as well.
    Help: write /32 for that one address (/128 for IPv6), or the block's first address.
    Source: MetalLB internal/config/config.go (ParseCIDR); measured with 0.12.1 and 0.16.1.
    """
    if case.stack is not None:
        yield from _widened(case)


@rule("A17", Severity.WARNING)
def widened_block(case: Case) -> Iterator[Hit]:
    """A block in a file of MetalLB's own objects has host bits.

    Requirement: In a file of MetalLB's own objects a block is written by its first address.
    Why: MetalLB reads the whole block without a warning, and gives out its other addresses as well.
    Help: write /32 for that one address (/128 for IPv6), or the block's first address.
    Source: MetalLB internal/config/config.go (ParseCIDR); measured with 0.12.1 and 0.16.1.
    """
    if case.stack is None:
        yield from _widened(case)


def _widened(case: Case) -> Iterator[Hit]:
    """Each block with host bits, and the two blocks that may have been meant."""
    for span in case.spans:
        whole = block_of(span.text)
        if whole != span.text and not _is_everything(span):
            one = f"{span.text.partition('/')[0]}/{bits_of(span.interval.version)}"
            yield Hit(
                _at(case, span),
                f"{span.text} has host bits: MetalLB reads {whole}",
                help=f"write {whole} for the whole block, or {one} for the one address",
            )


@rule("A6", Severity.ERROR)
def usable_addresses(case: Case) -> Iterator[Hit]:
    """A pool holds addresses that can't be reached, or the whole address space.

    Requirement: A pool holds addresses that clients can reach, and not the whole address space.
    Why: MetalLB gives such addresses to Services and announces them, and a route to 0.0.0.0/0 draws
    all traffic of its routers.
    Help: write the block that is routed to this cluster.
    Source: RFC 6890; measured with MetalLB 0.16.1.
    """
    for span in case.spans:
        found = _UNUSABLE_INDEX.hit(span.interval)
        if _is_everything(span):
            yield Hit(_at(case, span), f"{span.text} is the whole address space")
        elif found is not None:
            yield Hit(_at(case, span), f"{span.text} holds {found[1]} addresses")


def _is_everything(span: Span) -> bool:
    return span.interval.first == 0 and bool(span.interval.size >> bits_of(span.interval.version))


@rule("A3", Severity.ERROR)
def allocation_lists(case: Case) -> Iterator[Hit]:
    """An entry of a pool's serviceAllocation is repeated or not valid.

    Requirement: A pool's serviceAllocation has valid namespaces and selectors, each once.
    Why: MetalLB refuses the whole configuration for an entry that is repeated or not valid.
    Help: remove or correct the entry.
    Source: MetalLB internal/config/config.go (addressPoolServiceAllocationsFromCR).
    """
    for pool in case.routing.pools:
        allocation = pool.spec.service_allocation
        if allocation is None:
            continue
        at = case.at(pool, "service_allocation")
        namespaces = allocation.namespaces or ()
        for index, _ in repeated(namespaces):
            wrong = f"namespace {quoted(namespaces[index])} is listed twice"
            yield Hit((*at, "namespaces", index), wrong, help="remove one of the two entries")
        for index, name in enumerate(namespaces):
            if not is_name(name):
                yield Hit(
                    (*at, "namespaces", index),
                    f"no namespace can have the name {quoted(name)}",
                    "A namespace has a name of a to z, 0 to 9 and -; MetalLB takes any other, and "
                    "it chooses no Service (Kubernetes documentation, Object Names and IDs)",
                    "correct the name, or remove the entry",
                )
        for index, fault in selector_faults(allocation.namespace_selectors):
            yield Hit((*at, "namespaceSelectors", index), fault)
        for index, fault in selector_faults(allocation.service_selectors):
            yield Hit((*at, "serviceSelectors", index), fault)


@rule("A21", Severity.ERROR)
def living_allocation(case: Case) -> Iterator[Hit]:
    """A selector of a pool's serviceAllocation can choose nothing.

    Requirement: The selectors of a pool's serviceAllocation can choose something.
    Why: MetalLB takes conditions that contradict each other, and gives no Service an address for
    them.
    Help: keep one of the conditions, or write them as two entries, of which one has to match.
    Source: MetalLB internal/allocator/allocator.go (isPoolCompatibleWithService).
    """
    for pool in case.routing.pools:
        allocation = pool.spec.service_allocation
        if allocation is None:
            continue
        for kind, name, selectors in (
            ("Service", "serviceSelectors", allocation.service_selectors or ()),
            ("namespace", "namespaceSelectors", allocation.namespace_selectors or ()),
        ):
            faulty = {index for index, _ in selector_faults(selectors)}
            for index in dead_selectors(selectors):
                if index not in faulty:
                    at = (*case.at(pool, "service_allocation"), name, index)
                    yield Hit(at, f"no {kind} can match {selectors[index].words()}")


@rule("A22", Severity.ERROR)
def priority_fits(case: Case) -> Iterator[Hit]:
    """A pool's priority does not fit into 64 bits.

    Requirement: A pool's priority is a number of 64 bits.
    Why: the API server refuses the object, in the middle of an update.
    Help: write a small number, such as 10; the lowest one above 0 comes first.
    Source: MetalLB api/v1beta1/ipaddresspool_types.go (Priority).
    """
    for where, priority in _priorities(case):
        if not -(1 << 63) <= priority < 1 << 63:
            yield Hit(where, f"priority {priority} does not fit into 64 bits")


@rule("A23", Severity.WARNING)
def priority_orders(case: Case) -> Iterator[Hit]:
    """A pool's priority is negative.

    Requirement: A pool's priority is not negative.
    Why: MetalLB sorts a negative one before each other pool and each other pool before it, so that
    chance decides which pool a Service gets its address from.
    Help: write 1 or more; the lowest comes first, and a pool with 0 or without priority last.
    Source: MetalLB internal/allocator/allocator.go (sortPools).
    """
    for where, priority in _priorities(case):
        if -(1 << 63) <= priority < 0:
            yield Hit(where, f"priority {priority} is negative")


def _priorities(case: Case) -> Iterator[tuple[Location, int]]:
    for pool in case.routing.pools:
        allocation = pool.spec.service_allocation
        if allocation is not None and allocation.priority is not None:
            yield (*case.at(pool, "service_allocation"), "priority"), allocation.priority


@rule("A9", Severity.ERROR)
def pool_without_addresses(case: Case) -> Iterator[Hit]:
    """avoidBuggyIPs leaves a pool no address.

    Requirement: A pool keeps an address when avoidBuggyIPs removes those that end in .0 and .255.
    Why: MetalLB takes the pool, and no Service gets an address of it.
    Help: remove avoidBuggyIPs, or add addresses.
    Source: MetalLB internal/allocator/allocator.go.
    """
    name = key(case, "avoid_buggy_ips", IPAddressPool.kind)
    for pool in case.routing.pools:
        spans = case.spans_by_pool.get(pool.name, ())
        if not pool.spec.avoid_buggy_ips or not spans or case.block_sizes.get(pool.name):
            continue
        if all(span.interval.left_out == span.interval.size for span in spans):
            wrong = f"{name} leaves pool {pool.name} no address"
            ways = f"remove {name}, or add addresses"
            yield Hit(case.at(pool, "avoid_buggy_ips"), wrong, help=ways)


@rule("A10", Severity.WARNING)
def some_pool_by_itself(case: Case) -> Iterator[Hit]:
    """No pool gives addresses to Services by itself.

    Requirement: At least one pool gives addresses to Services that name no pool.
    Why: with autoAssign false everywhere, a Service without the pool annotation never gets an
    address.
    Help: set autoAssign to true at one pool, or ignore A10 where every Service names its pool.
    Source: MetalLB internal/allocator/allocator.go.
    """
    pools = case.routing.pools
    if pools and not any(pool.spec.auto_assign for pool in pools):
        name = key(case, "auto_assign", IPAddressPool.kind)
        every = "every Service names its pool"
        help = joined(f"set `{name}: true` at one pool", unless(case, "A10", every))
        yield Hit(case.at(pools[0], "auto_assign"), f"every pool has {name}: false", help=help)


@rule("A13", Severity.WARNING)
def allocation_needs_auto(case: Case) -> Iterator[Hit]:
    """A pool has serviceAllocation and autoAssign: false.

    Requirement: A pool with serviceAllocation leaves autoAssign true.
    Why: with autoAssign false MetalLB skips the pool before it reads serviceAllocation, which then
    only keeps out Services that name the pool.
    Help: remove autoAssign: false, or serviceAllocation.
    Source: MetalLB internal/allocator/allocator.go (pinnedPoolsForService).
    """
    for pool in case.routing.pools:
        if pool.spec.service_allocation is not None and not pool.spec.auto_assign:
            yield Hit(
                case.at(pool, "auto_assign"),
                f"pool {pool.name} has both serviceAllocation and autoAssign: false",
            )


@rule("A14", Severity.WARNING)
def modest_size(case: Case) -> Iterator[Hit]:
    """A block of addresses is very large.

    Requirement: A block or range is no larger than a /16 of IPv4 or a /96 of IPv6.
    Why: a slip of the prefix length gives out addresses of other owners, and announces them.
    Help: correct the prefix length, or ignore A14 where the cluster owns that many addresses.
    Source: the product's own rule.
    """
    for span in case.spans:
        version, size = span.interval.version, span.interval.size
        if size > 1 << _LARGEST[version] and not _is_everything(span):
            count = f"{size:,}" if version == 4 else f"more than 2^{_LARGEST[version]}"
            owned = unless(case, "A14", "the cluster owns that many addresses")
            end = "end of the range" if "-" in span.text else "prefix length"
            help = joined(f"correct the {end}", owned)
            yield Hit(_at(case, span), f"{span.text} has {count} addresses", help=help)


@rule("A16", Severity.WARNING)
def some_pool(case: Case) -> Iterator[Hit]:
    """No address pool is configured.

    Requirement: A stack has a pool.
    Why: without one no Service gets an address, and the sessions announce nothing.
    Help: add a pool to metallb:addressPools, or ignore A16 until there are addresses.
    Source: MetalLB internal/allocator/allocator.go.
    """
    if case.stack is not None and not case.stack.address_pools:
        yield Hit(("metallb:addressPools",), "no address pool is configured")


@rule("A15", Severity.WARNING)
def renamed_pool(case: Case) -> Iterator[Hit]:
    """A pool is renamed, and Services may lose their addresses.

    Requirement: A pool keeps its name while Services hold its addresses.
    Why: the old pool is deleted before the new one is created, since MetalLB refuses two pools with
    the same addresses; in between the controller takes the addresses from all Services of the pool,
    and some of them get another one.
    Help: set spec.loadBalancerIP of every Service to its present address first, ignore A15 for
    the one update, and remove renamedFrom afterwards.
    Source: MetalLB controller/service.go; measured with 0.16.1 and three Services.
    """
    if case.stack is None or case.in_configmap:
        return
    for name, settings in case.stack.address_pools.items():
        if settings.renamed_from is not None:
            at = ("metallb:addressPools", name, "renamedFrom")
            old = settings.renamed_from
            help = (
                f"set spec.loadBalancerIP of each Service of pool {old} to its present address, "
                "ignore A15 for this one update, and remove renamedFrom after it"
            )
            yield Hit(at, f"pool {old} is renamed to {name}", help=help)


def _at(case: Case, span: Span) -> Location:
    return case.at(span.pool, "addresses", span.index)
