"""Repetitions, proxies, trust and redirects of the calls to the API, on loopback."""

import logging
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from metallb.platforms.equinix_metal import transport
from metallb.platforms.equinix_metal.transport import send
from metallb.problems.errors import PlatformError
from tests.support.local_api import DROP, Cut, LocalApi, Status, running_api, running_proxy

TOKEN = "topSECRETtoken0123456789"
PASSWORD = "passwordOfTheProxy"
HOST = "api.equinix.com"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that a call waits, in turn; it waits none. No proxy of this machine is used."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    seconds: list[float] = []
    monkeypatch.setattr("time.sleep", seconds.append)
    return seconds


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalApi]:
    with running_api() as server:
        monkeypatch.setattr(transport, "API", server.url)
        yield server


def unanswered() -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        send("GET", "/x", TOKEN)
    assert caught.value.problem.code == "E304"
    assert caught.value.problem.help
    assert TOKEN not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return caught.value


BUSY = (429, 500, 502, 503, 504)


@pytest.mark.parametrize("fault", [*BUSY, DROP, Cut()], ids=[*map(str, BUSY), "no answer", "cut"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_busy_or_unreachable_api_is_called_four_times_in_all(
    method: str, fault: object, api: LocalApi, slept: list[float]
) -> None:
    api.will_answer(fault, fault, fault, b"done")
    assert send(method, "/x", TOKEN) == (200, b"done")
    assert slept == [1, 2, 4]
    assert [request.headers["X-Auth-Token"] for request in api.requests] == [TOKEN] * 4


def test_faults_of_several_kinds_count_together(api: LocalApi, slept: list[float]) -> None:
    api.will_answer(DROP, Status(503, {"Retry-After": "9"}), Cut(), b"done")
    assert send("GET", "/x", TOKEN) == (200, b"done")
    assert slept == [1, 9, 4]
    api.will_answer(Cut(), 503, Cut(), DROP)
    assert "tried 4 times" in unanswered().problem.detail
    assert len(api.requests) == 4


def test_the_last_status_is_the_answer(api: LocalApi) -> None:
    api.will_answer(500, 502, 503, Status(429, body=b"busy"))
    assert send("GET", "/x", TOKEN) == (429, b"busy")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 422, 501])
def test_another_status_is_an_answer_at_once(
    status: int, api: LocalApi, slept: list[float]
) -> None:
    api.will_answer(Status(status, {"Retry-After": "1"}))
    assert send("GET", "/x", TOKEN)[0] == status
    assert slept == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("30", 30),
        ("31", 30),
        ("99999999999999999999", 30),
        ("Wed, 01 Jan 2200 00:00:00 GMT", 30),
        # What sets no time leaves the call's own.
        *(
            ("Wed, 01 Jan 2020 00:00:00 GMT", 1),
            ("0", 1),
            ("-5", 1),
            ("soon", 1),
            ("", 1),
            ("9" * 5000, 1),
        ),
        ("Fri, 31 Dec 99999 23:59:59 GMT", 1),
    ],
)
def test_the_api_sets_the_wait_before_the_next_try_within_bounds(
    header: str, seconds: float, api: LocalApi, slept: list[float]
) -> None:
    api.will_answer(Status(429, {"Retry-After": header}), b"done")
    assert send("GET", "/x", TOKEN) == (200, b"done")
    assert slept == [seconds]


def test_an_api_that_does_not_answer_is_one_problem_with_its_cause(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.will_answer(*[DROP] * 4)
    assert "GET /x: Remote end closed connection" in unanswered().problem.summary
    api.will_answer(*[Cut()] * 4)
    assert "GET /x: its answer can't be read (IncompleteRead)" in unanswered().problem.summary
    gzip = Status(200, {"Content-Encoding": "gzip"}, TOKEN.encode())
    api.will_answer(*[gzip] * 4)
    assert "GET /x: its answer can't be read" in unanswered().problem.summary
    monkeypatch.setattr(transport, "API", "http://127.0.0.1:1")
    assert unanswered().problem.summary.endswith("GET /x: connection refused")


def test_a_redirect_is_an_answer_and_takes_the_token_nowhere(api: LocalApi) -> None:
    with running_api() as other:
        for target in (f"{other.url}/x", f"//127.0.0.1:{other.port}/x", "/y", ""):
            api.will_answer(Status(302, {"Location": target}))
            assert send("GET", "/x", TOKEN)[0] == 302
            assert len(api.requests) == 1
        assert other.requests == []
    api.will_answer(Status(302, {"Location": "http://["}))
    unanswered()


def test_no_other_credential_is_sent(
    api: LocalApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.will_answer(b"done")
    send("GET", "/x", TOKEN)
    assert "Authorization" not in api.requests[0].headers


def test_no_log_has_the_token(api: LocalApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api.will_answer(503, DROP, Cut(), DROP)
    unanswered()
    assert caplog.records, "the libraries log each try"
    assert TOKEN not in caplog.text


# TLS and proxies: the API's own name, which the proxy leads to the server.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trust(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Trusts the server's authority."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return lambda: monkeypatch.setenv("SSL_CERT_FILE", str(bundle))


@pytest.fixture
def secure_api(authority: trustme.CA) -> Iterator[LocalApi]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST, "localhost").configure_cert(context)
    with running_api(context) as server:
        yield server


def test_a_proxy_gets_tunnels_and_never_the_token(
    secure_api: LocalApi, trust: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust()
    with running_proxy(secure_api.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        proxy.refusals[:] = [b"", b"HTTP/1.1 502 Bad Gateway\r\n\r\n"]
        secure_api.will_answer(DROP, b"done")
        assert send("GET", "/x", TOKEN) == (200, b"done")
        assert len(proxy.heads) == 4
        for head in proxy.heads:
            assert head.startswith(b"CONNECT api.equinix.com:443 HTTP/1.")
            assert TOKEN.encode() not in head
        assert [request.target for request in secure_api.requests] == ["/metal/v1/x"] * 2


def test_a_proxy_that_refuses_is_one_problem_without_its_password(
    secure_api: LocalApi, trust: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust()
    with running_proxy(secure_api.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}")
        proxy.refusals[:] = [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"] * 4
        assert "407 Proxy Authentication Required" in unanswered().problem.summary
        assert b"Proxy-Authorization: Basic " in proxy.heads[0]
    assert secure_api.requests == []


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://me:{}@127.0.0.1:1",
        "http://me:{}@",
        "http://me:{}@[::1",
        "http://me:{}@127.0.0.1:x",
        "socks5://me:{}@127.0.0.1:1",
    ],
)
def test_a_proxy_that_is_none_is_one_problem_without_its_password(
    proxy: str, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.format(PASSWORD))
    error = unanswered()
    assert error.problem.summary.endswith("HTTPS_PROXY is not the URL of an HTTP proxy")
    assert error.problem.detail == ""
    assert slept == []


def test_each_call_reads_proxy_and_trust_anew(
    secure_api: LocalApi, trust: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    secure_api.will_answer(b"one", b"two")
    with running_proxy(secure_api.port) as first, running_proxy(secure_api.port) as second:
        monkeypatch.setenv("HTTPS_PROXY", first.url)
        assert "certificate verify failed" in unanswered().problem.summary
        trust()
        assert send("GET", "/x", TOKEN) == (200, b"one")
        tunnels = len(first.heads)
        monkeypatch.setenv("HTTPS_PROXY", second.url)
        assert send("GET", "/x", TOKEN) == (200, b"two")
        monkeypatch.delenv("SSL_CERT_FILE")
        assert "certificate verify failed" in unanswered().problem.summary
        assert len(first.heads) == tunnels


def test_a_certificate_of_another_name_is_not_trusted(
    authority: trustme.CA, trust: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("example.org").configure_cert(context)
    with running_api(context) as server, running_proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert "certificate verify failed" in unanswered().problem.summary
        assert server.requests == []


@pytest.mark.parametrize("spelling", ["localhost:{}", "me:it@localhost:{}", "HTTP://localhost:{}/"])
def test_a_proxy_is_found_in_any_spelling(
    spelling: str,
    secure_api: LocalApi,
    trust: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust()
    secure_api.will_answer(b"done")
    with running_proxy(secure_api.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", spelling.format(proxy.port))
        assert send("GET", "/x", TOKEN) == (200, b"done")
        assert len(proxy.heads) == 1


def test_hosts_of_no_proxy_are_called_without_it(
    secure_api: LocalApi, trust: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust()
    monkeypatch.setattr(transport, "API", f"https://localhost:{secure_api.port}")
    secure_api.will_answer(b"one", b"two")
    with running_proxy(secure_api.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert send("GET", "/x", TOKEN) == (200, b"one")
        assert len(proxy.heads) == 1
        monkeypatch.setenv("NO_PROXY", "example.org,localhost")
        assert send("GET", "/x", TOKEN) == (200, b"two")
        assert len(proxy.heads) == 1


def test_variables_that_the_plugin_does_not_read_have_no_effect(
    secure_api: LocalApi, trust: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust()
    monkeypatch.setattr(transport, "API", f"https://localhost:{secure_api.port}")
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    secure_api.will_answer(b"done")
    assert send("GET", "/x", TOKEN) == (200, b"done")
