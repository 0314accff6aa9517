"""The plugin's calls, made in this process: the same entry as HTTP, without HTTP."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.metal_api.api import Api, Reply
from lab.metal_api.errors import PluginError

Json = dict[str, Any]


class Caller:
    """Makes API calls and reads the answers as the plugin does, disturbances included.

    Does not retry: the plugin's retries after a broken connection are seen through HTTP only.
    """

    def __init__(self, api: Api, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._sleep = sleep

    def pages(self, path: str, key: str, query: dict[str, str]) -> list[Json]:
        """All things of a list, page by page."""
        found: list[Json] = []
        page: Json | None = None
        number = 1
        while page is None or page["meta"]["next"]:
            asked = query if page is None else {**query, "page": str(number)}
            page = self.ask("GET", path, query=asked)
            found.extend(page[key])
            number += 1
        return found

    def ask(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None
    ) -> Json:
        """The body of a successful answer."""
        return accepted(self.send(method, path, body, query))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Any answer; a disturbance that cuts it off raises as it would in the plugin."""
        reply = self._api.handle(method, path, query=query, body=body, token="mocks")  # noqa: S106
        if reply.delay:
            self._sleep(reply.delay)
        if reply.reset:
            raise PluginError(where=f"{method} {path}", rule="connection reset by peer")
        if reply.broken:
            raise PluginError(where=f"{method} {path}", rule="unexpected EOF")
        return reply


def accepted(reply: Reply) -> Json:
    """The body of a success; the plugin's words for anything else."""
    if 200 <= reply.status < 300:
        return dict(reply.body or {})
    texts: Sequence[str] = reply.body.get("errors") or [reply.body.get("error", "")]
    raise PluginError(where=f"API Error HTTP {reply.status}", rule="; ".join(texts))


def refused(where: str, seen: str, rule: str) -> PluginError:
    """An input that the plugin refuses before it calls the API."""
    return PluginError(where=where, seen=seen, rule=rule)
