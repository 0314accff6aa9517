"""A cluster of MetalLB 0.12: one ConfigMap, and metrics in plain HTTP."""

from metallb.stackfile import stack_config
from tests.unit.status.conftest import NODES, NS, SECTIONS, pod, sessions

PODS = f"/api/v1/namespaces/{NS}/pods"
CONFIG_MAP = """\
peers:
- peer-address: 203.0.113.1
  peer-asn: 65530
  my-asn: 65000
  hold-time: {hold}
  node-selectors:
  - match-expressions:
    - {{key: kubernetes.io/hostname, operator: In, values: [node1, node2]}}
- peer-address: 203.0.113.2
  peer-asn: 65530
  my-asn: 65000
  hold-time: 3s
  node-selectors:
  - match-expressions:
    - {{key: kubernetes.io/hostname, operator: In, values: [node1, node2]}}
address-pools:
- {{name: default, protocol: bgp, {pool}}}
"""
POOL = "addresses: [203.0.113.128/28]"


def make_older(cluster, hold="3s", pool=POOL):
    """Have the cluster run 0.12."""
    cluster.replies[PODS] = [
        pod("controller-1", "controller", "cp", version="v0.12.1"),
        *[pod(f"speaker-{node}", "speaker", node, version="v0.12.1") for node in NODES],
    ]
    for each in cluster.replies[PODS]:
        each["spec"]["containers"][0].update(args=["--port=7472", "--config=config"], ports=[])
    cluster.texts["controller-1"] = "metallb_k8s_client_config_loaded_bool 1"
    for node in NODES:
        cluster.texts[f"speaker-{node}"] = sessions() + "metallb_k8s_client_config_loaded_bool 1"
    cluster.replies = {k: v for k, v in cluster.replies.items() if "metallb.io" not in k}
    cluster.replies[f"/api/v1/namespaces/{NS}/configmaps"] = [
        {
            "metadata": {"name": "config"},
            "data": {"config": CONFIG_MAP.format(hold=hold, pool=pool)},
        }
    ]


def older(cluster, hold, pool=POOL):
    """The status of a cluster of 0.12."""
    make_older(cluster, hold, pool)
    stack = stack_config({**SECTIONS, "install": {"version": "0.12.1"}}, source="test")
    return cluster.status(stack)
