"""Names in the stack file that refer to other parts of it, and lists that must not repeat.

Only what needs the file alone and would leave the program without a meaning; whether the meaning is
wise is a matter of `metallb.preflight`.
"""

from collections.abc import Iterable, Iterator

from metallb.config.base import SEALED
from metallb.config.equinix_metal import EquinixMetalPlatform
from metallb.config.mistakes import NOTHING
from metallb.config.stack import StackConfig
from metallb.config.static import StaticPlatform
from metallb.errors import MetalLBError

__all__ = ["reference_mistakes"]

_BGP_PORT = 179


def reference_mistakes(stack: StackConfig) -> tuple[MetalLBError, ...]:
    """Every reference that leads nowhere and every name given twice, in the order of the file."""
    return tuple(_platform_mistakes(stack)) + tuple(_pool_mistakes(stack))


def _platform_mistakes(stack: StackConfig) -> Iterator[MetalLBError]:
    platform = stack.platform
    if isinstance(platform, EquinixMetalPlatform):
        yield from _repeated(
            (node.hostname for node in platform.nodes), "metallb:platform.nodes[{}].hostname"
        )
        yield from _repeated(
            (node.device_id for node in platform.nodes), "metallb:platform.nodes[{}].deviceId"
        )
        families = (family.value for family in platform.address_families)
        yield from _repeated(families, "metallb:platform.addressFamilies[{}]")
        yield from _metal_ids(platform)
    if isinstance(platform, StaticPlatform):
        names = (rack.name for rack in platform.racks)
        yield from _repeated(names, "metallb:platform.racks[{}].name")
        yield from _as_numbers(stack, platform)
        for index, rack in enumerate(platform.racks):
            where = f"metallb:platform.racks[{index}]"
            hosts = (node.hostname for node in rack.nodes)
            yield from _repeated(hosts, where + ".nodes[{}]")
            routers = (router.name or router.address for router in rack.routers)
            twice = tuple(_repeated(routers, where + ".routers[{}]"))
            port = stack.bgp.peer_port
            ends = [_end(router.address, router.port or port) for router in rack.routers]
            yield from twice or _repeated(ends, where + ".routers[{}].address")
            yield from _repeated(rack.shared_routers, where + ".sharedRouters[{}]")
            for position, name in enumerate(rack.shared_routers):
                at = f"{where}.sharedRouters[{position}]"
                shared = platform.shared_routers.get(name)
                if shared is None:
                    known = ", ".join(sorted(platform.shared_routers)) or "none"
                    yield MetalLBError(
                        where=at,
                        seen=repr(name),
                        rule="no router of this name is in metallb:platform.sharedRouters",
                        remedy=f"add it there, or use a known one ({known})",
                    )
                elif _end(shared.address, shared.port or port) in ends:
                    yield MetalLBError(
                        where=at,
                        seen=f"{name}, {shared.address}",
                        rule="the rack has this address among its own routers already",
                        remedy="remove one of the two: a node keeps one session with a router",
                    )


def _as_numbers(stack: StackConfig, platform: StaticPlatform) -> Iterator[MetalLBError]:
    """AS numbers that neither `metallb:bgp` nor every router has."""
    routers = {
        **{
            f"racks[{rack}].routers[{index}]": router
            for rack, each in enumerate(platform.racks)
            for index, router in enumerate(each.routers)
        },
        **{f"sharedRouters.{name}": each for name, each in platform.shared_routers.items()},
    }
    for common, key, own, whose, former in (
        (stack.local_asn, "localAsn", "localAsn", "nodes", 65000),
        (stack.peer_asn, "peerAsn", "asn", "routers", 65530),
    ):
        lacking = [
            where
            for where, router in routers.items()
            if (router.local_asn if own == "localAsn" else router.asn) is None
        ]
        if common is None and lacking:
            some = len(lacking) < len(routers)
            others = f" and at {len(lacking) - 1} more" if len(lacking) > 1 else ""
            yield MetalLBError(
                where=f"metallb:platform.{lacking[0]}.{own}" if some else f"metallb:bgp.{key}",
                seen=f"nothing here{others}, and no `{key}` below metallb:bgp" if some else NOTHING,
                rule=f"the AS number of the {whose} is missing: a static platform has no default",
                remedy=(
                    f"write `{own}: <AS number>` at the router, or `{key}` below metallb:bgp for "
                    "every router without its own"
                    if some
                    else f"write `{key}: <AS number>` below metallb:bgp, or `{own}` at each router"
                )
                + f"; to keep the default of version 1, write `{key}: {former}`",
            )


def _metal_ids(platform: EquinixMetalPlatform) -> Iterator[MetalLBError]:
    """Sessions and blocks that exist already, each of which is one thing."""
    sessions = {
        f"metallb:platform.nodes[{index}].bgpSessions.{family}": session
        for index, node in enumerate(platform.nodes)
        for family, session in node.bgp_sessions.items()
    }
    adopted = {
        f"metallb:platform.elasticIps.{name}.{key}": value
        for name, block in platform.elastic_ips.items()
        for key, value in (("adoptId", block.adopt_id), ("adoptTag", block.adopt_tag))
        if value not in (None, SEALED)
    }
    for what, places in (("session", sessions), ("block", adopted)):
        first: dict[str, str] = {}
        for where, value in places.items():
            known = first.setdefault(value, where)
            if known != where:
                yield MetalLBError(
                    where=where,
                    seen=repr(value),
                    rule=f"is a {what} of its own, and {known} names it already",
                    remedy="remove one of the two, or correct it",
                )


def _end(address: str, port: int) -> str:
    """What a node connects to; one address may have several speakers, each on its port."""
    return address if port == _BGP_PORT else f"{address} port {port}"


def _pool_mistakes(stack: StackConfig) -> Iterator[MetalLBError]:
    blocks: Iterable[str] = ()
    if isinstance(stack.platform, EquinixMetalPlatform):
        blocks = stack.platform.elastic_ips
    users: dict[str, str] = {}
    for name, pool in stack.address_pools.items():
        where = f"metallb:addressPools.{name}"
        if not pool.elastic_ips and not pool.addresses:
            yield MetalLBError(
                where=where,
                seen="neither elasticIps nor addresses",
                rule="a pool has at least one block of addresses",
                remedy="add elasticIps (names of platform.elasticIps) or addresses",
            )
        if pool.renamed_from in stack.address_pools:
            yield MetalLBError(
                where=f"{where}.renamedFrom",
                seen=repr(pool.renamed_from),
                rule="names a pool that is gone, and this one is still in the file",
                remedy="remove the old pool, or renamedFrom",
            )
        for index, block in enumerate(pool.elastic_ips):
            at = f"{where}.elasticIps[{index}]"
            if block not in blocks:
                known = ", ".join(sorted(blocks)) or "none"
                yield MetalLBError(
                    where=at,
                    seen=repr(block),
                    rule="names a block of metallb:platform.elasticIps",
                    remedy=f"add it there, or use a known one ({known})",
                )
            elif block in users:
                yield MetalLBError(
                    where=at,
                    seen=repr(block),
                    rule=f"a block serves one pool, and {users[block]} has it already",
                    remedy="take it out of one of the two pools",
                )
            else:
                users[block] = where


def _repeated(values: Iterable[str | None], where: str) -> Iterator[MetalLBError]:
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        if value in first:
            yield MetalLBError(
                where=where.format(index),
                seen=repr(value),
                rule=f"is in the list twice: entry [{first[value]}] has it already",
                remedy="remove one of the two, or correct it",
            )
        else:
            first[value] = index
