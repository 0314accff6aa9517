"""The racks of a stack file, as `metallb topology` shows them."""

from metallb.platforms.peering import merged
from metallb.platforms.static.peers import RackRouter, rack_routers, session_peer
from metallb.platforms.static.section import StaticNode, StaticPlatform
from metallb.stackfile.stack import StackConfig
from metallb.topology.model import Node, Rack, Router, Session

__all__ = ["shown_racks"]


def shown_racks(stack: StackConfig, platform: StaticPlatform) -> tuple[Rack, ...]:
    """The racks, in the order of the file."""
    return tuple(_rack(stack, platform, index) for index in range(len(platform.racks)))


def _rack(stack: StackConfig, platform: StaticPlatform, index: int) -> Rack:
    rack = platform.racks[index]
    nodes = tuple(Node(node.hostname) for node in rack.nodes) or (
        Node(rack.selector.words(), selector=True, count=rack.node_count),
    )
    settings = {node.hostname: node for node in rack.nodes}
    found = rack_routers(platform, index)
    of_peers = [merged(stack, *each.levels(None)) for each in found]
    routers = tuple(
        Router(
            key=each.name if each.shared else f"{rack.name}/{each.label}",
            name=each.label if each.label != each.router.end else "",
            address=each.router.end,
            asn=fields.get("peer_asn", 0),
        )
        for each, fields in zip(found, of_peers, strict=True)
    )
    sessions = tuple(
        _session(stack, platform, each, shown.key, node.name, settings.get(node.name))
        for node in nodes
        for each, shown in zip(found, routers, strict=True)
    )
    return Rack(rack.name, nodes, routers, sessions)


def _session(
    stack: StackConfig,
    platform: StaticPlatform,
    each: RackRouter,
    shown: str,
    name: str,
    node: StaticNode | None,
) -> Session:
    fields = merged(stack, *each.levels(node))
    return Session(
        node=name,
        router=shown,
        local_asn=fields.get("my_asn", 0),
        peer=session_peer(stack, platform, each, node),
        source_address=fields.get("source_address", ""),
        md5="password_secret" in fields,
        bfd=fields.get("bfd_profile", ""),
    )
