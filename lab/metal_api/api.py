"""The calls of the API: one entry for both doors, without any HTTP library.

A call is a method, a path below `/metal/v1`, query fields and a JSON body; its reply is a status
and a JSON body, or a disturbance that a fault rule ordered. Source: Equinix Metal API, the calls
that the published provider plugin makes, and those that show what it left behind.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from starlette.routing import compile_path

from lab.metal_api.backend import Backend
from lab.metal_api.calls import Call, Handler
from lab.metal_api.enums import FaultKind, OddShape
from lab.metal_api.errors import ApiRefusal, not_found
from lab.metal_api.faults import Fault, FaultBook
from lab.metal_api.handlers import HANDLERS
from lab.metal_api.shapes import is_done

UNKNOWN = "(unknown)"
STRANGE_TOKEN = "emulation-of-another-project"  # noqa: S105 - no secret
"""A token that is valid, and for a project that nothing here belongs to."""


@dataclass(frozen=True)
class Reply:
    """What goes back: `body` None means no body. A fault may cut, delay or withhold it."""

    status: int
    body: Any = None
    delay: float = 0.0
    reset: bool = False
    broken: bool = False
    odd: OddShape | None = None
    """What goes back in place of `body`."""
    front_door: bool = False
    retry_after: int | None = None


@dataclass(frozen=True)
class Route:
    """A method and a path template, compiled once."""

    method: str
    template: str
    handler: Handler
    regex: Any = field(repr=False)


def _routes() -> list[Route]:
    return [
        Route(method, template, handler, compile_path(template)[0])
        for (method, template), handler in HANDLERS.items()
    ]


class Api:
    """Answers calls from the backend; counts them; lets fault rules disturb them."""

    def __init__(self, backend: Backend, faults: FaultBook | None = None) -> None:
        self.backend = backend
        self.faults = faults or FaultBook()
        self._counts: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter()
        self._routes = _routes()
        self._lock = threading.RLock()

    @contextmanager
    def under_way(self, method: str, path: str) -> Iterator[None]:
        """Counts a call as under way until its answer is sent, a delay included."""
        with self._lock:
            name = self._name(method, path)
            self._under_way[name] += 1
            self._peaks[name] = max(self._peaks[name], self._under_way[name])
        try:
            yield
        finally:
            with self._lock:
                self._under_way[name] -= 1

    def peaks(self) -> dict[str, int]:
        """How many of each call were under way at the same time at most; through HTTP only."""
        with self._lock:
            return dict(sorted(self._peaks.items()))

    def calls(self) -> dict[str, int]:
        """How often each call was made: `GET /ips/{id}` -> 3."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def reset_calls(self) -> None:
        """Starts counting anew."""
        with self._lock:
            self._counts.clear()
            self._peaks.clear()

    def reset(self) -> None:
        """Starts again from the seed: no calls counted, no fault rule standing."""
        with self._lock:
            self.backend.reset()
            self.faults.clear()
            self.reset_calls()

    def handle(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        token: str | None = None,
    ) -> Reply:
        """Answers one call. Any token will do but `STRANGE_TOKEN`; none is kept."""
        with self._lock:
            route, params = self._find(method, path)
            template = route.template if route else UNKNOWN
            self._counts[f"{method} {template}"] += 1
            fault = self.faults.take(method, template)
            if fault and fault.kind is FaultKind.STATUS:
                refusal = ApiRefusal(fault.status, [fault.text])
                return Reply(
                    refusal.status,
                    refusal.body(),
                    front_door=fault.front_door,
                    retry_after=fault.retry_after,
                )
            if fault and fault.kind is FaultKind.RESET:
                return Reply(0, reset=True)
            if fault and not is_done(fault.shape):
                return Reply(200, odd=fault.shape)
            pending = fault is not None and fault.kind is FaultKind.PENDING
            call = Call(self.backend, params, dict(query or {}), body, pending)
            try:
                if not token:
                    raise ApiRefusal(401, ["Invalid authentication token"], single=True)
                if route is None or (token == STRANGE_TOKEN and method == "GET"):
                    raise not_found()
                if token == STRANGE_TOKEN:
                    raise ApiRefusal(403, ["You are not authorized to do this"])
                status, answer = route.handler(call)
            except ValidationError as exc:
                status, answer = 422, {"errors": _mistakes(exc)}
            except ApiRefusal as refusal:
                status, answer = refusal.status, refusal.body()
            return _disturbed(Reply(status, answer), fault)

    def _name(self, method: str, path: str) -> str:
        route, _ = self._find(method, path)
        return f"{method} {route.template if route else UNKNOWN}"

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for route in self._routes:
            match = route.regex.match(path) if route.method == method else None
            if match:
                return route, match.groupdict()
        return None, {}


def _disturbed(reply: Reply, fault: Fault | None) -> Reply:
    if fault is None:
        return reply
    return Reply(
        reply.status,
        reply.body,
        delay=fault.seconds if fault.kind is FaultKind.DELAY else 0.0,
        reset=fault.kind is FaultKind.LOST_REPLY,
        broken=fault.kind is FaultKind.BROKEN_BODY,
        odd=fault.shape if 200 <= reply.status < 300 else None,
    )


def _mistakes(exc: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in one['loc']) or 'body'}: {one['msg']}"
        for one in exc.errors(include_input=False, include_url=False)
    ]
