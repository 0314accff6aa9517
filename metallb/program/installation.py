"""From `metallb:install` to the component that installs MetalLB, in the right order."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pulumi

from metallb.components import MetalLB, RoutingConfiguration
from metallb.components.metallb import MetalLBArgs
from metallb.config import StackConfig
from metallb.config.install import Install
from metallb.releases import ConfigFormat

__all__ = ["Ahead", "installation"]


class Ahead:
    """Stands for configuration that workloads wait for and that is registered after them.

    The workloads' component is made first, because configuration depends on its webhooks; pools,
    though, must exist before the controller starts, and peers before the speakers do. A future in
    `depends_on` says both.
    """

    def __init__(self, pools: Iterable[str]) -> None:
        loop = asyncio.get_running_loop()
        self.pools = {name: loop.create_future() for name in pools}
        self.routing: asyncio.Future[RoutingConfiguration] = loop.create_future()

    def settle(self, routing: RoutingConfiguration) -> None:
        """What was stood for is registered."""
        self.routing.set_result(routing)
        for name, future in self.pools.items():
            future.set_result(routing.pools[name])


def installation(
    stack: StackConfig, gate: Any, options: pulumi.ResourceOptions
) -> tuple[MetalLB, Ahead]:
    """MetalLB, and what stands for the configuration that its workloads wait for.

    :param gate: keeps every object from being made until the answers have passed the rules.
    """
    in_one_object = stack.install.release.format is ConfigFormat.CONFIGMAP
    ahead = Ahead(() if in_one_object else stack.address_pools)
    args: MetalLBArgs = {
        "install": _section(stack.install),
        "pod_security_policies": stack.kubernetes.has_pod_security_policies,
        "await_webhooks": stack.kubernetes.render_to is None,
        "gate": gate,
        "before_controller": list(ahead.pools.values()),
        "before_speakers": [ahead.routing],
    }
    if stack.install.memberlist_secret is not None:
        key = stack.install.memberlist_secret.get_secret_value()
        args["memberlist_secret"] = pulumi.Output.secret(key)
    return MetalLB("metallb", args, options), ahead


def _section(install: Install) -> dict[str, Any]:
    """The install section in the stack file's own spelling, without its secret."""
    return install.model_dump(
        mode="json", by_alias=True, exclude={"memberlist_secret"}, exclude_defaults=True
    )
