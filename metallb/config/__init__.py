"""The stack file: what a person writes, its models, and the ways to read it. Pure of pulumi."""

from metallb.config.equinix_metal import (
    AddressFamily,
    ElasticIp,
    EquinixMetalPlatform,
    IpBlockType,
    MetalNode,
    PeerSource,
)
from metallb.config.install import Install, Source
from metallb.config.kubernetes import Kubernetes
from metallb.config.load import NAMESPACE, section_names, stack_config
from metallb.config.pools import AddressPool, Advertisement
from metallb.config.stack import StackConfig
from metallb.config.static import Rack, Router, SharedRouter, StaticNode, StaticPlatform

__all__ = [
    "NAMESPACE",
    "AddressFamily",
    "AddressPool",
    "Advertisement",
    "ElasticIp",
    "EquinixMetalPlatform",
    "Install",
    "IpBlockType",
    "Kubernetes",
    "MetalNode",
    "PeerSource",
    "Rack",
    "Router",
    "SharedRouter",
    "Source",
    "StackConfig",
    "StaticNode",
    "StaticPlatform",
    "section_names",
    "stack_config",
]
