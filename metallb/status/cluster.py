"""The narrow way to a cluster: lists of objects, and a pod's metrics.

From 0.16 on a speaker shows its metrics only to a bearer token that may read them. The API
server's pod proxy takes the caller's token away before it passes a request on (Kubernetes,
WithAuthentication), so the proxy serves 0.12 alone; for newer speakers the same request goes over
a port-forward, and where that is refused straight to the node, whose network speakers are in.
"""

import contextlib
import functools
import http.client
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from metallb.errors import EngineError
from metallb.status.bearer import Bearer, NoToken
from metallb.status.kubeconfig import client_of, limit_opening
from metallb.status.metrics import Samples, parse_metrics

__all__ = [
    "Cluster",
    "ClusterError",
    "LiveCluster",
    "LoggedOut",
    "MetricsUnreadable",
    "Object",
    "Refused",
]

Object = dict[str, Any]

_LOG_LINES = 5000
_LOG_TYPES = "application/json, */*"
"""An API server refuses to give a log to those who accept plain text alone (406)."""
_SPEAKER = "speaker"
_WITH_WEBHOOKS = 40
_ANONYMOUS = "system:anonymous"
"""User name of callers without a credential, where an API server accepts them at all."""
_CONNECT, _LIST, _POD = 3, 10, 5
"""Seconds that a connection, a page of a list, and a pod's answer may take. A pod's answer comes
through its node, so these are also what a dead node costs, once for every way to its metrics."""


class ClusterError(EngineError):
    """The API server does not answer, or does not give what was requested.

    :ivar answer: its answer, or why there is none, for a list of several.
    """

    code = "E601"

    def __init__(self, summary: str, *, answer: str = "", **facts: Any) -> None:
        super().__init__(summary, **facts)
        self.answer = answer or self.problem.summary


class Refused(ClusterError):
    """The API server knows the user, who lacks a right."""

    code = "E602"


class LoggedOut(ClusterError):
    """The API server does not know the user."""

    code = "E602"


class MetricsUnreadable(Exception):
    """A pod's metrics can't be read; the text has the reason."""


class _TokenRefused(MetricsUnreadable):
    """Another token is available, and may be accepted."""


class Cluster(Protocol):
    """What status needs of a cluster."""

    def list(self, path: str) -> list[Object] | None:
        """Objects below an API path; None where the cluster has no such kind.

        :raises Refused: they may not be listed, also where there is no such kind: an API server
            looks at the right first.
        :raises EngineError: the API server does not answer.
        """

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        """A pod's metrics.

        :raises MetricsUnreadable: they can't be read.
        """

    def log(self, pod: Object) -> str:
        """The end of a pod's log; empty where it can't be read."""


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

    :param account: namespace and name of a ServiceAccount that may read metrics; a token of it is
        requested where the kubeconfig has none (client certificates).
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
        self._connect = functools.partial(client_of, kubeconfig, context)
        self._api: Any = self._connect()
        self._bearer = Bearer(self._own_token, self._post, account)
        self._address_of = address_of
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
            status, text = self._request("GET", path + query, seconds=_LIST)
            if status == 401:
                # The kubeconfig may hold another credential by now, after a while of watching.
                self._api = self._connect()
                status, text = self._request("GET", path + query, seconds=_LIST)
            if status == 404:
                return None
            answer = _parsed(text)
            if status != 200 or answer is None:
                raise self._error(path, status, text)
            items += answer.get("items") or []
            token = (answer.get("metadata") or {}).get("continue") or ""
            if not token:
                return items

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        """A pod's metrics by the first route that works; it is tried first the next time."""
        reasons = []
        for route in list(self._routes):
            try:
                text = self._by(route, pod, port, secure=secure)
            except EngineError as error:
                reason = error.answer if isinstance(error, ClusterError) else error.problem.summary
                reasons.append(f"{route.name}: {_of_any(pod, reason)}")
                continue
            except (
                MetricsUnreadable,
                NoToken,
                OSError,
                ValueError,
                http.client.HTTPException,
            ) as error:
                reasons.append(f"{route.name}: {_of_any(pod, str(error))}")
                continue
            if self._routes[0] is not route:
                # A new list: other threads go through the old one.
                self._routes = sorted(self._routes, key=lambda each: each is not route)
            return parse_metrics(text)
        raise MetricsUnreadable("; ".join(reasons))

    def _by(self, route: _Route, pod: Object, port: int, *, secure: bool) -> str:
        try:
            return route.get(pod, port, secure)
        except _TokenRefused:
            return route.get(pod, port, secure)

    def log(self, pod: Object) -> str:
        """The end of a pod's log. A helper beside the sessions' state: without it is no error."""
        meta = pod["metadata"]
        containers = [item["name"] for item in (pod.get("spec") or {}).get("containers") or []]
        chosen = _SPEAKER if _SPEAKER in containers else (containers or [""])[0]
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/log"
        query = f"?container={chosen}&tailLines={_LOG_LINES}"
        try:
            status, text = self._request("GET", path + query, accept=_LOG_TYPES, seconds=_POD)
        except EngineError:
            return ""
        return text if status == 200 else ""

    def dry_run(self, path: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """Status and text of the answer to a creation that stores nothing."""
        # Longer than the API server itself waits for a webhook (ten seconds by default).
        return self._request("POST", f"{path}?dryRun=All", body, seconds=_WITH_WEBHOOKS)

    def _by_proxy(self, pod: Object, port: int, secure: bool) -> str:  # noqa: FBT001
        meta = pod["metadata"]
        scheme = "https:" if secure else "http:"
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{scheme}{meta['name']}:{port}"
        status, text = self._request(
            "GET", f"{path}/proxy/metrics", accept="text/plain", seconds=_POD
        )
        if status != 200:
            raise MetricsUnreadable(_in_short(status, text))
        return text

    def _by_port_forward(self, pod: Object, port: int, secure: bool) -> str:  # noqa: FBT001
        from kubernetes import client
        from kubernetes.client.exceptions import ApiException
        from kubernetes.stream import portforward

        limit_opening(_POD)
        meta = pod["metadata"]
        # A client of its own: while it opens a stream, the library bends the client's other calls
        # as well, and calls to other pods run at the same time.
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
        channel.settimeout(_POD)
        with contextlib.closing(channel):
            return self._ask(channel, "localhost", port, secure=secure)

    def _directly(self, pod: Object, port: int, secure: bool) -> str:  # noqa: FBT001
        return self._ask(None, self._address_of(pod), port, secure=secure)

    def _ask(self, channel: Any, host: str, port: int, *, secure: bool) -> str:
        token = self._bearer.token() if secure else ""
        connection = http.client.HTTPConnection(host, port, timeout=_CONNECT)
        if channel is None:
            connection.connect()
            connection.sock.settimeout(_POD)
        else:
            connection.sock = channel
        if secure:
            # A speaker makes its own certificate at each start: there is nothing to check it by.
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            connection.sock = trusting.wrap_socket(connection.sock)
        with contextlib.closing(connection):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request("GET", "/metrics", headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", errors="replace")
        if answer.status == 401 and token and self._bearer.renewed(token):
            raise _TokenRefused(_in_short(answer.status, text))
        if answer.status != 200:
            raise MetricsUnreadable(_in_short(answer.status, text))
        self._bearer.accepted(token)
        return text

    def _own_token(self) -> str:
        own: dict[str, str] = {}
        self._api.update_params_for_auth(own, [], ["BearerToken"], "", "GET", None)
        bearers = [value for value in own.values() if value.startswith("Bearer ")]
        return bearers[0].removeprefix("Bearer ") if bearers else ""

    def _post(self, path: str, body: Mapping[str, Any]) -> tuple[int, str]:
        return self._request("POST", path, body=body, seconds=_POD)

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        *,
        seconds: float,
    ) -> tuple[int, str]:
        from kubernetes.client.exceptions import ApiException
        from kubernetes.config import ConfigException
        from urllib3.exceptions import HTTPError

        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            request = self._api.param_serialize(
                method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            answer = self._api.call_api(*request, _request_timeout=(_CONNECT, seconds))
            answer.read()
        except (HTTPError, ApiException, ConfigException) as error:
            raise self._no_answer(_words(error)) from error
        return int(answer.status), (answer.data or b"").decode("utf-8", errors="replace")

    def _no_answer(self, reason: str) -> ClusterError:
        return ClusterError(
            f"the API server {self._api.configuration.host} does not answer: {reason}",
            answer=reason,
            help="check the cluster, and kubeconfig and context of metallb:kubernetes",
        )

    def _error(self, path: str, status: int, text: str) -> ClusterError:
        answer = _in_short(status, text)
        if status == 401 or (status == 403 and _ANONYMOUS in text):
            return LoggedOut(
                f"the API server does not accept the kubeconfig's credential: {answer}",
                answer=answer,
                detail=f"GET {path} needs one. It is missing, or has expired.",
                help="log in again",
            )
        if status == 403:
            return Refused(
                f"the API server refuses GET {path}: {answer}",
                answer=answer,
                detail="status reads nodes, pods, services, events and MetalLB's objects.",
                help="use a kubeconfig that may list them; docs/operations.md has the roles",
            )
        if status < 400:
            # It may be any page: nothing of it is shown.
            return ClusterError(
                f"GET {path} answers {status} with something else than JSON",
                detail="That is no API server, or a proxy in front of one.",
                help="log in at the proxy, or check the kubeconfig's server",
            )
        return self._no_answer(answer)


def _parsed(text: str) -> Object | None:
    """A JSON object; None for anything else."""
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _words(error: Exception) -> str:
    """Why there is no answer, without the address, which is in the error around it."""
    text = str(getattr(error, "reason", None) or error)
    return " ".join(re.sub(r"^\w+\(host=.*?\): ", "", text).split())


def _of_any(pod: Object, text: str) -> str:
    """A failure without what is the pod's, or this attempt's, alone: of many it is the same text.

    Go names both ends of a connection, and the near one has another port each time.
    """
    text = re.sub(r"\b(tcp|udp) \S+->", r"\1 ", text)
    status = pod.get("status") or {}
    own = {status.get("podIP"): "the pod's address", status.get("hostIP"): "the node's address"}
    own[pod["metadata"]["name"]] = "the pod"
    for name, words in own.items():
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", words, text) if name else text
    return text


def _in_short(status: int, text: str) -> str:
    """An HTTP answer in a few words."""
    try:
        text = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        text = " ".join(text.split())
    return f"{status} {text[:160]}".strip()
