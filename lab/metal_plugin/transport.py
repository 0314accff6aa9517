"""The plugin's calls over HTTPS, with the retries of the published plugin.

A connection that breaks is tried again, whatever the call was and whether or not the other side
had acted on it; a reply never is, whatever its status.
"""

import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lab.metal_plugin.caller import Answer, Caller, address
from lab.metal_plugin.errors import PluginError

CONSUMER = "metallb-lab"
FIRST_WAIT = 1.0


@dataclass(frozen=True)
class Settings:
    """The provider's configuration."""

    token: str
    retries: int = 10
    longest_wait: float = 30.0


class HttpCaller(Caller):
    """Makes API calls through the proxy and the trust that the environment names."""

    def __init__(self, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        # Reads SSL_CERT_FILE.
        self._trust = ssl.create_default_context()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any answer; a connection that breaks more often than is retried raises."""
        url = address(path, query)
        attempts = self._settings.retries + 1
        for attempt in range(attempts):
            if attempt:
                self._sleep(min(FIRST_WAIT * 2 ** (attempt - 1), self._settings.longest_wait))
            try:
                status, headers, raw = self._once(method, url, body)
            except (OSError, http.client.HTTPException) as error:
                broken = error
                continue
            return answered(status, headers, raw)
        call = f"{method} {url}"
        verb = f'{method.capitalize()} "{url}"'
        given_up = f"{call} giving up after {attempts} attempt(s)"
        raise PluginError(call, f"{verb}: {given_up}: {verb}: {_reason(broken)}") from broken

    def _once(
        self, method: str, url: str, body: Any
    ) -> tuple[tuple[int, str], Mapping[str, str], bytes]:
        target = urlsplit(url)
        connection = self._connection(str(target.hostname), target.port or 443)
        headers = {
            "X-Auth-Token": self._settings.token,
            "X-Consumer-Token": CONSUMER,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Connection": "close",
        }
        sent = None if body is None else json.dumps(body)
        try:
            connection.request(
                method, target._replace(scheme="", netloc="").geturl(), sent, headers
            )
            reply = connection.getresponse()
            try:
                raw = reply.read()
            except http.client.IncompleteRead as error:
                # The reply's head came: from here on the published plugin does not try again.
                raw = error.partial
            return (reply.status, reply.reason), dict(reply.headers.items()), raw
        finally:
            connection.close()

    def _connection(self, host: str, port: int) -> http.client.HTTPSConnection:
        proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
        if not proxy:
            return http.client.HTTPSConnection(host, port, context=self._trust)
        through = urlsplit(proxy)
        connection = http.client.HTTPSConnection(
            str(through.hostname), through.port or 80, context=self._trust
        )
        connection.set_tunnel(host, port)
        return connection


def answered(status: tuple[int, str], headers: Mapping[str, str], raw: bytes) -> Answer:
    """A reply as the plugin's client reads it.

    :param status: code and phrase.
    """
    lower = {key.lower(): value for key, value in headers.items()}
    kind = lower.get("content-type", "")
    code, phrase = status
    request_id = bool(lower.get("x-request-id"))
    failed = not 200 <= code < 300
    if failed and not kind.startswith("application/json"):
        text = f"Unexpected Content-Type {kind} with status {code} {phrase}"
        return Answer(code, text, request_id=request_id, json=False)
    if failed and not raw:
        return Answer(code, {}, request_id=request_id)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = raw.decode("utf-8", "replace")
    return Answer(code, body, request_id=request_id)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionResetError):
        return "read: connection reset by peer"
    if isinstance(error, ConnectionRefusedError):
        return "proxyconnect tcp: connect: connection refused"
    return str(error) or type(error).__name__
