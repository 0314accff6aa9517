"""Controller and Speaker: MetalLB's two workloads with what each needs to run."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from metallb import manifests
from metallb.components.arguments import arguments_model
from metallb.components.base import MetalLBComponent
from metallb.components.install_arguments import checked_install
from metallb.components.kube import register

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
        objects = manifests.controller(install)
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
        objects = manifests.speaker(install)
        self.resources = _register_all(self, objects, given.get("after", []))
        self.service_account, self.image = _facts(objects)
        self.finish()


_ARGUMENTS = arguments_model(WorkloadArgs)
_WORKLOADS = ("Deployment", "DaemonSet")


def _register_all(
    component: MetalLBComponent, objects: Sequence[Mapping[str, Any]], after: list[Any]
) -> list[pulumi.CustomResource]:
    """Every object; the workload itself last, so that it starts with its permissions in place."""
    first = [item for item in objects if item["kind"] not in _WORKLOADS]
    made = [
        register(resource_name(component, item), item, component.child(depends_on=after))
        for item in first
    ]
    for item in objects:
        if item["kind"] in _WORKLOADS:
            made.append(
                register(
                    resource_name(component, item), item, component.child(depends_on=after + made)
                )
            )
    return made


def resource_name(component: MetalLBComponent, manifest: Mapping[str, Any]) -> str:
    """A resource name of kind and object name, unique within a component."""
    return component.child_name(str(manifest["kind"]).lower(), str(manifest["metadata"]["name"]))


def _facts(
    objects: Sequence[Mapping[str, Any]],
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    for item in objects:
        if item["kind"] in _WORKLOADS:
            pod = item["spec"]["template"]["spec"]
            return (
                pulumi.Output.from_input(str(pod["serviceAccountName"])),
                pulumi.Output.from_input(str(pod["containers"][0]["image"])),
            )
    msg = "the manifests of a workload hold a Deployment or a DaemonSet"
    raise TypeError(msg)
