"""A cluster of any size as its API server would list it: MetalLB 0.16 on racks of twenty nodes.

Every tenth Service waits for an address, with an event about it; every tenth is announced by no
node, with an endpoint that is ready; each other one is announced by ten nodes. Every fiftieth node
has a session that is down.
"""

from collections.abc import Iterator
from typing import Any

from metallb.routing.crds import GROUP

__all__ = ["Lists", "lists", "metrics", "sections"]

NAMESPACE = "metallb-system"
RACK = 20
ANNOUNCERS = 10
Lists = dict[str, list[dict[str, Any]]]
"""Objects by the path that lists them."""


def _node(number: int) -> str:
    return f"node-{number:05}"


def _router(rack: int, router: int) -> str:
    return f"10.{rack // 250}.{rack % 250}.{router}"


def _address(service: int) -> str:
    return f"172.{16 + service // 65536}.{service // 256 % 256}.{service % 256}"


def sections(nodes: int, *, shared: bool, rack: int = RACK) -> dict[str, Any]:
    """The stack file's sections: racks with two routers.

    :param shared: whether the nodes of a rack share one BGPPeer a router, or have one each.
    :param rack: number of nodes of a rack; `lists` and `metrics` are about racks of twenty.
    """
    racks = [
        {
            "name": f"rack-{n}",
            "nodes": [_node(each) for each in range(n * rack, min((n + 1) * rack, nodes))],
            "routers": [{"name": f"tor-{r}", "address": _router(n, r)} for r in (1, 2)],
        }
        for n in range(-(-nodes // rack))
    ]
    return {
        "install": {"version": "0.16.2", "monitoring": {"serviceMonitor": True}},
        "kubernetes": {"context": "c"},
        "platform": {"kind": "static", "racks": racks, "sharedPeers": shared},
        "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "9s", "ecmpLimit": 64},
        "addressPools": {"default": {"addresses": ["172.16.0.0/15"]}},
    }


def lists(nodes: int, services: int, routing: list[dict[str, Any]]) -> Lists:
    """What the API server lists.

    :param routing: MetalLB's own objects, as the stack file has them.
    """
    inside = f"/api/v1/namespaces/{NAMESPACE}"
    metallb = f"/apis/{GROUP}/v1beta{{}}/namespaces/{NAMESPACE}/{{}}"
    kinds = {
        "BGPPeer": metallb.format(2, "bgppeers"),
        "IPAddressPool": metallb.format(1, "ipaddresspools"),
        "BGPAdvertisement": metallb.format(1, "bgpadvertisements"),
    }
    found: Lists = {path: [] for path in kinds.values()}
    for each in routing:
        if each["kind"] in kinds:
            found[kinds[each["kind"]]].append(each)
    waiting = [n for n in range(services) if n % 10 == 1]
    silent = [n for n in range(services) if n % 10 == 2]
    return found | {
        "/api/v1/nodes": [_node_object(n) for n in range(nodes)],
        f"{inside}/pods": [_pod("controller", "controller", "control-plane")]
        + [_pod(f"speaker-{_node(n)}", "speaker", _node(n)) for n in range(nodes)],
        f"{inside}/configmaps": [],
        "/api/v1/services": [_service(n, waits=n in set(waiting)) for n in range(services)],
        "/api/v1/events": [_event(n) for n in waiting],
        "/apis/discovery.k8s.io/v1/endpointslices": [_slice(n) for n in silent],
        metallb.format(1, "bfdprofiles"): [],
        metallb.format(1, "communities"): [],
        metallb.format(1, "configurationstates"): [
            _state(name) for name in (None, *map(_node, range(nodes)))
        ],
        metallb.format(1, "servicebgpstatuses"): [
            *_statuses(set(range(services)) - set(waiting) - set(silent), nodes)
        ],
        f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments": [],
        f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets": [],
    }


def metrics(number: int) -> str:
    """What the speaker of a node shows; every fiftieth has a session that is down."""
    up = [f'metallb_bgp_session_up{{peer="{_router(number // RACK, r)}:179"}} ' for r in (1, 2)]
    noise = [
        f'go_gc_duration_seconds{{quantile="{quantile / 20}"}} 0.001\n' for quantile in range(20)
    ]
    return (
        f"{up[0]}{0 if number % 50 == 49 else 1}\n{up[1]}1\n"
        "metallb_k8s_client_config_stale_bool 0\n" + "".join(noise)
    )


def _node_object(number: int) -> dict[str, Any]:
    name = _node(number)
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "zone": str(number // RACK),
    }
    ready = [{"type": "Ready", "status": "True"}]
    return {"metadata": {"name": name, "labels": labels}, "status": {"conditions": ready}}


def _pod(name: str, part: str, node: str) -> dict[str, Any]:
    container = {
        "name": part,
        "image": f"quay.io/metallb/{part}:v0.16.2",
        "args": ["--port=9120", "--log-level=info"],
        "ports": [{"name": "metricshttps", "containerPort": 9120}],
    }
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"component": part}},
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"hostIP": "127.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def _service(number: int, *, waits: bool) -> dict[str, Any]:
    ingress = [] if waits else [{"ip": _address(number)}]
    return {
        "metadata": {"name": f"web-{number}", "namespace": "default"},
        "spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Cluster"},
        "status": {"loadBalancer": {"ingress": ingress}},
    }


def _event(number: int) -> dict[str, Any]:
    return {
        "involvedObject": {"kind": "Service", "name": f"web-{number}", "namespace": "default"},
        "source": {"component": "metallb-controller"},
        "lastTimestamp": "2026-01-02T03:04:05Z",
        "message": "Failed to allocate IP: no available IPs",
    }


def _slice(number: int) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": f"web-{number}"}
    return {
        "metadata": {"name": f"web-{number}-a", "namespace": "default", "labels": labels},
        "endpoints": [{"nodeName": _node(0), "conditions": {"ready": True}}],
    }


def _state(node: str | None) -> dict[str, Any]:
    labels = {} if node is None else {"metallb.io/node-name": node}
    name = node or "controller"
    return {"metadata": {"name": name, "labels": labels}, "status": {"result": "Valid"}}


def _statuses(services: set[int], nodes: int) -> Iterator[dict[str, Any]]:
    for service in sorted(services):
        for step in range(min(ANNOUNCERS, nodes)):
            node = (service * ANNOUNCERS + step) % nodes
            yield {
                "metadata": {"name": f"s-{service}-{step}", "namespace": NAMESPACE},
                "status": {
                    "node": _node(node),
                    "serviceName": f"web-{service}",
                    "serviceNamespace": "default",
                    "peers": [f"rack-{node // RACK}-tor-{r}" for r in (1, 2)],
                },
            }
