"""FRR mode: the speaker writes FRR's configuration, and an exporter of its own has metrics.

MetalLB's chart installs it; here the rendered workloads get what the chart adds to them (facts of
charts/metallb/templates/speaker.yaml, 0.16.1), as an installation of another owner has it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from lab import rendering
from lab.api import Object
from lab.frr.node import FrrNode
from lab.paths import BIN
from lab.pods import ACCOUNT
from lab.site import Lab
from lab.spawn import wait_until

METRICS_PORT = 9121
SHARED = "etc/frr_reloader"
"""Below a pod's root folder: what MetalLB and the reloader have in common."""


def in_frr_mode(objects: list[Object]) -> list[Object]:
    """The same objects with workloads that run in FRR mode."""
    objects = speaking(objects, "frr")
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


def speaking(objects: list[Object], mode: str) -> list[Object]:
    """A copy of the objects whose workloads are configured for a BGP mode."""
    objects = copy.deepcopy(objects)
    for workload in rendering.find(objects, "Deployment") + rendering.find(objects, "DaemonSet"):
        container = workload["spec"]["template"]["spec"]["containers"][0]
        container.setdefault("env", []).append({"name": "METALLB_BGP_TYPE", "value": mode})
    return objects


def start_beside_frr(
    lab: Lab,
    workload: Object,
    host: str,
    program: Callable[[str], str] = str,
    *,
    vrfs: dict[str, str] | None = None,
) -> FrrNode:
    """The pod of one node, with FRR beside its first container; the others read FRR's vtysh.

    :param program: what was built for a container, by the container's name.
    :param vrfs: by name, the network namespaces that are the node's VRFs.
    """
    pod = lab.daemon_pod(workload, host)
    wait_until(f"the mounts of {pod.name}", pod.mountable)
    pod.unpack()
    log = lab.folder / "logs" / f"frr-{host}.log"
    frr = FrrNode(lab.record, host, pod.ns, pod.folder / "frr", log, vrfs or {})
    frr.start(pod.root / SHARED)
    pod.run()
    # In the pod they are at this place, and so in FRR's view of the machine.
    credentials = {f"/{ACCOUNT}".replace("/var/run/", "/run/"): pod.root / ACCOUNT}
    for reader in pod.spec["containers"][1:]:
        words = [str(BIN / program(reader["name"])), *pod.arguments(reader)]
        frr.run(reader["name"], words, mounts=credentials, environment=pod.environment())
    pod.report(ready=True)
    return frr
