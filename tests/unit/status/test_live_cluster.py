"""The client, against a small API server and a speaker with HTTPS metrics of our own."""

import json
import re
import socket
import time
from collections.abc import Iterator

import pytest
import trustme
from kubernetes.stream.ws_client import PortForward

from lab.spawn import wait_until
from metallb.problems.errors import EngineError
from metallb.status.cluster import LiveCluster, LoggedOut, MetricsUnreadable, Refused
from tests.support.yaml_text import dumped
from tests.unit.status.servers import POD, Server

OWN, TOKEN = "kubeconfigs-own", "of-the-account"
ACCOUNT = ("metallb-system", "metrics-reader")
ACCOUNTS = "/api/v1/namespaces/metallb-system/serviceaccounts/metrics-reader/token"
NODES = "/api/v1/nodes?limit=500"


@pytest.fixture
def api() -> Iterator[Server]:
    server = Server()
    server.answers["POST", ACCOUNTS] = (201, {"status": {"token": TOKEN}})
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
    def made(user=None, *, token=OWN, account=ACCOUNT, node="127.0.0.1", metrics_ca=None):
        path = tmp_path / "kubeconfig"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{api.port}"}}],
            "users": [{"name": "u", "user": {"token": token} if user is None else user}],
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        }
        path.write_text(dumped(document))
        return LiveCluster(
            str(path), account=account, metrics_ca=metrics_ca, address_of=lambda _: node
        )

    return made


def test_a_long_list_is_read_page_by_page(api, connect):
    first = {"items": [{"a": 1}], "metadata": {"continue": "next"}}
    api.answers["GET", NODES] = (200, first)
    api.answers["GET", "/api/v1/nodes?limit=500&continue=next"] = (200, {"items": [{"a": 2}]})
    assert connect().list("/api/v1/nodes") == [{"a": 1}, {"a": 2}]
    assert {token for _, _, token in api.requests} == {f"Bearer {OWN}"}


def test_a_kind_that_the_cluster_does_not_know_is_none(connect):
    assert connect().list("/apis/metallb.io/v1beta1/namespaces/x/ipaddresspools") is None


def test_a_refused_list_says_what_status_has_to_read(api, connect):
    api.answers["GET", NODES] = (403, {"message": "nodes is forbidden"})
    with pytest.raises(Refused, match="nodes is forbidden"):
        connect().list("/api/v1/nodes")


@pytest.mark.parametrize(
    ("status", "output"),
    [
        (401, "Unauthorized"),
        (403, 'nodes is forbidden: User "system:anonymous" cannot list resource "nodes"'),
    ],
)
def test_who_is_not_known_has_to_log_in(api, connect, status, output):
    api.answers["GET", NODES] = (status, {"message": output})
    with pytest.raises(LoggedOut, match="log in again"):
        connect().list("/api/v1/nodes")


def test_a_credential_that_was_renewed_in_the_file_is_taken_up(api, connect):
    cluster = connect(token="old")
    connect(token="new")
    answer = api.answer

    def only_the_new(handler):
        new = handler.headers["Authorization"] == "Bearer new"
        api.answers["GET", NODES] = (200, {"items": []}) if new else (401, {"message": "no"})
        answer(handler)

    api.answer = only_the_new
    assert cluster.list("/api/v1/nodes") == []


@pytest.mark.parametrize("status", [200, 302])
@pytest.mark.parametrize("page", ["<html>Log in, session 4711</html>", '"text"', ""])
def test_a_page_in_place_of_an_api_server_is_reported_and_not_shown(api, connect, status, page):
    api.answers["GET", NODES] = (status, page)
    with pytest.raises(EngineError, match="else than JSON") as caught:
        connect().list("/api/v1/nodes")
    assert caught.value.problem.code == "E601"
    assert "4711" not in str(caught.value)


def test_a_cluster_that_does_not_answer_is_one_error(api, connect):
    # Held and not listened at: a port that was let go may be another worker's by now.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        api.port = held.getsockname()[1]
        with pytest.raises(EngineError, match=r"127.0.0.1.* does not answer: .*refused"):
            connect().list("/api/v1/nodes")


@pytest.fixture
def impatient(monkeypatch):
    """A client that waits for tenths of a second."""
    for name in ("_CONNECT", "_LIST", "_POD"):
        monkeypatch.setattr(f"metallb.status.cluster.{name}", 0.2)
    monkeypatch.setattr("metallb.status.cluster._WHOLE", 100)


def stuck(server, part):
    """Have requests with this in their path wait for longer than any client does."""
    answer, requests = server.answer, []

    def waiting(handler):
        if part in handler.path:
            requests.append(handler.path)
            server.stopped.wait(60)
        else:
            answer(handler)

    server.answer = waiting
    return requests


def heard(requests, count):
    """The requests, once so many came: a busy server hears them after the answer was
    given up."""
    wait_until("the requests", lambda: len(requests) >= count, seconds=10)
    return requests


@pytest.mark.usefixtures("impatient")
def test_a_list_that_does_not_come_is_requested_once(api, connect):
    requests = stuck(api, "/nodes")
    with pytest.raises(EngineError, match="timed out"):
        connect().list("/api/v1/nodes")
    assert len(heard(requests, 1)) == 1


@pytest.mark.usefixtures("impatient")
def test_a_node_that_does_not_answer_costs_its_pod_one_wait_for_every_way(api, connect):
    requests = stuck(api, "/pods/")
    cluster = connect(node="nowhere.invalid")
    start = time.monotonic()
    with pytest.raises(MetricsUnreadable, match="timed out"):
        cluster.metrics(POD, 7472, secure=False)
    assert cluster.log(POD) == ""
    # A wait for an answer would have been a minute.
    assert time.monotonic() - start < 20
    assert [path.rpartition("/")[2].partition("?")[0] for path in heard(requests, 3)] == [
        "metrics",
        "portforward",
        "log",
    ]


def test_plain_metrics_come_through_the_api_servers_proxy(api, connect):
    path = "/api/v1/namespaces/metallb-system/pods/http:speaker-1:7472/proxy/metrics"
    api.answers["GET", path] = (200, "metallb_bgp_session_up 1\n")
    found = connect().metrics(POD, 7472, secure=False)
    assert found == {"metallb_bgp_session_up": [({}, 1.0)]}


def test_the_way_that_works_is_taken_first_the_next_time(api, connect, speaker):
    cluster = connect()
    found = cluster.metrics(POD, speaker.port, secure=True)
    assert found["metallb_bgp_session_up"][0][1] == 1.0
    tried = len(api.requests)
    cluster.metrics(POD, speaker.port, secure=True)
    assert len(api.requests) == tried


@pytest.mark.parametrize("way", ["the node", "a port-forward"])
@pytest.mark.parametrize(
    "user", ["a token", "a token file", "a plugin", "a password", "no credential"]
)
def test_a_speaker_is_shown_the_accounts_token_and_never_the_kubeconfigs(
    api, connect, speaker, monkeypatch, tmp_path, way, user
):
    class Forward:
        def socket(self, port):
            channel = socket.create_connection(("127.0.0.1", port))
            return PortForward._Port._Socket(channel)

    (tmp_path / "token").write_text(f"{OWN}\n")
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "printf",
        "args": [
            '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",'
            f'"status":{{"token":"{OWN}"}}}}'
        ],
        "interactiveMode": "Never",
    }
    users = {
        "a token": {"token": OWN},
        "a token file": {"tokenFile": str(tmp_path / "token")},
        "a plugin": {"exec": plugin},
        "a password": {"username": "admin", "password": OWN},
        "no credential": {},
    }
    if way == "a port-forward":
        monkeypatch.setattr("kubernetes.stream.portforward", lambda *_, **__: Forward())
    cluster = connect(users[user], node="127.0.0.1" if way == "the node" else "nowhere.invalid")
    assert cluster.metrics(POD, speaker.port, secure=True)
    assert speaker.requests == [("GET", "/metrics", f"Bearer {TOKEN}")]
    (request,) = [body for path, body in api.bodies if path == ACCOUNTS]
    assert request == {"spec": {"expirationSeconds": 600}}
    # The proxy takes no token along; a request there would be a call for nothing.
    assert not [path for _, path, _ in api.requests if "/proxy/" in path]


def test_a_pod_with_plain_metrics_is_shown_no_token(connect, api):
    plain = Server()
    plain.answers["GET", "/metrics"] = (200, "metallb_bgp_session_up 1\n")
    assert connect().metrics(POD, plain.port, secure=False)
    plain.stop()
    assert plain.requests == [("GET", "/metrics", None)]
    assert ACCOUNTS not in [path for _, path, _ in api.requests]


def test_while_one_port_forward_opens_other_pods_are_read_as_ever(
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


def lent(api):
    """Give tokens t1, t2, ... of the account; and the set of those that speakers know."""
    known, given = set(), []
    answer = api.answer

    def lending(handler):
        if handler.path == ACCOUNTS:
            given.append(f"t{len(given) + 1}")
            known.add(given[-1])
            api.answers["POST", ACCOUNTS] = (201, {"status": {"token": given[-1]}})
        answer(handler)

    api.answer = lending
    return known, given


def guarding(speaker, known):
    metrics, answer = speaker.answers["GET", "/metrics"], speaker.answer

    def guarded(handler):
        token = handler.headers["Authorization"].removeprefix("Bearer ")
        output = metrics if token in known else (401, "Unauthorized")
        speaker.answers["GET", "/metrics"] = output
        answer(handler)

    speaker.answer = guarded


def test_a_token_is_renewed_before_its_end_and_when_it_is_refused(
    api, connect, speaker, monkeypatch
):
    now = [1000.0]
    monkeypatch.setattr("metallb.status.bearer.time.monotonic", lambda: now[0])
    known, given = lent(api)
    guarding(speaker, known)
    cluster = connect()
    for _ in range(2):
        assert cluster.metrics(POD, speaker.port, secure=True)
    assert given == ["t1"]
    now[0] += 541
    assert cluster.metrics(POD, speaker.port, secure=True)
    assert given == ["t1", "t2"]
    known.clear()
    assert cluster.metrics(POD, speaker.port, secure=True)
    assert given == ["t1", "t2", "t3"]


def test_a_token_that_no_speaker_takes_is_not_requested_over_and_over(api, connect, speaker):
    _, given = lent(api)
    guarding(speaker, set())
    cluster = connect()
    for _ in range(3):
        with pytest.raises(MetricsUnreadable, match="401 Unauthorized"):
            cluster.metrics(POD, speaker.port, secure=True)
    assert len(given) == 1


@pytest.mark.parametrize(
    "output",
    [
        (404, {"message": "serviceaccounts not found"}),
        (403, {"message": "no right to request"}),
        (200, "<html>"),
    ],
)
def test_a_token_that_is_not_given_is_reported(api, connect, speaker, output):
    api.answers["POST", ACCOUNTS] = output
    cluster = connect()
    reason = r"no token of metallb-system/metrics-reader: \d+ \w+"
    assert re.match(reason, cluster.token_trouble())
    with pytest.raises(MetricsUnreadable, match=reason):
        cluster.metrics(POD, speaker.port, secure=True)
    assert speaker.requests == []


def test_a_client_without_an_account_shows_a_speaker_nothing(connect, speaker):
    cluster = connect(account=None)
    with pytest.raises(MetricsUnreadable, match="no account is known"):
        cluster.metrics(POD, speaker.port, secure=True)
    assert speaker.requests == []


def test_an_account_that_may_not_read_metrics_is_reported_and_its_token_is_not_shown(
    connect, speaker
):
    speaker.answers["GET", "/metrics"] = (403, "Forbidden")
    with pytest.raises(MetricsUnreadable, match="403 Forbidden") as caught:
        connect().metrics(POD, speaker.port, secure=True)
    assert TOKEN not in str(caught.value)


def test_certificates_are_verified_where_their_authority_is_known(connect, speaker, tmp_path):
    known, other = tmp_path / "known.pem", tmp_path / "other.pem"
    speaker.authority.cert_pem.write_to_path(str(known))
    trustme.CA().cert_pem.write_to_path(str(other))
    assert connect(metrics_ca=str(known)).metrics(POD, speaker.port, secure=True)
    speaker.requests.clear()
    with pytest.raises(MetricsUnreadable, match="certificate verify failed"):
        connect(metrics_ca=str(other)).metrics(POD, speaker.port, secure=True)
    assert speaker.requests == []


def test_authorities_that_can_not_be_read_are_reported(connect, tmp_path):
    (tmp_path / "none.pem").write_text("nothing")
    for name, reason in (("none.pem", "no certificate in PEM form"), ("gone.pem", "no such file")):
        with pytest.raises(EngineError, match=f"cannot use .*{name}: {reason}") as caught:
            connect(metrics_ca=str(tmp_path / name))
        assert caught.value.problem.code == "E601"


def test_a_token_file_that_ends_with_a_line_break_is_read_without_it(api, connect, tmp_path):
    (tmp_path / "token").write_text(f"{OWN}\n")
    cluster = connect({"tokenFile": str(tmp_path / "token")})
    api.answers["GET", "/api/v1/nodes?limit=500"] = (200, {"items": []})
    # Twice: the library reads the token anew for each call.
    assert cluster.list("/api/v1/nodes") == []
    assert cluster.list("/api/v1/nodes") == []
    assert {token for _, _, token in api.requests} == {f"Bearer {OWN}"}


def test_a_token_that_no_header_holds_is_reported_and_not_shown(connect, speaker):
    cluster = connect(token=f"{OWN}\n{OWN}")
    for ask in (
        lambda: cluster.list("/api/v1/nodes"),
        lambda: cluster.metrics(POD, speaker.port, secure=True),
    ):
        with pytest.raises((EngineError, MetricsUnreadable), match="bearer token") as caught:
            ask()
        assert OWN not in str(caught.value)
    assert "bearer token" in cluster.token_trouble()


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
