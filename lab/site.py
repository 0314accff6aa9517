"""The lab as a whole: control plane, fabric, MetalLB and a service behind an address.

`Lab` is what the command line and the tests drive. Each step is a method of its own, so that a
test can stop between two of them (a controller that starts late, a node that joins).
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable

from lab import build, cluster, needs, rendering
from lab.api import Api, Object, Refused, in_order
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.fabric import Fabric
from lab.paths import ROOT, RUN
from lab.pods import Pod
from lab.record import Record
from lab.spawn import spawn, wait_until
from lab.topology import Host, Topology

BACKEND_PORT = 80
CONTROLLER_NODE = "control-plane"
"""The controller's pod runs beside the API server, in the control plane's namespace."""


class Lab:
    """One running lab, found again by its name."""

    def __init__(self, name: str = "lab") -> None:
        self.name = name
        self.folder = RUN / name
        self.record = Record.load(self.folder / "record.json")
        self.plane: ControlPlane
        self.api: Api
        self.fabric: Fabric
        self.pods: dict[str, Pod] = {}

    # -- start and end -------------------------------------------------------------------------

    def is_up(self) -> bool:
        """Whether any of the recorded processes runs."""
        return any(process.alive() for process in self.record.processes)

    def refuse_if_up(self) -> None:
        """One lab of a name at a time."""
        if self.is_up():
            raise LabError(
                f"the lab {self.name} is running already",
                detail="Its network namespaces and ports have its name, so it runs once.",
                help="use it as it is, or run `python -m lab down` first",
            )

    def start_plane(self) -> None:
        """Build the programs if need be, then start the API server alone."""
        needs.require()
        self.refuse_if_up()
        build.build()
        self.down()
        self.record = Record(self.folder / "record.json")
        self.record.save()
        self.plane = ControlPlane.start(self.record, self.folder, self.name)
        self.api = self.plane.api()

    def start_fabric(self, topology: Topology, hosts: Iterable[str] | None = None) -> None:
        """The network and its hosts, each registered as a node with a server on it."""
        self.fabric = Fabric(self.record, self.folder, self.name, topology)
        self.fabric.start(self.plane)
        for host in topology.hosts:
            if hosts is None or host.name in hosts:
                self.add_host(host)

    def add_host(self, host: Host) -> None:
        """A host joins: namespace, Node object, server."""
        self.fabric.add_host(self.plane, host)
        cluster.add_node(self.api, host)
        command = [sys.executable, "-m", "lab.server", host.name, str(BACKEND_PORT)]
        spawn(
            self.record,
            f"server@{host.name}",
            command,
            ns=self.fabric.ns(host.name),
            log=self.folder / "logs" / f"server-{host.name}.log",
            environment={"PYTHONPATH": str(ROOT)},
        )

    def down(self) -> None:
        """End what runs and remove every trace, also of a lab that crashed."""
        self.record.clean()
        # A process that was killed can leave a last file while the folder is being emptied.
        for _ in range(5):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)
        shutil.rmtree(self.folder)

    # -- objects -------------------------------------------------------------------------------

    def apply(self, objects: Iterable[Object], *, dry_run: bool = False) -> list[Object]:
        """Server-side apply in order; CRDs are waited for before anything of their kind."""
        answers = []
        for obj in in_order(objects):
            answers.append(self.api.apply(obj, dry_run=dry_run))
            if obj["kind"] == "CustomResourceDefinition" and not dry_run:
                self._wait_established(obj)
        return answers

    def _wait_established(self, crd: Object) -> None:
        name = crd["metadata"]["name"]
        versions = [v["name"] for v in crd["spec"]["versions"] if v.get("served", True)]

        def served() -> bool:
            found = self.api.get(crd["apiVersion"], crd["kind"], name)
            conditions = found.get("status", {}).get("conditions", [])
            if not any(c["type"] == "Established" and c["status"] == "True" for c in conditions):
                return False
            group = crd["spec"]["group"]
            return all(
                crd["spec"]["names"]["plural"]
                in [r["name"] for r in self.api.request("GET", f"/apis/{group}/{v}")["resources"]]
                for v in versions
            )

        wait_until(f"CRD {name}", served)

    def apply_when_ready(
        self,
        objects: list[Object],
        *,
        seconds: float = 90.0,
        on_refusal: Callable[[], object] = lambda: None,
    ) -> None:
        """Apply MetalLB's configuration as soon as its webhook answers.

        :param on_refusal: called whenever the API server has no answer from the webhook.
        """
        for obj in objects:
            wait_until(
                f"apply of {obj['kind']} {obj['metadata']['name']}",
                lambda obj=obj: self._try(obj, on_refusal),  # type: ignore[misc]
                seconds=seconds,
                every=0.2,
            )

    def _try(self, obj: Object, on_refusal: Callable[[], object]) -> bool:
        try:
            self.api.apply(obj)
        except Refused as refusal:
            if refusal.status < 500:
                raise
            on_refusal()
            return False
        return True

    # -- MetalLB -------------------------------------------------------------------------------

    def start_controller(self, objects: list[Object]) -> Pod:
        """Run the rendered Deployment's pod and publish the endpoints of its Services."""
        workload = rendering.find(objects, "Deployment")[0]
        address = str(self.plane.address)
        pod = self._pod(workload, "controller-lab", CONTROLLER_NODE, address, self.plane.ns)
        pod.declare()
        pod.start()
        pod.report(ready=True)
        cluster.publish_endpoints(self.api, pod.namespace)
        return pod

    def wait_for_webhook(self, pod: Pod, *, seconds: float = 90.0) -> None:
        """Wait until the webhook's certificate is out and the mounted copy is in place."""

        def certified() -> bool:
            pod.sync()
            if not pod.alive():
                raise LabError(f"the process of {pod.name} ended", help=f"read {pod.log}")
            found = self.api.list(
                "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"
            )
            hooks = [hook for configuration in found for hook in configuration["webhooks"]]
            filled = all(hook["clientConfig"].get("caBundle") for hook in hooks)
            return bool(hooks) and filled and "serving webhook server" in pod.log_text().lower()

        wait_until("the webhook's certificate", certified, seconds=seconds, every=0.2, log=pod.log)

    def start_speakers(self, objects: list[Object]) -> list[Pod]:
        """Run the rendered DaemonSet's pod on every node that it may run on."""
        workload = rendering.find(objects, "DaemonSet")[0]
        return [
            self.start_speaker(workload, name)
            for name in self.fabric.hosts
            if cluster.runs_on(workload["spec"]["template"], self.api.get("v1", "Node", name))
        ]

    def start_speaker(self, workload: Object, host: str) -> Pod:
        """Run the DaemonSet's pod on one node."""
        pod = self.daemon_pod(workload, host)
        wait_until(f"the mounts of {pod.name}", pod.mountable)
        pod.start()
        pod.report(ready=True)
        return pod

    def daemon_pod(self, workload: Object, host: str) -> Pod:
        """A DaemonSet's pod of one node, known to the API server; nothing of it runs yet."""
        address = str(self.fabric.topology.host(host).address)
        name = f"{workload['metadata']['name']}-{host}"
        pod = self._pod(workload, name, host, address, self.fabric.ns(host))
        pod.declare()
        return pod

    def _pod(self, workload: Object, name: str, node: str, address: str, ns: str) -> Pod:
        folder = self.folder / "pods" / name
        pod = Pod(self.plane, self.api, workload, name, node, address, address, ns, folder)
        self.pods[name] = pod
        return pod

    def speaker(self, host: str) -> Pod:
        """A node's speaker pod."""
        return self.pods[f"speaker-{host}"]
