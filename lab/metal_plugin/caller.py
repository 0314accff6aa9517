"""The calls that the plugin makes, whatever carries them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from lab.metal_plugin.errors import ApiError, PluginError

BASE = "https://api.equinix.com/metal/v1"

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A reply as it arrived."""

    status: int
    body: Any = None
    """Decoded JSON; a text where the reply was no JSON."""
    request_id: bool = True
    json: bool = True


class Caller(ABC):
    """Makes API calls and reads the answers."""

    @abstractmethod
    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any answer; a connection that breaks for good raises."""

    def ask(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None
    ) -> Json:
        """The body of a successful answer."""
        answer = self.send(method, path, body, query)
        call = f"{method} {address(path, query)}"
        if not 200 <= answer.status < 300:
            raise _failure(answer, call)
        if not isinstance(answer.body, dict):
            raise PluginError(call, "unexpected EOF" if answer.body else "EOF")
        return answer.body

    def act(self, method: str, path: str, body: Any = None) -> None:
        """A call whose body is ignored when it succeeds."""
        answer = self.send(method, path, body)
        if not 200 <= answer.status < 300:
            raise _failure(answer, f"{method} {address(path)}")

    def pages(self, path: str, key: str, query: dict[str, str]) -> list[Json]:
        """All things of a list, page by page."""
        found: list[Json] = []
        of_page = query
        while True:
            page = self.ask("GET", path, query=of_page)
            found.extend(page.get(key) or [])
            meta = page.get("meta") or {}
            if not meta.get("next"):
                return found
            of_page = {**query, "page": str(meta["current_page"] + 1)}


def address(path: str, query: Mapping[str, str] | None = None) -> str:
    """The whole address of a call, keys in order."""
    return f"{BASE}{path}" + (f"?{urlencode(sorted(query.items()))}" if query else "")


def _failure(answer: Answer, call: str) -> PluginError:
    if not answer.json:
        return ApiError(answer.status, [], call=call, single=answer.body, from_api=False)
    if not isinstance(answer.body, dict):
        return PluginError(call, "unexpected end of JSON input")
    texts = answer.body.get("errors") or []
    return ApiError(
        answer.status,
        texts,
        call=call,
        single=answer.body.get("error") or "",
        from_api=answer.request_id,
    )
