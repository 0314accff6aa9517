"""A call that found its place, and the pages of long lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel

from lab.metal_api import models as wire
from lab.metal_api.backend import Backend
from lab.metal_api.errors import ApiRefusal
from lab.metal_api.views import Views

PER_PAGE = 10
"""Default page size of devices, projects and sessions. Source: Equinix Metal API, per_page."""

IPS_PER_PAGE = 250
"""Default page size of a project's addresses: published clients never ask for a second page."""

MOST_PER_PAGE = 1000
MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Call:
    """A call that found its place."""

    backend: Backend
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    pending: bool = False

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.params["id"]

    @property
    def include(self) -> frozenset[str]:
        """The attributes that the caller has expanded."""
        return frozenset(self.query.get("include", "").split(","))

    @property
    def views(self) -> Views:
        """The answers' side."""
        return Views(self.backend.state)


Answer = tuple[int, Any]
Handler = Callable[[Call], Answer]


def as_json(answer: BaseModel) -> dict[str, Any]:
    """An answer as JSON values."""
    return answer.model_dump(mode="json")


def page(
    call: Call,
    path: str,
    key: str,
    things: Sequence[Any],
    show: Callable[[Any], dict[str, Any]],
    per_page: int = PER_PAGE,
) -> Answer:
    """One page of a list. Only the things of this page are shaped, so long lists stay cheap."""
    size = _number(call, "per_page", per_page, MOST_PER_PAGE)
    last = max(1, -(-len(things) // size))
    number = _number(call, "page", 1, MOST_PAGES)

    def place(page: int) -> wire.Href:
        return wire.Href(href=f"{path}?{urlencode({**call.query, 'page': page}, safe=',')}")

    meta = wire.Meta(
        total=len(things),
        current_page=number,
        last_page=last,
        self=place(number),
        first=place(1),
        last=place(last),
        previous=place(number - 1) if number > 1 else None,
        next=place(number + 1) if number < last else None,
    )
    shown = things[(number - 1) * size : number * size]
    return 200, {key: [show(one) for one in shown], "meta": as_json(meta)}


def _number(call: Call, field: str, default: int, most: int) -> int:
    text = call.query.get(field, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise ApiRefusal(422, [f"{field} must be a positive number"])
    return min(int(text), most)
