"""Runs a rendered workload's container as a process: the part of the kubelet that the lab needs.

Arguments, environment, mounts, user, capabilities and probes all come from the rendered pod
template, so a wrong one shows. The credentials are the ServiceAccount's own, at the place where a
pod finds them. Not done: images, init containers, resource limits, restarts.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.api import Api, Object, Refused
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.paths import BIN, RELEASES, ROOT
from lab.record import Process
from lab.spawn import SPARING, spawn, stop

ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its ServiceAccount's credentials, below its root folder."""


@dataclass
class Pod:
    """One pod: a process in some namespace, known to the API server."""

    plane: ControlPlane
    api: Api
    workload: Object
    name: str
    node: str
    host_ip: str
    pod_ip: str
    ns: str
    folder: Path
    log_start: int = 0
    """Where in the log the present process begins."""

    @property
    def namespace(self) -> str:
        """The workload's namespace."""
        return str(self.workload["metadata"]["namespace"])

    @property
    def spec(self) -> Object:
        """The rendered pod spec."""
        spec: Object = self.workload["spec"]["template"]["spec"]
        return spec

    @property
    def container(self) -> Object:
        """The rendered main container."""
        container: Object = self.spec["containers"][0]
        return container

    @property
    def root(self) -> Path:
        """What the process sees as its root folder."""
        return self.folder / "root"

    @property
    def log(self) -> Path:
        """The output of all the pod's processes, one after the other."""
        return self.folder.parent.parent / "logs" / f"{self.name}.log"

    @property
    def process_name(self) -> str:
        """The name in the record; what ends in @node dies with the node."""
        return f"{self.name}@{self.node}"

    @property
    def process(self) -> Process | None:
        """The present process, dead or alive."""
        return self.plane.record.find(self.process_name)

    # -- the object ----------------------------------------------------------------------------

    def declare(self) -> None:
        """Create the Pod object: the API server's admission judges the rendered template."""
        template = self.workload["spec"]["template"]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **template["metadata"],
                "name": self.name,
                "namespace": self.namespace,
            },
            "spec": {**self.spec, "nodeName": self.node},
        }
        self.api.delete(pod)
        self.api.create(pod)

    def report(self, *, ready: bool) -> None:
        """Write the status that a kubelet would."""
        word = "True" if ready else "False"
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": self.name, "namespace": self.namespace},
        }
        status = {
            "phase": "Running",
            "hostIP": self.host_ip,
            "podIP": self.pod_ip,
            "podIPs": [{"ip": self.pod_ip}],
            "conditions": [{"type": kind, "status": word} for kind in ("Ready", "ContainersReady")],
            "containerStatuses": [self._container_status(ready)],
        }
        self.api.merge(pod, {"status": status}, part="status")

    def _container_status(self, ready: bool) -> Object:  # noqa: FBT001
        """The main container's part of the status."""
        ended = {"terminated": {"exitCode": 137, "reason": "Error"}}
        return {
            "name": self.container["name"],
            "image": self.container["image"],
            "imageID": self.container["image"],
            "restartCount": 0,
            "ready": ready,
            "state": {"running": {}} if self.alive() else ended,
        }

    # -- the files -----------------------------------------------------------------------------

    def unpack(self) -> None:
        """Lay the root folder: the program, the account's credentials, the mounts."""
        if self.root.exists():
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True)
        program = self._program()
        try:
            os.link(self._binaries() / program, self.root / program)
        except OSError:
            shutil.copy(self._binaries() / program, self.root / program)
        account = self.spec["serviceAccountName"]
        self._put(
            ACCOUNT,
            {
                "token": self.api.token_of(self.namespace, account).encode(),
                "ca.crt": self.plane.ca.read_bytes(),
                "namespace": self.namespace.encode(),
            },
        )
        self.sync()

    def sync(self) -> None:
        """Bring mounted Secrets and ConfigMaps to what the API server holds."""
        volumes = {volume["name"]: volume for volume in self.spec.get("volumes", [])}
        for mount in self.container.get("volumeMounts", []):
            content = self._content(volumes[mount["name"]])
            self._put(mount["mountPath"].lstrip("/"), content)

    def mountable(self) -> bool:
        """Whether all Secrets and ConfigMaps that the pod needs exist; a kubelet waits too."""
        for volume in self.spec.get("volumes", []):
            self._content(volume)
        self.environment()
        return True

    def _secret(self, reference: Object) -> str:
        held = self.api.get("v1", "Secret", reference["name"], self.namespace)
        return base64.b64decode(held["data"][reference["key"]]).decode()

    def _content(self, volume: Object) -> dict[str, bytes]:
        if "emptyDir" in volume:
            return {}
        if "secret" in volume:
            kind, source = "Secret", volume["secret"]
            name = source["secretName"]
        elif "configMap" in volume:
            kind, source = "ConfigMap", volume["configMap"]
            name = source["name"]
        else:
            raise LabError(
                f"volume {volume['name']} of {self.name} is of an unknown kind: "
                f"{', '.join(sorted(volume.keys() - {'name'}))}",
                detail="The lab mounts secrets, configMaps and emptyDirs.",
                help="add the kind to lab/pods.py",
            )
        try:
            found = self.api.get("v1", kind, name, self.namespace)
        except Refused as refusal:
            if refusal.status == 404 and source.get("optional"):
                return {}
            raise
        data: dict[str, Any] = found.get("data") or {}
        content = {
            key: base64.b64decode(value) if kind == "Secret" else value.encode()
            for key, value in data.items()
        }
        items = source.get("items")
        if items:
            content = {item["path"]: content[item["key"]] for item in items}
        return content

    def _put(self, place: str, content: dict[str, bytes]) -> None:
        folder = self.root / place
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in content.items():
            file = folder / name
            if file.exists() and file.read_bytes() == value:
                continue
            draft = folder / f".{name}.new"
            draft.write_bytes(value)
            # Like the kubelet with fsGroup: owned by root, readable by the pod's group.
            os.chown(draft, 0, self._group() or 0)
            draft.chmod(0o440)
            draft.replace(file)

    # -- the process ---------------------------------------------------------------------------

    def start(self) -> None:
        """Lay the files and start the process."""
        self.unpack()
        self.run()

    def run(self) -> None:
        """Start the process over the files that lie there."""
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        pod_security = self.spec.get("securityContext", {})
        own_security = self.container.get("securityContext", {})
        spec = {
            "root": str(self.root),
            "command": [f"/{self._program()}", *self.arguments(self.container)],
            "environment": self.environment(),
            "security": own_security,
            "user": own_security.get("runAsUser", pod_security.get("runAsUser", 0)),
            "group": self._group(),
            # Not the container's business, but the kubelet's, which forwards ports into it.
            "network": self.ns,
        }
        path = self.folder / "container.json"
        path.write_text(json.dumps(spec, indent=1))
        spawn(
            self.plane.record,
            self.process_name,
            [sys.executable, "-m", "lab.container", str(path)],
            ns=self.ns,
            log=self.log,
            environment={"PYTHONPATH": str(ROOT)},
        )

    def arguments(self, container: Object) -> list[str]:
        """A container's arguments, with `$(VARIABLE)` filled in as a kubelet does."""
        values = self.environment()
        return [
            re.sub(r"\$\((\w+)\)", lambda found: values.get(found[1], found[0]), argument)
            for argument in container.get("args", [])
        ]

    def kill(self) -> None:
        """The process dies at once, as in a crash."""
        stop(self.plane.record, self.process_name, number=signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end, and wait for it."""
        stop(self.plane.record, self.process_name)

    def log_text(self) -> str:
        """What the present process has logged so far."""
        if not self.log.exists():
            return ""
        return self.log.read_bytes()[self.log_start :].decode(errors="replace")

    def alive(self) -> bool:
        """Whether the process runs."""
        process = self.process
        return process is not None and process.alive()

    def _program(self) -> str:
        """The image's entry point: MetalLB's images are named like their program."""
        image = self.container["image"]
        return str(image.rpartition("/")[2].partition(":")[0].partition("@")[0])

    def _binaries(self) -> Path:
        """Where the release's programs are. Those of one that is not there were built."""
        own = RELEASES / str(self.container["image"]).rpartition(":")[2]
        return own if (own / self._program()).exists() else BIN

    def _group(self) -> int | None:
        group: int | None = self.spec.get("securityContext", {}).get("fsGroup")
        return group

    def environment(self) -> dict[str, str]:
        """The main container's environment."""
        fields = {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "spec.nodeName": self.node,
            "status.hostIP": self.host_ip,
            "status.podIP": self.pod_ip,
        }
        values = {
            # The kubernetes Service's address needs a kube-proxy; this is what stands behind it.
            "KUBERNETES_SERVICE_HOST": str(self.plane.address),
            "KUBERNETES_SERVICE_PORT": "6443",
            **SPARING,
        }
        for variable in self.container.get("env", []):
            name, source = variable["name"], variable.get("valueFrom", {})
            if "value" in variable:
                values[name] = variable["value"]
            elif "secretKeyRef" in source:
                values[name] = self._secret(source["secretKeyRef"])
            else:
                values[name] = fields[source["fieldRef"]["fieldPath"]]
        return values
