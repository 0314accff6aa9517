"""The part of a kubelet that `kubectl logs` needs: one server that gives the logs of all pods.

Every node tells the API server that its kubelet is this one, by a kind of address of its own
(`InternalDNS`), so that MetalLB, which reads the others, sees no difference. No exec, no port
forwarding. A program of its own: `python -m lab.kubelet ADDRESS PORT LOGS`.
"""

from __future__ import annotations

import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme

from lab.paths import ROOT
from lab.site import Lab
from lab.spawn import spawn, wait_until

PORT = 10250


def start(lab: Lab) -> None:
    """Start it beside the API server, and register it for every node there is."""
    address, logs = str(lab.plane.address), lab.folder / "logs"
    log = logs / "kubelet.log"
    command = [sys.executable, "-m", "lab.kubelet", address, str(PORT), str(logs)]
    environment = {"PYTHONPATH": str(ROOT)}
    process = spawn(
        lab.record, "kubelet", command, ns=lab.plane.ns, log=log, environment=environment
    )
    wait_until("the kubelet", lambda: "serves" in log.read_text(), log=log, of=process)
    for node in lab.api.list("v1", "Node"):
        obj = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node["metadata"]["name"]}}
        own = {"type": "InternalDNS", "address": address}
        known = node.get("status", {}).get("addresses", [])
        status = {
            "addresses": [*(each for each in known if each["type"] != own["type"]), own],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": PORT}},
        }
        lab.api.merge(obj, {"status": status}, part="status")


class _Logs(BaseHTTPRequestHandler):
    folder = Path()

    def do_GET(self) -> None:
        """`/containerLogs/NAMESPACE/POD/CONTAINER?tailLines=N`."""
        place = urlsplit(self.path)
        parts = place.path.strip("/").split("/")
        file = self.folder / f"{parts[2]}.log" if parts[0] == "containerLogs" else None
        if len(parts) != 4 or file is None or not file.is_file():
            self.send_error(404)
            return
        lines = file.read_bytes().splitlines(keepends=True)
        (count,) = parse_qs(place.query).get("tailLines", ["0"])
        body = b"".join(lines[-int(count) :])
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is logged of a request: this server's log is read by nobody."""


def _certified(address: str) -> ssl.SSLContext:
    """A certificate of its own, as a kubelet makes one where nobody gives it any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(address).configure_cert(context)
    return context


def _serve(address: str, port: str, folder: str) -> None:
    _Logs.folder = Path(folder)
    server = ThreadingHTTPServer((address, int(port)), _Logs)
    server.socket = _certified(address).wrap_socket(server.socket, server_side=True)
    print("serves logs", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(*sys.argv[1:4])
