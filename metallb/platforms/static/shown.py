"""The racks of a stack file, as `metallb topology` shows them."""

from metallb.platforms.peering import merged
from metallb.platforms.static.peers import rack_routers, session_peer
from metallb.platforms.static.section import StaticNode, StaticPlatform
from metallb.routing import LabelSelector
from metallb.stackfile.stack import StackConfig
from metallb.topology.model import Node, Rack, Router, Session

__all__ = ["shown_racks"]


def shown_racks(stack: StackConfig, platform: StaticPlatform) -> tuple[Rack, ...]:
    """The racks, in the order of the file."""
    return tuple(_rack(stack, platform, index) for index in range(len(platform.racks)))


def _rack(stack: StackConfig, platform: StaticPlatform, index: int) -> Rack:
    rack = platform.racks[index]
    nodes = tuple(Node(node.hostname) for node in rack.nodes) or (
        Node(LabelSelector(match_labels=rack.node_selectors).words(), selector=True),
    )
    settings = {node.hostname: node for node in rack.nodes}
    found = rack_routers(platform, index)
    of_peers = [merged(stack, *each.nearer) for each in found]
    routers = tuple(
        Router(
            key=each.name if each.shared else f"{rack.name}/{each.label}",
            name=each.label if each.label != each.router.address else "",
            address=each.router.address,
            asn=fields.get("peer_asn", 0),
        )
        for each, fields in zip(found, of_peers, strict=True)
    )
    sessions = tuple(
        Session(
            node=node.name,
            router=shown.key,
            local_asn=fields.get("my_asn", 0),
            peer=session_peer(stack, platform, each, settings.get(node.name)),
            source_address=_source(stack, settings.get(node.name)),
            md5=(each.router.password or stack.bgp.password) is not None,
            bfd=fields.get("bfd_profile", ""),
        )
        for node in nodes
        for each, shown, fields in zip(found, routers, of_peers, strict=True)
    )
    return Rack(rack.name, nodes, routers, sessions)


def _source(stack: StackConfig, node: StaticNode | None) -> str:
    address = node.source_address if node is not None and stack.bgp.source_address else None
    return address or ""
