"""Calls that go wrong on order, through both doors."""

import os
import socket
import ssl
import time
from typing import Any

import httpx
import pytest

from lab.metal_api import Emulation, MetalApiError, MetalMocks
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.tokens import BGP_SESSION, RESERVED_IP_BLOCK
from metallb.platforms.equinix_metal import transport
from metallb.platforms.equinix_metal.client import project_blocks
from tests.platforms.equinix_metal.metal_api.facts import IPS, ONE, PROJECT, SESSIONS_0, WORKER_0

BLOCK = {"projectId": PROJECT, "quantity": 1, "metro": "ny"}
RESERVE = {"method": "POST", "path": "/projects/{id}/ips"}


def _blocks(cloud: Emulation) -> int:
    return sum(one["type"] == "public_ipv4" for one in cloud.inventory()["blocks"])


def _read_to_the_end(plain: socket.socket) -> None:
    while plain.recv(4096):
        pass


def test_a_status_fault_answers_instead_of_the_api_and_nothing_is_done(
    http: httpx.Client, cloud: Emulation
) -> None:
    cloud.add_fault("status", status=503, text="Try later", **RESERVE)
    answer = http.post(IPS, json=ONE)
    assert (answer.status_code, answer.json()) == (503, {"errors": ["Try later"]})
    assert answer.headers["X-Request-Id"]
    assert _blocks(cloud) == 0
    assert http.post(IPS, json=ONE).status_code == 201


def test_a_front_door_fault_lacks_what_makes_clients_believe_a_404(
    http: httpx.Client, cloud: Emulation
) -> None:
    cloud.add_fault("status", status=404, front_door=True)
    answer = http.get("/projects")
    assert answer.status_code == 404
    assert "X-Request-Id" not in answer.headers
    assert not answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("front_door", [False, True])
def test_a_busy_answer_says_how_long_to_wait_where_that_is_set(
    http: httpx.Client, cloud: Emulation, front_door: bool
) -> None:
    cloud.add_fault("status", status=429, front_door=front_door, retry_after=7)
    cloud.add_fault("status", status=429, front_door=front_door)
    assert http.get("/projects").headers["Retry-After"] == "7"
    assert "Retry-After" not in http.get("/projects").headers


def test_a_delayed_answer_is_the_right_one(http: httpx.Client, cloud: Emulation) -> None:
    cloud.add_fault("delay", seconds=0.3)
    began = time.perf_counter()
    assert http.post(IPS, json=ONE).status_code == 201
    assert time.perf_counter() - began >= 0.3


def test_a_delay_holds_up_no_other_call(http: httpx.Client, cloud: Emulation) -> None:
    # The connection is there before the impatient call, whose patience is for its answer alone.
    assert http.get("/projects").status_code == 200
    cloud.add_fault("delay", seconds=30, path="/ips/{id}")
    began = time.perf_counter()
    with pytest.raises(httpx.ReadTimeout):
        http.get("/ips/any", timeout=httpx.Timeout(10, read=0.5))
    deadline = time.monotonic() + 10
    while cloud.faults() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert cloud.faults() == [], "the call never met the delay"
    assert http.get("/projects").status_code == 200
    assert time.perf_counter() - began < 25, "the delay was over by then"


def test_a_broken_body_is_no_json_though_the_call_is_done(
    http: httpx.Client, cloud: Emulation
) -> None:
    cloud.add_fault("broken_body", **RESERVE)
    answer = http.post(IPS, json=ONE)
    assert answer.status_code == 201
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        answer.json()
    assert _blocks(cloud) == 1


def test_a_reset_connection_leaves_nothing_done(http: httpx.Client, cloud: Emulation) -> None:
    cloud.add_fault("reset", **RESERVE)
    with pytest.raises(httpx.TransportError):
        http.post(IPS, json=ONE)
    assert _blocks(cloud) == 0


def test_a_reset_is_a_reset_on_the_wire_and_no_polite_end(cloud: Emulation) -> None:
    cloud.add_fault("reset")
    context = ssl.create_default_context(cafile=cloud.env["SSL_CERT_FILE"])
    port = int(cloud.env["HTTPS_PROXY"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        plain.sendall(b"CONNECT api.equinix.com:443 HTTP/1.1\r\n\r\n")
        assert plain.recv(100).startswith(b"HTTP/1.1 200 ")
        with context.wrap_socket(plain, server_hostname="api.equinix.com") as tls:
            # TLS would report the reset as an end of the stream: look below it.
            below = socket.socket(fileno=os.dup(tls.fileno()))
            tls.sendall(b"GET /metal/v1/projects HTTP/1.1\r\nHost: api.equinix.com\r\n\r\n")
            below.settimeout(30)
            with below, pytest.raises(ConnectionResetError):
                _read_to_the_end(below)


def test_a_lost_reply_leaves_the_caller_in_doubt_and_a_retry_does_it_twice(
    http: httpx.Client, cloud: Emulation
) -> None:
    cloud.add_fault("lost_reply", **RESERVE)
    cloud.add_fault("lost_reply", method="POST", path="/devices/{id}/bgp/sessions")
    with pytest.raises(httpx.TransportError):
        http.post(IPS, json=ONE)
    assert http.post(IPS, json=ONE).status_code == 201
    assert _blocks(cloud) == 2
    with pytest.raises(httpx.TransportError):
        http.post(SESSIONS_0, json={"address_family": "ipv4"})
    assert http.post(SESSIONS_0, json={"address_family": "ipv4"}).status_code == 422
    assert len(cloud.inventory()["sessions"]) == 1


def test_without_the_proxy_a_reset_closes_the_connection_too(cloud: Emulation) -> None:
    cloud.add_fault("reset")
    own = httpx.Client(verify=False, trust_env=False)  # noqa: S501 - loopback, nothing secret
    with own, pytest.raises(httpx.TransportError):
        own.get(f"{cloud.backend_url}/projects")


def test_a_pending_fault_withholds_the_addresses(http: httpx.Client, cloud: Emulation) -> None:
    cloud.add_fault("pending")
    assert http.get("/projects").status_code == 200
    assert http.post(IPS, json=ONE).json()["state"] == "pending"
    assert http.post(IPS, json=ONE).json()["state"] == "created"


def test_a_rule_waits_serves_its_number_of_calls_and_is_spent(
    http: httpx.Client, cloud: Emulation
) -> None:
    cloud.add_fault("status", status=500, after=1, times=2, path="/projects")
    assert [http.get("/projects").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert cloud.faults() == []


def test_cleared_rules_have_no_effect(http: httpx.Client, cloud: Emulation) -> None:
    cloud.add_fault("status", times=1000)
    cloud.clear_faults()
    assert http.get("/projects").status_code == 200


@pytest.mark.parametrize(
    ("rule", "code", "location"),
    [
        ({"kind": "delay", "seconds": 61}, "E105", ("seconds",)),
        ({"kind": "reset", "times": 1001}, "E105", ("times",)),
        ({"kind": "reset", "times": 0}, "E105", ("times",)),
        ({"kind": "status", "status": 200}, "E105", ("status",)),
        ({"kind": "nonsense"}, "E105", ("kind",)),
        ({"kind": "reset", "unknown": 1}, "E102", ("unknown",)),
        ({"kind": "pending", "path": "/projects"}, "E105", ()),
        ({"kind": "reset", "method": "get"}, "E105", ("method",)),
    ],
)
def test_a_rule_without_bounds_or_sense_is_refused(
    cloud: Emulation, rule: dict[str, Any], code: str, location: tuple[str, ...]
) -> None:
    with pytest.raises(MetalApiError) as refused:
        cloud.add_fault(**rule)
    # As the emulation raised it: problems cross the admin endpoint as data.
    assert [(each.code, each.location) for each in refused.value.problems] == [(code, location)]
    assert cloud.faults() == []


def test_only_so_many_rules_stand_at_a_time(cloud: Emulation) -> None:
    for _ in range(50):
        cloud.add_fault("reset")
    with pytest.raises(MetalApiError, match="50 fault rules stand already"):
        cloud.add_fault("reset")


def test_the_second_door_meets_the_same_faults(cloud: Emulation) -> None:
    mocks = cloud.mocks
    cloud.add_fault("status", status=500, text="Broken today", **RESERVE)
    with pytest.raises(PluginError, match="500 Broken today"):
        mocks.new_resource(RESERVED_IP_BLOCK, "eip", BLOCK)
    cloud.add_fault("lost_reply", path="/devices/{id}/bgp/sessions")
    session = {"deviceId": WORKER_0, "addressFamily": "ipv4"}
    with pytest.raises(PluginError, match="connection reset by peer"):
        mocks.new_resource(BGP_SESSION, "s", session)
    with pytest.raises(PluginError, match="already has session with ipv4"):
        mocks.new_resource(BGP_SESSION, "s", session)
    cloud.add_fault("broken_body", **RESERVE)
    with pytest.raises(PluginError, match="unexpected EOF"):
        mocks.new_resource(RESERVED_IP_BLOCK, "eip", BLOCK)
    cloud.add_fault("pending")
    _, pending = mocks.new_resource(RESERVED_IP_BLOCK, "eip", BLOCK)
    # What the plugin makes of a pending reservation, and why an orderer has to look at it.
    assert (pending["cidrNotation"], pending["quantity"]) == ("/0", 0)


def test_a_delay_at_the_second_door_is_slept_through(cloud: Emulation) -> None:
    slept: list[float] = []
    mocks = MetalMocks(cloud.mocks.api, sleep=slept.append)
    cloud.add_fault("delay", seconds=7, **RESERVE)
    mocks.new_resource(RESERVED_IP_BLOCK, "eip", BLOCK)
    assert slept == [7.0]


@pytest.fixture
def asking(cloud: Emulation, monkeypatch: pytest.MonkeyPatch) -> Emulation:
    """The cloud, which the program calls in this process as well."""
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "METAL_AUTH_TOKEN"):
        monkeypatch.setenv(name, cloud.env[name])
    return cloud


def test_the_program_tries_again_through_the_proxy_when_the_api_was_busy(asking: Emulation) -> None:
    asking.add_fault("status", status=503, method="GET", path="/projects/{id}/ips", times=2)
    assert project_blocks(PROJECT, None)
    assert asking.calls() == {"GET /projects/{id}/ips": 3}


def test_the_program_tries_again_when_an_answer_takes_longer_than_it_waits(
    asking: Emulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = transport._TIMEOUT_SECONDS
    monkeypatch.setattr(transport, "_TIMEOUT_SECONDS", 1)
    # In the field the program gives up as well before such an answer comes.
    asking.add_fault("delay", seconds=2 * waits, method="GET", path="/projects/{id}/ips")
    began = time.perf_counter()
    assert project_blocks(PROJECT, None)
    assert time.perf_counter() - began < waits
    assert asking.calls() == {"GET /projects/{id}/ips": 2}
