"""What the proxy carries, what it refuses, and whom the bundle trusts."""

import socket
import ssl
from pathlib import Path

import httpx
import pytest

from lab.metal_api import Emulation
from tests.platforms.equinix_metal.metal_api.conftest import API


def _proxy_says(cloud: Emulation, head: bytes) -> bytes:
    port = int(cloud.env["HTTPS_PROXY"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        plain.sendall(head)
        answer = b""
        while chunk := plain.recv(4096):
            answer += chunk
        return answer


def test_the_environment_is_all_that_a_client_needs(
    cloud: Emulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("https_proxy", raising=False)
    headers = {"X-Auth-Token": cloud.env["METAL_AUTH_TOKEN"]}
    assert httpx.get(f"{API}/projects", headers=headers).status_code == 200


def test_without_the_bundle_the_emulation_is_not_believed(cloud: Emulation) -> None:
    plain = ssl.create_default_context()
    with (
        httpx.Client(proxy=cloud.env["HTTPS_PROXY"], verify=plain, trust_env=False) as client,
        pytest.raises(httpx.ConnectError, match="certificate verify failed"),
    ):
        client.get(f"{API}/projects")


def test_the_bundle_keeps_what_the_machine_trusts_anyway(cloud: Emulation) -> None:
    bundle = Path(cloud.env["SSL_CERT_FILE"])
    own = (bundle.parent / "ca.pem").read_text()
    assert own in bundle.read_text()
    system = Path("/etc/ssl/certs/ca-certificates.crt")
    if system.is_file():
        assert system.read_text() in bundle.read_text()


def test_keys_and_state_are_readable_by_their_owner_only(cloud: Emulation) -> None:
    folder = Path(cloud.env["SSL_CERT_FILE"]).parent
    for name in ("ca.key", "server.pem", "cloud.json"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_another_host_is_refused_with_the_reason(cloud: Emulation) -> None:
    answer = _proxy_says(cloud, b"CONNECT example.org:443 HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"example.org is not emulated" in answer


def test_plain_http_is_refused_with_the_reason(cloud: Emulation) -> None:
    answer = _proxy_says(cloud, b"GET http://api.equinix.com/ HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"CONNECT" in answer


def test_nonsense_ends_the_connection_and_nothing_else(
    cloud: Emulation, http: httpx.Client
) -> None:
    assert _proxy_says(cloud, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert _proxy_says(cloud, b"x" * 20_000) == b""
    assert http.get("/projects").status_code == 200


def test_loopback_passes_through_to_itself(cloud: Emulation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        port = server.getsockname()[1]
        proxy = int(cloud.env["HTTPS_PROXY"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", proxy), timeout=30) as client:
            client.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
            far, _ = server.accept()
            with far:
                assert client.recv(100).startswith(b"HTTP/1.1 200 ")
                far.sendall(b"hello")
                assert client.recv(100) == b"hello"
    # A port that is held and not listened at: one that was let go may be another worker's by now.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        closed = _proxy_says(cloud, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
    assert closed.startswith(b"HTTP/1.1 502 ")
