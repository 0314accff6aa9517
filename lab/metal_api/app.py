"""The HTTP door: an ASGI app that carries the API's calls, and the admin endpoint beside it.

Does not decide any answer. It adds what only HTTP has: headers, an id for each request, and the
disturbances that need a connection.
"""

import asyncio
import itertools
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lab.metal_api.api import Api, Reply
from lab.metal_api.control import Control
from lab.metal_api.errors import MetalApiError
from lab.metal_api.proxy import Tunnels
from lab.metal_api.shapes import JSON, is_done, odd_body

CONTROL_HEADER = "X-Lab-Token"
MOST_BODY = 1 << 20
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


Endpoint = Callable[[Request], Awaitable[Response]]


class Dropped(Response):
    """No answer: the promised body never comes, so the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends a head and nothing after it."""
        head: list[tuple[bytes, bytes]] = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": head})


class Door:
    """The endpoint functions of the API and of the admin pages."""

    def __init__(self, api: Api, tunnels: Tunnels) -> None:
        self._api = api
        self._control = Control(api)
        self._tunnels = tunnels
        self._serial = itertools.count(1)

    async def call(self, request: Request) -> Response:
        """One call of the API."""
        ledger = self._api.backend.ledger
        headers = {"X-Request-Id": ledger.id_of("request", next(self._serial))}
        body: Any = None
        raw = await request.body()
        if raw and request.method in ("POST", "PUT", "PATCH"):
            try:
                body = json.loads(raw[:MOST_BODY])
            except ValueError:
                return JSONResponse({"errors": ["Invalid JSON"]}, 400, headers)
        path = f"/{request.path_params['path']}"
        with self._api.under_way(request.method, path):
            reply = self._api.handle(
                request.method,
                path,
                query=dict(request.query_params),
                body=body,
                token=request.headers.get("X-Auth-Token"),
            )
            if reply.delay:
                await asyncio.sleep(reply.delay)
        if reply.reset:
            self._tunnels.reset(request.client.port if request.client else 0)
            return Dropped()
        return _response(reply, headers)

    async def ready(self, _request: Request) -> Response:
        """Shows that the emulation answers."""
        return JSONResponse({"ready": True, "seed": self._api.backend.state.seed})

    async def calls(self, request: Request) -> Response:
        """The counted calls; DELETE counts anew."""
        if request.method == "DELETE":
            self._api.reset_calls()
        return JSONResponse(self._api.calls())

    async def peaks(self, _request: Request) -> Response:
        """How many of each call were under way at the same time at most."""
        return JSONResponse(self._api.peaks())

    async def faults(self, request: Request) -> Response:
        """The standing fault rules; POST adds one, DELETE clears all."""
        if request.method == "POST":
            self._api.faults.add(**await request.json())
        if request.method == "DELETE":
            self._api.faults.clear()
        return JSONResponse([one.model_dump(mode="json") for one in self._api.faults.standing()])

    async def inventory(self, _request: Request) -> Response:
        """What there is."""
        return JSONResponse(self._control.inventory())

    async def act(self, request: Request) -> Response:
        """Something that happens behind the caller's back."""
        fields = json.loads(await request.body() or b"{}")
        return JSONResponse(self._control.act(request.path_params["action"], fields))


def _response(reply: Reply, headers: dict[str, str]) -> Response:
    wait = {} if reply.retry_after is None else {"Retry-After": str(reply.retry_after)}
    if reply.front_door:
        return PlainTextResponse(f"{reply.status} from the load balancer\n", reply.status, wait)
    headers = {**headers, **wait}
    if reply.odd is not None:
        kind, raw = odd_body(reply.odd, reply.body)
        # A status without a body has none for it.
        status = 200 if reply.status == 204 else reply.status
        return Response(raw, status, headers if is_done(reply.odd) else {}, media_type=kind)
    if reply.body is None:
        return Response(None, reply.status, headers)
    text = json.dumps(reply.body)
    if reply.broken:
        text = text[: len(text) // 2]
    return Response(text, reply.status, headers, media_type=JSON)


async def _mistake(_request: Request, exc: Exception) -> Response:
    # `ApiRefusal` is one too: an action that the emulated cloud refuses.
    if not isinstance(exc, MetalApiError):  # pragma: no cover - registered for this type only
        raise exc
    return JSONResponse({"problems": [each.as_dict() for each in exc.problems]}, 400)


def _guarded(token: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint, for a caller that has the token."""

    async def guarded(request: Request) -> Response:
        given = request.headers.get(CONTROL_HEADER, "")
        if not secrets.compare_digest(given.encode(), token.encode()):
            return PlainTextResponse("the control door wants its token\n", 401)
        return await endpoint(request)

    return guarded


def build_app(api: Api, tunnels: Tunnels, control_token: str) -> Starlette:
    """The whole HTTP side: the API below /metal/v1, the admin endpoint below /_lab."""
    door = Door(api, tunnels)

    def control(path: str, endpoint: Endpoint, *methods: str) -> Route:
        return Route(f"/_lab/{path}", _guarded(control_token, endpoint), methods=methods or ["GET"])

    return Starlette(
        routes=[
            Route("/metal/v1/{path:path}", door.call, methods=METHODS),
            control("ready", door.ready),
            control("calls", door.calls, "GET", "DELETE"),
            control("peaks", door.peaks),
            control("faults", door.faults, "GET", "POST", "DELETE"),
            control("inventory", door.inventory),
            control("act/{action}", door.act, "POST"),
        ],
        exception_handlers={MetalApiError: _mistake},
    )
