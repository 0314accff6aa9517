"""MetalLB: the whole installation of a release, up to the moment it takes configuration."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_kubernetes as k8s

from metallb.components.arguments import arguments_model
from metallb.components.base import MetalLBComponent
from metallb.components.install_arguments import MEMBERLIST_KEY, checked_install
from metallb.components.kube import WAIT_FOR, register_planned
from metallb.components.workloads import Controller, Speaker
from metallb.installation.names import WEBHOOK_CONFIGURATION
from metallb.inventory.installation import CA_BUNDLE, chart, prerequisites, webhook_gate
from metallb.stackfile import Source

__all__ = ["MetalLB", "MetalLBArgs"]


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
    """Resources that exist before the controller starts: the pools. A controller that finds no pool
    takes the addresses from all Services at once."""
    before_speakers: NotRequired[list[Any]]
    """Resources that exist before speakers start: peers and advertisements."""
    staged: NotRequired[bool]
    """Whether the caller starts controller and speakers (`start`, `start_speakers`)."""


class MetalLB(MetalLBComponent):
    """Namespace, CRDs, workloads, webhooks and monitoring of one release.

    Deliberately writes no configuration (`RoutingConfiguration` does) and installs no Prometheus.
    With source existing it makes nothing and only names the namespace; with source helm it makes
    one Release of MetalLB's own chart.

    With `staged` the caller registers what has to come in between: pools before `start`, peers and
    advertisements before `start_speakers`. Without it all is registered at once.
    """

    namespace: pulumi.Output[str]
    """Namespace of MetalLB and of its configuration."""
    version: pulumi.Output[str]
    """Version that was installed, or that the stack file names as there."""

    def __init__(
        self, name: str, args: MetalLBArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given, install = checked_install(_ARGUMENTS, type(self), name, args)
        args = cast("MetalLBArgs", given)
        super().__init__(name, args, opts)
        self.namespace = pulumi.Output.from_input(install.namespace)
        self.version = pulumi.Output.from_input(install.version)
        self._install, self._args = install, args
        gate = args.get("gate")
        gates: list[Any] = [] if gate is None else [gate]
        self.ready: list[Any] = gates
        """What configuration depends on: it can be created once these exist."""
        self.definitions: list[Any] = self._prerequisites(gates) or gates
        """What pools depend on: the namespace and the CRDs."""
        if not args.get("staged", False):
            self.start(args.get("before_controller", []))
            self.start_speakers(args.get("before_speakers", []))

    def _prerequisites(self, gates: list[Any]) -> list[Any]:
        """Register what exists before MetalLB starts: its namespace, and the rest behind that."""
        secret = self._args.get("memberlist_secret")
        planned = prerequisites(
            self._install,
            pod_security_policies=self._args.get("pod_security_policies", False),
            memberlist=None if secret is None else pulumi.Output.secret(secret),
        )
        made: list[Any] = []
        self._before: list[Any] = []
        self._after: list[Any] = []
        for each in planned:
            resource = register_planned(self, each, made[:1] or gates)
            made.append(resource)
            if each.options.gates:
                self._before.append(resource)
        return self._before

    def start(self, before: Sequence[Any] = ()) -> None:
        """Register the controller and its webhooks, or the chart.

        :param before: resources that exist before the controller starts: the pools.
        """
        if self._install.source is Source.BUILTIN:
            self._controller([*self._before, *before])
        elif self._install.source is Source.HELM:
            self._release([*self._before, *before])

    def start_speakers(self, before: Sequence[Any] = ()) -> None:
        """Register the speakers, and what the component gives out. The last stage.

        :param before: resources that exist before speakers start: peers and advertisements.
        """
        if self._install.source is Source.BUILTIN:
            Speaker(
                self.child_name("speaker"),
                {"install": self._args["install"], "after": [*self._after, *before]},
                self.child(),
            )
        self.finish()

    def _controller(self, after: list[Any]) -> None:
        self._after = after
        controller = Controller(
            self.child_name("controller"),
            {"install": self._args["install"], "after": after},
            self.child(),
        )
        awaits = self._args.get("await_webhooks", True)
        gate = [
            register_planned(self, each, after, awaits=awaits)
            for each in webhook_gate(self._install)
        ]
        # Configuration leaves before what checks it: the webhook answers deletions too.
        workload = [
            item for item in controller.resources if isinstance(item, k8s.apps.v1.Deployment)
        ]
        self.ready = [*gate, *workload] if gate else [*self._before[:1], *workload]

    def _release(self, before: list[Any]) -> None:
        planned = chart(self._install)
        if planned is None:  # pragma: no cover - the source is the chart
            return
        release = k8s.helm.v3.Release(
            self.child_name("chart"),
            chart=planned.chart,
            name=planned.name,
            namespace=planned.namespace,
            version=planned.version,
            values=dict(planned.values),
            repository_opts={"repo": planned.repository} if planned.repository else None,
            opts=self.child(depends_on=before),
        )
        self.ready = [release]
        if self._args.get("await_webhooks", True):
            # The chart makes the webhook configuration; a patch that adds one annotation to it is
            # how to wait for an object of another owner.
            self.ready.append(
                k8s.admissionregistration.v1.ValidatingWebhookConfigurationPatch(
                    self.child_name("webhooks"),
                    metadata={
                        "name": WEBHOOK_CONFIGURATION,
                        "annotations": {WAIT_FOR: CA_BUNDLE},
                    },
                    opts=self.child(depends_on=[release]),
                )
            )
        # The chart brings its webhooks along, so pools wait for them as well.
        self.definitions = self.ready


_ARGUMENTS = arguments_model(MetalLBArgs, memberlist_secret=MEMBERLIST_KEY)
