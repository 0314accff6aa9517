"""Runs the emulation in this process: the TLS listener, the proxy, and the notice that it is up."""

import asyncio
import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn
from pydantic import BaseModel

from lab.metal_api.api import Api
from lab.metal_api.app import build_app
from lab.metal_api.backend import open_backend
from lab.metal_api.errors import MetalApiError
from lab.metal_api.ids import Clock, Ids, steady_ids, wall_clock
from lab.metal_api.inventory import Seed
from lab.metal_api.proxy import Proxy, Tunnels
from lab.metal_api.tls import Trust

STATE_FILE = "cloud.json"
PORTS_FILE = "ports.json"
START_SECONDS = 60.0
NAP_SECONDS = 0.02


class Ports(BaseModel):
    """Where the two listeners are; 0 lets the system choose."""

    proxy: int = 0
    backend: int = 0


class Service:
    """An emulation with its listeners, all on 127.0.0.1."""

    def __init__(
        self,
        seed: Seed | str,
        folder: Path,
        *,
        ids: Ids = steady_ids,
        clock: Clock = wall_clock,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        state_path = folder / STATE_FILE
        self.api = Api(open_backend(seed, state_path=state_path, ids=ids, clock=clock))
        self.trust = Trust(folder)
        self.trust.prepare()
        self.ports = Ports()
        self._stop = threading.Event()

    def stop(self) -> None:
        """Has the service end; callable from any thread."""
        self._stop.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Serves until stopped, or until a signal ends the process."""
        wanted = _remembered(self.folder)
        tunnels = Tunnels()
        with _bound(wanted.backend) as backend_socket, _bound(wanted.proxy) as proxy_socket:
            self.ports = Ports(
                proxy=proxy_socket.getsockname()[1], backend=backend_socket.getsockname()[1]
            )
            (self.folder / PORTS_FILE).write_text(self.ports.model_dump_json(), encoding="utf-8")
            config = uvicorn.Config(
                build_app(self.api, tunnels, self.trust.control_token()),
                ssl_certfile=self.trust.server_file,
                log_level="critical",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[backend_socket]))
            proxy = await Proxy(self.ports.backend, tunnels).serve(proxy_socket)
            try:
                await _until_started(server, serving)
                on_ready()
                while not self._stop.is_set() and not serving.done():
                    await asyncio.sleep(NAP_SECONDS)
            finally:
                proxy.close()
                # No caller waits for an answer any more: idle connections are not waited for.
                server.should_exit = server.force_exit = True
                with contextlib.suppress(asyncio.CancelledError):
                    await serving


async def _until_started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(START_SECONDS):
        while not server.started:
            if serving.done():
                raise MetalApiError(
                    "the emulation's TLS listener ended before it was up",
                    help="start it again; the folder's files are rewritten at each start",
                )
            await asyncio.sleep(0.01)


def _remembered(folder: Path) -> Ports:
    """The ports of the last time, so that a printed environment stays valid."""
    try:
        return Ports.model_validate(json.loads((folder / PORTS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Ports()


def _bound(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off: 40 ms less for each answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        # Another program has last time's port: another one serves as well, and is remembered.
        listener.bind(("127.0.0.1", 0))
    return listener


def environment(folder: Path, ports: Ports) -> dict[str, str]:
    """What a client's environment needs so that its calls meet the emulation."""
    trust = Trust(folder.resolve())
    # Loopback and cluster-local traffic has no business in this proxy.
    hosts = ["127.0.0.1", "localhost", "::1", ".svc", ".cluster.local"]
    hosts += [host for host in os.environ.get("NO_PROXY", "").split(",") if host]
    return {
        "HTTPS_PROXY": f"http://127.0.0.1:{ports.proxy}",
        "SSL_CERT_FILE": str(trust.bundle_file),
        "NO_PROXY": ",".join(dict.fromkeys(hosts)),
        "METAL_AUTH_TOKEN": "emulation",
    }
