"""The Pulumi components. `COMPONENTS` is the one list of them."""

from metallb.components.arguments import ArgumentError
from metallb.components.base import MetalLBComponent
from metallb.components.bgp_peers import BgpPeers
from metallb.components.bgp_sessions import BgpSessions
from metallb.components.elastic_ips import ElasticIpBlock
from metallb.components.metallb import MetalLB
from metallb.components.routing_configuration import RoutingConfiguration
from metallb.components.workloads import Controller, Speaker

__all__ = [
    "COMPONENTS",
    "ArgumentError",
    "BgpPeers",
    "BgpSessions",
    "Controller",
    "ElasticIpBlock",
    "MetalLB",
    "MetalLBComponent",
    "RoutingConfiguration",
    "Speaker",
]

COMPONENTS: tuple[type[MetalLBComponent], ...] = (
    ElasticIpBlock,
    BgpSessions,
    BgpPeers,
    Controller,
    Speaker,
    MetalLB,
    RoutingConfiguration,
)
"""Every component: the contract test runs over it, and a component host can publish it."""
