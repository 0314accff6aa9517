"""Peers that take sessions of other peers over, where MetalLB's webhook looks at both.

Former peers are those of the state, whose names an alias has to have. Native mode makes the new
object beside the former one, and reads no state for it.
"""

import asyncio
from collections.abc import Awaitable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from metallb.components.own_state import StateUnreadable, own_state
from metallb.components.routing_configuration import SECRET
from metallb.forecast.build import names_of, site_of
from metallb.forecast.objects import routing_of
from metallb.forecast.successions import Succession, succession_of
from metallb.platforms.plan import static_routing
from metallb.problems.errors import MetalLBError
from metallb.releases import BgpMode, ConfigFormat
from metallb.routing import BgpPeer
from metallb.stackfile import StackConfig
from metallb.topology.build import racks_of

__all__ = ["Successions", "successions_of"]


def successions_of(stack: StackConfig) -> "Successions | None":
    """The order of this run's peers; None where no peer takes a session of another one over."""
    install = stack.install
    webhook = install.bgp_mode is not BgpMode.NATIVE
    webhook &= install.release.format is not ConfigFormat.CONFIGMAP
    # Peers that depend on facts have their former names from the platform.
    if not webhook or stack.kubernetes.render_to is not None or stack.platform.looks_up:
        return None
    try:
        state = own_state() or {}
        former = routing_of(_peers(state), "the state")
    except (StateUnreadable, MetalLBError) as error:
        pulumi.log.warn(
            "the stack's state can't be read, so that a peer with another name is made beside the "
            f"former one: {error}"
        )
        return None
    if not former.peers:
        return None
    names = names_of(racks_of(stack))
    before, after = (
        site_of(routing, install.bgp_mode, install.release, names)
        for routing in (former, static_routing(stack))
    )
    found = succession_of(before, after)
    return Successions(found) if found.renamed or found.behind else None


def _peers(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The BGPPeers of a state."""
    for urn, item in state.items():
        outputs = item.get("outputs") or {}
        if f":{BgpPeer.kind}::" in urn and outputs.get("kind") == BgpPeer.kind:
            yield outputs


@dataclass
class Successions:
    """An `Order` of `RoutingConfiguration`: a peer waits for those that make room for it."""

    succession: Succession
    _resources: dict[str, pulumi.CustomResource] = field(default_factory=dict)
    _secrets: dict[str, pulumi.CustomResource] = field(default_factory=dict)

    def renamed(self) -> Mapping[str, str]:
        """Former names of peers by the present ones."""
        return self.succession.renamed

    def turn(self, kind: str, name: str) -> Awaitable[None]:
        """Ends when an object may be written."""
        first: Collection[str] = ()
        if kind == BgpPeer.kind and not pulumi.runtime.is_dry_run():
            first = self.succession.behind.get(name, ())
        return asyncio.ensure_future(self._written(first))

    async def _written(self, peers: Collection[str]) -> None:
        for name in peers:
            await self._resources[name].id.future()

    def key_of(self, name: str, peer: str) -> Awaitable[pulumi.Resource | None]:
        """The Secret of a name."""
        return asyncio.ensure_future(self._key_of(name))

    async def _key_of(self, name: str) -> pulumi.Resource | None:
        return self._secrets[name]

    def made(self, kind: str, name: str, resource: pulumi.CustomResource) -> None:
        """Take note of an object that is registered."""
        (self._secrets if kind == SECRET else self._resources)[name] = resource
