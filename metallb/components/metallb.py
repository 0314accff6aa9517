"""MetalLB: the whole installation of a release, up to the moment it takes configuration."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_kubernetes as k8s

from metallb import manifests
from metallb.components.arguments import arguments_model
from metallb.components.base import MetalLBComponent
from metallb.components.install_arguments import MEMBERLIST_KEY, checked_install
from metallb.components.kube import register
from metallb.components.workloads import Controller, Speaker, resource_name
from metallb.config import Install, Source
from metallb.manifests.names import WEBHOOK_CONFIGURATION

__all__ = ["MetalLB", "MetalLBArgs"]

# The controller fills every webhook's caBundle in one write once its certificate is made (MetalLB
# internal/k8s/webhook.go). Deployment readiness does not say so from 0.16 on.
_WAIT_FOR = "pulumi.com/waitFor"
_SKIP_AWAIT = "pulumi.com/skipAwait"
_CA_BUNDLE = "jsonpath={.webhooks[0].clientConfig.caBundle}"
_VALIDATING = "ValidatingWebhookConfiguration"


class MetalLBArgs(TypedDict):
    """Which MetalLB, and how it runs."""

    install: Mapping[str, Any]
    """The section metallb:install, in the stack file's spelling (without memberlistSecret)."""
    memberlist_secret: NotRequired[pulumi.Input[str]]
    """Key by which speakers find each other; the controller makes one when it is left out."""
    pod_security_policies: NotRequired[bool]
    """Makes PodSecurityPolicies, for MetalLB 0.12 on a cluster older than 1.25."""
    await_webhooks: NotRequired[bool]
    """Whether configuration waits for the webhooks; false where only files are written."""
    gate: NotRequired[Any]
    """An Output whose failure keeps every object from being made."""
    before_controller: NotRequired[list[Any]]
    """Resources, or futures of such, that exist before the controller starts: the pools. A
    controller that finds no pool takes the addresses from all Services at once."""
    before_speakers: NotRequired[list[Any]]
    """Resources, or futures of such, that exist before speakers start: peers and advertisements."""


class MetalLB(MetalLBComponent):
    """Namespace, CRDs, workloads, webhooks and monitoring of one release.

    Deliberately writes no configuration (`RoutingConfiguration` does) and installs no Prometheus.
    With source existing it makes nothing and only names the namespace; with source helm it makes
    one Release of MetalLB's own chart.
    """

    namespace: pulumi.Output[str]
    """Namespace of MetalLB and of its configuration."""
    version: pulumi.Output[str]
    """Version that was installed, or that the section names."""

    def __init__(
        self, name: str, args: MetalLBArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given, install = checked_install(_ARGUMENTS, type(self), name, args)
        args = cast("MetalLBArgs", given)
        super().__init__(name, args, opts)
        self.namespace = pulumi.Output.from_input(install.namespace)
        self.version = pulumi.Output.from_input(install.version)
        self.ready: list[Any] = []
        """What configuration depends on: it can be created once these exist."""
        self.definitions: list[Any] = []
        """What pools depend on: the namespace and the CRDs."""
        gate = args.get("gate")
        gates: list[Any] = [] if gate is None else [gate]
        if install.source is Source.BUILTIN:
            self._builtin(install, args, gates)
        elif install.source is Source.HELM:
            self._helm(install, args, gates)
        else:
            self.ready = self.definitions = gates
        self.finish()

    def _builtin(self, install: Install, args: MetalLBArgs, gates: list[Any]) -> None:
        namespace = self._make(manifests.namespace(install), gates)
        prerequisites = self._make(manifests.crds(install), namespace)
        self.definitions = namespace + prerequisites
        if args.get("pod_security_policies", False):
            prerequisites += self._make(manifests.pod_security_policies(install), namespace)
        secret = args.get("memberlist_secret")
        if secret is not None:
            prerequisites += self._make(
                manifests.memberlist(install, pulumi.Output.secret(secret)), namespace
            )
        webhooks = manifests.webhooks(install)
        prerequisites += self._make(
            [item for item in webhooks if item["kind"] != _VALIDATING], namespace
        )
        after = namespace + prerequisites + args.get("before_controller", [])
        section = args["install"]
        controller = Controller(
            self.child_name("controller"), {"install": section, "after": after}, self.child()
        )
        Speaker(
            self.child_name("speaker"),
            {"install": section, "after": after + args.get("before_speakers", [])},
            self.child(),
        )
        # Beside the Deployment, not behind it: releases up to 0.15 become ready only after they
        # have found this object and filled it.
        gate = self._make(
            [
                _awaited(item) if args.get("await_webhooks", True) else item
                for item in webhooks
                if item["kind"] == _VALIDATING
            ],
            after,
        )
        self._make(manifests.monitoring(install), namespace)
        self._make(manifests.network_policies(install), namespace)
        # Configuration leaves before what checks it: the webhook answers deletions too.
        workload = [
            item for item in controller.resources if isinstance(item, k8s.apps.v1.Deployment)
        ]
        self.ready = [*gate, *workload] if gate else [*namespace, *workload]

    def _helm(self, install: Install, args: MetalLBArgs, gates: list[Any]) -> None:
        namespace = self._make(manifests.namespace(install), gates)
        before = list(namespace)
        secret = args.get("memberlist_secret")
        if secret is not None:
            # Before the chart: its controller makes the Secret where it finds none.
            before += self._make(
                manifests.memberlist(install, pulumi.Output.secret(secret)), namespace
            )
        self._make(manifests.monitoring(install), namespace)
        values = dict(manifests.helm_values(install))
        repository = install.helm_repository
        release = k8s.helm.v3.Release(
            self.child_name("chart"),
            chart=install.helm_chart,
            name="metallb",
            namespace=install.namespace,
            version=install.version,
            values=values,
            repository_opts={"repo": repository} if repository else None,
            opts=self.child(depends_on=before),
        )
        self.ready = [release]
        # The chart brings its webhooks along, so pools wait for them as well: it is one list.
        self.definitions = self.ready
        if args.get("await_webhooks", True):
            # The chart makes the webhook configuration; a patch that adds one annotation to it is
            # how to wait for an object of another owner.
            self.ready.append(
                k8s.admissionregistration.v1.ValidatingWebhookConfigurationPatch(
                    self.child_name("webhooks"),
                    metadata={
                        "name": WEBHOOK_CONFIGURATION,
                        "annotations": {_WAIT_FOR: _CA_BUNDLE},
                    },
                    opts=self.child(depends_on=[release]),
                )
            )

    def _make(self, objects: Any, after: list[Any]) -> list[pulumi.CustomResource]:
        return [
            register(
                resource_name(self, item),
                # A Service would be awaited until it has endpoints: the webhook's comes before the
                # pods behind it, and a speaker's may have none at all. Neither gates anything.
                _annotated(item, _SKIP_AWAIT, "true") if item["kind"] == "Service" else item,
                self.child(depends_on=list(after)),
            )
            for item in objects
        ]


def _awaited(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return _annotated(manifest, _WAIT_FOR, _CA_BUNDLE)


def _annotated(manifest: Mapping[str, Any], key: str, value: str) -> dict[str, Any]:
    metadata = dict(manifest["metadata"])
    metadata["annotations"] = {**metadata.get("annotations", {}), key: value}
    return {**manifest, "metadata": metadata}


_ARGUMENTS = arguments_model(MetalLBArgs, memberlist_secret=MEMBERLIST_KEY)
