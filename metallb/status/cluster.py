"""The narrow way to a cluster: lists of objects, and a pod's metrics.

From 0.16 on a speaker shows its metrics only to a bearer token that may read them. It gets a
short-lived one of an account that may do nothing else (`bearer`), never the kubeconfig's. The API
server's pod proxy passes no token on (Kubernetes, WithAuthentication), so the proxy serves plain
metrics alone; those with TLS are read over a port-forward, and where that is refused straight from
the node, whose network speakers are in.
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

from metallb.files.bounded import MIB
from metallb.problems.errors import EngineError
from metallb.status.bearer import Bearer, NoToken
from metallb.status.kubeconfig import client_of, limit_opening
from metallb.status.limits import BeyondLimits, read_answer, watch, within
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
_APPLY = "application/apply-patch+yaml"
_OF_STATUS = (
    "status reads nodes, pods, services, events and MetalLB's objects.",
    "use a kubeconfig that may list them; docs/status.md has the roles",
)
_OF_ANY = (
    "Each object of the set is read where it is.",
    "use a kubeconfig that may read them",
)
_OF_APPLY = (
    "A dry run of an apply needs the rights of the apply: patch and create.",
    "use a kubeconfig that may apply the set",
)
"""What a user needs rights for, and the help where they are missing."""
_ANONYMOUS = "system:anonymous"
"""User name of callers without a credential, where an API server accepts them at all."""
_CONNECT, _LIST, _POD = 3, 10, 5
"""Seconds that a connection, a page of a list, and a pod's answer may take. A pod's answer comes
through its node, so these are also what a dead node costs, once for every way to its metrics."""
_WHOLE = 4
"""So many times as long may the whole of an answer take that arrives in parts."""
_MOST_BYTES, _MOST_METRICS, _MOST_PAGES = 64 * MIB, 16 * MIB, 2000
"""Of an answer of the API server, of a pod's, and pages of a list. A page has 500 objects."""


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

    def token_trouble(self) -> str:
        """Why there is no token to show a pod; empty where there is one."""


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

    :param account: namespace and name of the ServiceAccount that may read metrics and nothing
        else: a token of it is shown to speakers; None shows them none.
    :param metrics_ca: file with the authorities of the speakers' certificates, in PEM; None
        accepts any, as MetalLB's are self-signed by default. A certificate's names are not
        compared: one certificate serves the speakers of all nodes.
    :param address_of: where a pod's node is reached without the API server.
    :raises EngineError: there is no kubeconfig, or it or the authorities can't be used.
    """

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        *,
        account: tuple[str, str] | None = None,
        metrics_ca: str | None = None,
        address_of: Callable[[Object], str] = _pod_address,
    ) -> None:
        self._connect = functools.partial(client_of, kubeconfig, context)
        self._api: Any = self._connect()
        self._bearer = Bearer(self._post, account)
        self._trust = _trust(metrics_ca)
        self._address_of = address_of
        to_the_pod = [
            _Route("a port-forward", self._by_port_forward),
            _Route("the node's address", self._directly),
        ]
        proxy = _Route("the API server's proxy", self._by_proxy)
        self._routes = {True: to_the_pod, False: [proxy, *to_the_pod]}

    def list(self, path: str) -> list[Object] | None:
        """Objects below an API path, all pages of them."""
        items: list[Object] = []
        token = ""
        for _ in range(_MOST_PAGES):
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
        raise self._no_answer(f"a list of more than {_MOST_PAGES} pages at {path}")

    def metrics(self, pod: Object, port: int, *, secure: bool) -> Samples:
        """A pod's metrics by the first route that works; it is tried first the next time."""
        reasons = []
        for route in self._routes[secure]:
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
                if isinstance(error, BeyondLimits):  # so it is on every route
                    break
                continue
            if self._routes[secure][0] is not route:
                # A new list: other threads go through the old one.
                rest = self._routes[secure]
                self._routes[secure] = sorted(rest, key=lambda each: each is not route)
            return parse_metrics(text)
        raise MetricsUnreadable("; ".join(reasons))

    def _by(self, route: _Route, pod: Object, port: int, *, secure: bool) -> str:
        with within(_WHOLE * _POD):
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

    def token_trouble(self) -> str:
        """Why there is no token to show a pod; empty where there is one, which is kept."""
        try:
            self._bearer.token()
        except NoToken as error:
            return str(error)
        except EngineError as error:
            return error.answer if isinstance(error, ClusterError) else error.problem.summary
        return ""

    def read(self, path: str) -> Object | None:
        """One object, or a list that has no pages; None where there is none.

        :raises EngineError: the API server does not answer, or refuses it.
        """
        status, text = self._request("GET", path, seconds=_LIST)
        if status == 404:
            return None
        answer = _parsed(text)
        if status != 200 or answer is None:
            raise self._error(path, status, text, _OF_ANY)
        return answer

    def apply_dry_run(self, path: str, manifest: str, manager: str) -> tuple[int, Object | str]:
        """What a server-side apply would make of an object: the object, or the reason of a refusal.

        :param manifest: the object as JSON or YAML.
        :param manager: the field manager that would apply it, over conflicts with others.
        :raises EngineError: the API server does not answer, or the user may not.
        """
        query = f"?dryRun=All&force=true&fieldManager={manager}"
        status, text = self._request(
            "PATCH", path + query, manifest, content=_APPLY, seconds=_WITH_WEBHOOKS
        )
        answer = _parsed(text)
        if status in (200, 201) and answer is not None:
            return status, answer
        if status in (401, 403) or status < 400:
            raise self._error(path, status, text, _OF_APPLY)
        return status, _in_short(status, text)

    def dry_run(self, path: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """Status and text of the answer to a creation that stores nothing."""
        # Longer than the API server itself waits for a webhook (ten seconds by default).
        return self._request("POST", f"{path}?dryRun=All", body, seconds=_WITH_WEBHOOKS)

    def _by_proxy(self, pod: Object, port: int, _: bool) -> str:  # noqa: FBT001
        meta = pod["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/http:{meta['name']}:{port}"
        status, text = self._request(
            "GET", f"{path}/proxy/metrics", accept="text/plain", seconds=_POD, most=_MOST_METRICS
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
        watch(connection.sock)
        if secure:
            connection.sock = self._trust.wrap_socket(connection.sock)
        with contextlib.closing(connection):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request("GET", "/metrics", headers=headers)
            answer = connection.getresponse()
            text = read_answer(answer.read, _MOST_METRICS).decode("utf-8", errors="replace")
        if answer.status == 401 and token and self._bearer.renewed(token):
            raise _TokenRefused(_in_short(answer.status, text))
        if answer.status != 200:
            raise MetricsUnreadable(_in_short(answer.status, text))
        self._bearer.accepted(token)
        return text

    def _post(self, path: str, body: Mapping[str, Any]) -> tuple[int, str]:
        return self._request("POST", path, body=body, seconds=_POD)

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | str | None = None,
        accept: str = "application/json",
        *,
        content: str = "application/json",
        seconds: float,
        most: int | None = None,
    ) -> tuple[int, str]:
        from kubernetes.client.exceptions import ApiException
        from kubernetes.config import ConfigException
        from urllib3.exceptions import HTTPError

        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = content
        try:
            request = self._api.param_serialize(
                method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            with within(_WHOLE * seconds):
                answer = self._api.call_api(*request, _request_timeout=(_CONNECT, seconds))
                with contextlib.closing(answer.response):
                    data = read_answer(answer.response.read, most or _MOST_BYTES)
        except (HTTPError, ApiException, ConfigException, BeyondLimits) as error:
            raise self._no_answer(_words(error)) from error
        return int(answer.status), data.decode("utf-8", errors="replace")

    def _no_answer(self, reason: str) -> ClusterError:
        return ClusterError(
            f"the API server {self._api.configuration.host} does not answer: {reason}",
            answer=reason,
            help="check the cluster, and kubeconfig and context of metallb:kubernetes",
        )

    def _error(
        self, path: str, status: int, text: str, needs: tuple[str, str] | None = None
    ) -> ClusterError:
        detail, help = needs or _OF_STATUS
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
                detail=detail,
                help=help,
            )
        if status < 400:
            # It may be any page: nothing of it is shown.
            return ClusterError(
                f"GET {path} answers {status} with something else than JSON",
                detail="That is no API server, or a proxy in front of one.",
                help="log in at the proxy, or check the kubeconfig's server",
            )
        return self._no_answer(answer)


def _trust(authorities: str | None) -> ssl.SSLContext:
    """How the certificate of a pod is checked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if authorities is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        try:
            context.load_verify_locations(cafile=authorities)
        except ssl.SSLError:
            reason = "no certificate in PEM form"
        except OSError as error:
            reason = (error.strerror or "it can't be read").lower()
        else:
            return context
        raise EngineError(
            f"cannot use the authorities of {authorities}: {reason}",
            code="E601",
            help="give --metrics-ca a file with the certificates of the authorities, in PEM",
        )
    return context


def _parsed(text: str) -> Object | None:
    """A JSON object; None for anything else."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
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
    except (ValueError, KeyError, TypeError, RecursionError):
        text = " ".join(text.split())
    return f"{status} {text[:160]}".strip()
