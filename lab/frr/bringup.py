"""From a stack file to a running lab in an FRR mode, up to the first established sessions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab import bringup, rendering
from lab.api import Object
from lab.bringup import DEFAULT_STACK, Cluster
from lab.frr import k8s, mode
from lab.frr.node import FrrNode
from lab.paths import STACKS
from lab.site import Lab
from lab.spawn import wait_until

FRR_STACK = STACKS / "Pulumi.frr.yaml"
_UP = 120
"""FRR waits a while between two attempts, and each change is first held back for some seconds."""


def bring_up(lab: Lab, stack: Path = FRR_STACK) -> tuple[Cluster, dict[str, FrrNode]]:
    """An existing MetalLB in FRR mode with a stack's configuration; gives each node's FRR too."""
    cluster = _prepared(lab, stack, mode.in_frr_mode)
    lab.apply_when_ready(cluster.configuration)
    nodes = {
        host: mode.start_beside_frr(lab, cluster.daemon_set, host) for host in lab.fabric.hosts
    }
    wait_until("a BGP session for every node and router", cluster.sessions_up, seconds=_UP)
    return cluster, nodes


def bring_up_frr_k8s(lab: Lab, stack: Path) -> tuple[Cluster, dict[str, FrrNode]]:
    """An existing MetalLB in mode frr-k8s with a stack's configuration; gives each node's FRR."""
    cluster = _prepared(lab, stack, k8s.in_frr_k8s_mode)
    lab.apply_when_ready(cluster.configuration)
    (daemon,) = rendering.find(cluster.objects, "DaemonSet", k8s.NAME)
    nodes = {host: k8s.start_daemon(lab, daemon, host) for host in lab.fabric.hosts}
    for host in lab.fabric.hosts:
        lab.start_speaker(cluster.daemon_set, host)
    wait_until("a BGP session for every node and router", cluster.sessions_up, seconds=_UP)
    return cluster, nodes


def _prepared(lab: Lab, stack: Path, installed: Callable[[list[Object]], list[Object]]) -> Cluster:
    """The controller runs and its webhook answers; the stack's own objects are not applied yet."""
    cluster = bringup.prepare(lab, stack)
    built_in = rendering.render(DEFAULT_STACK, lab.folder / "rendered" / "installation")
    # Its routing and the key that goes with it are of another site.
    own = {(obj["kind"], obj["metadata"]["name"]) for obj in cluster.objects}
    install = [
        obj
        for obj in built_in
        if not rendering.is_configuration(obj) and (obj["kind"], obj["metadata"]["name"]) not in own
    ]
    cluster.objects = installed(install) + cluster.objects
    bringup.apply_install(cluster)
    bringup.start_controller(cluster)
    return cluster
