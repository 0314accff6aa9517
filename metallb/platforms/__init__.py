"""Where nodes, routers and addresses come from. Pure: components make the calls."""

from metallb.platforms.answers import Answers, BlockAnswer, Neighbor, NodeAnswer
from metallb.platforms.devices import is_usable, node_answer, recorded_answer
from metallb.platforms.equinix_metal import PeerSlot, metal_peer, metal_peers, metal_slots
from metallb.platforms.plan import routing_config

__all__ = [
    "Answers",
    "BlockAnswer",
    "Neighbor",
    "NodeAnswer",
    "PeerSlot",
    "is_usable",
    "metal_peer",
    "metal_peers",
    "metal_slots",
    "node_answer",
    "recorded_answer",
    "routing_config",
]
