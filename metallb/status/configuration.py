"""MetalLB's configuration as a cluster has it, and the workloads that read it. No Secrets."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from metallb.importing.installed import installed_by
from metallb.problems.errors import EngineError
from metallb.status.cluster import Cluster, ClusterError, LoggedOut, Object, Refused
from metallb.status.look import KINDS, objects_of

__all__ = ["Held", "configuration_of"]

_NAMESPACE = "metallb-system"
"""Where MetalLB's own manifests install it."""
_KINDS = (
    "BGPPeer",
    "IPAddressPool",
    "BGPAdvertisement",
    "L2Advertisement",
    "BFDProfile",
    "Community",
)
"""Kinds that have to be read."""
_FORMER = {"BGPPeer": "v1beta1"}
"""Versions that an older MetalLB serves in place of the one that is stored."""
_MORE = {
    "MetalLB": ("metallbs", "metallb.io/v1beta1"),
    "FRRConfiguration": ("frrconfigurations", "frrk8s.metallb.io/v1beta1"),
    "ConfigMap": ("configmaps", "v1"),
}
"""Kinds without which the rest is of use."""
_WORKLOADS = {"DaemonSet": "daemonsets", "Deployment": "deployments"}
_CONFIGMAPS = ("config", "extras")
"""Keys of those that MetalLB reads."""


@dataclass
class Held:
    """What a cluster holds.

    :ivar objects: as `kubectl get -o yaml` prints them.
    :ivar refused: kinds that could not be listed, and why.
    """

    objects: list[Object] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def configuration_of(cluster: Cluster, namespace: str | None = None) -> Held:
    """All that decides what MetalLB does.

    :param namespace: MetalLB's; None looks where its workloads are.
    :raises EngineError: the API server does not answer, or refuses a kind that has to be read.
    """
    held = Held()
    workloads = list(_workloads(cluster, held, namespace))
    homes = [str((each.get("metadata") or {}).get("namespace")) for each in workloads]
    home = namespace or next(iter(homes), _NAMESPACE)
    held.objects += [each for each, place in zip(workloads, homes, strict=True) if place == home]
    for kind in _KINDS:
        try:
            items = objects_of(cluster, kind, home)
            if items is None and kind in _FORMER:
                items = objects_of(cluster, kind, home, _FORMER[kind])
        except LoggedOut:
            raise
        except Refused as error:
            raise _needed(kind, home, error) from error
        held.objects += items or ()
    for kind, (plural, version) in _MORE.items():
        root = "/api" if "/" not in version else "/apis"
        path = f"{root}/{version}/namespaces/{home}/{plural}"
        for each in _listed(cluster, held, kind, path):
            if kind != "ConfigMap" or any(key in (each.get("data") or {}) for key in _CONFIGMAPS):
                held.objects.append(_whole(each, kind, version))
    return held


def _workloads(cluster: Cluster, held: Held, namespace: str | None) -> Iterator[Object]:
    """MetalLB's workloads, those with the speakers first."""
    within = f"namespaces/{namespace}/" if namespace else ""
    for kind, plural in _WORKLOADS.items():
        for each in _listed(cluster, held, kind, f"/apis/apps/v1/{within}{plural}"):
            whole = _whole(each, kind, "apps/v1")
            if installed_by(whole, ()).runs:
                yield whole


def _listed(cluster: Cluster, held: Held, kind: str, path: str) -> list[Object]:
    try:
        return cluster.list(path) or []
    except LoggedOut:
        raise
    except Refused as error:
        held.refused.append(f"{kind}: {error.answer}")
        return []


def _whole(item: Object, kind: str, version: str) -> Object:
    """An item of a list with what the list alone has."""
    return {"apiVersion": version, "kind": kind, **item}


def _needed(kind: str, home: str, error: ClusterError) -> EngineError:
    plural = KINDS[kind].rpartition("/")[2]
    return Refused(
        f"the API server refuses to list {kind} objects of {home}: {error.answer}",
        answer=error.answer,
        detail="Without them a part of the configuration would be lost.",
        help=f"use a kubeconfig that may list {plural}.metallb.io there",
    )
