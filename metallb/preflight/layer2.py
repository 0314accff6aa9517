"""Rules about L2Advertisements, which files of other people hold beside the BGP part."""

import re
from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults

__all__: list[str] = []

_SELECTORS = ("ip_address_pool_selectors", "node_selectors", "service_selectors")
# Linux, dev_valid_name (net/core/dev.c): 1 to 15 bytes, no slash, colon or blank.
_INTERFACE = re.compile(r"[^/:\s]{1,15}")


@rule("L1", Severity.ERROR)
def layer2_lists(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names each pool and selector once, and validly.

    Why: MetalLB refuses the whole configuration, BGP included, for an entry that is repeated or not
    valid.
    Remedy: remove or correct the entry.
    Source: MetalLB internal/config/config.go (l2AdvertisementFromCR).
    """
    for each in case.routing.l2_advertisements:
        values = each.spec.ip_address_pools or ()
        for index, _ in repeated(values):
            yield Hit(case.at(each, "ip_address_pools", index), f"{values[index]!r} stands twice")
        for name in _SELECTORS:
            for index, fault in selector_faults(getattr(each.spec, name)):
                yield Hit(case.at(each, name, index), fault)
        for index, wish in enumerate(each.spec.preferred_node_selectors or ()):
            for _, fault in selector_faults((wish.preference,)):
                yield Hit(case.at(each, "preferred_node_selectors", index), fault)


@rule("L2", Severity.ERROR)
def layer2_pools(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names pools that exist.

    Why: MetalLB takes an unknown name and answers for none of its addresses.
    Remedy: correct the name, or add the pool.
    Source: MetalLB internal/config/config.go (setL2AdvertisementsToPools), measured with 0.16.1.
    """
    for each in case.routing.l2_advertisements:
        for index, name in enumerate(each.spec.ip_address_pools or ()):
            if name not in case.pool_names:
                yield Hit(case.at(each, "ip_address_pools", index), repr(name))


@rule("L3", Severity.ERROR)
def layer2_interfaces(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names network interfaces that a Linux node can have.

    Why: MetalLB compares the names as they stand, so nothing is answered from such an interface.
    Remedy: write the name that `ip link` shows, such as eth0; patterns are not read.
    Source: MetalLB internal/layer2/ip_advertisement.go; Linux net/core/dev.c (dev_valid_name).
    """
    for each in case.routing.l2_advertisements:
        for index, name in enumerate(each.spec.interfaces or ()):
            if not _INTERFACE.fullmatch(name) or name in (".", "..") or "*" in name:
                yield Hit(case.at(each, "interfaces", index), repr(name))


@rule("L4", Severity.WARNING)
def layer2_interfaces_once(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names each interface once.

    Why: the second entry does nothing, and may stand for an interface that is missing.
    Remedy: remove the entry, or correct its name.
    Source: the product's own rule.
    """
    for each in case.routing.l2_advertisements:
        names = each.spec.interfaces or ()
        for index, _ in repeated(names):
            yield Hit(case.at(each, "interfaces", index), f"{names[index]!r} stands twice")
