"""An API server or a pod that answers without end is given up: by bytes, by time, by pages."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest
import yaml

from metallb.status import cluster
from metallb.status.bearer import Bearer
from metallb.status.cluster import ClusterError, LiveCluster, MetricsUnreadable
from tests.unit.status.servers import POD

DRIPS = 2000
"""More parts than fit into the limits of these tests, and an end: a client without limits fails
the test and does not hold it."""
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 1000000\r\n\r\n"
ANSWERS = {
    "its status line": (b"", b"H"),
    "its headers": (OK, b"X-Header: a\r\n"),
    "a body of a known length": (OK + LENGTH, b"x"),
    "a body in chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a body that ends with the connection": (OK + b"Connection: close\r\n\r\n", b"x"),
    "a redirection without an end": (b"HTTP/1.1 302 Found\r\n", b"X-Header: a\r\n"),
}
TOKEN = json.dumps({"status": {"token": "t"}})
HANDSHAKE = (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x00")
"""The first bytes of a TLS server's answer, and then one byte after the other."""


class Dripping:
    """Answers every connection with a beginning, and then with a part again and again."""

    def __init__(self, first: bytes, part: bytes, *, pause: float) -> None:
        self._answer = (first, part, pause)
        self._stopped = threading.Event()
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._drip, args=(peer,), daemon=True).start()

    def _drip(self, peer: socket.socket) -> None:
        first, part, pause = self._answer
        with peer:
            try:
                peer.recv(65536)
                peer.sendall(first)
                for _ in range(DRIPS):
                    peer.sendall(part)
                    if self._stopped.wait(pause):
                        return
            except OSError:
                return

    def stop(self) -> None:
        self._stopped.set()
        self._listener.close()


@pytest.fixture
def drip() -> Iterator:
    servers = []

    def made(first: bytes, part: bytes, pause: float = 0.01) -> Dripping:
        servers.append(Dripping(first, part, pause=pause))
        return servers[-1]

    yield made
    for each in servers:
        each.stop()


@pytest.fixture
def connect(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_WHOLE", 0.1)

    def made(port: int, node: str = "127.0.0.1", scheme: str = "http") -> LiveCluster:
        path = tmp_path / "kubeconfig"
        server = {"server": f"{scheme}://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "k", "cluster": server}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        }
        path.write_text(yaml.safe_dump(document))
        return LiveCluster(str(path), address_of=lambda _: node)

    return made


@pytest.mark.parametrize("what", ANSWERS)
def test_an_api_server_that_drips_is_given_up(drip, connect, what):
    server = drip(*ANSWERS[what])
    with pytest.raises(ClusterError, match="no whole answer within 1 seconds") as caught:
        connect(server.port).list("/api/v1/nodes")
    assert caught.value.problem.code == "E601"


def test_a_tls_handshake_that_drips_is_given_up(drip, connect):
    server = drip(*HANDSHAKE)
    with pytest.raises(ClusterError, match="no whole answer within 1 seconds"):
        connect(server.port, scheme="https").list("/api/v1/nodes")


@pytest.mark.parametrize("what", ANSWERS)
def test_a_pod_that_drips_is_given_up(drip, connect, what):
    server = drip(*ANSWERS[what])
    live = connect(server.port)
    with pytest.raises(MetricsUnreadable, match=r"no whole answer within 0\.5 seconds"):
        live.metrics(POD, server.port, secure=False)


def test_a_pod_that_drips_is_not_tried_on_every_route(drip, connect):
    server = drip(*ANSWERS["a body of a known length"])
    with pytest.raises(MetricsUnreadable) as caught:
        connect(server.port).metrics(POD, server.port, secure=False)
    assert "the node's address" not in str(caught.value)


def test_a_pod_whose_handshake_drips_is_given_up(drip, connect):
    server = drip(*HANDSHAKE)
    live = connect(1)
    live._bearer = Bearer(lambda *_: (201, TOKEN), ("metallb-system", "metrics-reader"))
    live._routes[True] = [each for each in live._routes[True] if each.name == "the node's address"]
    with pytest.raises(MetricsUnreadable, match=r"no whole answer within 0\.5 seconds"):
        live.metrics(POD, server.port, secure=True)


def test_an_answer_is_read_up_to_its_limit(drip, connect, monkeypatch):
    monkeypatch.setattr(cluster, "_MOST_BYTES", 1000)
    monkeypatch.setattr(cluster, "_MOST_METRICS", 1000)
    first, _ = ANSWERS["a body of a known length"]
    server = drip(first, b"x" * 500, pause=0)
    live = connect(server.port)
    with pytest.raises(ClusterError, match="an answer of more than 1000 bytes"):
        live.list("/api/v1/nodes")
    with pytest.raises(MetricsUnreadable, match="an answer of more than 1000 bytes"):
        live.metrics(POD, server.port, secure=False)


def test_a_log_that_has_no_end_is_none(drip, connect):
    server = drip(*ANSWERS["a body in chunks"])
    pod = {**POD, "spec": {"containers": [{"name": "speaker"}]}}
    assert connect(server.port).log(pod) == ""


def test_a_list_has_an_end(drip, connect, monkeypatch):
    monkeypatch.setattr(cluster, "_MOST_PAGES", 3)
    body = b'{"items": [], "metadata": {"continue": "again"}}'
    whole = OK + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    server = drip(whole, b"")
    with pytest.raises(ClusterError, match="a list of more than 3 pages"):
        connect(server.port).list("/api/v1/nodes")
    assert server.connections == 3


def test_an_answer_nested_without_end_is_no_answer(drip, connect):
    body = b"[" * 200_000
    server = drip(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body, b"")
    with pytest.raises(ClusterError, match="something else than JSON"):
        connect(server.port).list("/api/v1/nodes")
