"""Prometheus' targets in a cluster: what its own `kubernetes_sd_configs` finds.

Debian's build of Prometheus has no Kubernetes discovery. This reads the same from the API server
with the same account's rights, once, and gives targets the same labels (role endpointslice). Not
done: containers, whose ports that belong to no Service every ServiceMonitor drops.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.api import Api, Object
from lab.scraping import META, label_name

_SERVICE = "kubernetes.io/service-name"


def targets(api: Api, namespaces: Iterable[str]) -> list[Object]:
    """Every endpoint of every Service in some namespaces, as Prometheus reads it from a file."""
    return [
        {"targets": [f"{address}:{port['port']}"], "labels": labels | _port(port)}
        for namespace in namespaces
        for addresses, labels, ports in _endpoints(api, namespace)
        for address in addresses
        for port in ports
    ]


def _endpoints(
    api: Api, namespace: str
) -> Iterable[tuple[list[str], dict[str, str], list[Object]]]:
    services = {s["metadata"]["name"]: s for s in api.list("v1", "Service", namespace)}
    pods = {pod["metadata"]["name"]: pod for pod in api.list("v1", "Pod", namespace)}
    for found in api.list("discovery.k8s.io/v1", "EndpointSlice", namespace):
        service = services.get(found["metadata"].get("labels", {}).get(_SERVICE, ""))
        common = {f"{META}_namespace": namespace} | (_of("service", service) if service else {})
        for endpoint in found["endpoints"]:
            reference = endpoint.get("targetRef") or {}
            pod = pods.get(reference.get("name", "")) if reference.get("kind") == "Pod" else None
            labels = common | (_pod(pod) if pod else {})
            yield endpoint["addresses"], labels, found["ports"]


def _port(port: Object) -> dict[str, str]:
    return {
        f"{META}_endpointslice_port_name": port["name"],
        f"{META}_endpointslice_port_protocol": port["protocol"],
    }


def _pod(pod: Object) -> dict[str, str]:
    return _of("pod", pod) | {
        f"{META}_pod_node_name": pod["spec"]["nodeName"],
        f"{META}_pod_phase": pod["status"]["phase"],
    }


def _of(kind: str, obj: Object) -> dict[str, str]:
    """Name and labels of a Service or pod."""
    meta = obj["metadata"]
    labels: dict[str, str] = meta.get("labels", {})
    return {f"{META}_{kind}_name": meta["name"]} | {
        f"{META}_{kind}_label_{label_name(key)}": value for key, value in labels.items()
    }
