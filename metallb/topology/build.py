"""From a stack file, and the platform's answers where known, to the picture's model. Pure."""

from metallb.config import EquinixMetalPlatform, StackConfig, StaticPlatform
from metallb.config.static import StaticNode
from metallb.platforms import Answers, metal_peer, metal_slots
from metallb.platforms.plan import advertisements
from metallb.platforms.static import rack_routers, session_peer
from metallb.routing import LabelSelector
from metallb.routing.addresses import networks, number_of_addresses
from metallb.topology.model import Announcement, Node, Pool, Rack, Router, Session, Topology

__all__ = ["topology_of"]


def topology_of(stack: StackConfig, name: str, answers: Answers | None = None) -> Topology:
    """The topology of a stack.

    :param answers: None where there are none; routers and blocks of the platform stay unknown.
    :raises PlatformError: the answers do not fit the stack file.
    """
    platform = stack.platform
    if isinstance(platform, StaticPlatform):
        racks = tuple(_static(stack, platform, index) for index in range(len(platform.racks)))
    else:
        racks = _metal(stack, platform, answers)
    return Topology(
        stack=name,
        version=stack.install.version,
        mode=str(stack.install.bgp_mode),
        racks=racks,
        pools=tuple(_pool(stack, key, answers) for key in sorted(stack.address_pools)),
    )


def _static(stack: StackConfig, platform: StaticPlatform, index: int) -> Rack:
    rack = platform.racks[index]
    nodes = tuple(Node(node.hostname) for node in rack.nodes) or (
        Node(LabelSelector(match_labels=rack.node_selectors).words(), selector=True),
    )
    settings = {node.hostname: node for node in rack.nodes}
    found = rack_routers(platform, index)
    routers = tuple(
        Router(
            key=each.name if each.shared else f"{rack.name}/{each.label}",
            name=each.label if each.label != each.router.address else "",
            address=each.router.address,
            asn=each.router.asn or stack.peer_asn or 0,
        )
        for each in found
    )
    sessions = tuple(
        Session(
            node=node.name,
            router=shown.key,
            local_asn=each.router.local_asn or stack.local_asn or 0,
            peer=session_peer(stack, platform, each, settings.get(node.name)),
            source_address=_source(stack, settings.get(node.name)),
            md5=(each.router.password or stack.bgp.password) is not None,
            bfd=each.router.bfd_profile or stack.bgp.bfd_profile or "",
        )
        for node in nodes
        for each, shown in zip(found, routers, strict=True)
    )
    return Rack(rack.name, nodes, routers, sessions)


def _source(stack: StackConfig, node: StaticNode | None) -> str:
    address = node.source_address if node is not None and stack.bgp.source_address else None
    return address or ""


def _metal(
    stack: StackConfig, platform: EquinixMetalPlatform, answers: Answers | None
) -> tuple[Rack, ...]:
    """Nodes with the same routers are one group; nodes with a router of their own are another."""
    names = {
        node.key: answers.nodes[node.key].hostname if answers else node.key
        for node in platform.nodes
    }
    routers: dict[str, list[Router]] = {key: [] for key in names}
    sessions: list[Session] = []
    for slot in metal_slots(stack, platform):
        peer = (
            metal_peer(stack, slot, [answers.nodes[key] for key in slot.node_keys])
            if answers
            else None
        )
        address = str(peer.spec.peer_address) if peer else ""
        router = Router(
            key=address or slot.name,
            name="",
            address=address,
            asn=(peer.spec.peer_asn if peer else None) or stack.peer_asn or 0,
        )
        for key in slot.node_keys:
            routers[key].append(router)
            sessions.append(
                Session(
                    node=names[key],
                    router=router.key,
                    local_asn=peer.spec.my_asn if peer else stack.local_asn or 0,
                    peer=slot.name,
                    source_address=(peer.spec.source_address or "") if peer else "",
                    md5=stack.bgp.password is not None,
                    bfd=stack.bgp.bfd_profile or "",
                )
            )
    place = platform.metro or platform.facility or "site"
    groups: dict[tuple[Router, ...], list[str]] = {}
    for key, found in routers.items():
        groups.setdefault(tuple(sorted(found, key=lambda router: router.key)), []).append(key)
    shared = {found: keys for found, keys in groups.items() if len(keys) > 1}
    alone = [key for keys in groups.values() if len(keys) == 1 for key in keys]
    racks = [
        _group(place if len(groups) == 1 else f"{place}-{index}", keys, found, names, sessions)
        for index, (found, keys) in enumerate(shared.items(), 1)
    ]
    if alone:
        own = tuple(router for key in alone for router in routers[key])
        racks.append(_group(place, alone, own, names, sessions, own=True))
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


def _pool(stack: StackConfig, name: str, answers: Answers | None) -> Pool:
    settings = stack.address_pools[name]
    platform = stack.platform
    blocks: list[str] = []
    size: int | None = 0
    for block in settings.elastic_ips:
        if answers is not None and block in answers.blocks:
            blocks.append(answers.blocks[block].cidr_notation)
            continue
        known = (
            platform.elastic_ips.get(block) if isinstance(platform, EquinixMetalPlatform) else None
        )
        count = known.quantity if known and not known.adopted else None
        blocks.append(f"Elastic IP block {block}" + (f" ({count})" if count else ""))
        size = None if size is None or count is None else size + count
    blocks += settings.addresses
    for text in blocks:
        if size is not None:
            avoid = settings.avoid_buggy_ips
            size += number_of_addresses(networks(text), avoid_buggy=avoid)
    versions = {each.version for text in blocks for each in networks(text)}
    if settings.elastic_ips:
        versions.add(4)
    announcements = tuple(
        Announcement(
            name=item.name,
            lengths=tuple(
                length
                for version, length in (
                    (4, item.spec.aggregation_length),
                    (6, item.spec.aggregation_length_v6),
                )
                if version in versions
            ),
            peers=item.spec.peers or (),
            nodes=tuple(selector.words() for selector in item.spec.node_selectors or ()),
            communities=item.spec.communities or (),
        )
        for item in advertisements(stack)
        if name in (item.spec.ip_address_pools or ())
    )
    return Pool(name, tuple(blocks), size, settings.auto_assign, announcements)
