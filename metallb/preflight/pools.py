"""Rules about a pool by itself: its name, its addresses, and who may use them."""

import ipaddress
from collections.abc import Iterator

from metallb.config.grammar import is_name
from metallb.preflight.case import Case, Span
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import Interval, IntervalIndex, parse_interval
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.preflight.terms import dead_selectors
from metallb.routing.addresses import same_address

__all__: list[str] = []

# IANA special-purpose registries (RFC 6890): what no Service can be reached at.
_UNUSABLE = (
    ("0.0.0.0/8", "this network"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/127", "unspecified and loopback"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)
_UNUSABLE_INDEX = IntervalIndex((parse_interval(text), label) for text, label in _UNUSABLE)


@rule("A1", Severity.ERROR)
def well_formed_pool(case: Case) -> Iterator[Hit]:
    """A pool has a name of its own and at least one block or range.

    Why: MetalLB refuses the whole configuration; it also takes no bare address and no range
    backwards.
    Remedy: write blocks such as 203.0.113.10/32, or ranges such as 203.0.113.10-203.0.113.20.
    Source: MetalLB internal/config/config.go (addressPoolFromCR, ParseCIDR).
    """
    pools = case.routing.pools
    for pool in pools:
        if not pool.name:
            yield Hit(pool.origin, "a pool without a name")
        if not pool.spec.addresses and not case.block_sizes.get(pool.name):
            yield Hit(case.at(pool, "addresses"), "no addresses")
        for index, text in enumerate(pool.spec.addresses):
            try:
                parse_interval(text)
            except ValueError as error:
                if not _is_mixed(text):
                    yield _unreadable(case.at(pool, "addresses", index), text, str(error))
    for index, _ in repeated(pool.name for pool in pools):
        yield Hit(pools[index].origin, f"a second pool {pools[index].name!r}")


@rule("A4", Severity.ERROR)
def one_family_range(case: Case) -> Iterator[Hit]:
    """A range starts and ends in one address family.

    Why: MetalLB before 0.16.2 reads such a range as no addresses at all, without an error.
    Remedy: write one range for IPv4 and one for IPv6.
    Source: MetalLB internal/config/config.go (ParseCIDR), measured with 0.12.1 and 0.16.1.
    """
    for pool in case.routing.pools:
        for index, text in enumerate(pool.spec.addresses):
            if _is_mixed(text):
                yield Hit(case.at(pool, "addresses", index), repr(text))


def _unreadable(where: str, text: str, fault: str) -> Hit:
    bare = "".join(text.split())
    address, _, length = bare.partition("/")
    if ":" in address and ":" not in same_address(address) and length.isdecimal():
        bits = max(int(length) - 96, 0)
        return Hit(
            where,
            repr(text),
            rule="a block of IPv4 addresses stands in IPv6 notation, whose prefix length counts 96"
            " bits more",
            remedy=f"write {same_address(address)}/{bits}",
        )
    try:
        parse_interval(bare)
    except ValueError:
        return Hit(where, f"{text!r}: {fault}")
    return Hit(
        where,
        repr(text),
        rule="a space stands in the block, and MetalLB refuses the whole configuration for it",
        remedy=f"write {bare}",
    )


def _is_mixed(text: str) -> bool:
    first, hyphen, last = (same_address(part.strip()) for part in text.partition("-"))
    try:
        ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
    except ValueError:
        return False
    return bool(hyphen) and ends[0].version != ends[1].version


@rule("A5", Severity.ERROR)
def no_host_bits(case: Case) -> Iterator[Hit]:
    """In a stack file a block is written by its first address.

    Why: MetalLB widens 10.0.0.5/24 to the whole of 10.0.0.0/24 without a word, and gives out the
    rest as well.
    Remedy: write /32 for that one address (/128 for IPv6), or the block's first address.
    Source: MetalLB internal/config/config.go (ParseCIDR), measured with 0.12.1 and 0.16.1.
    """
    if case.stack is not None:
        yield from _widened(case)


@rule("A17", Severity.WARNING)
def widened_block(case: Case) -> Iterator[Hit]:
    """In a file of MetalLB's own objects a block is written by its first address.

    Why: MetalLB takes 10.0.0.5/24 and widens it to the whole of 10.0.0.0/24 without a word, and
    gives out the rest as well.
    Remedy: write /32 for that one address (/128 for IPv6), or the block's first address.
    Source: MetalLB internal/config/config.go (ParseCIDR), measured with 0.12.1 and 0.16.1.
    """
    if case.stack is None:
        yield from _widened(case)


def _widened(case: Case) -> Iterator[Hit]:
    """Each block with host bits, and the two blocks that may have been meant."""
    for span in case.spans:
        if "-" in span.text:
            continue
        address, _, length = span.text.partition("/")
        one = f"{address.strip()}/{_bits(span.interval)}"
        if parse_interval(one).first != span.interval.first:
            kind = ipaddress.IPv4Address if span.interval.version == 4 else ipaddress.IPv6Address
            whole = f"{kind(span.interval.first)}/{length.strip()}"
            remedy = f"write {whole} for the whole block, or {one} for the one address"
            seen = f"{span.text}, which MetalLB reads as {whole}"
            wrong = "has host bits: MetalLB widens it, and gives out the addresses around as well"
            yield Hit(_at(case, span), seen, wrong, remedy)


@rule("A6", Severity.ERROR)
def usable_addresses(case: Case) -> Iterator[Hit]:
    """A pool holds no addresses that nobody can reach, and is not the whole address space.

    Why: MetalLB takes them, gives them to Services and announces them; 0.0.0.0/0 draws all traffic
    there is.
    Remedy: write the block that is really routed to this cluster.
    Source: RFC 6890; MetalLB internal/config/config.go takes them (measured with 0.16.1).
    """
    for span in case.spans:
        found = _UNUSABLE_INDEX.hit(span.interval)
        if span.interval.first == 0 and span.interval.size >> _bits(span.interval):
            yield Hit(_at(case, span), f"{span.text} is every address there is")
        elif found is not None:
            yield Hit(_at(case, span), f"{span.text} holds {found[1]} addresses")


@rule("A3", Severity.ERROR)
def allocation_lists(case: Case) -> Iterator[Hit]:
    """A pool's serviceAllocation names each namespace and each selector once, and validly.

    Why: MetalLB refuses the whole configuration for a repeated or invalid entry; a namespace of a
    name that none can have chooses no Service.
    Remedy: remove or correct the entry.
    Source: MetalLB internal/config/config.go (addressPoolServiceAllocationsFromCR).
    """
    for pool in case.routing.pools:
        allocation = pool.spec.service_allocation
        if allocation is None:
            continue
        where = case.at(pool, "service_allocation")
        namespaces = allocation.namespaces or ()
        for index, _ in repeated(namespaces):
            yield Hit(f"{where}.namespaces[{index}]", f"{namespaces[index]!r} stands twice")
        for index, name in enumerate(namespaces):
            if not is_name(name):
                yield Hit(f"{where}.namespaces[{index}]", f"{name!r}, which no namespace is called")
        for index, fault in selector_faults(allocation.namespace_selectors):
            yield Hit(f"{where}.namespaceSelectors[{index}]", fault)
        for index, fault in selector_faults(allocation.service_selectors):
            yield Hit(f"{where}.serviceSelectors[{index}]", fault)


@rule("A21", Severity.ERROR)
def living_allocation(case: Case) -> Iterator[Hit]:
    """The selectors of a pool's serviceAllocation can choose something.

    Why: conditions that contradict each other hold for no Service and no namespace; MetalLB takes
    them, and no Service that they were to choose gets an address.
    Remedy: keep one of the conditions, or write them as two entries, either of which will do.
    Source: MetalLB internal/allocator/allocator.go (isPoolCompatibleWithService).
    """
    for pool in case.routing.pools:
        allocation = pool.spec.service_allocation
        if allocation is None:
            continue
        for key, selectors in (
            ("serviceSelectors", allocation.service_selectors or ()),
            ("namespaceSelectors", allocation.namespace_selectors or ()),
        ):
            faulty = {index for index, _ in selector_faults(selectors)}
            for index in dead_selectors(selectors):
                if index not in faulty:
                    where = f"{case.at(pool, 'service_allocation')}.{key}[{index}]"
                    yield Hit(where, f"{selectors[index].words()}, which nothing can have")


@rule("A22", Severity.ERROR)
def priority_fits(case: Case) -> Iterator[Hit]:
    """A pool's priority is a number of 64 bits.

    Why: the API server refuses the object, in the middle of an update.
    Remedy: write a small number, such as 10; the lowest one above zero wins.
    Source: MetalLB api/v1beta1/ipaddresspool_types.go (Priority, an int).
    """
    for where, priority in _priorities(case):
        if not -(1 << 63) <= priority < 1 << 63:
            yield Hit(where, str(priority))


@rule("A23", Severity.WARNING)
def priority_orders(case: Case) -> Iterator[Hit]:
    """A pool's priority is not negative.

    Why: MetalLB's comparison puts a negative one before each other pool and each other pool before
    it, so that chance decides which pool a Service gets its address from.
    Remedy: write 1 or more, the lower the sooner; zero, or nothing, comes last.
    Source: MetalLB internal/allocator/allocator.go (sortPools).
    """
    for where, priority in _priorities(case):
        if -(1 << 63) <= priority < 0:
            yield Hit(where, str(priority))


def _priorities(case: Case) -> Iterator[tuple[str, int]]:
    for pool in case.routing.pools:
        allocation = pool.spec.service_allocation
        if allocation is not None and allocation.priority is not None:
            yield f"{case.at(pool, 'service_allocation')}.priority", allocation.priority


@rule("A9", Severity.ERROR)
def pool_without_addresses(case: Case) -> Iterator[Hit]:
    """A pool keeps an address when avoidBuggyIPs takes out those ending in .0 and .255.

    Why: the pool is accepted, and has nothing to give.
    Remedy: take avoidBuggyIPs out, or add addresses.
    Source: MetalLB internal/allocator/allocator.go.
    """
    for pool in case.routing.pools:
        spans = case.spans_by_pool.get(pool.name, ())
        if not pool.spec.avoid_buggy_ips or not spans or case.block_sizes.get(pool.name):
            continue
        if all(_is_buggy(span.interval) for span in spans):
            yield Hit(case.at(pool, "avoid_buggy_ips"), f"no address of {pool.name} is left")


def _is_buggy(interval: Interval) -> bool:
    if interval.version != 4 or interval.size > 2:
        return False
    return all(number & 255 in (0, 255) for number in range(interval.first, interval.last + 1))


@rule("A10", Severity.WARNING)
def some_pool_by_itself(case: Case) -> Iterator[Hit]:
    """Some pool gives addresses to Services that name none.

    Why: with autoAssign false everywhere, a Service without the pool annotation waits for an
    address for ever.
    Remedy: leave autoAssign true at one pool, or silence this where every Service names its pool.
    Source: MetalLB internal/allocator/allocator.go.
    """
    pools = case.routing.pools
    if pools and not any(pool.spec.auto_assign for pool in pools):
        yield Hit(case.at(pools[0], "auto_assign"), "autoAssign: false at every pool")


@rule("A13", Severity.WARNING)
def allocation_needs_auto(case: Case) -> Iterator[Hit]:
    """A pool with serviceAllocation leaves autoAssign true.

    Why: with autoAssign false MetalLB passes the pool over before it looks at serviceAllocation,
    which then only refuses.
    Remedy: remove autoAssign: false, or serviceAllocation.
    Source: MetalLB internal/allocator/allocator.go (pinnedPoolsForService).
    """
    for pool in case.routing.pools:
        if pool.spec.service_allocation is not None and not pool.spec.auto_assign:
            yield Hit(case.at(pool, "auto_assign"), "autoAssign: false beside serviceAllocation")


@rule("A14", Severity.WARNING)
def modest_size(case: Case) -> Iterator[Hit]:
    """A range of addresses stays smaller than a /16 of IPv4 or a /96 of IPv6.

    Why: a slip of the prefix length gives addresses away that belong to somebody else, and
    announces them.
    Remedy: check the prefix length; silence this where the cluster really owns that much.
    Source: the product's own rule.
    """
    for span in case.spans:
        if span.interval.size > 1 << (16 if span.interval.version == 4 else 32):
            yield Hit(_at(case, span), span.text)


@rule("A16", Severity.WARNING)
def some_pool(case: Case) -> Iterator[Hit]:
    """There is a pool.

    Why: without one no Service gets an address, and the sessions announce nothing.
    Remedy: add a pool to metallb:addressPools, or silence this until there are addresses.
    Source: MetalLB internal/allocator/allocator.go.
    """
    if case.stack is not None and not case.stack.address_pools:
        yield Hit("metallb:addressPools", "no pool")


@rule("A15", Severity.WARNING)
def renamed_pool(case: Case) -> Iterator[Hit]:
    """A pool is renamed while Services hold its addresses only by luck.

    Why: the old pool leaves before the new one comes, since MetalLB refuses two pools with the
    same addresses. In between the controller takes the addresses from all its Services, and some
    come back with another one.
    Remedy: set spec.loadBalancerIP of every Service to its present address first, silence this for
    the one update, and remove renamedFrom afterwards.
    Source: MetalLB controller/service.go; measured with 0.16.1 and three Services.
    """
    if case.stack is None or case.in_configmap:
        return
    for name, settings in case.stack.address_pools.items():
        if settings.renamed_from is not None:
            where = f"metallb:addressPools.{name}.renamedFrom"
            yield Hit(where, f"{settings.renamed_from} becomes {name}")


def _bits(interval: Interval) -> int:
    return 32 if interval.version == 4 else 128


def _at(case: Case, span: Span) -> str:
    return case.at(span.pool, "addresses", span.index)
