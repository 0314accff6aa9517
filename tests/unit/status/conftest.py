"""A cluster of recorded replies, in the shapes of a running MetalLB 0.16.1."""

import copy
from typing import Any

import pytest

from metallb.stackfile import StackConfig, stack_config
from metallb.status.cluster import MetricsUnreadable, Object, Refused
from metallb.status.judge import judge
from metallb.status.look import look
from metallb.status.metrics import Samples, parse_metrics
from metallb.status.model import Status

NS = "metallb-system"
NODES = ("node1", "node2")
ROUTERS = {"rack1-tor1": "203.0.113.1", "rack1-tor2": "203.0.113.2"}
SECTIONS: dict[str, Any] = {
    "install": {"version": "0.16.1"},
    "platform": {
        "kind": "static",
        "racks": [
            {
                "name": "rack1",
                "nodes": list(NODES),
                "routers": [
                    {"name": "tor1", "address": "203.0.113.1"},
                    {"name": "tor2", "address": "203.0.113.2"},
                ],
            }
        ],
    },
    "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
    "addressPools": {"default": {"addresses": ["203.0.113.128/28"]}},
}


def pod(name: str, part: str, node: str, *, version: str = "v0.16.1") -> Object:
    return {
        "metadata": {"name": name, "namespace": NS, "labels": {"component": part}},
        "spec": {
            "nodeName": node,
            "containers": [
                {
                    "name": part,
                    "image": f"quay.io/metallb/{part}:{version}",
                    "args": ["--port=9120", "--log-level=info"],
                    "ports": [{"name": "metricshttps", "containerPort": 9120}],
                }
            ],
        },
        "status": {"hostIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def sessions(*down: str) -> str:
    lines = ["# HELP metallb_bgp_session_up BGP session state (1 is up, 0 is down)"]
    lines += [
        f'metallb_bgp_session_up{{peer="{address}:179"}} {0 if address in down else 1}'
        for address in ROUTERS.values()
    ]
    return "\n".join([*lines, "metallb_k8s_client_config_stale_bool 0", ""])


class Recorded:
    """Replies by path; everything may be changed by a test."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, int, bool]] = []
        self.listed: list[str] = []
        self.forbidden: set[str] = set()
        self.logs: dict[str, str] = {}
        self.without_token = ""
        self.texts: dict[str, str | None] = {f"speaker-{node}": sessions() for node in NODES}
        self.texts["controller-1"] = "metallb_k8s_client_config_stale_bool 0\n"
        group = "/apis/metallb.io/v1beta{}/namespaces/metallb-system/{}"
        self.peers = group.format(2, "bgppeers")
        self.pools = group.format(1, "ipaddresspools")
        self.states = group.format(1, "configurationstates")
        self.replies: dict[str, list[Object]] = {
            "/api/v1/nodes": [
                {"metadata": {"name": n, "labels": {"kubernetes.io/hostname": n}}, "status": {}}
                for n in NODES
            ],
            f"/api/v1/namespaces/{NS}/pods": [
                pod("controller-1", "controller", "cp"),
                *[pod(f"speaker-{node}", "speaker", node) for node in NODES],
            ],
            "/api/v1/services": [],
            f"/api/v1/namespaces/{NS}/configmaps": [],
            self.peers: [
                {
                    "metadata": {"name": name},
                    "spec": {
                        "myASN": 65000,
                        "peerASN": 65530,
                        "peerAddress": address,
                        "peerPort": 179,
                        "holdTime": "3s",
                        "disableMP": False,
                        "nodeSelectors": [
                            {
                                "matchExpressions": [
                                    {
                                        "key": "kubernetes.io/hostname",
                                        "operator": "In",
                                        "values": list(NODES),
                                    }
                                ]
                            }
                        ],
                    },
                }
                for name, address in ROUTERS.items()
            ],
            self.pools: [
                {
                    "metadata": {"name": "default"},
                    "spec": {"addresses": ["203.0.113.128/28"], "autoAssign": True},
                    "status": {
                        "assignedIPv4": 1,
                        "assignedIPv6": 0,
                        "availableIPv4": 15,
                        "availableIPv6": 0,
                    },
                }
            ],
            group.format(1, "bgpadvertisements"): [
                {
                    "metadata": {"name": "default"},
                    "spec": {
                        "ipAddressPools": ["default"],
                        "aggregationLength": 32,
                        "aggregationLengthV6": 128,
                    },
                }
            ],
            group.format(1, "bfdprofiles"): [],
            group.format(1, "communities"): [],
            self.states: [
                self.state("controller", None),
                *[self.state(f"speaker-{node}", node) for node in NODES],
            ],
        }

    @staticmethod
    def state(name: str, node: str | None) -> Object:
        labels = {"metallb.io/component-type": "speaker" if node else "controller"}
        if node:
            labels["metallb.io/node-name"] = node
        return {"metadata": {"name": name, "labels": labels}, "status": {"result": "Valid"}}

    def list(self, path: str) -> list[Object] | None:
        self.listed.append(path)
        if path in self.forbidden:
            kind = path.rpartition("/")[2]
            answer = f"403 {kind} is forbidden"
            raise Refused(f"the API server refuses GET {path}: {answer}", answer=answer)
        found = self.replies.get(path)
        return copy.deepcopy(found) if found is not None else None

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        name = pod["metadata"]["name"]
        self.requests.append((name, port, secure))
        text = self.texts[name]
        if text is None:
            raise MetricsUnreadable("401 Unauthorized")
        return parse_metrics(text)

    def token_trouble(self) -> str:
        return self.without_token

    def log(self, pod: Object) -> str:
        return self.logs.get(pod["metadata"]["name"], "")

    def status(self, config: StackConfig | None = None) -> Status:
        config = config or stack_config(SECTIONS, source="test")
        return judge(look(self, config.install), config, "lab", None)


@pytest.fixture
def cluster() -> Recorded:
    return Recorded()
