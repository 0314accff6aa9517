"""RoutingConfig: everything that MetalLB is configured with, as one value."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import SecretStr

from metallb.routing.advertisements import BgpAdvertisement, L2Advertisement
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.bfd import BfdProfile
from metallb.routing.communities import Community
from metallb.routing.peers import BgpPeer
from metallb.routing.pools import IPAddressPool

__all__ = ["LISTS", "OBJECTS", "RoutingConfig", "spec_of"]


class RoutingConfig(NamedTuple):
    """Peers, pools and what goes with them; the meaning that both formats carry.

    Does not hold Kubernetes objects that merely install MetalLB, nor where the values came from
    (an object's `origin` has that, and does not count when two are compared).
    """

    peers: tuple[BgpPeer, ...] = ()
    """In the order in which they are written."""
    pools: tuple[IPAddressPool, ...] = ()
    """In the order in which they are written."""
    advertisements: tuple[BgpAdvertisement, ...] = ()
    """How the pools are announced."""
    l2_advertisements: tuple[L2Advertisement, ...] = ()
    """How pools are announced by ARP and NDP."""
    bfd_profiles: tuple[BfdProfile, ...] = ()
    """BFD timers that peers name."""
    communities: tuple[Community, ...] = ()
    """Names for communities."""
    passwords: Mapping[str, SecretStr] = MappingProxyType({})
    """TCP MD5 keys by the name under which peers' `password_secret` refers to them."""

    def password_of(self, peer: BgpPeer) -> SecretStr | None:
        """The MD5 key of a peer, wherever it is kept."""
        if peer.spec.password is not None:
            return peer.spec.password
        reference = peer.spec.password_secret
        return self.passwords.get(reference.name or "") if reference is not None else None

    def objects(self) -> Iterator[MetalLBObject]:
        """Every object, those that others refer to first."""
        yield from self.bfd_profiles
        yield from self.communities
        yield from self.peers
        yield from self.pools
        yield from self.advertisements
        yield from self.l2_advertisements

    def of_kind(self, kind: str) -> tuple[MetalLBObject, ...]:
        """The objects of a kind."""
        found: tuple[MetalLBObject, ...] = getattr(self, LISTS[kind])
        return found


_TYPES: Mapping[str, Any] = RoutingConfig.__annotations__
_MODELS: Mapping[str, type[MetalLBObject]] = {
    name: get_args(of)[0] for name, of in _TYPES.items() if get_origin(of) is tuple
}
LISTS: Mapping[str, str] = {model.kind: name for name, model in _MODELS.items()}
"""By kind, the field of a configuration that has the objects."""
OBJECTS: Mapping[str, type[MetalLBObject]] = {model.kind: model for model in _MODELS.values()}
"""Models of the kinds that are read, by kind."""


def spec_of(kind: str) -> type[SpecModel]:
    """The model of the spec of a kind."""
    found: Any = OBJECTS[kind].model_fields["spec"].annotation
    model: type[SpecModel] = found
    return model
