"""From `metallb:install` to the component that installs MetalLB."""

from typing import Any

import pulumi

from metallb.components import MetalLB
from metallb.components.metallb import MetalLBArgs
from metallb.stackfile import StackConfig
from metallb.stackfile.install import Install

__all__ = ["installation"]


def installation(stack: StackConfig, gate: Any, options: pulumi.ResourceOptions) -> MetalLB:
    """MetalLB, whose controller and speakers the caller starts.

    :param gate: keeps every object from being made until the facts have passed the rules.
    """
    args: MetalLBArgs = {
        "install": _section(stack.install),
        "pod_security_policies": stack.kubernetes.has_pod_security_policies,
        "await_webhooks": stack.kubernetes.render_to is None,
        "gate": gate,
        "staged": True,
    }
    if stack.install.memberlist_secret is not None:
        key = stack.install.memberlist_secret.get_secret_value()
        args["memberlist_secret"] = pulumi.Output.secret(key)
    return MetalLB("metallb", args, options)


def _section(install: Install) -> dict[str, Any]:
    """The install section in the stack file's own spelling, without its secret."""
    return install.model_dump(
        mode="json", by_alias=True, exclude={"memberlist_secret"}, exclude_defaults=True
    )
