"""Calls that the provider plugin lacks, or whose results it misreads: which blocks and sessions a
project has, and whether it has BGP.

Provider 3.2.1 looks a block up by id or by address only, shows no tags, and lists no sessions. Both
lists find again what was created while the reply was lost, so they are fetched here. Only GETs and
a DELETE, which may be repeated: unlike the plugin, this repeats a call where the API is busy.
Source: Equinix Metal API, GET /projects/{id}/ips, /bgp/sessions and /bgp-config.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from metallb.platforms.equinix_metal.shapes import (
    LACKS,
    BgpConfig,
    BlocksPage,
    NotAnObject,
    Page,
    SessionsPage,
    Thing,
    json_object,
    reports_errors,
)
from metallb.platforms.equinix_metal.tokens import TOKEN_KEY, token_to_send
from metallb.problems.errors import PlatformError
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

_Read = TypeVar("_Read")

_PER_PAGE = 1000
_READINGS = 3
"""How often a list is read that changes from page to page."""
_LONGEST_LIST = 600.0
"""Seconds after which no further page of a list is fetched."""
_GONE = 404
_ENABLED, _DISABLED = "enabled", "disabled"
_DETAIL = "Something between this machine and the API may have answered in its place."
_HELP = "check the network and HTTPS_PROXY, then run the command again"


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


def project_blocks(
    project_id: str, token: str | None, held: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Every address block of a project, as the API describes it, its location with the code.

    :param held: ids of blocks that the state has. One that is not in the list is looked up, since
        a list that lacks it would lack others as well.
    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    path = f"/projects/{project_id}/ips"
    found = _listed(path, BlocksPage, token, include="facility,metro")
    listed = {each["id"] for each in found}
    for block in held:
        if block not in listed and block_exists(block, token):
            raise _replaced(f"GET {path}", f"lacks block {block}, which exists")
    return found


def project_sessions(project_id: str, token: str | None) -> list[dict[str, Any]]:
    """Every BGP session of a project, each with its device's id and host name.

    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    path = f"/projects/{project_id}/bgp/sessions"
    return _listed(path, SessionsPage, token, include="device")


def project_bgp(project_id: str, token: str | None) -> bool | None:
    """Whether BGP is enabled in a project; None where the answer does not decide it.

    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    path = f"/projects/{project_id}/bgp-config"

    def read(answer: Mapping[str, Any]) -> bool | None:
        # A project that never had BGP has an empty object; the status of one under review is
        # requested.
        if not answer:
            return False
        config = BgpConfig.model_validate(answer)
        return {_ENABLED: True, _DISABLED: False}.get(config.status)

    return _read(path, token, read)


def block_exists(block_id: str, token: str | None) -> bool:
    """Whether the provider has a block.

    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    return _exists(f"/ips/{block_id}", block_id, token)


def session_exists(session_id: str, token: str | None) -> bool:
    """Whether the provider has a BGP session.

    :raises PlatformError: there is no token, the API did not answer, or its answer can't be used.
    """
    return _exists(f"/bgp/sessions/{session_id}", session_id, token)


def release_block(block_id: str, token: str | None) -> None:
    """Give a block back to the provider. A block that is gone already is no error.

    :raises PlatformError: there is no token, or the API refused.
    """
    path = f"/ips/{block_id}"
    status, _ = _sent("DELETE", path, token, _unless_gone(f"DELETE {path}"))
    if status != _GONE:
        _refuse(f"DELETE {path}", status)


def _listed(path: str, kind: type[Page], token: str | None, include: str) -> list[dict[str, Any]]:
    """All entries of a list, which is read again where its pages don't fit together."""
    until = time.monotonic() + _LONGEST_LIST
    for reading in range(1, _READINGS + 1):
        try:
            return _pages(path, kind, token, include, until)
        except _Shifted as error:
            if reading == _READINGS:
                raise error.problem_of(path) from None
    raise AssertionError  # pragma: no cover - the last reading returns or raises


class _Shifted(Exception):
    """Pages of a list that are not of one list."""

    def problem_of(self, path: str) -> PlatformError:
        return PlatformError(
            f"the Equinix Metal API's answer to GET {path} {self}",
            detail=f"It was read {_READINGS} times. A list that is cut short would hide blocks "
            "and sessions.",
            help="run the command again, once nothing else changes the project",
        )


def _pages(
    path: str, kind: type[Page], token: str | None, include: str, until: float
) -> list[dict[str, Any]]:
    """One reading of a list, of which no page is fetched after a time of the monotonic clock."""
    found: dict[str, dict[str, Any]] = {}
    number, last, total = 1, 1, None
    while number <= last:
        if number > 1 and time.monotonic() >= until:
            raise _replaced(f"GET {path}", f"is not whole after {_LONGEST_LIST:g} seconds")
        query = {"per_page": str(_PER_PAGE), "page": str(number), "include": include}
        page = _read(path, token, kind.model_validate, query)
        if number == 1:
            last, total = page.last, page.total
        if not page.is_page(number) or (page.last, page.total) != (last, total):
            raise _Shifted("has pages of different lists")
        for entry in page.entries:
            if entry.id in found:
                raise _Shifted("has one entry twice")
            found[entry.id] = entry.model_dump(exclude_unset=True)
        number += 1
    if total is not None and len(found) != total:
        raise _Shifted(f"has {len(found)} entries, and counts {total}")
    return list(found.values())


def _exists(path: str, id: str, token: str | None) -> bool:
    call = f"GET {path}"
    gone = _unless_gone(call)

    def check(status: int, body: bytes) -> None:
        gone(status, body)
        if 200 <= status < 300 and _parsed(call, body, Thing.model_validate).id != id:
            raise _replaced(call, "is about something else")

    status, _ = _sent("GET", path, token, check)
    if status != _GONE:
        _refuse(call, status)
    return status != _GONE


def _unless_gone(call: str) -> Callable[[int, bytes], None]:
    def check(status: int, body: bytes) -> None:
        # A proxy's 404 is no proof that something is gone.
        if status == _GONE:
            _json(call, body)

    return check


def _read(
    path: str,
    token: str | None,
    read: Callable[[Mapping[str, Any]], _Read],
    query: Mapping[str, str] | None = None,
) -> _Read:
    """What a reader makes of the JSON object that answers a GET."""
    call = f"GET {path}"
    found: list[_Read] = []

    def check(status: int, body: bytes) -> None:
        if 200 <= status < 300:
            found[:] = [_parsed(call, body, read)]

    status, _ = _sent("GET", path, token, check, query)
    _refuse(call, status)
    return found[0]


def _parsed(call: str, body: bytes, read: Callable[[Mapping[str, Any]], _Read]) -> _Read:
    answer = _json(call, body)
    if reports_errors(answer):
        raise _replaced(call, "reports an error with a status of success")
    try:
        return read(answer)
    except ValidationError as error:
        raise _unusable(call, error) from None


def _json(call: str, body: bytes) -> dict[str, Any]:
    try:
        return json_object(body)
    except NotAnObject as error:
        raise _replaced(call, str(error)) from None


def _sent(
    method: str,
    path: str,
    token: str | None,
    check: Callable[[int, bytes], None],
    query: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    secret = token_to_send(token, f"{method} {path}")
    # Loads requests, which only a call needs.
    from metallb.platforms.equinix_metal.transport import send

    return send(method, path, secret, query, check=check)


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


def _refuse(call: str, status: int) -> None:
    """Raise for a status that is no success."""
    if 200 <= status < 300:
        return
    code, fault, help = _FAULTS.get(status) or _FAULTS_OF_CLASS.get(status // 100, _REFUSED)
    raise PlatformError(f"{fault}: {call}, HTTP status {status}", code=code, help=help)


def _replaced(call: str, fault: str) -> PlatformError:
    """An answer that the API would not give."""
    return PlatformError(
        f"the Equinix Metal API's answer to {call} {fault}",
        code="E304",
        detail=_DETAIL,
        help=_HELP,
    )


def _unusable(call: str, error: ValidationError) -> PlatformError:
    """An answer of an unexpected shape. Its values are not shown."""
    first = error.errors(include_url=False, include_input=False)[0]
    place, what = first["loc"], "an unusable"
    if first["type"] == "missing":
        what = "no"
    elif first["type"] == LACKS:
        what, place = "no", (*place, first["ctx"]["key"])
    return PlatformError(
        f"the Equinix Metal API's answer to {call} has {what} {spelled(place)}",
        detail="Blocks and sessions are matched with the stack by their ids, tags and devices "
        "(Equinix Metal API, GET /projects/ID/ips and /projects/ID/bgp/sessions).",
        help="report it to the provider's support",
    )
