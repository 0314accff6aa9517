"""What a cluster's controllers and kubelets would do, for the lab's API server, which has none.

Reports workloads as rolled out (a made-up ReplicaSet included), takes the garbage collector's
finalizers away, ends namespaces, and runs MetalLB's real controller once its Deployment is there,
so that the webhook gate is the real one. The controller is ready by its own probes, called at its
pod's address as a kubelet does. Real speakers run on the nodes that the DaemonSet selects, where
the lab has nodes and the caller needs them; one is ready as long as its process lives, and one that
crashed starts again only by `restart`. What a workload ran ends with the workload.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from lab.api import Api, Object, Refused
from lab.cluster import publish_endpoints, runs_on
from lab.errors import LabError
from lab.pods import Pod
from lab.probes import passes
from lab.site import Lab

__all__ = ["NAMESPACE", "ClusterHands"]

NAMESPACE = "metallb-system"
GONE = "foregroundDeletion"
WORKLOADS = (("apps/v1", "Deployment"), ("apps/v1", "DaemonSet"))
KINDS = (
    *WORKLOADS,
    ("apps/v1", "ReplicaSet"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ("monitoring.coreos.com/v1", "PrometheusRule"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("v1", "Namespace"),
)
CUSTOM = (
    ("metallb.io/v1beta1", "IPAddressPool"),
    ("metallb.io/v1beta1", "BGPAdvertisement"),
    ("metallb.io/v1beta1", "BFDProfile"),
    ("metallb.io/v1beta1", "Community"),
    ("metallb.io/v1beta2", "BGPPeer"),
)


@dataclass
class _Speaker:
    """A speaker's pod; `ready` is what was last reported of it."""

    template: str
    pod: Pod
    started: bool = False
    ready: bool | None = None


class ClusterHands:
    """A thread that goes through the cluster until the context ends.

    :param run_speakers: whether real speakers run; else the DaemonSet is reported as one that does.
    :param mounts_after: seconds before what a pod mounts is brought up to date; a kubelet takes up
        to two minutes.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        run_controller: bool = True,
        run_speakers: bool = False,
        mounts_after: float = 0.0,
    ) -> None:
        self.lab = lab
        self.run_controller = run_controller
        self.run_speakers = run_speakers
        self.mounts_after = mounts_after
        self.pod: Pod | None = None
        self._started = 0.0
        self._speakers: dict[str, _Speaker] = {}
        self._revisions: dict[str, int] = {}
        self._tidy_at = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> ClusterHands:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=120)

    def restart(self, host: str) -> None:
        """Start a node's speaker again, as a kubelet does some time after a crash."""
        self._speakers[host].pod.start()

    def _run(self) -> None:
        api = self.lab.plane.api()
        while not self._stop.wait(0.2):
            # Objects come and go under our hands: what fails now is done in the next round.
            with contextlib.suppress(Refused, LabError, KeyError, OSError):
                self._round(api)

    def _round(self, api: Api) -> None:
        revision = ""
        for version, kind in WORKLOADS:
            answer = api.request("GET", api.path(version, kind))
            revision = revision or answer["metadata"]["resourceVersion"]
            self._end_without(api, kind, answer["items"])
            for item in answer["items"]:
                with contextlib.suppress(Refused, LabError):
                    self._tend(api, {"apiVersion": version, "kind": kind, **item})
        # Where nothing was written since, nothing else is to be taken away.
        if revision != self._tidy_at and self._tidy(api):
            self._tidy_at = revision
        if self.pod is not None and time.monotonic() > self._started + self.mounts_after:
            self.pod.sync()

    def _tidy(self, api: Api) -> bool:
        """Let go what is being deleted, of every kind; whether nothing was refused."""
        done = True
        for version, kind in (*CUSTOM, *KINDS):
            try:
                for item in api.list_metadata(version, kind):
                    if item["metadata"].get("deletionTimestamp"):
                        self._let_go(api, item)
            except Refused as refusal:
                # A kind without its CRD has no objects.
                done = done and refusal.status == 404
        return done

    def _let_go(self, api: Api, item: Object) -> None:
        if item["kind"] == "Namespace":
            body = {**item, "spec": {"finalizers": []}}
            api.request("PUT", api.path_of(item) + "/finalize", json=body)
        if GONE in item["metadata"].get("finalizers", []):
            api.merge(item, {"metadata": {"finalizers": None}})

    def _tend(self, api: Api, item: dict[str, Any]) -> None:
        metadata = item["metadata"]
        if metadata.get("deletionTimestamp") or metadata.get("namespace") != NAMESPACE:
            return
        if item["kind"] == "Deployment":
            self._roll_out(api, item)
        if item["kind"] == "DaemonSet":
            wanted, ready = self._run_speakers(api, item) if self.run_speakers else (1, 1)
            words = ("current", "desired", "updated")
            status = {f"{word}NumberScheduled": wanted for word in words}
            status |= {"numberReady": ready, "numberAvailable": ready, "numberMisscheduled": 0}
            self._report(api, item, status)

    def _end_without(self, api: Api, kind: str, items: list[Object]) -> None:
        """End the processes of a kind of workload of which none is left."""
        if any(
            item["metadata"]["namespace"] == NAMESPACE
            and not item["metadata"].get("deletionTimestamp")
            for item in items
            if kind in ("Deployment", "DaemonSet")
        ):
            return
        if kind == "DaemonSet":
            for host in list(self._speakers):
                self._end(api, self._speakers.pop(host).pod)
        if kind == "Deployment" and self.pod is not None:
            self._end(api, self.pod)
            self.pod = None

    def _end(self, api: Api, pod: Pod) -> None:
        pod.stop()
        self.lab.pods.pop(pod.name, None)
        meta = {"name": pod.name, "namespace": pod.namespace}
        api.delete({"apiVersion": "v1", "kind": "Pod", "metadata": meta})

    def _run_speakers(self, api: Api, item: Object) -> tuple[int, int]:
        """Run one on each node that the DaemonSet selects; how many should run, and how many do."""
        template = json.dumps(item["spec"]["template"], sort_keys=True)
        wanted = [
            host
            for host in self.lab.fabric.hosts
            if runs_on(item["spec"]["template"], api.get("v1", "Node", host))
        ]
        for host, speaker in list(self._speakers.items()):
            if host not in wanted or speaker.template != template:
                self._end(api, self._speakers.pop(host).pod)
        for host in wanted:
            if host not in self._speakers:
                self._speakers[host] = _Speaker(template, self.lab.daemon_pod(item, host))
            # A kubelet, too, waits for what a pod mounts; that one is in the next round again.
            with contextlib.suppress(Refused, KeyError):
                self._see_to(api, self._speakers[host])
        return len(wanted), sum(bool(speaker.ready) for speaker in self._speakers.values())

    def _see_to(self, api: Api, speaker: _Speaker) -> None:
        if not speaker.started and speaker.pod.mountable():
            speaker.pod.start()
            speaker.started = True
        ready = speaker.pod.alive()
        if speaker.started and speaker.ready is not ready:
            speaker.pod.report(ready=ready)
            speaker.ready = ready
            publish_endpoints(api, NAMESPACE)

    def _roll_out(self, api: Api, item: dict[str, Any]) -> None:
        metadata = item["metadata"]
        template = json.dumps(item["spec"]["template"], sort_keys=True)
        number = self._revisions.setdefault(template, len(self._revisions) + 1)
        revision = {"deployment.kubernetes.io/revision": str(number)}
        if metadata.get("annotations", {}).items() >= revision.items() and (
            item.get("status", {}).get("observedGeneration") == metadata["generation"]
        ):
            return
        if not self._is_ready(item):
            return
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
        owner |= {"name": metadata["name"], "uid": metadata["uid"], "blockOwnerDeletion": False}
        copies = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
        replica_set = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{metadata['name']}-{number}",
                "namespace": NAMESPACE,
                "annotations": revision,
                "labels": item["spec"]["template"]["metadata"]["labels"],
                "ownerReferences": [owner],
            },
            "spec": {key: item["spec"][key] for key in ("selector", "template")},
        }
        api.apply(replica_set)
        api.merge(replica_set, {"status": {**copies, "observedGeneration": 1}}, part="status")
        # An annotation counts as a change of its own, with a generation of its own.
        item = api.merge(item, {"metadata": {"annotations": revision}})
        conditions = [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        ]
        self._report(api, item, {**copies, "updatedReplicas": 1, "conditions": conditions})

    def _is_ready(self, item: dict[str, Any]) -> bool:
        """Whether the pod would be, by its own probes. Only 0.16 runs here."""
        (container,) = item["spec"]["template"]["spec"]["containers"]
        if not self.run_controller or ":v0.12" in container["image"]:
            return True
        if self.pod is None:
            self.pod = self.lab.start_controller([item])
            self._started = time.monotonic()
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        probes = [container.get("startupProbe"), container["readinessProbe"]]
        return all(passes(probe, self.pod.pod_ip, ports) for probe in probes if probe)

    def _report(self, api: Api, item: dict[str, Any], status: dict[str, Any]) -> None:
        whole = {**status, "observedGeneration": item["metadata"]["generation"]}
        known = item.get("status", {})
        if any(known.get(key, 0) != value for key, value in whole.items()):
            api.merge(item, {"status": whole}, part="status")
            publish_endpoints(api, NAMESPACE)
