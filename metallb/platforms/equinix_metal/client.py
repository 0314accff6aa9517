"""Calls that the provider plugin lacks, or whose results it misreads: which blocks and sessions a
project has, and whether it has BGP.

Provider 3.2.1 looks a block up by id or by address only, shows no tags, and lists no sessions. Both
lists find again what was created while the reply was lost, so they are fetched here. Only GETs and
a DELETE, which may be repeated: unlike the plugin, this repeats a call where the API is busy.
Source: Equinix Metal API, GET /projects/{id}/ips, /bgp/sessions and /bgp-config.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from metallb.errors import PlatformError
from metallb.platforms.equinix_metal.tokens import TOKEN_KEY, token_to_send
from metallb.problems.escape import quoted
from metallb.problems.problem import spelled

__all__ = [
    "block_exists",
    "find_block_by_tag",
    "project_bgp",
    "project_blocks",
    "project_sessions",
    "release_block",
    "session_exists",
]

_PER_PAGE = 1000
_GONE = (404,)
_ENABLED, _DISABLED = "enabled", "disabled"

_Id = Annotated[str, Field(min_length=1)]


class _Location(BaseModel):
    code: str | None = None
    """Missing where the API only refers to the location."""


class _Entry(BaseModel):
    id: _Id


class _Block(_Entry):
    tags: list[str] | None = None
    state: str | None = None
    network: str | None = None
    cidr: Annotated[int, Field(ge=0, le=128)] | None = None
    global_ip: bool | None = None
    metro: _Location | None = None
    facility: _Location | None = None


class _Device(BaseModel):
    id: str | None = None
    href: str | None = None
    hostname: str | None = None


class _Session(_Entry):
    address_family: str
    device: _Device | None = None


class _Meta(BaseModel):
    last_page: int | None = None


class _Page(BaseModel):
    """One page of a list."""

    entries: Sequence[_Entry] | None
    meta: _Meta | None = None


class _BlocksPage(_Page):
    # A list that is missing is no empty list: blocks would be reserved again.
    entries: Sequence[_Block] | None = Field(alias="ip_addresses")


class _SessionsPage(_Page):
    entries: Sequence[_Session] | None = Field(alias="bgp_sessions")


def find_block_by_tag(project_id: str, tag: str, token: str | None) -> str:
    """Id of the only block of a project that carries a tag.

    :raises PlatformError: no block has the tag, several have it, or the API did not answer.
    """
    found = [
        str(block["id"])
        for block in project_blocks(project_id, token)
        if tag in (block.get("tags") or ())
    ]
    if not found:
        raise PlatformError(
            f"no block of project {project_id} has the tag {quoted(tag)}",
            code="E302",
            detail="adoptTag adopts the one block that has the tag.",
            help="add the tag to the block in the provider's console, or write adoptId with the "
            "block's id in place of adoptTag",
        )
    if len(found) > 1:
        raise PlatformError(
            f"{len(found)} blocks of project {project_id} have the tag {quoted(tag)}:"
            f" {', '.join(found)}",
            code="E302",
            detail="adoptTag adopts the one block that has the tag.",
            help="write adoptId with the id of one of them in place of adoptTag, or remove the tag "
            "from the others",
        )
    return found[0]


def project_blocks(project_id: str, token: str | None) -> list[dict[str, Any]]:
    """Every address block of a project, as the API describes it, its location with the code.

    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    path = f"/projects/{project_id}/ips"
    return _listed(path, _BlocksPage, token, include="facility,metro")


def project_sessions(project_id: str, token: str | None) -> list[dict[str, Any]]:
    """Every BGP session of a project, each with its device's id and host name.

    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    path = f"/projects/{project_id}/bgp/sessions"
    return _listed(path, _SessionsPage, token, include="device")


def project_bgp(project_id: str, token: str | None) -> bool | None:
    """Whether BGP is enabled in a project; None where the answer does not decide it.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    answer = _object(f"/projects/{project_id}/bgp-config", token)
    # A project that never had BGP has an empty object; the status of one under review is requested.
    if not answer.get("id"):
        return False if not answer else None
    return {_ENABLED: True, _DISABLED: False}.get(str(answer.get("status")))


def block_exists(block_id: str, token: str | None) -> bool:
    """Whether the provider has a block.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    return _body("GET", f"/ips/{block_id}", token, accepted=_GONE) is not None


def session_exists(session_id: str, token: str | None) -> bool:
    """Whether the provider has a BGP session.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    return _body("GET", f"/bgp/sessions/{session_id}", token, accepted=_GONE) is not None


def release_block(block_id: str, token: str | None) -> None:
    """Give a block back to the provider. A block that is gone already is no error.

    :raises PlatformError: there is no token, or the API refused.
    """
    _body("DELETE", f"/ips/{block_id}", token, accepted=_GONE)


def _listed(path: str, kind: type[_Page], token: str | None, include: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    number, last = 1, 1
    while number <= last:
        query = {"per_page": str(_PER_PAGE), "page": str(number), "include": include}
        answer = _object(path, token, query)
        try:
            page = kind.model_validate(answer)
        except ValidationError as error:
            raise _unusable(f"GET {path}", error) from None
        found += (entry.model_dump(exclude_unset=True) for entry in page.entries or ())
        last = (page.meta and page.meta.last_page) or 1
        number += 1
    return found


def _object(path: str, token: str | None, query: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object that answers a GET."""
    body = _body("GET", path, token, query=query)
    try:
        answer = json.loads(body or b"")
    except (ValueError, RecursionError):
        fault = "is not JSON" if body else "is empty"
    else:
        if isinstance(answer, dict):
            return answer
        fault = "is JSON, but not an object"
    raise PlatformError(
        f"the Equinix Metal API's answer to GET {path} {fault}",
        code="E304",
        detail="Something between this machine and the API may have answered in its place.",
        help="check the network and HTTPS_PROXY, then run the command again",
    )


def _body(
    method: str,
    path: str,
    token: str | None,
    *,
    query: Mapping[str, str] | None = None,
    accepted: Collection[int] = (),
) -> bytes | None:
    """The body that answers a call; None for a status that is accepted as an answer."""
    call = f"{method} {path}"
    secret = token_to_send(token, call)
    # Loads requests, which only a call needs.
    from metallb.platforms.equinix_metal.transport import send

    status, body = send(method, path, secret, query)
    if 200 <= status < 300:
        return body
    if status in accepted:
        return None
    raise _refused(call, status)


_FAULTS = {
    401: (
        "E301",
        "the Equinix Metal API rejects the token",
        f"set a valid token: pulumi config set --secret {TOKEN_KEY}, or METAL_AUTH_TOKEN",
    ),
    403: (
        "E301",
        "the token of the Equinix Metal API lacks a right",
        "use a token that may do this, or correct metallb:platform.projectId",
    ),
    404: (
        "E302",
        "the Equinix Metal API has no such project, block or session",
        "correct metallb:platform.projectId, or the id that the call names",
    ),
    429: (
        "E304",
        "the Equinix Metal API accepts no more calls now",
        "run the command again in some minutes",
    ),
}
"""Code, fault and help by HTTP status."""
_FAULTS_OF_CLASS = {
    3: (
        "E304",
        "the Equinix Metal API answers with a redirect, which is not followed",
        "check the network and HTTPS_PROXY, then run the command again",
    ),
    5: ("E304", "the Equinix Metal API fails", "run the command again in some minutes"),
}
"""The same by the first digit of the status."""
_REFUSED = (
    "E301",
    "the Equinix Metal API refuses a call",
    "check metallb:platform.projectId and the rights of the token",
)


def _refused(call: str, status: int) -> PlatformError:
    code, fault, help = _FAULTS.get(status) or _FAULTS_OF_CLASS.get(status // 100, _REFUSED)
    return PlatformError(f"{fault}: {call}, HTTP status {status}", code=code, help=help)


def _unusable(call: str, error: ValidationError) -> PlatformError:
    """An answer of an unexpected shape. Its values are not shown."""
    first = error.errors(include_url=False, include_input=False)[0]
    what = "no" if first["type"] == "missing" else "an unusable"
    return PlatformError(
        f"the Equinix Metal API's answer to {call} has {what} {spelled(first['loc'])}",
        detail="Blocks and sessions are matched with the stack by their ids, tags and devices "
        "(Equinix Metal API, GET /projects/ID/ips and /projects/ID/bgp/sessions).",
        help="report it to the provider's support",
    )
