"""Rules of Elastic IP blocks: what they hold, where they are, and what they cost."""

import re
from collections.abc import Iterator

from metallb.config import IpBlockType
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.intervals import parse_interval
from metallb.preflight.registry import rule

__all__: list[str] = []

_NOT_OF_ADOPTED = ("description", "tags", "protect", "retainOnDelete")
# A facility of the metro era is the metro's two letters and a number.
_FACILITY = re.compile(r"([a-z]{2})\d+")


@rule("M14", Severity.WARNING)
def used_blocks(case: Case) -> Iterator[Hit]:
    """A reserved block serves a pool.

    Why: it is paid for, and no Service ever gets one of its addresses.
    Remedy: name it in a pool's elasticIps, or remove it.
    Source: the product's own rule.
    """
    platform = case.metal
    if platform is None or case.stack is None:
        return
    used = {block for pool in case.stack.address_pools.values() for block in pool.elastic_ips}
    for name in platform.elastic_ips:
        if name not in used:
            yield Hit(f"metallb:platform.elasticIps.{name}", "no pool names it")


@rule("M24", Severity.WARNING)
def charged_by_traffic(case: Case) -> Iterator[Hit]:
    """Global addresses are reserved by somebody who knows their price.

    Why: beside the hourly price of a global_ipv4 block, the traffic of its addresses is charged by
    volume.
    Remedy: use public_ipv4, which is what one metro needs; silence this where addresses are
    announced from several metros.
    Source: Equinix Metal, Global Anycast IP documentation.
    """
    for name, settings in case.metal.elastic_ips.items() if case.metal is not None else ():
        if settings.type is IpBlockType.GLOBAL_IPV4 and not settings.adopted:
            yield Hit(f"metallb:platform.elasticIps.{name}.type", "global_ipv4")


@rule("M23", Severity.WARNING)
def used_settings_of_adopted_blocks(case: Case) -> Iterator[Hit]:
    """A setting of an adopted block is one that is read.

    Why: a block that exists already is looked up and never changed: it gets no description or tags
    from here, and it is not in the state, which protect and retainOnDelete are about. quantity,
    type, metro and facility are read: limits and places are checked by them.
    Remedy: remove it, or change the block in the console.
    Source: the product's own rule.
    """
    for name, settings in case.metal.elastic_ips.items() if case.metal is not None else ():
        if settings.adopted:
            key = "adoptId" if settings.adopt_id is not None else "adoptTag"
            asked = settings.model_dump(by_alias=True, exclude_defaults=True)
            for unread in _NOT_OF_ADOPTED:
                if unread in asked:
                    yield Hit(f"metallb:platform.elasticIps.{name}.{unread}", f"{key} beside it")


@rule("M15", Severity.WARNING)
def block_sizes(case: Case) -> Iterator[Hit]:
    """A block has as many addresses as the stack file says.

    Why: limits were checked for the number in the file; another one was reserved or adopted.
    Remedy: set quantity to what the block holds.
    Source: the product's own rule.
    """
    platform = case.metal
    if platform is None or case.answers is None:
        return
    for name, settings in platform.elastic_ips.items():
        answer = case.answers.blocks.get(name)
        try:
            size = parse_interval(answer.cidr_notation).size if answer is not None else None
        except ValueError:
            continue
        if size is not None and size != settings.quantity:
            where = f"metallb:platform.elasticIps.{name}"
            yield Hit(where, f"{size} addresses, quantity {settings.quantity}")


@rule("M19", Severity.ERROR)
def blocks_of_the_metro(case: Case) -> Iterator[Hit]:
    """Public addresses are of the nodes' metro.

    Why: servers of another metro can't announce them: they are reserved and paid for, and nothing
    reaches them.
    Remedy: say the nodes' metro at the block, or at metallb:platform and nothing at the block; a
    global_ipv4 block is announced from any metro.
    Source: Equinix Metal, Elastic IP and BGP documentation (scope of metro addresses).
    """
    platform = case.metal
    if platform is None or case.stack is None:
        return
    used = {block for pool in case.stack.address_pools.values() for block in pool.elastic_ips}
    for name, settings in platform.elastic_ips.items():
        if name not in used or settings.type is IpBlockType.GLOBAL_IPV4:
            continue
        where = f"metallb:platform.elasticIps.{name}"
        home = _metro(platform.metro, platform.facility)
        own = _metro(settings.metro, settings.facility)
        if home and own and own != home:
            key = "metro" if settings.metro else "facility"
            yield Hit(f"{where}.{key}", f"a block of {own}, and the nodes are in {home}")
            continue
        yield from _strange_block(case, where, name, own or home)


def _strange_block(case: Case, where: str, name: str, said: str) -> Iterator[Hit]:
    """What the platform says of a block and of the devices, where it says both."""
    if case.answers is None:
        return
    block = case.answers.blocks.get(name)
    own = (block.metro.lower() if block is not None else "") or said
    metros = {answer.metro for answer in case.answers.nodes.values() if answer.metro}
    if own and metros and own not in metros:
        yield Hit(where, f"a block of {own}, and the devices are in {', '.join(sorted(metros))}")


def _metro(metro: str | None, facility: str | None) -> str:
    """The metro, or that of a facility whose code begins with it, such as ny5; else nothing."""
    if metro:
        return metro
    found = _FACILITY.fullmatch(facility or "")
    return found[1] if found else ""
