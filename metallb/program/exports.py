"""What the stack shows: addresses of each pool, peers with node and address, and the release."""

from collections.abc import Awaitable, Iterable
from typing import Any

import pulumi

from metallb.components.guard import guarded
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import peers_of
from metallb.platforms.provisioned import Provisioned
from metallb.routing import BgpPeer, RoutingConfig
from metallb.stackfile import StackConfig

__all__ = ["export"]


def export(
    stack: StackConfig,
    known: RoutingConfig,
    facts: Provisioned,
    passed: Awaitable[None],
) -> None:
    """Export everything that a person or another stack looks for.

    Each value waits for its own found alone, so a preview shows the peers of devices that it
    knows beside addresses that it does not know yet.
    """
    pools = sorted(stack.address_pools)
    pulumi.export("addresses", {name: _addresses(stack, name, facts) for name in pools})
    if facts.together is None:
        pulumi.export("peers", _listed(known.peers))
    else:
        made = guarded(peers_of)

        async def listed(found: PlatformFacts) -> list[dict[str, Any]]:
            # A fault of the found is reported by its rule alone.
            await passed
            return _listed(made(stack, found))

        pulumi.export("peers", facts.together.apply(listed))
    pulumi.export("namespace", stack.install.namespace)
    pulumi.export("version", stack.install.version)
    pulumi.export("format", stack.install.release.format.value)


def _addresses(stack: StackConfig, name: str, facts: Provisioned) -> pulumi.Output[list[str]]:
    settings = stack.address_pools[name]
    blocks = pulumi.Output.all(*(facts.blocks[block] for block in settings.of_platform))
    return blocks.apply(
        lambda found: [*(cidr for block in found for cidr in block.cidrs), *settings.addresses]
    )


def _listed(listed: Iterable[BgpPeer]) -> list[dict[str, Any]]:
    return [
        {
            "name": peer.name,
            "address": peer.spec.peer_address or peer.spec.interface,
            "nodes": [selector.words() for selector in peer.spec.node_selectors or ()],
        }
        for peer in listed
    ]
