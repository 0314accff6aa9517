"""What kubelets, the scheduler and the controller-manager would write, written by hand.

Nodes with their labels and addresses, and the endpoints of Services. Selectors and tolerations are
evaluated for real: a rendered selector that matches nothing gets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lab.api import Api, Object
from lab.topology import Host


def node(host: Host) -> Object:
    """The Node object of a host."""
    taints = [
        dict(zip(("key", "effect"), taint.rsplit(":", 1), strict=True)) for taint in host.taints
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": host.name,
            "labels": {
                "kubernetes.io/hostname": host.name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                **host.labels,
            },
        },
        "spec": {"taints": taints} if taints else {},
    }


def add_node(api: Api, host: Host) -> None:
    """Register a node and call it ready."""
    obj = node(host)
    api.apply(obj)
    conditions = [
        {"type": "Ready", "status": "True", "reason": "KubeletReady"},
        {"type": "NetworkUnavailable", "status": "False", "reason": "Routed"},
    ]
    addresses = [
        {"type": "InternalIP", "address": str(host.address)},
        {"type": "Hostname", "address": host.name},
    ]
    api.merge(obj, {"status": {"conditions": conditions, "addresses": addresses}}, part="status")
    # The API server taints a new node until its controller-manager finds it ready.
    api.merge(obj, {"spec": {"taints": obj["spec"].get("taints")}})


def runs_on(template: Object, node: Object) -> bool:
    """Whether the scheduler would place a pod of this template on a node."""
    spec = template["spec"]
    labels = node["metadata"].get("labels", {})
    if any(labels.get(key) != value for key, value in spec.get("nodeSelector", {}).items()):
        return False
    taints = node["spec"].get("taints", [])
    return all(
        any(_tolerates(toleration, taint) for toleration in spec.get("tolerations", []))
        for taint in taints
        if taint["effect"] in ("NoSchedule", "NoExecute")
    )


def _tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    wanted = (toleration.get("key"), toleration.get("value", ""))
    return wanted == (taint["key"], taint.get("value", ""))


def matches(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """A Service's selector against a pod's labels; an empty one matches nothing."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def publish_endpoints(api: Api, namespace: str) -> list[str]:
    """Write an EndpointSlice for each Service of a namespace that selects a pod; name those."""
    pods = api.list("v1", "Pod", namespace)
    published = []
    for service in api.list("v1", "Service", namespace):
        chosen = [
            pod
            for pod in pods
            if matches(service["spec"].get("selector", {}), pod["metadata"].get("labels", {}))
            and pod.get("status", {}).get("podIP")
        ]
        if not chosen:
            continue
        ports = [
            {
                "name": port.get("name", ""),
                "port": _target(port, chosen[0]),
                "protocol": port.get("protocol", "TCP"),
            }
            for port in service["spec"]["ports"]
        ]
        places = [
            (pod["status"]["podIP"], pod["spec"]["nodeName"], _is_ready(pod)) for pod in chosen
        ]
        found = endpoint_slice(service["metadata"]["name"], namespace, ports, places)
        for endpoint, pod in zip(found["endpoints"], chosen, strict=True):
            # By this Prometheus learns the pod's name and node.
            endpoint["targetRef"] = {"kind": "Pod", "name": pod["metadata"]["name"]}
            endpoint["targetRef"] |= {"namespace": namespace, "uid": pod["metadata"]["uid"]}
        api.apply(found)
        published.append(service["metadata"]["name"])
    return published


def endpoint_slice(
    service: str, namespace: str, ports: list[Object], places: Iterable[tuple[str, str, bool]]
) -> Object:
    """The one slice of a Service; a place is address, node, ready."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "metadata": {
            "name": f"{service}-lab",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": service},
        },
        "ports": ports,
        "endpoints": [
            {
                "addresses": [address],
                "nodeName": node_name,
                "conditions": {"ready": ready, "serving": ready, "terminating": False},
            }
            for address, node_name, ready in places
        ],
    }


def endpoints(
    service: str, namespace: str, ports: list[Object], places: Iterable[tuple[str, str, bool]]
) -> Object:
    """The same as the older object, which clusters still have: MetalLB 0.12 reads no other."""
    ready: list[Object] = []
    unready: list[Object] = []
    for address, node_name, is_ready in places:
        (ready if is_ready else unready).append({"ip": address, "nodeName": node_name})
    subset = {"ports": ports, "addresses": ready, "notReadyAddresses": unready}
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": service, "namespace": namespace},
        "subsets": [{key: value for key, value in subset.items() if value}],
    }


def _target(port: Object, pod: Object) -> int:
    """A Service port's number in the pod; a name is looked up among the container's ports."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    named = {
        known["name"]: known["containerPort"]
        for container in pod["spec"]["containers"]
        for known in container.get("ports", [])
        if "name" in known
    }
    return int(named.get(target, 0))


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
