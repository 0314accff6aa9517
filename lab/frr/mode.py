"""FRR mode: the speaker writes FRR's configuration, and an exporter of its own tells of sessions.

MetalLB's chart installs it; here the rendered workloads get what the chart adds to them (facts of
charts/metallb/templates/speaker.yaml, 0.16.1), as the installation of somebody else would have it.
"""

from __future__ import annotations

import copy
from pathlib import Path

from lab import rendering
from lab.api import Object
from lab.frr.node import FrrNode
from lab.paths import BIN
from lab.pods import ACCOUNT, Pod
from lab.site import Lab
from lab.spawn import wait_until

METRICS_PORT = 9121
SHARED = "etc/frr_reloader"
"""Below a pod's root folder: what MetalLB and the reloader have in common."""


def in_frr_mode(objects: list[Object]) -> list[Object]:
    """The same objects with workloads that run in FRR mode."""
    objects = copy.deepcopy(objects)
    for workload in rendering.find(objects, "Deployment") + rendering.find(objects, "DaemonSet"):
        container = workload["spec"]["template"]["spec"]["containers"][0]
        container.setdefault("env", []).append({"name": "METALLB_BGP_TYPE", "value": "frr"})
    (daemon_set,) = rendering.find(objects, "DaemonSet")
    spec = daemon_set["spec"]["template"]["spec"]
    speaker = spec["containers"][0]
    speaker["env"] += [
        {"name": "FRR_CONFIG_FILE", "value": f"/{SHARED}/frr.conf"},
        {"name": "FRR_RELOADER_PID_FILE", "value": f"/{SHARED}/reloader.pid"},
    ]
    speaker.setdefault("volumeMounts", []).append({"name": "reloader", "mountPath": f"/{SHARED}"})
    spec.setdefault("volumes", []).append({"name": "reloader", "emptyDir": {}})
    spec["containers"].append(
        {
            "name": "frr-metrics",
            "image": "quay.io/frrouting/frr:10.5.3",
            "args": [f"--metrics-port={METRICS_PORT}", "--metrics-bind-address=0.0.0.0"],
            "ports": [{"name": "frrmetricshttps", "containerPort": METRICS_PORT}],
        }
    )
    return objects


def start_speaker(lab: Lab, workload: Object, host: str) -> FrrNode:
    """The pod of one node, with FRR beside the speaker."""
    pod = lab.daemon_pod(workload, host)
    wait_until(f"the mounts of {pod.name}", pod.mountable)
    pod.unpack()
    frr = frr_of(lab, pod)
    frr.start(pod.root / SHARED)
    pod.run()
    exporter = pod.spec["containers"][1]
    words = [str(BIN / exporter["name"]), *pod.arguments(exporter)]
    frr.run(exporter["name"], words, mounts=credentials(pod), environment=pod.environment())
    pod.report(ready=True)
    return frr


def credentials(pod: Pod) -> dict[str, Path]:
    """The account's credentials where a pod has them, for a program that sees the machine."""
    return {f"/{ACCOUNT}".replace("/var/run/", "/run/"): pod.root / ACCOUNT}


def frr_of(lab: Lab, pod: Pod) -> FrrNode:
    """The FRR of a pod's node."""
    log = lab.folder / "logs" / f"frr-{pod.node}.log"
    return FrrNode(lab.record, pod.node, pod.ns, pod.folder / "frr", log)
