"""References of racks that lead nowhere, names that are there twice, and missing AS numbers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metallb.config.mistakes import MISSING, TWICE, UNDEFINED, problem_of_form
from metallb.config.references import repeated
from metallb.platforms.static.section import Router, SharedRouter, StaticPlatform
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem

if TYPE_CHECKING:
    from metallb.config.stack import StackConfig

__all__ = ["problems_of"]

_BGP_PORT = 179
_PLATFORM = "metallb:platform"


def problems_of(stack: "StackConfig", platform: StaticPlatform) -> Iterator[Problem]:
    """Every such problem, in the order of the file."""
    names = (rack.name for rack in platform.racks)
    yield from repeated(names, (_PLATFORM, "racks"), "name")
    yield from _as_numbers(stack, platform)
    for index, rack in enumerate(platform.racks):
        at: Location = (_PLATFORM, "racks", index)
        yield from repeated((node.hostname for node in rack.nodes), (*at, "nodes"))
        routers = (router.name or router.address for router in rack.routers)
        twice = tuple(repeated(routers, (*at, "routers")))
        port = stack.bgp.peer_port
        ends = [_end(router.address, router.port or port) for router in rack.routers]
        yield from twice or repeated(ends, (*at, "routers"), "address")
        yield from repeated(rack.shared_routers, (*at, "sharedRouters"))
        for position, name in enumerate(rack.shared_routers):
            here = (*at, "sharedRouters", position)
            shared = platform.shared_routers.get(name)
            if shared is None:
                known = ", ".join(sorted(platform.shared_routers))
                define = f"define it there: `{name}: {{address: ...}}`"
                yield problem_of_form(
                    f"{quoted(name)} is not a router of metallb:platform.sharedRouters",
                    here,
                    code=UNDEFINED,
                    help=f"{define}, or use one of: {known}" if known else define,
                )
            elif _end(shared.address, shared.port or port) in ends:
                yield problem_of_form(
                    f"the rack has two routers with the address {shared.address}, one of them "
                    f"{name}",
                    here,
                    code=TWICE,
                    detail="A node keeps one session with a router.",
                    help="remove one of the two",
                )


def _as_numbers(stack: "StackConfig", platform: StaticPlatform) -> Iterator[Problem]:
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


def _end(address: str, port: int) -> str:
    """What a node connects to; one address may have several speakers, each on its port."""
    return address if port == _BGP_PORT else f"{address} port {port}"
