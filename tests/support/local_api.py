"""A small HTTP server on loopback that answers in turn what a test hands it, and a CONNECT proxy.

Both keep what reached them, so that a test can show what did not.
"""

import contextlib
import json
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Status(NamedTuple):
    """An answer that is no 200."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b"{}"


class Cut(NamedTuple):
    """A body that ends before its length."""

    body: bytes = b'{"ip_addresses": ['


DROP = object()
"""The connection ends without an answer."""


class Request(NamedTuple):
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass
class LocalApi:
    """The server: `answers` are what is left to answer, `requests` what arrived."""

    port: int = 0
    answers: list[Any] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will_answer(self, *answers: Any) -> None:
        """Begin anew with these: a status, `Status`, `Cut`, `DROP`, bytes, or JSON."""
        self.requests.clear()
        self.answers[:] = answers


@contextlib.contextmanager
def running_api(server_side: ssl.SSLContext | None = None) -> Iterator[LocalApi]:
    """A server, with TLS where there is a context for it."""
    api = LocalApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            api.requests.append(Request(self.command, self.path, dict(self.headers)))
            self._send(api.answers.pop(0))

        do_GET = do_DELETE = do_POST = _answer

        def _send(self, answer: Any) -> None:
            if answer is DROP:
                self.close_connection = True
                return
            if isinstance(answer, int):
                answer = Status(answer)
            if isinstance(answer, Status):
                status, headers, body = answer
            elif isinstance(answer, Cut):
                status, headers, body = 200, {"Content-Length": "1000"}, answer.body
                self.close_connection = True
            else:
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                status, headers = 200, {}
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if server_side is not None:
            # The handshake is the handler's, as a client that does not trust us breaks it off.
            server.socket = server_side.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        api.port = server.server_address[1]
        with _served(server):
            yield api


@dataclass
class LocalProxy:
    """A proxy that leads every CONNECT to one port: `heads` are the requests to itself."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    refusals: list[bytes] = field(default_factory=list)
    """Status lines to answer with before a tunnel is opened; an empty one ends the connection."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def running_proxy(target: int) -> Iterator[LocalProxy]:
    """A proxy to a port of loopback."""
    proxy = LocalProxy()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                chunk = self.request.recv(1)
                if not chunk:
                    break
                head += chunk
            proxy.heads.append(head)
            if proxy.refusals:
                self.request.sendall(proxy.refusals.pop(0))
                return
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", target)) as far:
                _pipe(self.request, far)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        proxy.port = server.server_address[1]
        with _served(server):
            yield proxy


def _pipe(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    while True:
        for ready in select.select([near, far], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            other[ready].sendall(data)


@contextlib.contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
