"""One look at a cluster: everything status judges by, fetched at once."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from metallb.status.cluster import Cluster, MetricsUnreadable, Object
from metallb.status.endpoints import endpoints
from metallb.status.logs import SessionLog, parse_log
from metallb.status.metrics import Samples

__all__ = ["KINDS", "Look", "look"]

KINDS = {
    "BGPPeer": "v1beta2/{}/bgppeers",
    "IPAddressPool": "v1beta1/{}/ipaddresspools",
    "BGPAdvertisement": "v1beta1/{}/bgpadvertisements",
    "BFDProfile": "v1beta1/{}/bfdprofiles",
    "Community": "v1beta1/{}/communities",
    "ConfigurationState": "v1beta1/{}/configurationstates",
}
_SPEAKER, _CONTROLLER = "speaker", "controller"
_AT_ONCE = 16


@dataclass
class Look:
    """What was there. Objects are as the API server gives them.

    :ivar objects: MetalLB's objects by kind; a kind that the cluster does not know is absent.
    :ivar metrics: samples by pod name.
    :ivar unreadable: why a pod's metrics could not be had, by pod name.
    :ivar sessions: frr-k8s' BGPSessionStates.
    :ivar logs: what speakers' logs say of their sessions, by pod name and router.
    """

    nodes: list[Object] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    services: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    config_map: str | None = None
    objects: dict[str, list[Object]] = field(default_factory=dict)
    sessions: list[Object] = field(default_factory=list)
    metrics: dict[str, Samples] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    logs: dict[str, dict[str, SessionLog]] = field(default_factory=dict)

    def speakers(self) -> dict[str, Object]:
        """Speaker pods by node."""
        return {
            str((pod.get("spec") or {}).get("nodeName")): pod
            for pod in self.pods
            if component(pod) == _SPEAKER
        }

    def controllers(self) -> list[Object]:
        """Controller pods."""
        return [pod for pod in self.pods if component(pod) == _CONTROLLER]


def look(cluster: Cluster, namespace: str) -> Look:
    """Fetch everything.

    :raises EngineError: the API server does not answer, or refuses a list.
    """
    inside = f"/api/v1/namespaces/{namespace}"
    found = Look(
        nodes=cluster.list("/api/v1/nodes") or [],
        pods=cluster.list(f"{inside}/pods") or [],
        services=[
            service
            for service in cluster.list("/api/v1/services") or []
            if service["spec"].get("type") == "LoadBalancer"
        ],
    )
    if any(not _addresses(service) for service in found.services):
        found.events = cluster.list("/api/v1/events") or []
    for config_map in cluster.list(f"{inside}/configmaps") or []:
        if config_map["metadata"]["name"] == "config":
            found.config_map = (config_map.get("data") or {}).get("config")
    for kind, place in KINDS.items():
        version, plural = place.split("/{}/")
        items = cluster.list(f"/apis/metallb.io/{version}/namespaces/{namespace}/{plural}")
        if items is not None:
            found.objects[kind] = items
    states = cluster.list("/apis/frrk8s.metallb.io/v1beta1/bgpsessionstates")
    found.sessions = states or []
    _read_metrics(cluster, found)
    return found


def component(pod: Object) -> str:
    """speaker or controller, as manifests and chart label them."""
    labels = pod["metadata"].get("labels") or {}
    return str(labels.get("app.kubernetes.io/component") or labels.get("component") or "")


def _read_metrics(cluster: Cluster, found: Look) -> None:
    pods = [pod for pod in found.pods if component(pod) in (_SPEAKER, _CONTROLLER)]
    if not pods:
        return
    # The first one alone: it finds the route that the others then take.
    _read_one(cluster, found, pods[0])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda pod: _read_one(cluster, found, pod), pods[1:]))


def _read_one(cluster: Cluster, found: Look, pod: Object) -> None:
    name = pod["metadata"]["name"]
    try:
        for place in endpoints(pod):
            samples = cluster.metrics(pod, place.port, secure=place.secure)
            for metric, series in samples.items():
                found.metrics.setdefault(name, {}).setdefault(metric, []).extend(series)
    except MetricsUnreadable as error:
        found.unreadable[name] = str(error)
    if component(pod) == _SPEAKER:
        found.logs[name] = parse_log(cluster.log(pod))


def _addresses(service: Object) -> list[str]:
    ingress: Iterable[Any] = ((service.get("status") or {}).get("loadBalancer") or {}).get(
        "ingress"
    ) or ()
    return [str(entry["ip"]) for entry in ingress if entry.get("ip")]
