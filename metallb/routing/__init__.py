"""MetalLB's own objects in MetalLB's own terms, and the two formats that carry them. Pure."""

from metallb.routing.advertisements import (
    BgpAdvertisement,
    BgpAdvertisementSpec,
    L2Advertisement,
    L2AdvertisementSpec,
)
from metallb.routing.bfd import BfdProfile
from metallb.routing.communities import Community, CommunityAlias, CommunitySpec
from metallb.routing.peers import BgpPeer, BgpPeerSpec, PasswordSecret
from metallb.routing.pools import IPAddressPool, IPAddressPoolSpec
from metallb.routing.selectors import LabelSelector, hosts_selector
from metallb.routing.table import RoutingConfig

__all__ = [
    "BfdProfile",
    "BgpAdvertisement",
    "BgpAdvertisementSpec",
    "BgpPeer",
    "BgpPeerSpec",
    "Community",
    "CommunityAlias",
    "CommunitySpec",
    "IPAddressPool",
    "IPAddressPoolSpec",
    "L2Advertisement",
    "L2AdvertisementSpec",
    "LabelSelector",
    "PasswordSecret",
    "RoutingConfig",
    "hosts_selector",
]
