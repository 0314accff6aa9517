"""The part of a kubelet that `kubectl logs` and `metallb status` need: logs, and port-forwards.

One server for all pods. Every node has it as its kubelet, at a kind of address of its own
(`InternalDNS`), so that MetalLB, which reads the others, sees no difference. No exec. A program of
its own: `python -m lab.kubelet ADDRESS PORT FOLDER`.
"""

from __future__ import annotations

import functools
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme

from lab.api import Object
from lab.forwarding import dial_inside, forward
from lab.paths import ROOT
from lab.site import CONTROLLER_NODE, Lab
from lab.spawn import spawn, wait_until

PORT = 10250


def start(lab: Lab) -> None:
    """Start it beside the API server, and register it for every node there is.

    The controller's place becomes a node too, since the API server calls a pod's node for its
    kubelet; nothing else is scheduled there.
    """
    address, log = str(lab.plane.address), lab.folder / "logs" / "kubelet.log"
    command = [sys.executable, "-m", "lab.kubelet", address, str(PORT), str(lab.folder)]
    environment = {"PYTHONPATH": str(ROOT)}
    process = spawn(
        lab.record, "kubelet", command, ns=lab.plane.ns, log=log, environment=environment
    )
    wait_until("the kubelet", lambda: "serves" in log.read_text(), log=log, of=process)
    taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
    lab.api.apply(_node(CONTROLLER_NODE) | {"spec": {"taints": [taint]}})
    ready = [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]
    lab.api.merge(_node(CONTROLLER_NODE), {"status": {"conditions": ready}}, part="status")
    for node in lab.api.list("v1", "Node"):
        own = {"type": "InternalDNS", "address": address}
        known = node.get("status", {}).get("addresses", [])
        status = {
            "addresses": [*(each for each in known if each["type"] != own["type"]), own],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": PORT}},
        }
        lab.api.merge(_node(node["metadata"]["name"]), {"status": status}, part="status")


def _node(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}


class _Pods(BaseHTTPRequestHandler):
    folder = Path()

    def do_GET(self) -> None:
        """`/containerLogs/NAMESPACE/POD/CONTAINER?tailLines=N`, `/portForward/NAMESPACE/POD`."""
        place = urlsplit(self.path)
        parts = place.path.strip("/").split("/")
        query = parse_qs(place.query)
        if parts[0] == "containerLogs" and len(parts) == 4:
            self._logs(self.folder / "logs" / f"{parts[2]}.log", query)
        elif parts[0] == "portForward" and len(parts) == 3:
            self._forward(self.folder / "pods" / parts[2] / "container.json", query)
        else:
            self.send_error(404)

    def _logs(self, file: Path, query: dict[str, list[str]]) -> None:
        if not file.is_file():
            self.send_error(404)
            return
        lines = file.read_bytes().splitlines(keepends=True)
        (count,) = query.get("tailLines", ["0"])
        body = b"".join(lines[-int(count) :])
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _forward(self, file: Path, query: dict[str, list[str]]) -> None:
        ports = query.get("port") or query.get("ports") or []
        if not file.is_file() or len(ports) != 1:
            self.send_error(404)
            return
        namespace, port = json.loads(file.read_text())["network"], int(ports[0])
        forward(self, port, functools.partial(dial_inside, namespace, port))

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are not logged: there are many, and none is of interest."""


def _certified(address: str) -> ssl.SSLContext:
    """A certificate of its own, as a kubelet makes one where it was given none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(address).configure_cert(context)
    return context


def _serve(address: str, port: str, folder: str) -> None:
    _Pods.folder = Path(folder)
    server = ThreadingHTTPServer((address, int(port)), _Pods)
    server.socket = _certified(address).wrap_socket(server.socket, server_side=True)
    print("serves logs and port-forwards", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(*sys.argv[1:4])
