"""The Pulumi components: MetalLB's own, and those of each platform under the same name."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from metallb.components.arguments import ArgumentError
from metallb.components.base import MetalLBComponent
from metallb.components.metallb import MetalLB
from metallb.components.routing_configuration import RoutingConfiguration
from metallb.components.workloads import Controller, Speaker
from metallb.platforms.registry import platforms

__all__ = [
    "ArgumentError",
    "Controller",
    "MetalLB",
    "MetalLBComponent",
    "RoutingConfiguration",
    "Speaker",
    "components",
]

_OWN: tuple[type[MetalLBComponent], ...] = (Controller, Speaker, MetalLB, RoutingConfiguration)


@cache
def components() -> tuple[type[MetalLBComponent], ...]:
    """Every component: the contract test runs over it, and a component host can publish it."""
    places = [place.partition(":") for each in platforms() for place in each.components]
    found = (getattr(import_module(module), name) for module, _, name in places)
    return (*found, *_OWN)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """A platform's component, such as ElasticIpBlock; imported when it is used."""
        for each in components() if not name.startswith("_") else ():
            if each.__name__ == name:
                return each
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
