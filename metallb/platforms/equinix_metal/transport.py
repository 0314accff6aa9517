"""HTTP calls to the Equinix Metal API, which urllib3 repeats where the API is busy or unreachable.

Imported by the first call alone: requests takes long to load. Each call has a session of its own,
so that a proxy or a certificate authority of one call is none of the next.
"""

import ssl
from collections.abc import Mapping
from typing import Any

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
from urllib3.exceptions import HTTPError, InvalidHeader, LocationParseError
from urllib3.util import parse_url

from metallb.errors import PlatformError
from metallb.file_errors import cause_of

__all__ = ["send"]

API = "https://api.equinix.com/metal/v1"
_TIMEOUT_SECONDS = 30
_TRIES = 4
_BUSY = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 30
"""Seconds that a Retry-After header may set at most."""
_PROXY_SCHEMES = frozenset({"http", "https"})
_REPEATABLE = frozenset({"GET", "DELETE"})
_BROKEN = (ChunkedEncodingError, ContentDecodingError, ConnectionError)
"""Errors of an answer that ends, or stops, in its body."""


def send(
    method: str, path: str, token: str, query: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Status and body of the answer to one call.

    Honours HTTPS_PROXY and NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR. A redirect is an answer: the
    token is for this host.

    :param token: what a header can hold.
    :raises PlatformError: there is no answer.
    """
    url, call = API + path, f"{method} {path}"
    proxies = _proxies(url, call)
    try:
        with Session() as session:
            # The library would add a password of ~/.netrc, ALL_PROXY, and certificate authorities
            # of variables that the provider plugin does not read.
            session.trust_env = False
            session.mount(API, _Adapter())
            answer = session.request(
                method,
                url,
                params=query,
                headers={"X-Auth-Token": token, "Accept": "application/json"},
                proxies=proxies,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
    except (OSError, HTTPError, ValueError) as error:
        # A library's text may quote what was sent or received, or a proxy's password.
        raise _unanswered(call, _cause(error), f"The call was tried {_TRIES} times.") from None
    return answer.status_code, answer.content


class _Retry(Retry):
    """4 tries in all, 1, 2 and 4 seconds apart or as long as the API sets."""

    # Which statuses are repeated is in `status_forcelist` alone.
    RETRY_AFTER_STATUS_CODES = frozenset()

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


class _Adapter(HTTPAdapter):
    """Repeats a call whose answer breaks off too, and trusts what Python and the plugin trust."""

    def __init__(self) -> None:
        self._trust = ssl.create_default_context()
        super().__init__(
            max_retries=_Retry(
                total=_TRIES - 1,
                status_forcelist=_BUSY,
                allowed_methods=_REPEATABLE,
                # The last answer is an answer, whose status the caller reads.
                raise_on_status=False,
                retry_after_max=_LONGEST_WAIT,
            )
        )

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._trust, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._trust, **options)

    def cert_verify(self, *_: Any) -> None:
        """The context verifies; the library would add the authorities of certifi to it."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """The answer with its body, which the library reads after its last repetition."""
        while True:
            response = super().send(request, *args, **options)
            try:
                _ = response.content
            except _BROKEN as error:
                tried: Retry = response.raw.retries
                self.max_retries = tried.increment(request.method, request.url, error=error)
                self.max_retries.sleep()
            else:
                return response


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
