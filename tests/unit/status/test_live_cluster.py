"""The client, against a small API server and a speaker with HTTPS metrics of our own."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme
import yaml
from kubernetes.stream.ws_client import PortForward

from metallb.errors import EngineError
from metallb.status.cluster import LiveCluster, MetricsUnreadable

TOKEN, OTHER = "kubeconfigs-own", "of-the-account"
POD = {"metadata": {"name": "speaker-1", "namespace": "metallb-system"}, "status": {}}


class Server:
    """Answers by method and path, and keeps what it was asked."""

    def __init__(self, *, secure: bool = False) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self.answers: dict[tuple[str, str], tuple[int, object]] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("speaker.example").configure_cert(context)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        size = int(handler.headers.get("Content-Length") or 0)
        handler.rfile.read(size)
        token = handler.headers.get("Authorization")
        self.asked.append((handler.command, handler.path, token))
        key = (handler.command, handler.path)
        status, content = self.answers.get(key, (404, {"message": "not here"}))
        if "/log?" in handler.path and "json" not in handler.headers.get("Accept", ""):
            # As the real one does: whoever wants a log has to accept JSON as well.
            status, content = 406, {"message": "only the following media types are accepted"}
        body = content if isinstance(content, str) else json.dumps(content)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def api() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def speaker() -> Iterator[Server]:
    server = Server(secure=True)
    server.answers["GET", "/metrics"] = (200, 'metallb_bgp_session_up{peer="10.1.0.1:179"} 1\n')
    yield server
    server.stop()


@pytest.fixture
def connect(tmp_path, api):
    def made(token=TOKEN, account=None, node="127.0.0.1", **user):
        path = tmp_path / "kubeconfig"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{api.port}"}}],
            "users": [{"name": "u", "user": user or ({"token": token} if token else {})}],
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        }
        path.write_text(yaml.safe_dump(document))
        return LiveCluster(str(path), account=account, address_of=lambda _: node)

    return made


def test_a_long_list_is_read_page_by_page(api, connect):
    first = {"items": [{"a": 1}], "metadata": {"continue": "next"}}
    api.answers["GET", "/api/v1/nodes?limit=500"] = (200, first)
    api.answers["GET", "/api/v1/nodes?limit=500&continue=next"] = (200, {"items": [{"a": 2}]})
    assert connect().list("/api/v1/nodes") == [{"a": 1}, {"a": 2}]
    assert {token for _, _, token in api.asked} == {f"Bearer {TOKEN}"}


def test_a_kind_that_the_cluster_does_not_know_is_none(connect):
    assert connect().list("/apis/metallb.io/v1beta1/namespaces/x/ipaddresspools") is None


def test_a_refused_list_says_what_status_has_to_read(api, connect):
    api.answers["GET", "/api/v1/nodes?limit=500"] = (403, {"message": "nodes is forbidden"})
    with pytest.raises(EngineError, match="nodes is forbidden"):
        connect().list("/api/v1/nodes")


def test_a_cluster_that_does_not_answer_is_one_error(api, connect):
    cluster = connect()
    api.stop()
    with pytest.raises(EngineError, match="the API server answers"):
        cluster.list("/api/v1/nodes")


def test_a_kubeconfig_that_is_not_there_is_one_error(tmp_path):
    with pytest.raises(EngineError, match="--kubeconfig"):
        LiveCluster(str(tmp_path / "none"))


def test_plain_metrics_come_through_the_api_servers_proxy(api, connect):
    path = "/api/v1/namespaces/metallb-system/pods/http:speaker-1:7472/proxy/metrics"
    api.answers["GET", path] = (200, "metallb_bgp_session_up 1\n")
    found = connect().metrics(POD, 7472, secure=False)
    assert found == {"metallb_bgp_session_up": [({}, 1.0)]}


def test_where_the_proxy_is_refused_the_node_is_asked_with_the_token(api, connect, speaker):
    cluster = connect()
    found = cluster.metrics(POD, speaker.port, secure=True)
    assert found["metallb_bgp_session_up"][0][1] == 1.0
    assert speaker.asked == [("GET", "/metrics", f"Bearer {TOKEN}")]
    tried = len(api.asked)
    cluster.metrics(POD, speaker.port, secure=True)
    assert len(api.asked) == tried, "the way that worked is taken first the next time"


def test_a_port_forward_carries_the_token_over_tls_to_the_speaker(
    api, connect, speaker, monkeypatch
):
    class Forward:
        def socket(self, port):
            channel = socket.create_connection(("127.0.0.1", port))
            return PortForward._Port._Socket(channel)

    asked = []
    monkeypatch.setattr(
        "kubernetes.stream.portforward", lambda *args, **more: asked.append(more) or Forward()
    )
    cluster = connect(node="nowhere.invalid")
    assert cluster.metrics(POD, speaker.port, secure=True)
    assert asked == [{"ports": str(speaker.port)}]
    assert speaker.asked == [("GET", "/metrics", f"Bearer {TOKEN}")]


def test_while_one_port_forward_opens_other_pods_are_asked_as_ever(
    api, connect, speaker, monkeypatch
):
    cluster = connect(node="nowhere.invalid")
    api.answers["GET", "/api/v1/nodes?limit=500"] = (200, {"items": [{"a": 1}]})

    def portforward(method, *args, **more):
        # The library bends the client of the method that it is given, for that long.
        method.__self__.api_client.call_api = None
        assert cluster.list("/api/v1/nodes") == [{"a": 1}]
        raise OSError("no stream")

    monkeypatch.setattr("kubernetes.stream.portforward", portforward)
    with pytest.raises(MetricsUnreadable, match="no stream"):
        cluster.metrics(POD, speaker.port, secure=True)


def test_a_kubeconfig_without_a_token_borrows_one_of_the_account(api, connect, speaker):
    path = "/api/v1/namespaces/monitoring/serviceaccounts/prometheus-k8s/token"
    api.answers["POST", path] = (201, {"status": {"token": OTHER}})
    cluster = connect(token=None, account=("monitoring", "prometheus-k8s"))
    cluster.metrics(POD, speaker.port, secure=True)
    assert speaker.asked[-1][2] == f"Bearer {OTHER}"


def test_without_any_token_every_way_is_told_and_none_of_them_is_a_crash(connect, speaker):
    with pytest.raises(MetricsUnreadable) as caught:
        connect(token=None).metrics(POD, speaker.port, secure=True)
    assert "proxy" in str(caught.value)
    assert "no bearer token" in str(caught.value)


def test_a_token_that_may_not_read_metrics_is_told_and_not_shown(connect, speaker):
    speaker.answers["GET", "/metrics"] = (403, "Forbidden")
    with pytest.raises(MetricsUnreadable, match="403 Forbidden") as caught:
        connect().metrics(POD, speaker.port, secure=True)
    assert TOKEN not in str(caught.value)


def test_a_token_file_that_ends_with_a_line_break_is_read_without_it(
    api, connect, speaker, tmp_path
):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    cluster = connect(tokenFile=str(tmp_path / "token"))
    api.answers["GET", "/api/v1/nodes?limit=500"] = (200, {"items": []})
    # Twice: the library reads the token anew for each call.
    assert cluster.list("/api/v1/nodes") == []
    assert cluster.list("/api/v1/nodes") == []
    assert cluster.metrics(POD, speaker.port, secure=True)
    assert {token for _, _, token in api.asked + speaker.asked} <= {f"Bearer {TOKEN}", None}


def test_a_token_that_no_header_holds_is_told_and_not_shown(connect, speaker):
    cluster = connect(token=f"{TOKEN}\n{TOKEN}")
    for ask in (
        lambda: cluster.list("/api/v1/nodes"),
        lambda: cluster.metrics(POD, speaker.port, secure=True),
    ):
        with pytest.raises(EngineError, match="bearer token") as caught:
            ask()
        assert TOKEN not in str(caught.value)


def test_a_speakers_log_is_read_through_the_api_server_and_a_refusal_is_silence(api, connect):
    pod = {**POD, "spec": {"containers": [{"name": "frr"}, {"name": "speaker"}]}}
    path = "/api/v1/namespaces/metallb-system/pods/speaker-1/log?container=speaker&tailLines=5000"
    assert connect().log(pod) == ""
    api.answers[("GET", path)] = (200, "a line\n")
    assert connect().log(pod) == "a line\n"


def test_a_dry_run_is_a_creation_that_stores_nothing(api, connect):
    path = "/apis/metallb.io/v1beta1/namespaces/x/ipaddresspools"
    api.answers["POST", f"{path}?dryRun=All"] = (403, {"message": "denied"})
    status, text = connect().dry_run(path, {"kind": "IPAddressPool"})
    assert (status, json.loads(text)) == (403, {"message": "denied"})
