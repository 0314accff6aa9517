"""Where the racks of a stack file have the nodes of a peer."""

from metallb.platforms.static.section import StaticPlatform
from metallb.problems.problem import Location
from metallb.routing import BgpPeer

__all__ = ["place_of_nodes"]


def place_of_nodes(platform: StaticPlatform, peer: BgpPeer, index: int | None) -> Location | None:
    """The location of a peer's node selectors; None where no rack has them."""
    selectors = peer.spec.node_selectors or ()
    by_host = platform.nodes_by_host
    for selector in selectors if index is None else selectors[index : index + 1]:
        if selector.hosts:
            places = [place for place, _ in by_host.get(selector.hosts[0], ())]
            own = [place for place in places if place[:3] == peer.origin[:3]]
            for place in own or places:
                return place if len(selector.hosts) == 1 else place[:-1]
        for number, rack in enumerate(platform.racks):
            at: Location = ("metallb:platform", "racks", number)
            refers = peer.origin[:3] == at or peer.origin[-1] in rack.shared_routers
            if refers and rack.by_label and rack.selector == selector:
                return (*at, rack.key_of_nodes)
    return None
