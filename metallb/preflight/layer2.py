"""Rules about L2Advertisements, which foreign files hold beside the BGP part."""

import re
from collections.abc import Iterator

from metallb.preflight.advice import near
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.routing import L2Advertisement

__all__: list[str] = []

_ONE = "remove one of the two entries"
_SELECTORS = ("ip_address_pool_selectors", "node_selectors", "service_selectors")
# Linux, dev_valid_name (net/core/dev.c): 1 to 15 bytes, no slash, colon or blank.
_INTERFACE = re.compile(r"[^/:\s]{1,15}")


@rule("L1", Severity.ERROR)
def layer2_lists(case: Case) -> Iterator[Hit]:
    """An entry of an L2Advertisement is repeated or not valid.

    Requirement: An L2Advertisement has valid selectors, and each pool and selector once.
    Why: MetalLB refuses the whole configuration, BGP included, for an entry that is repeated or not
    valid.
    Help: remove or correct the entry.
    Source: MetalLB internal/config/config.go (l2AdvertisementFromCR).
    """
    for each in case.routing.l2_advertisements:
        values = each.spec.ip_address_pools or ()
        for index, _ in repeated(values):
            where, wrong = _pool(case, each, index), f"pool {quoted(values[index])} is listed twice"
            yield Hit(where, wrong, help=_ONE)
        for name in _SELECTORS:
            for index, fault in selector_faults(getattr(each.spec, name)):
                yield Hit(case.at(each, name, index), fault)
        for index, wish in enumerate(each.spec.preferred_node_selectors or ()):
            for _, fault in selector_faults((wish.preference,)):
                yield Hit(case.at(each, "preferred_node_selectors", index), fault)


@rule("L2", Severity.ERROR)
def layer2_pools(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names a pool that does not exist.

    Requirement: An L2Advertisement names pools that exist.
    Why: MetalLB takes the name of an unknown pool, and answers for no address of it.
    Help: correct the name, or add the pool.
    Source: MetalLB internal/config/config.go (setL2AdvertisementsToPools); measured with 0.16.1.
    """
    for each in case.routing.l2_advertisements:
        for index, name in enumerate(each.spec.ip_address_pools or ()):
            if name not in case.pool_names:
                meant = near(name, case.pool_names)
                help = f"write {meant}, or add pool {name}" if meant else ""
                yield Hit(_pool(case, each, index), f"there is no pool {quoted(name)}", help=help)


def _pool(case: Case, each: L2Advertisement, index: int) -> Location:
    return case.at(each, "ip_address_pools", index)


@rule("L3", Severity.ERROR)
def layer2_interfaces(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names an interface that no Linux node can have.

    Requirement: An L2Advertisement names network interfaces that a Linux node can have.
    Why: MetalLB compares names as they are written, so nothing is answered from such an interface.
    Help: write a name that `ip link` shows, such as eth0; MetalLB reads no patterns.
    Source: MetalLB internal/layer2/ip_advertisement.go; Linux net/core/dev.c (dev_valid_name).
    """
    for each in case.routing.l2_advertisements:
        for index, name in enumerate(each.spec.interfaces or ()):
            if not _is_interface(name):
                meant = name.strip()
                help = f"write {meant}" if _is_interface(meant) else ""
                wrong = f"no interface can have the name {quoted(name)}"
                yield Hit(case.at(each, "interfaces", index), wrong, help=help)


def _is_interface(name: str) -> bool:
    return bool(_INTERFACE.fullmatch(name)) and name not in (".", "..") and "*" not in name


@rule("L4", Severity.WARNING)
def layer2_interfaces_once(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names an interface twice.

    Requirement: An L2Advertisement names each interface once.
    Why: the second entry has no effect, and another interface may have been meant.
    Help: remove one of the two entries, or correct its name.
    Source: the product's own rule.
    """
    for each in case.routing.l2_advertisements:
        names = each.spec.interfaces or ()
        for index, _ in repeated(names):
            yield Hit(
                case.at(each, "interfaces", index),
                f"interface {quoted(names[index])} is listed twice",
            )
