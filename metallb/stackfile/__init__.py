"""The stack file: what a person writes, its models, and the ways to read it. Pure of pulumi.

Names are imported when they are used: a platform's section is made of the words of `base`, and the
whole stack is made of the sections of all platforms.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metallb.stackfile.install import Install, Source
    from metallb.stackfile.kubernetes import Kubernetes
    from metallb.stackfile.load import NAMESPACE, section_names, stack_config
    from metallb.stackfile.pools import AddressPool, Advertisement
    from metallb.stackfile.stack import StackConfig

__all__ = [
    "NAMESPACE",
    "AddressPool",
    "Advertisement",
    "Install",
    "Kubernetes",
    "Source",
    "StackConfig",
    "section_names",
    "stack_config",
]

_MODULES = {
    "install": ("Install", "Source"),
    "kubernetes": ("Kubernetes",),
    "load": ("NAMESPACE", "section_names", "stack_config"),
    "pools": ("AddressPool", "Advertisement"),
    "stack": ("StackConfig",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
