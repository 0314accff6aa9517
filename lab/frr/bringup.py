"""From a stack file to a running lab in an FRR mode, up to the first established sessions."""

from __future__ import annotations

from pathlib import Path

from lab import bringup, rendering
from lab.bringup import DEFAULT_STACK, Cluster
from lab.frr import k8s, mode
from lab.frr.node import FrrNode
from lab.paths import STACKS
from lab.site import Lab
from lab.spawn import wait_until
from lab.topology import Topology

FRR_STACK = STACKS / "Pulumi.frr.yaml"
MODES = {"frr": mode.in_frr_mode, "frr-k8s": k8s.in_frr_k8s_mode}
"""What makes an existing MetalLB of the rendered objects, by BGP mode."""
UP = 120
"""FRR waits a while between two attempts, and each change is first held back for some seconds."""


def bring_up(
    lab: Lab, stack: Path = FRR_STACK, *, bgp_mode: str = "frr"
) -> tuple[Cluster, dict[str, FrrNode]]:
    """An existing MetalLB in an FRR mode with a stack's configuration; gives each node's FRR too.

    :param bgp_mode: that of the stack file.
    """
    cluster = prepared(lab, stack, bgp_mode)
    lab.apply_when_ready(cluster.configuration)
    nodes = {host: start(cluster, bgp_mode, host) for host in lab.fabric.hosts}
    wait_until("a BGP session for every node and router", cluster.sessions_up, seconds=UP)
    return cluster, nodes


def start(
    cluster: Cluster, bgp_mode: str, host: str, vrfs: dict[str, str] | None = None
) -> FrrNode:
    """The speaker of one node and its FRR.

    :param vrfs: by name, the network namespaces that are the node's VRFs.
    """
    lab = cluster.lab
    if bgp_mode == "frr":
        return mode.start_beside_frr(lab, cluster.daemon_set, host, vrfs=vrfs)
    (daemon,) = rendering.find(cluster.objects, "DaemonSet", k8s.NAME)
    node = k8s.start_daemon(lab, daemon, host, vrfs)
    lab.start_speaker(cluster.daemon_set, host)
    return node


def prepared(lab: Lab, stack: Path, bgp_mode: str, site: Topology | None = None) -> Cluster:
    """The controller runs and its webhook answers; the stack's own objects are not applied yet.

    :param site: the network, if not the one that the stack file describes.
    """
    cluster = bringup.prepare(lab, stack, site=site)
    built_in = rendering.render(DEFAULT_STACK, lab.folder / "rendered" / "installation")
    # Its routing and the key that goes with it are of another site.
    own = {(obj["kind"], obj["metadata"]["name"]) for obj in cluster.objects}
    install = [
        obj
        for obj in built_in
        if not rendering.is_configuration(obj) and (obj["kind"], obj["metadata"]["name"]) not in own
    ]
    cluster.objects = MODES[bgp_mode](install) + cluster.objects
    bringup.apply_install(cluster)
    bringup.start_controller(cluster)
    return cluster
