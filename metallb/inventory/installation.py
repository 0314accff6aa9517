"""The objects of MetalLB itself, from `metallb:install`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from metallb import installation
from metallb.installation.objects import Manifest
from metallb.inventory.planned import ObjectOptions, Phase, PlannedObject, constant
from metallb.stackfile.install import Install, Source

__all__ = [
    "CA_BUNDLE",
    "CHART",
    "CONTROLLER",
    "METALLB",
    "SPEAKER",
    "PlannedChart",
    "chart",
    "controller",
    "planned_installation",
    "prerequisites",
    "speakers",
    "webhook_gate",
]

METALLB, CONTROLLER, SPEAKER = "metallb", "metallb-controller", "metallb-speaker"
"""Resource names of the components that the objects belong to."""
CHART = "metallb"
"""Name of the chart's release."""
# The controller fills every webhook's caBundle in one write once its certificate is made (MetalLB
# internal/k8s/webhook.go). Deployment readiness does not say so from 0.16 on.
CA_BUNDLE = "jsonpath={.webhooks[0].clientConfig.caBundle}"
"""The `pulumi.com/waitFor` condition of the webhook configuration."""
_VALIDATING = "ValidatingWebhookConfiguration"
_WORKLOADS = ("Deployment", "DaemonSet")


@dataclass(frozen=True)
class PlannedChart:
    """The release of MetalLB's Helm chart.

    :ivar chart: its name in the repository, a path, or an OCI reference.
    :ivar repository: address of the repository; None where the chart is none of one.
    :ivar secret: whether the values hold a key.
    """

    name: str
    chart: str
    version: str
    repository: str | None
    namespace: str
    values: Mapping[str, Any]
    secret: bool = False
    phase: Phase = Phase.CHART


def planned_installation(
    install: Install, *, pod_security_policies: bool = False, memberlist: Any = None
) -> Iterator[PlannedObject]:
    """The objects in the order in which they are applied. None for source existing.

    :param pod_security_policies: whether the cluster still has them (Kubernetes before 1.25).
    :param memberlist: key by which speakers find each other, which is only placed (it may be an
        Output); the controller makes one where it is left out.
    """
    yield from prerequisites(
        install, pod_security_policies=pod_security_policies, memberlist=memberlist
    )
    if install.source is Source.BUILTIN:
        yield from controller(install)
        yield from webhook_gate(install)
        yield from speakers(install)


def prerequisites(
    install: Install, *, pod_security_policies: bool = False, memberlist: Any = None
) -> Iterator[PlannedObject]:
    """What exists before MetalLB starts; the namespace first. Parameters as of `installation`."""
    if install.source is Source.EXISTING:
        return
    first = Phase.PREREQUISITES
    yield from _planned(installation.namespace(install), first, METALLB)
    # Before the chart: its controller makes the Secret where it finds none.
    key = () if memberlist is None else installation.memberlist(install, memberlist)
    if install.source is Source.HELM:
        yield from _planned(key, first, METALLB, secret=True)
        yield from _planned(installation.monitoring(install), first, METALLB, gates=False)
        return
    yield from _planned(installation.crds(install), first, METALLB)
    if pod_security_policies:
        yield from _planned(installation.pod_security_policies(install), first, METALLB)
    yield from _planned(key, first, METALLB, secret=True)
    webhooks = installation.webhooks(install)
    yield from _planned((each for each in webhooks if each["kind"] != _VALIDATING), first, METALLB)
    yield from _planned(installation.monitoring(install), first, METALLB, gates=False)
    yield from _planned(installation.network_policies(install), first, METALLB, gates=False)


def controller(install: Install) -> Iterator[PlannedObject]:
    """ServiceAccount, RBAC and Deployment of the controller, the workload last."""
    return _planned(_workload_last(installation.controller(install)), Phase.CONTROLLER, CONTROLLER)


def webhook_gate(install: Install) -> Iterator[PlannedObject]:
    """The webhook configuration, which counts as ready once the controller has filled it.

    Beside the Deployment, not behind it: releases up to 0.15 become ready only after they have
    found this object and filled it.
    """
    found = (each for each in installation.webhooks(install) if each["kind"] == _VALIDATING)
    return _planned(found, Phase.CONTROLLER, METALLB)


def speakers(install: Install) -> Iterator[PlannedObject]:
    """ServiceAccount, RBAC, interface list and DaemonSet of the speakers, the workload last."""
    return _planned(_workload_last(installation.speaker(install)), Phase.SPEAKERS, SPEAKER)


def chart(install: Install, *, secret: bool = False) -> PlannedChart | None:
    """The release of the chart; None for another source.

    :param secret: whether the stack's own values hold a key.
    """
    if install.source is not Source.HELM:
        return None
    return PlannedChart(
        name=CHART,
        chart=install.helm_chart,
        version=str(install.version),
        repository=install.helm_repository,
        namespace=install.namespace,
        values=dict(installation.helm_values(install)),
        secret=secret,
    )


def _workload_last(objects: Iterable[Manifest]) -> list[Manifest]:
    """A workload starts with its permissions in place."""
    return sorted(objects, key=lambda each: each["kind"] in _WORKLOADS)


def _planned(
    objects: Iterable[Manifest],
    phase: Phase,
    parent: str,
    *,
    secret: bool = False,
    gates: bool = True,
) -> Iterator[PlannedObject]:
    for each in objects:
        metadata = each["metadata"]
        rest = {
            key: value
            for key, value in each.items()
            if key not in ("apiVersion", "kind", "metadata")
        }
        yield PlannedObject(
            api_version=each["apiVersion"],
            kind=each["kind"],
            name=metadata["name"],
            namespace=metadata.get("namespace"),
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            phase=phase,
            parent=parent,
            body=constant(rest),
            options=replace(_options(each["kind"]), gates=gates),
            secret=secret,
        )


def _options(kind: str) -> ObjectOptions:
    if kind == "Service":
        # It would be awaited until it has endpoints: the webhook's comes before the pods behind
        # it, and a speaker's may have none at all. Neither gates anything.
        return ObjectOptions(skips_await=True)
    return ObjectOptions(waits_for=CA_BUNDLE) if kind == _VALIDATING else ObjectOptions()
