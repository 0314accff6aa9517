"""Nodes in groups by their routers, for platforms whose file has no racks. Pure."""

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import peer as peer_of
from metallb.platforms.plan import slots_of
from metallb.stackfile.stack import StackConfig
from metallb.topology.model import Node, Rack, Router, Session

__all__ = ["grouped_by_router"]


def grouped_by_router(stack: StackConfig, facts: PlatformFacts | None) -> tuple[Rack, ...]:
    """Nodes with the same routers are one group; nodes with a router of their own are another."""
    platform = stack.platform
    names = {key: facts.nodes[key].hostname if facts else key for key in platform.planned_nodes}
    routers: dict[str, list[Router]] = {key: [] for key in names}
    sessions: list[Session] = []
    for slot in slots_of(stack):
        peer = peer_of(stack, slot, [facts.nodes[key] for key in slot.nodes]) if facts else None
        address = str(peer.spec.peer_address) if peer else ""
        router = Router(
            key=address or slot.name,
            name="",
            address=address,
            asn=(peer.spec.peer_asn if peer else None) or stack.peer_asn or 0,
        )
        for key in slot.nodes:
            routers[key].append(router)
            sessions.append(
                Session(
                    node=names[key],
                    router=router.key,
                    local_asn=(peer.spec.my_asn if peer else stack.my_asn) or 0,
                    peer=slot.name,
                    source_address=(peer.spec.source_address or "") if peer else "",
                    md5=stack.bgp.password is not None,
                    bfd=stack.bgp.bfd_profile or "",
                )
            )
    groups: dict[tuple[Router, ...], list[str]] = {}
    for key, found in routers.items():
        groups.setdefault(tuple(sorted(found, key=lambda router: router.key)), []).append(key)
    shared = {found: keys for found, keys in groups.items() if len(keys) > 1}
    alone = [key for keys in groups.values() if len(keys) == 1 for key in keys]
    site = platform.site
    racks = [
        _group(site if len(groups) == 1 else f"{site}-{index}", keys, found, names, sessions)
        for index, (found, keys) in enumerate(shared.items(), 1)
    ]
    if alone:
        own = tuple(router for key in alone for router in routers[key])
        racks.append(_group(site, alone, own, names, sessions, own=True))
    return tuple(racks)


def _group(
    name: str,
    keys: list[str],
    routers: tuple[Router, ...],
    names: dict[str, str],
    sessions: list[Session],
    *,
    own: bool = False,
) -> Rack:
    inside = {names[key] for key in keys}
    return Rack(
        name=name,
        nodes=tuple(Node(names[key]) for key in keys),
        routers=tuple(dict.fromkeys(routers)),
        sessions=tuple(session for session in sessions if session.node in inside),
        own_routers=own,
    )
