"""Controller and Speaker: MetalLB's two workloads with what each needs to run."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from metallb.components.arguments import arguments_model
from metallb.components.base import MetalLBComponent
from metallb.components.install_arguments import checked_install
from metallb.components.kube import register_planned
from metallb.inventory.installation import controller, speakers
from metallb.inventory.planned import PlannedObject
from metallb.platforms.facts import PlatformFacts

__all__ = ["Controller", "Speaker", "WorkloadArgs"]


class WorkloadArgs(TypedDict):
    """How the workload runs."""

    install: Mapping[str, Any]
    """The section metallb:install, in the stack file's spelling (without memberlistSecret)."""
    after: NotRequired[list[Any]]
    """Resources that have to exist first, such as the namespace."""


class Controller(MetalLBComponent):
    """ServiceAccount, RBAC and Deployment of the controller (MetalLB config/controllers).

    Deliberately makes neither the namespace nor the webhooks: `MetalLB` does.
    """

    service_account: pulumi.Output[str]
    """Name of the ServiceAccount."""
    image: pulumi.Output[str]
    """Image of the container."""

    def __init__(
        self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given, install = checked_install(_ARGUMENTS, type(self), name, args, workload=True)
        super().__init__(name, args, opts)
        objects = tuple(controller(install))
        self.resources = _register_all(self, objects, given.get("after", []))
        self.service_account, self.image = _facts(objects)
        self.finish()


class Speaker(MetalLBComponent):
    """ServiceAccount, RBAC, DaemonSet and interface list of the speakers.

    Deliberately makes no memberlist Secret: the controller does, or `MetalLB` where the stack gives
    the key.
    """

    service_account: pulumi.Output[str]
    """Name of the ServiceAccount."""
    image: pulumi.Output[str]
    """Image of the container."""

    def __init__(
        self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given, install = checked_install(_ARGUMENTS, type(self), name, args, workload=True)
        super().__init__(name, args, opts)
        objects = tuple(speakers(install))
        self.resources = _register_all(self, objects, given.get("after", []))
        self.service_account, self.image = _facts(objects)
        self.finish()


_ARGUMENTS = arguments_model(WorkloadArgs)
_WORKLOADS = ("Deployment", "DaemonSet")


def _register_all(
    component: MetalLBComponent, objects: Sequence[PlannedObject], after: list[Any]
) -> list[pulumi.CustomResource]:
    """Every object; the workload itself last, so that it starts with its permissions in place."""
    made: list[pulumi.CustomResource] = []
    for each in objects:
        before = after + made if each.kind in _WORKLOADS else after
        made.append(register_planned(component, each, before))
    return made


def _facts(objects: Sequence[PlannedObject]) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    for each in objects:
        if each.kind in _WORKLOADS:
            pod = each.manifest(PlatformFacts())["spec"]["template"]["spec"]
            return (
                pulumi.Output.from_input(str(pod["serviceAccountName"])),
                pulumi.Output.from_input(str(pod["containers"][0]["image"])),
            )
    msg = "the objects of a workload hold a Deployment or a DaemonSet"
    raise TypeError(msg)
