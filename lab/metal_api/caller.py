"""The plugin's calls, made in this process: the same entry as HTTP, without HTTP."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from lab.metal_api.api import Api
from lab.metal_api.shapes import odd_body
from lab.metal_plugin.caller import Answer, Caller, address
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.transport import answered


class InProcessCaller(Caller):
    """Makes API calls at an `Api`, disturbances included.

    Does not retry: the plugin's retries after a broken connection happen over HTTP only.
    """

    def __init__(self, api: Api, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._sleep = sleep

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any answer; a disturbance that cuts it off raises as it would in the plugin."""
        reply = self._api.handle(method, path, query=query, body=body, token="mocks")  # noqa: S106
        if reply.delay:
            self._sleep(reply.delay)
        call = f"{method} {address(path, query)}"
        if reply.reset:
            raise PluginError(call, "connection reset by peer")
        if reply.broken:
            raise PluginError(call, "unexpected EOF")
        if reply.front_door:
            text = f"Unexpected Content-Type text/plain; charset=utf-8 with status {reply.status}"
            return Answer(reply.status, text, request_id=False, json=False)
        if reply.odd is not None:
            kind, raw = odd_body(reply.odd, reply.body)
            return answered((reply.status, ""), {"content-type": kind, "x-request-id": "x"}, raw)
        return Answer(reply.status, reply.body)
