"""One look at a cluster: everything status judges by, fetched at once."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from metallb.releases import BgpMode, ConfigFormat
from metallb.stackfile.install import Install, Source
from metallb.status.calls import answers
from metallb.status.cluster import Cluster, MetricsUnreadable, Object, Refused
from metallb.status.config_maps import configuration_map
from metallb.status.endpoints import endpoints
from metallb.status.logs import SessionLog, parse_log
from metallb.status.metrics import Samples
from metallb.status.pods import (
    CONTROLLER,
    SPEAKER,
    component,
    is_leaving,
    is_over,
    is_waiting,
    node_of,
    node_trouble,
    pod_trouble,
    preferred,
)

__all__ = [
    "KINDS",
    "Look",
    "addresses_of",
    "bgp_objects_of",
    "look",
    "look_at_sessions",
    "objects_of",
]

KINDS = {
    "BGPPeer": "v1beta2/{}/bgppeers",
    "IPAddressPool": "v1beta1/{}/ipaddresspools",
    "BGPAdvertisement": "v1beta1/{}/bgpadvertisements",
    "L2Advertisement": "v1beta1/{}/l2advertisements",
    "BFDProfile": "v1beta1/{}/bfdprofiles",
    "Community": "v1beta1/{}/communities",
    "ConfigurationState": "v1beta1/{}/configurationstates",
    "ServiceBGPStatus": "v1beta1/{}/servicebgpstatuses",
    "ServiceL2Status": "v1beta1/{}/servicel2statuses",
}
_OF_BGP = ("BGPPeer", "IPAddressPool", "BGPAdvertisement", "BFDProfile", "Community")
_WORKLOADS = {"Deployment": "deployments", "DaemonSet": "daemonsets"}
_SESSIONS = "/apis/frrk8s.metallb.io/v1beta1/bgpsessionstates"
_AT_ONCE = 16


@dataclass
class Look:
    """What was there. Objects are as the API server gives them; nodes and pods do not change.

    :ivar pods: those of MetalLB's namespace of which something runs, or will.
    :ivar config_map: the document of the ConfigMap that 0.12 reads.
    :ivar config_map_name: its name, by the controller's argument --config.
    :ivar endpoints: EndpointSlices; read where no speaker announces a Service.
    :ivar objects: MetalLB's objects and its workloads by kind; a kind that the cluster does not
        have, or that was not read, is absent.
    :ivar kube_proxy: kube-proxy's configuration, as kubeadm keeps it; read beside layer 2 alone,
        and None where there is none.
    :ivar kube_proxy_refused: the API server's answer in place of it.
    :ivar frr_configurations: FRRConfigurations, those that speakers write among them.
    :ivar frr_configurations_refused: the API server's answer in place of them.
    :ivar refused: the API server's answer in place of a list, by kind.
    :ivar metrics: samples by pod name.
    :ivar unreadable: why a pod's metrics can't be read, by pod name.
    :ivar without_token: why speakers that want a token can't be shown one; empty where they can,
        or where none wants it.
    :ivar sessions: frr-k8s' BGPSessionStates.
    :ivar logs: sessions in speakers' logs, by pod name and router.
    """

    nodes: list[Object] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    services: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    endpoints: list[Object] = field(default_factory=list)
    config_map: str | None = None
    config_map_name: str = "config"
    objects: dict[str, list[Object]] = field(default_factory=dict)
    sessions: list[Object] = field(default_factory=list)
    metrics: dict[str, Samples] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    without_token: str = ""
    logs: dict[str, dict[str, SessionLog]] = field(default_factory=dict)
    kube_proxy: str | None = None
    kube_proxy_refused: str = ""
    frr_configurations: list[Object] = field(default_factory=list)
    frr_configurations_refused: str = ""
    refused: dict[str, str] = field(default_factory=dict)

    def speakers(self) -> dict[str, Object]:
        """Speaker pods by node: the one that works, where another one comes or goes."""
        return self._speakers

    @cached_property
    def _speakers(self) -> dict[str, Object]:
        found: dict[str, list[Object]] = {}
        for pod in self.pods:
            if component(pod) == SPEAKER and node_of(pod):
                found.setdefault(node_of(pod), []).append(pod)
        return {node: preferred(pods) for node, pods in found.items()}

    def unplaced(self) -> list[Object]:
        """Speaker pods that no node was found for yet."""
        return [pod for pod in self.pods if component(pod) == SPEAKER and not node_of(pod)]

    def controllers(self) -> list[Object]:
        """Controller pods; without those that leave, where others are there."""
        found = [pod for pod in self.pods if component(pod) == CONTROLLER]
        return [pod for pod in found if not is_leaving(pod)] or found

    def announcers(self) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
        """Peers by the nodes that announce a Service to them, by namespace and name of the Service.

        What a speaker that is gone left behind does not count.
        """
        speakers = self.speakers()
        found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        for item in self.objects.get("ServiceBGPStatus", []):
            status = item.get("status") or {}
            node, peers = str(status.get("node", "")), status.get("peers") or ()
            if node in speakers and peers:
                service = (str(status.get("serviceNamespace")), str(status.get("serviceName")))
                found.setdefault(service, {})[node] = tuple(str(peer) for peer in peers)
        return found

    def answering(self) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
        """Interfaces by the nodes that answer for a Service in layer 2, in the same way."""
        speakers = self.speakers()
        found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        for item in self.objects.get("ServiceL2Status", []):
            status = item.get("status") or {}
            node = str(status.get("node", ""))
            if node in speakers:
                service = (str(status.get("serviceNamespace")), str(status.get("serviceName")))
                names = (str(each.get("name")) for each in status.get("interfaces") or ())
                found.setdefault(service, {})[node] = tuple(sorted(names))
        return found

    def node(self, name: str) -> Object | None:
        """A node by its name."""
        return self._nodes.get(name)

    @cached_property
    def _nodes(self) -> dict[str, Object]:
        return {str(each["metadata"]["name"]): each for each in self.nodes}


def look(cluster: Cluster, install: Install) -> Look:
    """Fetch everything that such an installation has.

    :raises EngineError: the API server does not answer, or refuses nodes or pods; other lists that
        it refuses are noted.
    """
    inside = f"/api/v1/namespaces/{install.namespace}"
    pods = cluster.list(f"{inside}/pods") or []
    found = Look(
        nodes=cluster.list("/api/v1/nodes") or [],
        pods=[pod for pod in pods if not is_over(pod)],
    )
    found.services = [
        service
        for service in _listed(cluster, found, "Service", "/api/v1/services") or []
        if service["spec"].get("type") == "LoadBalancer"
    ]
    if any(not addresses_of(service) for service in found.services):
        found.events = _listed(cluster, found, "Event", "/api/v1/events") or []
    # Later releases do not read it, so one that is there has an owner who does not know that.
    config_maps = _listed(cluster, found, "ConfigMap", f"{inside}/configmaps") or []
    named = configuration_map(config_maps, found.controllers())
    found.config_map_name, found.config_map = named
    if install.release.format is not ConfigFormat.CONFIGMAP:
        for kind, place in KINDS.items():
            path = f"/apis/metallb.io/{place.format(f'namespaces/{install.namespace}')}"
            items = _listed(cluster, found, kind, path)
            if items is not None:
                found.objects[kind] = items
        if found.objects.get("L2Advertisement"):
            _read_kube_proxy(cluster, found)
        if _any_unannounced(found):
            path = "/apis/discovery.k8s.io/v1/endpointslices"
            found.endpoints = _listed(cluster, found, "EndpointSlice", path) or []
    if install.source is Source.BUILTIN:
        for kind, plural in _WORKLOADS.items():
            path = f"/apis/apps/v1/namespaces/{install.namespace}/{plural}"
            items = _listed(cluster, found, kind, path)
            if items is not None:
                found.objects[kind] = items
    if install.bgp_mode is BgpMode.FRR_K8S or _speak_frr_k8s(found):
        found.sessions = _listed(cluster, found, "BGPSessionState", _SESSIONS) or []
        _read_frr_configurations(cluster, found)
    _read_pods(cluster, found)
    return found


def look_at_sessions(cluster: Cluster, install: Install, nodes: Container[str]) -> Look:
    """What the sessions of some nodes are judged by, and nothing else.

    :param nodes: names of the nodes whose speakers are read.
    :raises EngineError: the API server does not answer, or refuses nodes, pods or peers.
    """
    namespaced = f"namespaces/{install.namespace}"
    pods = cluster.list(f"/api/v1/{namespaced}/pods") or []
    found = Look(
        nodes=[
            each
            for each in cluster.list("/api/v1/nodes") or []
            if each["metadata"]["name"] in nodes
        ],
        pods=[pod for pod in pods if component(pod) == SPEAKER and node_of(pod) in nodes],
    )
    found.pods = [pod for pod in found.pods if not is_over(pod)]
    for kind in ("BGPPeer", "ConfigurationState"):
        items = cluster.list(f"/apis/metallb.io/{KINDS[kind].format(namespaced)}")
        found.objects[kind] = items or []
    if install.bgp_mode is BgpMode.FRR_K8S or _speak_frr_k8s(found):
        found.sessions = cluster.list(_SESSIONS) or []
    _read_pods(cluster, found)
    return found


def bgp_objects_of(cluster: Cluster, namespace: str) -> Iterator[Object]:
    """MetalLB's objects that decide on sessions and announcements, as the cluster has them.

    :raises EngineError: the API server does not answer, or refuses them.
    """
    for kind in _OF_BGP:
        yield from objects_of(cluster, kind, namespace) or ()


def objects_of(
    cluster: Cluster, kind: str, namespace: str, version: str = ""
) -> list[Object] | None:
    """MetalLB's objects of one kind, with what a list of them leaves out; None where the API server
    does not serve the kind.

    :param version: of the API; empty takes that which MetalLB stores.
    :raises EngineError: the API server does not answer, or refuses them.
    """
    stored, _, place = KINDS[kind].partition("/")
    group = f"metallb.io/{version or stored}"
    items = cluster.list(f"/apis/{group}/{place.format(f'namespaces/{namespace}')}")
    if items is None:
        return None
    return [{"apiVersion": group, "kind": kind, **each} for each in items]


def _listed(cluster: Cluster, found: Look, kind: str, path: str) -> list[Object] | None:
    try:
        return cluster.list(path)
    except Refused as error:
        found.refused[kind] = error.answer
        return None


def _read_kube_proxy(cluster: Cluster, found: Look) -> None:
    """Its configuration, from the ConfigMap of kubeadm's; no answer is no trouble of MetalLB's."""
    try:
        listed = cluster.list("/api/v1/namespaces/kube-system/configmaps") or []
    except Refused as error:
        found.kube_proxy_refused = error.answer
        return
    for each in listed:
        if each["metadata"]["name"] == "kube-proxy":
            found.kube_proxy = (each.get("data") or {}).get("config.conf")


def _read_frr_configurations(cluster: Cluster, found: Look) -> None:
    """Those of every namespace, as frr-k8s reads them; a status is whole without them."""
    path = "/apis/frrk8s.metallb.io/v1beta1/frrconfigurations"
    try:
        found.frr_configurations = cluster.list(path) or []
    except Refused as error:
        found.frr_configurations_refused = error.answer


def _speak_frr_k8s(found: Look) -> bool:
    """Whether speakers leave BGP to frr-k8s, independent of the stack file."""
    modes = [
        variable.get("value")
        for pod in found.speakers().values()
        for container in (pod.get("spec") or {}).get("containers") or []
        for variable in container.get("env") or []
        if variable.get("name") == "METALLB_BGP_TYPE"
    ]
    return BgpMode.FRR_K8S in modes


@dataclass
class _Reading:
    """Metrics and log of one pod."""

    metrics: Samples = field(default_factory=dict)
    unreadable: str = ""
    log: dict[str, SessionLog] = field(default_factory=dict)


def _read_pods(cluster: Cluster, found: Look) -> None:
    running = []
    for pod in [*found.controllers(), *found.speakers().values()]:
        # A pod that does not run can't answer, and every call to a dead node takes its whole time.
        trouble = node_trouble(found.node(node_of(pod)))
        if trouble or is_waiting(pod):
            found.unreadable[pod["metadata"]["name"]] = trouble or pod_trouble(pod)
        else:
            running.append(pod)
    if any(_wants_token(pod) for pod in running):
        found.without_token = cluster.token_trouble()
    if found.without_token:
        for pod in filter(_wants_token, running):
            found.unreadable[pod["metadata"]["name"]] = found.without_token
        running = [pod for pod in running if not _wants_token(pod)]
    for pod, reading in _readings(cluster, running):
        name = pod["metadata"]["name"]
        found.metrics[name], found.logs[name] = reading.metrics, reading.log
        if reading.unreadable:
            found.unreadable[name] = reading.unreadable


def _wants_token(pod: Object) -> bool:
    return any(each.secure for each in endpoints(pod))


def _readings(cluster: Cluster, pods: list[Object]) -> Iterator[tuple[Object, _Reading]]:
    # The first one alone: it finds the route that the others then take.
    for some in (pods[:1], pods[1:]):
        yield from answers(some, lambda pod: _read(cluster, pod), at_once=_AT_ONCE)


def _read(cluster: Cluster, pod: Object) -> _Reading:
    reading = _Reading()
    try:
        for place in endpoints(pod):
            samples = cluster.metrics(pod, place.port, secure=place.secure)
            for metric, series in samples.items():
                reading.metrics.setdefault(metric, []).extend(series)
    except MetricsUnreadable as error:
        # The log only adds to the metrics, and comes from the same node.
        reading.unreadable = str(error)
        return reading
    if component(pod) == SPEAKER:
        reading.log = parse_log(cluster.log(pod))
    return reading


def _any_unannounced(found: Look) -> bool:
    """Whether a Service has an address that no speaker announces."""
    if "ServiceBGPStatus" not in found.objects:
        return False
    announced = {*found.announcers(), *found.answering()}
    return any(
        addresses_of(service)
        and (service["metadata"]["namespace"], service["metadata"]["name"]) not in announced
        for service in found.services
    )


def addresses_of(service: Object) -> list[str]:
    """The addresses that a Service has been given."""
    ingress: Iterable[Any] = ((service.get("status") or {}).get("loadBalancer") or {}).get(
        "ingress"
    ) or ()
    return [str(entry["ip"]) for entry in ingress if entry.get("ip")]
