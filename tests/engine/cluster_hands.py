"""What a cluster's controllers would do, for the lab's API server, which has none.

Reports workloads as rolled out (a made-up ReplicaSet included), takes the garbage collector's
finalizers away, ends namespaces, and runs MetalLB's real controller once its Deployment is there,
so that the webhook gate is the real one. The controller is ready by its own probes, asked at its
pod's address as a kubelet does. Speakers do not run.
"""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from typing import Any

from lab.api import Api, Refused
from lab.cluster import publish_endpoints
from lab.errors import LabError
from lab.pods import Pod
from lab.site import Lab

NAMESPACE = "metallb-system"
GONE = "foregroundDeletion"
KINDS = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("v1", "Namespace"),
)
CUSTOM = (
    ("metallb.io/v1beta1", "IPAddressPool"),
    ("metallb.io/v1beta1", "BGPAdvertisement"),
    ("metallb.io/v1beta2", "BGPPeer"),
)


class ClusterHands:
    """A thread that goes through the cluster until it is told to stop.

    :param mounts_after: seconds before what a pod mounts is brought up to date; a kubelet takes up
        to two minutes.
    """

    def __init__(self, lab: Lab, *, run_controller: bool = True, mounts_after: float = 0.0) -> None:
        self.lab = lab
        self.run_controller = run_controller
        self.mounts_after = mounts_after
        self.pod: Pod | None = None
        self._started = 0.0
        self._revisions: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "ClusterHands":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=120)

    def _run(self) -> None:
        api = self.lab.plane.api()
        while not self._stop.wait(0.2):
            # Objects come and go under our hands: what fails now is done in the next round.
            with contextlib.suppress(Refused, LabError, KeyError, OSError):
                self._round(api)

    def _round(self, api: Api) -> None:
        for version, kind in (*CUSTOM, *KINDS):
            with contextlib.suppress(Refused, LabError):
                for item in api.list(version, kind):
                    self._tend(api, {"apiVersion": version, "kind": kind, **item})
        if self.pod is not None and time.monotonic() > self._started + self.mounts_after:
            self.pod.sync()

    def _tend(self, api: Api, item: dict[str, Any]) -> None:
        metadata = item["metadata"]
        if metadata.get("deletionTimestamp"):
            if item["kind"] == "Namespace":
                body = {**item, "spec": {"finalizers": []}}
                api.request("PUT", api.path_of(item) + "/finalize", json=body)
            if GONE in metadata.get("finalizers", []):
                api.merge(item, {"metadata": {"finalizers": None}})
            return
        if metadata.get("namespace") != NAMESPACE:
            return
        if item["kind"] == "Deployment":
            self._roll_out(api, item)
        if item["kind"] == "DaemonSet":
            ones = ("current", "desired", "updated")
            status = {f"{word}NumberScheduled": 1 for word in ones}
            status |= {"numberReady": 1, "numberAvailable": 1, "numberMisscheduled": 0}
            self._report(api, item, status)

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
        return all(_passes(probe, self.pod.pod_ip, ports) for probe in probes if probe)

    def _report(self, api: Api, item: dict[str, Any], status: dict[str, Any]) -> None:
        generation = item["metadata"]["generation"]
        if item.get("status", {}).get("observedGeneration") != generation:
            whole = {**status, "observedGeneration": generation}
            api.merge(item, {"status": whole}, part="status")
            publish_endpoints(api, NAMESPACE)


def _passes(probe: dict[str, Any], address: str, ports: dict[str, int]) -> bool:
    """What a kubelet finds: a connection, or an answer below 400, of any certificate."""
    kind = "tcpSocket" if "tcpSocket" in probe else "httpGet"
    asked = probe[kind]
    place = (asked.get("host", address), ports.get(asked["port"], asked["port"]))
    try:
        if kind == "tcpSocket":
            socket.create_connection(place, timeout=1).close()
            return True
        if asked.get("scheme") == "HTTPS":
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                *place, timeout=1, context=trusting
            )
        else:
            connection = http.client.HTTPConnection(*place, timeout=1)
        with contextlib.closing(connection):
            connection.request("GET", asked["path"])
            return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
