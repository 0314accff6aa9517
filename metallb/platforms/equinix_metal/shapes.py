"""The shapes of the API's answers that the program reads: what has another one is no answer.

Strict, since a list that is missing, or an entry without tags, would read as "nothing is there":
blocks would be reserved again, and the guards over them find nothing to guard. What the program
does not read may have any shape.
Source: Equinix Metal API, schemas IPReservationList, BgpSessionList, BgpConfig and Meta.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from metallb.algebra.addresses import parse_address

__all__ = [
    "LACKS",
    "BgpConfig",
    "BlocksPage",
    "NotAnObject",
    "Page",
    "SessionsPage",
    "Thing",
    "json_object",
    "reports_errors",
]

LACKS = "lacks"
"""Type of the error about a key that is missing in some entries alone."""
_MOST_PAGES = 50
"""Of a list; fifty thousand entries."""

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
"""An id becomes a part of the path of a later call."""


def _lacks(key: str) -> PydanticCustomError:
    return PydanticCustomError(LACKS, "{key} is missing", {"key": key})


def _is_address(text: str) -> str:
    parse_address(text)
    return text


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class Thing(_Shape):
    """Anything with an id."""

    id: _Id


class _Location(_Shape):
    code: str | None = None
    """Missing where the API only refers to the location."""


class _Block(Thing):
    tags: list[str] | None = None
    public: bool | None = None
    state: str | None = None
    network: Annotated[str, AfterValidator(_is_address)] | None = None
    cidr: Annotated[int, Field(ge=0, le=128)] | None = None
    global_ip: bool | None = None
    metro: _Location | None = None
    facility: _Location | None = None

    @model_validator(mode="after")
    def _shows_its_owner(self) -> Self:
        # Of a private block no stack is the owner.
        if self.tags is None and self.public is not False:
            raise _lacks("tags")
        return self


class _Device(_Shape):
    id: str | None = None
    href: str | None = None
    hostname: str | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not (self.id or self.href):
            raise _lacks("id")
        return self


class _Session(Thing):
    address_family: Literal["ipv4", "ipv6"]
    device: _Device


class _Meta(_Shape):
    total: Annotated[int, Field(ge=0)] | None = None
    current_page: Annotated[int, Field(ge=1)] | None = None
    last_page: Annotated[int, Field(ge=1, le=_MOST_PAGES)] | None = None
    next: Any = None


class Page(_Shape):
    """One page of a list."""

    entries: Sequence[Thing]
    meta: _Meta | None = None

    @property
    def total(self) -> int | None:
        """Entries of the whole list, where the API counts them."""
        return self.meta.total if self.meta else None

    @property
    def last(self) -> int:
        """Number of the last page."""
        return (self.meta and self.meta.last_page) or 1

    def is_page(self, number: int) -> bool:
        """Whether it is the page of that number, and leads on only where another one follows."""
        if self.meta is None:
            return number == 1
        follows = bool(self.meta.next)
        return self.meta.current_page in (None, number) and not (follows and number >= self.last)


class BlocksPage(Page):
    """GET /projects/{id}/ips."""

    entries: Sequence[_Block] = Field(alias="ip_addresses")


class SessionsPage(Page):
    """GET /projects/{id}/bgp/sessions."""

    entries: Sequence[_Session] = Field(alias="bgp_sessions")


class BgpConfig(Thing):
    """GET /projects/{id}/bgp-config of a project that has, or had, BGP."""

    status: str


class NotAnObject(ValueError):
    """A body that is no JSON object; the text says what it is."""


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is.

    :raises NotAnObject: it is none, or one whose readers would differ about it.
    """
    if not body:
        raise NotAnObject("is empty")
    try:
        answer = json.loads(body, parse_constant=_refused, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise NotAnObject("is not JSON") from None
    if not isinstance(answer, dict):
        raise NotAnObject("is JSON, but not an object")
    return answer


def reports_errors(answer: Mapping[str, Any]) -> bool:
    """Whether an answer is an error, whatever its status."""
    return bool(answer.get("errors") or answer.get("error"))


def _refused(name: str) -> Any:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found
