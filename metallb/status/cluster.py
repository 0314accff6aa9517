"""The narrow way to a cluster: lists of objects, and a pod's metrics.

From 0.16 on a speaker shows its metrics only to a bearer token that may read them. The API
server's pod proxy takes the caller's token away before it passes a request on (Kubernetes,
WithAuthentication), so the proxy serves 0.12 alone; for newer speakers the same request goes over
a port-forward, and where that is refused straight to the node, whose network speakers are in.
"""

import contextlib
import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from metallb.errors import EngineError
from metallb.status.metrics import Samples, parse_metrics

__all__ = ["Cluster", "LiveCluster", "MetricsUnreadable", "Object"]

Object = dict[str, Any]

_LOG_LINES = 5000
_LOG_TYPES = "application/json, */*"
"""An API server refuses to give a log to those who accept plain text alone (406)."""
_SPEAKER = "speaker"
_SECONDS = 10
_WITH_WEBHOOKS = 40


class MetricsUnreadable(Exception):
    """A pod's metrics could not be had; the text says why."""


class Cluster(Protocol):
    """What status asks of a cluster."""

    def list(self, path: str) -> list[Object] | None:
        """Objects below an API path; None where the cluster has no such kind."""

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        """A pod's metrics.

        :raises MetricsUnreadable: they can't be had.
        """

    def log(self, pod: Object) -> str:
        """The end of a pod's log; empty where it can't be had."""


def _pod_address(pod: Object) -> str:
    status = pod.get("status") or {}
    return str(status.get("hostIP") or status.get("podIP") or "")


@dataclass
class _Route:
    """One way to a pod's metrics."""

    name: str
    get: Callable[[Object, int, bool], str]


class LiveCluster:
    """A cluster by the kubeconfig that kubectl would use, or another one.

    :param account: namespace and name of a ServiceAccount that may read metrics; asked for a token
        where the kubeconfig has none (client certificates).
    :param address_of: where a pod's node is reached without the API server.
    """

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        *,
        account: tuple[str, str] | None = None,
        address_of: Callable[[Object], str] = _pod_address,
    ) -> None:
        from kubernetes import config

        try:
            new_client: Any = config.new_client_from_config
            self._api: Any = new_client(
                config_file=kubeconfig, context=context, persist_config=False
            )
        except config.ConfigException as error:
            raise EngineError(
                where="kubeconfig",
                seen=str(error),
                rule="status asks the cluster of metallb:kubernetes",
                remedy="check kubeconfig and context there, or give --kubeconfig and --context",
            ) from error
        _guard_token(self._api.configuration)
        self._account = account
        self._address_of = address_of
        self._token: str | None = None
        self._routes = [
            _Route("the API server's proxy", self._by_proxy),
            _Route("a port-forward", self._by_port_forward),
            _Route("the node's address", self._directly),
        ]

    def list(self, path: str) -> list[Object] | None:
        """Objects below an API path, all pages of them."""
        items: list[Object] = []
        token = ""
        while True:
            query = f"?limit=500{f'&continue={token}' if token else ''}"
            status, text = self._request("GET", path + query)
            if status == 404:
                return None
            if status >= 400:
                raise self._refused(path, status, text)
            answer = json.loads(text)
            items += answer.get("items") or []
            token = (answer.get("metadata") or {}).get("continue") or ""
            if not token:
                return items

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        """A pod's metrics by the first route that works; it is tried first the next time."""
        reasons = []
        for route in list(self._routes):
            try:
                text = route.get(pod, port, secure)
            except (MetricsUnreadable, OSError, ValueError, http.client.HTTPException) as error:
                reasons.append(f"{route.name}: {error}")
                continue
            if self._routes[0] is not route:
                self._routes.sort(key=lambda each: each is not route)
            return parse_metrics(text)
        raise MetricsUnreadable("; ".join(reasons))

    def log(self, pod: Object) -> str:
        """The end of a pod's log. A helper beside the sessions' state, so a refusal is no error."""
        meta = pod["metadata"]
        containers = [item["name"] for item in (pod.get("spec") or {}).get("containers") or []]
        chosen = _SPEAKER if _SPEAKER in containers else (containers or [""])[0]
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/log"
        status, text = self._request(
            "GET", f"{path}?container={chosen}&tailLines={_LOG_LINES}", accept=_LOG_TYPES
        )
        return text if status == 200 else ""

    def dry_run(self, path: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """Status and text of the answer to a creation that stores nothing."""
        # Longer than the API server itself waits for a webhook (ten seconds by default).
        return self._request("POST", f"{path}?dryRun=All", body, seconds=_WITH_WEBHOOKS)

    def _by_proxy(self, pod: Object, port: int, secure: bool) -> str:  # noqa: FBT001
        meta = pod["metadata"]
        scheme = "https:" if secure else "http:"
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{scheme}{meta['name']}:{port}"
        status, text = self._request("GET", f"{path}/proxy/metrics", accept="text/plain")
        if status != 200:
            raise MetricsUnreadable(_said(status, text))
        return text

    def _by_port_forward(self, pod: Object, port: int, secure: bool) -> str:  # noqa: FBT001
        from kubernetes import client
        from kubernetes.client.exceptions import ApiException
        from kubernetes.stream import portforward

        meta = pod["metadata"]
        # A client of its own: while it opens a stream, the library bends the client's other calls
        # as well, and other pods are asked at the same time.
        new_client: Any = client.ApiClient
        core: Any = client.CoreV1Api(new_client(self._api.configuration))
        try:
            forward = portforward(
                core.connect_get_namespaced_pod_portforward,
                meta["name"],
                meta["namespace"],
                ports=str(port),
            )
            channel = forward.socket(port)
        except ApiException as error:
            reason = str(error.reason).partition(" -+-+- ")[0]
            raise MetricsUnreadable(reason) from error
        channel.settimeout(_SECONDS)
        with contextlib.closing(channel):
            return self._ask(channel, "localhost", port, secure=secure)

    def _directly(self, pod: Object, port: int, secure: bool) -> str:  # noqa: FBT001
        return self._ask(None, self._address_of(pod), port, secure=secure)

    def _ask(self, channel: Any, host: str, port: int, *, secure: bool) -> str:
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
        if channel is None:
            connection.connect()
        else:
            connection.sock = channel
        if secure:
            # A speaker makes its own certificate at each start: there is nothing to check it by.
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            connection.sock = trusting.wrap_socket(connection.sock)
        with contextlib.closing(connection):
            headers = {"Authorization": f"Bearer {self._bearer()}"} if secure else {}
            connection.request("GET", "/metrics", headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", errors="replace")
        if answer.status != 200:
            raise MetricsUnreadable(_said(answer.status, text))
        return text

    def _bearer(self) -> str:
        """A token: the kubeconfig's own, or a short-lived one of the account."""
        own: dict[str, str] = {}
        self._api.update_params_for_auth(own, [], ["BearerToken"], "", "GET", None)
        for value in own.values():
            if value.startswith("Bearer "):
                return value.removeprefix("Bearer ")
        if self._token is None and self._account:
            namespace, name = self._account
            path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
            status, text = self._request("POST", path, body={"spec": {"expirationSeconds": 600}})
            if status < 400:
                self._token = json.loads(text)["status"]["token"]
        if self._token is None:
            raise MetricsUnreadable("the kubeconfig has no bearer token to show the speaker")
        return self._token

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        seconds: int = _SECONDS,
    ) -> tuple[int, str]:
        from urllib3.exceptions import HTTPError

        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = "application/json"
        asked = self._api.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        try:
            answer = self._api.call_api(*asked, _request_timeout=seconds)
            answer.read()
        except HTTPError as error:
            raise EngineError(
                where=str(self._api.configuration.host),
                seen=f"{type(error).__name__}: {error}",
                rule="the API server answers",
                remedy="check the cluster, and kubeconfig and context of metallb:kubernetes",
            ) from error
        return int(answer.status), (answer.data or b"").decode("utf-8", errors="replace")

    def _refused(self, path: str, status: int, text: str) -> EngineError:
        return EngineError(
            where=f"GET {path}",
            seen=_said(status, text),
            rule="status reads nodes, pods, services, events and MetalLB's objects",
            remedy="use a kubeconfig that may list them",
        )


def _guard_token(configuration: Any) -> None:
    """Trim the kubeconfig's token each time it is read, and refuse one that no header holds.

    A tokenFile ends with a line break more often than not, and Python's refusal of such a header
    quotes it whole.
    """
    read = configuration.refresh_api_key_hook

    def trimmed(of: Any) -> None:
        if read is not None:
            read(of)
            # The library sets its own hook anew whenever it is called.
            of.refresh_api_key_hook = trimmed
        token = str(of.api_key.get("BearerToken") or "").strip()
        if not (token.isascii() and token.isprintable()):
            raise EngineError(
                where="kubeconfig",
                seen="a bearer token with a line break, or another character of no header, inside",
                rule="a token is one line of letters, digits and signs",
                remedy="write the user's token, or tokenFile, anew",
            )
        if token:
            of.api_key["BearerToken"] = token

    configuration.refresh_api_key_hook = trimmed


def _said(status: int, text: str) -> str:
    """An HTTP answer in a few words."""
    try:
        text = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        text = " ".join(text.split())
    return f"{status} {text[:160]}".strip()
