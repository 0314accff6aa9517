"""From `metallb:install` to the component that installs MetalLB."""

from typing import Any

import pulumi

from metallb.components import MetalLB
from metallb.components.arguments import Sound
from metallb.components.metallb import MetalLBArgs
from metallb.stackfile import StackConfig

__all__ = ["installation"]


def installation(stack: StackConfig, gate: Any, options: pulumi.ResourceOptions) -> MetalLB:
    """MetalLB, whose controller and speakers the caller starts.

    :param gate: keeps every object from being made until the facts have passed the rules.
    """
    args: MetalLBArgs = {
        "install": _section(stack),
        "pod_security_policies": stack.kubernetes.has_pod_security_policies,
        "await_webhooks": stack.kubernetes.render_to is None,
        "gate": gate,
        "staged": True,
    }
    if stack.install.memberlist_secret is not None:
        key = stack.install.memberlist_secret.get_secret_value()
        args["memberlist_secret"] = pulumi.Output.secret(key)
    return MetalLB("metallb", args, options)


def _section(stack: StackConfig) -> Sound:
    """The install section in the stack file's own spelling, without its secret."""
    install = stack.install.model_copy(update={"memberlist_secret": None})
    written = stack.model_dump(
        mode="json",
        by_alias=True,
        include={"install"},
        exclude={"install": {"memberlist_secret"}},
        exclude_defaults=True,
    )
    return Sound(written.get("install", {}), install)
