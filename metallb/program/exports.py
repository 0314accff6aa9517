"""What the stack shows: addresses of each pool, peers with node and address, and the release."""

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

import pulumi

from metallb.components import BgpPeers, ElasticIpBlock
from metallb.config import StackConfig
from metallb.guard import guarded
from metallb.platforms import Answers
from metallb.platforms.plan import peers_of
from metallb.routing import BgpPeer, RoutingConfig

__all__ = ["export"]


def export(
    stack: StackConfig,
    known: RoutingConfig,
    blocks: Mapping[str, ElasticIpBlock],
    nodes: BgpPeers | None,
    passed: Awaitable[None],
) -> None:
    """Export everything that a person or another stack looks for.

    Each value waits for its own answers alone, so a preview shows the peers of devices that it
    knows beside addresses that it does not know yet.
    """
    pools = sorted(stack.address_pools)
    pulumi.export("addresses", {name: _addresses(stack, name, blocks) for name in pools})
    if nodes is None:
        pulumi.export("peers", _listed(known.peers))
    else:
        made = guarded(peers_of)

        async def listed(answers: Answers) -> list[dict[str, Any]]:
            # A fault of the answers is reported by its rule alone.
            await passed
            return _listed(made(stack, answers))

        pulumi.export("peers", nodes.known.apply(listed))
    pulumi.export("namespace", stack.install.namespace)
    pulumi.export("version", stack.install.version)
    pulumi.export("format", stack.install.release.format.value)


def _addresses(
    stack: StackConfig, name: str, blocks: Mapping[str, ElasticIpBlock]
) -> list[pulumi.Input[str]]:
    settings = stack.address_pools[name]
    return [*(blocks[block].cidr_notation for block in settings.elastic_ips), *settings.addresses]


def _listed(peers: Iterable[BgpPeer]) -> list[dict[str, Any]]:
    return [
        {
            "name": peer.name,
            "address": peer.spec.peer_address,
            "nodes": [selector.words() for selector in peer.spec.node_selectors or ()],
        }
        for peer in peers
    ]
