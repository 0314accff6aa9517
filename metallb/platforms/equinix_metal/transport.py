"""HTTP calls to the Equinix Metal API, which urllib3 repeats where the API is busy or unreachable.

An answer that the caller can't use is repeated as well: what a proxy or a half-restarted API makes
up passes. Bytes and time of a call are bounded, whatever answers. Imported by the first call alone:
requests takes long to load. Each call has a session of its own, so that a proxy or a certificate
authority of one call is none of the next.
"""

import math
import os
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Self

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,
    ContentDecodingError,
    RequestException,
)
from requests.utils import get_environ_proxies
from urllib3 import Retry
from urllib3.exceptions import HTTPError, InvalidHeader, LocationParseError, MaxRetryError
from urllib3.util import parse_url

from metallb.problems.errors import PlatformError
from metallb.problems.file_errors import cause_of

__all__ = ["Check", "send"]

API = "https://api.equinix.com/metal/v1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Hosts that a token may go to without TLS: an emulation on this machine."""
_TIMEOUT_SECONDS = 30
_LONGEST_CALL = 300.0
"""Seconds that a call takes at most, with its repetitions: a timeout is of one packet."""
_MOST_BYTES = 16 << 20
"""Of one answer: a thousand blocks take about two million."""
_CHUNK = 1 << 16
_TRIES = 4
_BUSY = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 30
"""Seconds that a Retry-After header may set at most."""
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that name certificate authorities in place of the system's; OpenSSL reads them."""
_PROXY_SCHEMES = frozenset({"http", "https"})
_REPEATABLE = frozenset({"GET", "DELETE"})
_BROKEN = (ChunkedEncodingError, ContentDecodingError, ConnectionError)
"""Errors of an answer that ends, or stops, in its body."""

Check = Callable[[int, bytes], object]
"""Raises PlatformError for an answer, by status and body, that can't be used."""


def send(
    method: str,
    path: str,
    token: str,
    query: Mapping[str, str] | None = None,
    *,
    check: Check | None = None,
) -> tuple[int, bytes]:
    """Status and body of the answer to one call.

    Honours HTTPS_PROXY and NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR. A redirect is an answer: the
    token is for this host.

    :param token: what a header can hold.
    :param check: looks at each answer; one that it refuses is tried again.
    :raises PlatformError: there is no answer, or the last one is refused.
    """
    url, call = API + path, f"{method} {path}"
    _refuse_insecure(url, call)
    adapter = _Adapter(call, check)
    proxies = _proxies(url, call)

    def answer() -> tuple[int, bytes]:
        with Session() as session:
            # The library would add a password of ~/.netrc, ALL_PROXY, and certificate authorities
            # of variables that the provider plugin does not read.
            session.trust_env = False
            # No other address is one that this session can call.
            session.adapters.clear()
            session.mount(API, adapter)
            response = session.request(
                method,
                url,
                params=query,
                headers={"X-Auth-Token": token, "Accept": "application/json"},
                proxies=proxies,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            )
        return response.status_code, adapter.body

    try:
        return _in_time(answer, _LONGEST_CALL)
    except _Overdue:
        cause = f"no whole answer within {_LONGEST_CALL:g} seconds"
        raise _unanswered(call, cause) from None
    except (OSError, HTTPError, ValueError) as error:
        # A library's text may quote what was sent or received, or a proxy's password.
        raise _unanswered(call, _cause(error), f"The call was tried {_TRIES} times.") from None


class _Overdue(TimeoutError):
    """The time of a call is over."""


def _in_time(work: Callable[[], tuple[int, bytes]], seconds: float) -> tuple[int, bytes]:
    """What the work returns or raises.

    In a thread of its own: an API that sends a byte now and then meets no timeout of a socket.

    :raises _Overdue: it takes longer.
    """
    found: list[tuple[int, bytes]] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise _Overdue
    return found[0]


class _Retry(Retry):
    """4 tries in all, 1, 2 and 4 seconds apart or as long as the API sets."""

    # Which statuses are repeated is in `status_forcelist` alone.
    RETRY_AFTER_STATUS_CODES = frozenset()
    until = math.inf
    """When the caller has given up, by the monotonic clock: then nothing is sent any more."""

    def new(self, **changes: Any) -> Self:
        """A copy."""
        copy = super().new(**changes)
        copy.until = self.until
        return copy

    def increment(self, *args: Any, **options: Any) -> Self:
        """The tries that are left after one that failed."""
        if time.monotonic() > self.until:
            raise _Overdue from None
        return super().increment(*args, **options)

    def get_backoff_time(self) -> float:
        """Seconds; the library's own begin with 0."""
        return float(2 ** (len(self.history) - 1))

    def parse_retry_after(self, retry_after: str) -> float:
        """Seconds; 0, and with it the backoff time, for a header that is neither number nor date.

        The library would end the call.
        """
        try:
            return super().parse_retry_after(retry_after)
        except (InvalidHeader, ValueError, OverflowError):
            return 0.0


@lru_cache(maxsize=1)
def _trust(*_: str | None) -> ssl.SSLContext:
    """The certificate authorities, which take 20 ms to read: once for all calls of a command.

    The arguments are the values of `_AUTHORITIES`.
    """
    return ssl.create_default_context()


class _Adapter(HTTPAdapter):
    """Repeats a call whose answer breaks off or is refused, and trusts what the plugin trusts.

    :ivar body: of the last answer.
    """

    def __init__(self, call: str, check: Check | None) -> None:
        self._call = call
        self._check = check
        self.body = b""
        self._trust = _trust(*map(os.environ.get, _AUTHORITIES))
        retries = _Retry(
            total=_TRIES - 1,
            status_forcelist=_BUSY,
            allowed_methods=_REPEATABLE,
            # The last answer is an answer, whose status the caller reads.
            raise_on_status=False,
            retry_after_max=_LONGEST_WAIT,
        )
        retries.until = time.monotonic() + _LONGEST_CALL
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._trust, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._trust, **options)

    def cert_verify(self, *_: Any) -> None:
        """The context verifies; the library would add the authorities of certifi to it."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """The answer, once its body is read, which the library leaves to its caller."""
        while True:
            response = super().send(request, *args, **options)
            tried: Retry = response.raw.retries
            try:
                self.body = self._read(response)
                if self._check is not None:
                    self._check(response.status_code, self.body)
            except (*_BROKEN, PlatformError) as error:
                response.close()
                try:
                    self.max_retries = tried.increment(request.method, request.url, error=error)
                except MaxRetryError:
                    raise error from None
                self.max_retries.sleep()
            else:
                return response

    def _read(self, response: Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > _MOST_BYTES:
                raise _unanswered(self._call, f"its answer is larger than {_MOST_BYTES >> 20} MiB")
        return bytes(body)


def _refuse_insecure(url: str, call: str) -> None:
    parts = parse_url(url)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.host not in _LOOPBACK):
        raise _unanswered(call, "its address is not https, and the token is sent in clear text")


def _proxies(url: str, call: str) -> dict[str, str]:
    """The proxy for HTTPS, unless NO_PROXY has the host. ALL_PROXY is none for the plugin."""
    proxy = get_environ_proxies(url).get("https")
    if proxy is None:
        return {}
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    try:
        parts = parse_url(proxy)
        usable = bool(parts.host) and parts.scheme in _PROXY_SCHEMES
    except LocationParseError:
        usable = False
    if not usable:
        raise _unanswered(call, "HTTPS_PROXY is not the URL of an HTTP proxy")
    return {"https": proxy}


def _unanswered(call: str, cause: str, detail: str = "") -> PlatformError:
    return PlatformError(
        f"the Equinix Metal API does not answer {call}: {cause}",
        code="E304",
        detail=detail,
        help="check the network, HTTPS_PROXY and SSL_CERT_FILE, then run the command again",
    )


def _cause(error: Exception) -> str:
    root = _root(error)
    if isinstance(root, RequestException) or not isinstance(root, OSError):
        return f"its answer can't be read ({type(root).__name__})"
    return cause_of(root) if root.strerror else str(root)


def _root(error: BaseException) -> BaseException:
    """The innermost cause: the libraries wrap it in several errors of their own."""
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        inner = error.__cause__ or next(
            (each for each in error.args if isinstance(each, Exception)), None
        )
    return error
