"""References of racks that lead nowhere, names that are there twice, and missing AS numbers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metallb.platforms.peering import AtLevel, merged
from metallb.platforms.static.section import StaticPlatform
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem
from metallb.routing import BgpPeer, BgpPeerSpec
from metallb.routing.fields import alternatives
from metallb.routing.stack_keys import Level, fields_set, spelled_key
from metallb.stackfile.form_codes import MISSING, TOGETHER, TWICE, UNDEFINED, problem_of_form
from metallb.stackfile.references import repeated

if TYPE_CHECKING:
    from metallb.stackfile.stack import StackConfig

__all__ = ["problems_of"]

_BGP_PORT = 179
_PLATFORM = "metallb:platform"


def problems_of(stack: "StackConfig", platform: StaticPlatform) -> Iterator[Problem]:
    """Every such problem, in the order of the file."""
    names = (rack.name for rack in platform.racks)
    yield from repeated(names, (_PLATFORM, "racks"), "name")
    yield from _without_routers(stack, platform)
    yield from _as_numbers(stack, platform)
    for index, rack in enumerate(platform.racks):
        at: Location = (_PLATFORM, "racks", index)
        yield from repeated((node.hostname for node in rack.nodes), (*at, "nodes"))
        routers = (router.name or router.end for router in rack.routers)
        twice = tuple(repeated(routers, (*at, "routers")))
        found = map(platform.shared_routers.get, rack.shared_routers)
        addresses = [each.end for each in (*rack.routers, *found) if each is not None]
        # Two speakers at one address may differ in what other levels set.
        ends: list[str] = []
        if len(set(addresses)) < len(addresses):
            levels = (((Level.RACK, rack), (Level.ROUTER, router)) for router in rack.routers)
            ends = [_end(stack, *each) for each in levels]
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
            elif _end(stack, (Level.ROUTER, shared)) in ends:
                yield problem_of_form(
                    f"the rack has two routers with the address {shared.end}, one of them {name}",
                    here,
                    code=TWICE,
                    detail="A node keeps one session with a router.",
                    help="remove one of the two",
                )


def _without_routers(stack: "StackConfig", platform: StaticPlatform) -> Iterator[Problem]:
    """Racks that have nothing to announce to, where no pool is announced without routers."""
    if any(pool.layer2 for pool in stack.address_pools.values()):
        return
    for index, rack in enumerate(platform.racks):
        if not rack.routers and not rack.shared_routers:
            yield problem_of_form(
                "the rack has no router",
                (_PLATFORM, "racks", index, "routers"),
                code=TOGETHER,
                help="add `routers: [{name: tor-1, address: 10.1.0.1}]`, or sharedRouters; a pool"
                " with `layer2` needs no router",
            )


def _as_numbers(stack: "StackConfig", platform: StaticPlatform) -> Iterator[Problem]:
    """AS numbers that neither `metallb:bgp` nor every router has."""
    routers: dict[Location, tuple[AtLevel, ...]] = {
        **{
            (_PLATFORM, "racks", rack, "routers", index): (
                (Level.RACK, each),
                (Level.ROUTER, router),
            )
            for rack, each in enumerate(platform.racks)
            for index, router in enumerate(each.routers)
        },
        **{
            (_PLATFORM, "sharedRouters", name): ((Level.ROUTER, each),)
            for name, each in platform.shared_routers.items()
        },
    }
    for field, common, whose, former in (
        ("my_asn", stack.my_asn, "nodes", 65000),
        ("peer_asn", stack.peer_asn, "routers", 65530),
    ):
        if common is not None:
            continue
        key, own = (
            spelled_key(BgpPeer.kind, field, level) for level in (Level.ALL_PEERS, Level.ROUTER)
        )
        instead = alternatives(BgpPeerSpec).get(field, "")
        fields = {
            at: {name for level, section in nearer for name, _ in fields_set(section, level)}
            for at, nearer in routers.items()
        }
        of_all = {name for name, _ in fields_set(stack.bgp, Level.ALL_PEERS)}
        lacking = [at for at, has in fields.items() if not {field, instead} & (has | of_all)]
        if lacking:
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


def _end(stack: "StackConfig", *nearer: AtLevel) -> str:
    """What a node connects to; one address may have several speakers, each on its port."""
    fields = merged(stack, *nearer)
    address, port = fields.get("peer_address") or fields["interface"], fields["peer_port"]
    if "vrf" in fields:
        address = f"{address} in VRF {fields['vrf']}"
    return str(address) if port == _BGP_PORT else f"{address} port {port}"
