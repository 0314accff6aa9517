"""Names in the stack file that refer to other parts of it, and lists that must not repeat.

Only what needs the file alone and would leave the program without a meaning; whether the meaning is
wise is a matter of `metallb.preflight`.
"""

from collections.abc import Collection, Iterable, Iterator

from metallb.config.equinix_metal import EquinixMetalPlatform
from metallb.config.mistakes import MISSING, problem_of_form
from metallb.config.stack import StackConfig
from metallb.config.static import Router, SharedRouter, StaticPlatform
from metallb.encrypted import Encrypted
from metallb.problems.problem import Location, Problem, spelled

__all__ = ["reference_problems"]

_BGP_PORT = 179
_PLATFORM = "metallb:platform"
_TWICE, _NOT_DEFINED = "E108", "E109"


def reference_problems(stack: StackConfig) -> tuple[Problem, ...]:
    """Every reference that leads nowhere and every name given twice, in the order of the file."""
    return tuple(_of_platform(stack)) + tuple(_of_pools(stack))


def _of_platform(stack: StackConfig) -> Iterator[Problem]:
    platform = stack.platform
    if isinstance(platform, EquinixMetalPlatform):
        nodes: Location = (_PLATFORM, "nodes")
        hosts = tuple(_repeated((node.hostname for node in platform.nodes), nodes, "hostname"))
        yield from hosts
        # A node that was copied as a whole is one problem.
        copied = {problem.location[:-1] for problem in hosts}
        for problem in _repeated((node.device_id for node in platform.nodes), nodes, "deviceId"):
            if problem.location[:-1] not in copied:
                yield problem
        families = (family.value for family in platform.address_families)
        yield from _repeated(families, (_PLATFORM, "addressFamilies"))
        yield from _metal_ids(platform, copied)
    if isinstance(platform, StaticPlatform):
        names = (rack.name for rack in platform.racks)
        yield from _repeated(names, (_PLATFORM, "racks"), "name")
        yield from _as_numbers(stack, platform)
        for index, rack in enumerate(platform.racks):
            at: Location = (_PLATFORM, "racks", index)
            yield from _repeated((node.hostname for node in rack.nodes), (*at, "nodes"))
            routers = (router.name or router.address for router in rack.routers)
            twice = tuple(_repeated(routers, (*at, "routers")))
            port = stack.bgp.peer_port
            ends = [_end(router.address, router.port or port) for router in rack.routers]
            yield from twice or _repeated(ends, (*at, "routers"), "address")
            yield from _repeated(rack.shared_routers, (*at, "sharedRouters"))
            for position, name in enumerate(rack.shared_routers):
                here = (*at, "sharedRouters", position)
                shared = platform.shared_routers.get(name)
                if shared is None:
                    known = ", ".join(sorted(platform.shared_routers))
                    define = f"define it there: `{name}: {{address: ...}}`"
                    yield problem_of_form(
                        f"{name!r} is not a router of metallb:platform.sharedRouters",
                        here,
                        code=_NOT_DEFINED,
                        help=f"{define}, or use one of: {known}" if known else define,
                    )
                elif _end(shared.address, shared.port or port) in ends:
                    yield problem_of_form(
                        f"the rack has two routers with the address {shared.address}, one of them "
                        f"{name}",
                        here,
                        code=_TWICE,
                        detail="A node keeps one session with a router.",
                        help="remove one of the two",
                    )


def _as_numbers(stack: StackConfig, platform: StaticPlatform) -> Iterator[Problem]:
    """AS numbers that neither `metallb:bgp` nor every router has."""
    routers: dict[Location, Router | SharedRouter] = {
        **{
            (_PLATFORM, "racks", rack, "routers", index): router
            for rack, each in enumerate(platform.racks)
            for index, router in enumerate(each.routers)
        },
        **{
            (_PLATFORM, "sharedRouters", name): each
            for name, each in platform.shared_routers.items()
        },
    }
    for common, key, own, whose, former in (
        (stack.local_asn, "localAsn", "localAsn", "nodes", 65000),
        (stack.peer_asn, "peerAsn", "asn", "routers", 65530),
    ):
        lacking = [
            at
            for at, router in routers.items()
            if (router.local_asn if own == "localAsn" else router.asn) is None
        ]
        if common is None and lacking:
            some = len(lacking) < len(routers)
            others = f", nor has {len(lacking) - 1} more" if len(lacking) > 1 else ""
            router_has = f": this router has no `{own}`{others}, and metallb:bgp no `{key}`"
            yield problem_of_form(
                f"the AS number of the {whose} is missing{router_has if some else ''}",
                (*lacking[0], own) if some else ("metallb:bgp", key),
                code=MISSING,
                detail="Static platforms have no default AS numbers.",
                help=(
                    f"write `{own}: <AS number>` at the router, or `{key}` below metallb:bgp for "
                    "every router without its own"
                    if some
                    else f"write `{key}: <AS number>` below metallb:bgp, or `{own}` at each router"
                )
                + f"; to keep the default of version 1, write `{key}: {former}`",
            )


def _metal_ids(platform: EquinixMetalPlatform, copied: Collection[Location]) -> Iterator[Problem]:
    """Sessions and blocks that exist already, each of which is one thing.

    :param copied: nodes that are problems as a whole.
    """
    sessions: dict[Location, str] = {
        (_PLATFORM, "nodes", index, "bgpSessions", str(family)): session
        for index, node in enumerate(platform.nodes)
        for family, session in node.bgp_sessions.items()
        if (_PLATFORM, "nodes", index) not in copied
    }
    adopted: dict[Location, str] = {
        (_PLATFORM, "elasticIps", name, key): value
        for name, block in platform.elastic_ips.items()
        for key, value in (("adoptId", block.adopt_id), ("adoptTag", block.adopt_tag))
        if value is not None and not isinstance(value, Encrypted)
    }
    for what, places in (("session", sessions), ("block", adopted)):
        first: dict[str, Location] = {}
        for at, value in places.items():
            known = first.setdefault(value, at)
            if known != at:
                yield problem_of_form(
                    f"{value!r} is the {what} of {spelled(known)} already",
                    at,
                    code=_TWICE,
                    help="remove one of the two, or correct it",
                )


def _end(address: str, port: int) -> str:
    """What a node connects to; one address may have several speakers, each on its port."""
    return address if port == _BGP_PORT else f"{address} port {port}"


def _of_pools(stack: StackConfig) -> Iterator[Problem]:
    blocks: Iterable[str] = ()
    if isinstance(stack.platform, EquinixMetalPlatform):
        blocks = stack.platform.elastic_ips
    users: dict[str, str] = {}
    for name, pool in stack.address_pools.items():
        at: Location = ("metallb:addressPools", name)
        if not pool.elastic_ips and not pool.addresses:
            metal = isinstance(stack.platform, EquinixMetalPlatform)
            yield problem_of_form(
                f"pool {name} has no addresses",
                at,
                code=MISSING,
                help="add addresses"
                + (", or elasticIps with names of platform.elasticIps" * metal),
            )
        if pool.renamed_from in stack.address_pools:
            yield problem_of_form(
                f"pool {pool.renamed_from!r}, which {name} is renamed from, is still in the file",
                (*at, "renamedFrom"),
                help="remove the old pool, or renamedFrom",
            )
        for index, block in enumerate(pool.elastic_ips):
            here = (*at, "elasticIps", index)
            if block not in blocks:
                known = ", ".join(sorted(blocks))
                define = f"define it there: `{block}: {{quantity: 1}}`"
                if not isinstance(stack.platform, EquinixMetalPlatform):
                    define = "write `addresses` in place of elasticIps: this platform has no blocks"
                yield problem_of_form(
                    f"{block!r} is not a block of metallb:platform.elasticIps",
                    here,
                    code=_NOT_DEFINED,
                    help=f"{define}, or use one of: {known}" if known else define,
                )
            elif block in users:
                again = "twice" if users[block] == name else f"in pool {users[block]} as well"
                yield problem_of_form(
                    f"block {block!r} is {again}",
                    here,
                    code=_TWICE,
                    detail="A block serves one pool.",
                    help="remove it from one of the two places",
                )
            else:
                users[block] = name


def _repeated(values: Iterable[str | None], at: Location, *below: str) -> Iterator[Problem]:
    """Entries of a list that are there already.

    :param below: the key of an entry that has the value.
    """
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        if value in first:
            yield problem_of_form(
                f"{value!r} is in the list twice: entry [{first[value]}] has it already",
                (*at, index, *below),
                code=_TWICE,
                help="remove one of the two, or correct it",
            )
        else:
            first[value] = index
