"""Rules of Elastic IP blocks: their size, their place and their price."""

import re
from collections.abc import Iterator

from metallb.algebra.intervals import parse_interval
from metallb.platforms.equinix_metal.rules.case import metal, project_facts
from metallb.platforms.equinix_metal.section import IpBlockType
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.problem import Location

__all__: list[str] = []

_NOT_OF_ADOPTED = {"description": True, "tags": True, "protect": False, "retainOnDelete": False}
"""Settings of reserved blocks alone, and whether the console has them as well."""
# A facility of the metro era is the metro's two letters and a number.
_FACILITY = re.compile(r"([a-z]{2})\d+")


@rule("M14", Severity.WARNING)
def used_blocks(case: Case) -> Iterator[Hit]:
    """A block serves no pool.

    Requirement: A block serves a pool.
    Why: it is paid for, and no Service ever gets one of its addresses.
    Help: add it to the elasticIps of a pool, or remove it.
    Source: the product's own rule.
    """
    platform = metal(case)
    if platform is None or case.stack is None:
        return
    used = {block for pool in case.stack.address_pools.values() for block in pool.of_platform}
    for name in platform.elastic_ips:
        if name not in used:
            yield Hit(
                _block(name),
                f"no pool uses block {name}",
                help=f"add {name} to the elasticIps of a pool, or remove it",
            )


@rule("M27", Severity.ERROR)
def routed_blocks(case: Case) -> Iterator[Hit]:
    """Layer 2 alone announces a block of Elastic IPs.

    Requirement: BGP announces the Elastic IPs of a pool.
    Why: the provider's routers route an Elastic IP to the nodes that announce it by BGP, and send
    no ARP request for it, so that no traffic comes.
    Help: remove layer2, or add `advertisements: {default: {}}` beside it.
    Source: Equinix Metal, Elastic IPs and Local BGP documentation.
    """
    if metal(case) is None or case.stack is None:
        return
    for name, pool in case.stack.address_pools.items():
        if pool.of_platform and pool.layer2 and not pool.by_bgp:
            at: Location = ("metallb:addressPools", name, "layer2")
            yield Hit(at, f"layer 2 alone announces the Elastic IPs of pool {name}")


@rule("M24", Severity.WARNING)
def charged_by_traffic(case: Case) -> Iterator[Hit]:
    """A block of global addresses is charged by traffic.

    Requirement: Global addresses are reserved only where addresses are announced from several
    metros.
    Why: beside the hourly price of a global_ipv4 block, the traffic of its addresses is charged by
    volume.
    Help: write `type: public_ipv4`, which is enough for one metro; where addresses are announced
    from several metros, ignore M24.
    Source: Equinix Metal, Global Anycast IP documentation.
    """
    platform = metal(case)
    for name, settings in platform.elastic_ips.items() if platform is not None else ():
        if settings.type is IpBlockType.GLOBAL_IPV4 and not settings.adopted:
            yield Hit(
                (*_block(name), "type"),
                f"block {name} is global_ipv4, whose traffic is charged by volume",
            )


@rule("M23", Severity.WARNING)
def used_settings_of_adopted_blocks(case: Case) -> Iterator[Hit]:
    """A setting of an adopted block is not used.

    Requirement: An adopted block has no description, tags, protect or retainOnDelete.
    Why: a block that exists already is looked up and never changed, so that it gets no description
    or tags, and it is not in the state, which protect and retainOnDelete are for. quantity, type,
    metro and facility are used, to check limits and places.
    Help: remove it, or change the block in the console.
    Source: the product's own rule.
    """
    platform = metal(case)
    for name, settings in platform.elastic_ips.items() if platform is not None else ():
        if settings.adopted:
            written = settings.model_dump(by_alias=True, exclude_defaults=True)
            for unused, in_console in _NOT_OF_ADOPTED.items():
                if unused in written:
                    yield Hit(
                        (*_block(name), unused),
                        f"adopted block {name} makes no use of {unused}",
                        help="remove it, and change the block in the console"
                        if in_console
                        else "remove it: a block that is adopted is never deleted from here",
                    )


@rule("M15", Severity.WARNING)
def block_sizes(case: Case) -> Iterator[Hit]:
    """A block has another number of addresses than its quantity.

    Requirement: A block has as many addresses as its quantity in the stack file.
    Why: limits were checked for the number in the file; another one was reserved or adopted.
    Help: set quantity to the number of the block's addresses.
    Source: the product's own rule.
    """
    platform, facts = metal(case), project_facts(case)
    if platform is None or facts is None:
        return
    for name, settings in platform.elastic_ips.items():
        answer = facts.blocks.get(name)
        try:
            size = parse_interval(answer.cidrs[0]).size if answer is not None else None
        except ValueError:
            continue
        if size is not None and size != settings.quantity:
            yield Hit(
                _block(name),
                f"block {name} has {size} address{'es' if size != 1 else ''}, its quantity is "
                f"{settings.quantity}",
                help=f"write `quantity: {size}`",
            )


@rule("M19", Severity.ERROR)
def blocks_of_the_metro(case: Case) -> Iterator[Hit]:
    """A block is in another metro than the nodes.

    Requirement: A block of public addresses is in the nodes' metro.
    Why: servers of another metro can't announce its addresses, which are reserved, paid for and
    unreachable.
    Help: write the nodes' metro at the block, or at metallb:platform and none at the block; a
    global_ipv4 block is announced from any metro.
    Source: Equinix Metal, Elastic IP and BGP documentation: scope of metro addresses.
    """
    platform = metal(case)
    if platform is None or case.stack is None:
        return
    used = {block for pool in case.stack.address_pools.values() for block in pool.of_platform}
    for name, settings in platform.elastic_ips.items():
        if name not in used or settings.type is IpBlockType.GLOBAL_IPV4:
            continue
        home = _metro(platform.metro, platform.facility)
        own = _metro(settings.metro, settings.facility)
        if home and own and own != home:
            key = "metro" if settings.metro else "facility"
            help = f"remove {key} from the block, so that it is reserved in {home}"
            if settings.adopted:
                help = f"adopt a block of {home}, and correct {key}"
            yield Hit(
                (*_block(name), key),
                f"block {name} is in metro {own}, the nodes are in {home}",
                help=help,
            )
            continue
        yield from _strange_block(case, name, settings.adopted, own, home)


def _strange_block(case: Case, name: str, adopted: bool, own: str, home: str) -> Iterator[Hit]:  # noqa: FBT001
    """A block that by the platform's facts is in another metro than the devices."""
    facts = project_facts(case)
    if facts is None:
        return
    block = facts.blocks.get(name)
    metro = (block.place.lower() if block is not None else "") or own or home
    metros = sorted({answer.place for answer in facts.nodes.values() if answer.place})
    if not metro or not metros or metro in metros:
        return
    listed = " and ".join(metros)
    if adopted:
        help = f"adopt a block of {' or '.join(metros)}"
    elif len(metros) == 1:
        help = f"write `metro: {metros[0]}` {'at the block' if own else 'below metallb:platform'}"
    else:
        help = "write `type: global_ipv4` at the block, which every metro can announce"
    yield Hit(
        _block(name),
        f"block {name} is in metro {metro}, the devices are in {listed}",
        help=help,
    )


def _block(name: str) -> Location:
    return "metallb:platform", "elasticIps", name


def _metro(metro: str | None, facility: str | None) -> str:
    """The metro, or that of a facility whose code begins with it, such as ny5; else nothing."""
    if metro:
        return metro
    found = _FACILITY.fullmatch(facility or "")
    return found[1] if found else ""
