"""RoutingConfig: everything that MetalLB is configured with, as one value."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from metallb.encrypted import Secret
from metallb.routing.advertisements import BgpAdvertisement, L2Advertisement
from metallb.routing.base import MetalLBObject
from metallb.routing.bfd import BfdProfile
from metallb.routing.communities import Community
from metallb.routing.peers import BgpPeer
from metallb.routing.pools import IPAddressPool

__all__ = ["RoutingConfig"]


class RoutingConfig(BaseModel):
    """Peers, pools and what goes with them; the meaning that both formats carry.

    Does not hold Kubernetes objects that merely install MetalLB, nor where the values came from
    (an object's `origin` has that, and does not count when two are compared).
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )

    peers: tuple[BgpPeer, ...] = ()
    """In the order in which they are written."""
    pools: tuple[IPAddressPool, ...] = ()
    """In the order in which they are written."""
    advertisements: tuple[BgpAdvertisement, ...] = ()
    """How the pools are announced."""
    l2_advertisements: tuple[L2Advertisement, ...] = ()
    """How pools are announced by ARP and NDP. Read from files of other people, never written."""
    bfd_profiles: tuple[BfdProfile, ...] = ()
    """BFD timers that peers name."""
    communities: tuple[Community, ...] = ()
    """Names for communities."""
    passwords: dict[str, Secret] = {}
    """TCP MD5 keys by the name under which peers' `password_secret` refers to them."""

    def password_of(self, peer: BgpPeer) -> SecretStr | None:
        """The MD5 key of a peer, wherever it is kept."""
        if peer.spec.password is not None:
            return peer.spec.password
        reference = peer.spec.password_secret
        return self.passwords.get(reference.name or "") if reference is not None else None

    def objects(self) -> Iterator[MetalLBObject[Any]]:
        """Every object, those that others refer to first."""
        yield from self.bfd_profiles
        yield from self.communities
        yield from self.peers
        yield from self.pools
        yield from self.advertisements
        yield from self.l2_advertisements
