"""Calls that the provider plugin lacks, or whose results it misreads: which blocks and sessions a
project has, and whether it has BGP.

Provider 3.2.1 looks a block up by id or by address only, shows no tags, and lists no sessions. Both
lists find again what was created while the reply was lost, so they are fetched here. Only GETs,
which may be repeated: unlike the plugin, this repeats a call where the API is busy or fails.
Source: Equinix Metal API, GET /projects/{id}/ips, /bgp/sessions and /bgp-config.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from http.client import HTTPException
from typing import Any

from metallb.errors import PlatformError
from metallb.file_errors import cause_of

__all__ = [
    "BLOCK_FINDER",
    "TOKEN_KEY",
    "BlockFinder",
    "api_token",
    "block_exists",
    "check_token",
    "config_token",
    "find_block_by_tag",
    "project_bgp",
    "project_blocks",
    "project_sessions",
    "release_block",
    "session_exists",
]

_API = "https://api.equinix.com/metal/v1"
_TIMEOUT_SECONDS = 30
_PER_PAGE = 1000
_TRIES = 4
_BUSY = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 30.0
TOKEN_KEY = "equinix-metal:authToken"  # noqa: S105 - the name of a setting
_VARIABLES = ("METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN")
_ENABLED, _DISABLED = "enabled", "disabled"

BlockFinder = Callable[[str, str, str | None], str]
"""Project id, tag and API token to the id of the one block that carries the tag."""


def api_token(token: str | None) -> str | None:
    """The API token of the stack's config, or the environment's, as the plugin looks for it."""
    return _given_token(token)[1].strip() or None


def config_token(config: Mapping[str, Any], decrypt: Callable[[str], str]) -> str | None:
    """The API token of a stack file's config; None where it has none.

    :param decrypt: gives the clear text of a key that is encrypted there.
    """
    written = config.get(TOKEN_KEY)
    return written if written is None or isinstance(written, str) else decrypt(TOKEN_KEY)


def _given_token(token: str | None) -> tuple[str, str]:
    """The setting that holds the token, and the token as it is written there."""
    if token:
        return TOKEN_KEY, token
    for name in _VARIABLES:
        if os.environ.get(name):
            return name, os.environ[name]
    return "", ""


def check_token(token: str | None) -> None:
    """Refuse a token that the plugin can't send, before it tries to for three minutes.

    Blanks around a token do no harm; a line break does, since the plugin takes it as it is given.
    No token is no error here: each call that needs one raises its own.

    :raises PlatformError: the token holds a line break or another character of no header.
    """
    name, given = _given_token(token)
    if not _sendable(given.strip(" \t")):
        raise _unsendable(name, given)


def _sendable(secret: str) -> bool:
    # Python's own refusal quotes the whole header.
    return secret.isascii() and secret.isprintable()


def _unsendable(name: str, secret: str) -> PlatformError:
    breaks = any(sign in secret for sign in "\r\n")
    what = "a line break" if breaks else "a character that no HTTP header can hold"
    end = "at one end" if _sendable(secret.strip()) else "inside"
    return PlatformError(
        f"the token in {name} has {what} {end}",
        code="E301",
        location=(name,) if name == TOKEN_KEY else (),
        detail="A token is one line of ASCII letters, digits and signs.",
        help=f"set it again without that: pulumi config set --secret {TOKEN_KEY}, or "
        "export METAL_AUTH_TOKEN=\"$(tr -d '[:space:]' < FILE)\"",
    )


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
            f"no block of project {project_id} has the tag {tag!r}",
            code="E302",
            detail="adoptTag adopts the one block that has the tag.",
            help="add the tag to the block in the provider's console, or write adoptId with the "
            "block's id in place of adoptTag",
        )
    if len(found) > 1:
        raise PlatformError(
            f"{len(found)} blocks of project {project_id} have the tag {tag!r}: {', '.join(found)}",
            code="E302",
            detail="adoptTag adopts the one block that has the tag.",
            help="write adoptId with the id of one of them in place of adoptTag, or remove the tag "
            "from the others",
        )
    return found[0]


def project_blocks(project_id: str, token: str | None) -> list[dict[str, Any]]:
    """Every address block of a project, as the API describes it, its location with the code.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    path = f"/projects/{project_id}/ips"
    return list(_listed(path, "ip_addresses", token, "&include=facility,metro"))


def project_sessions(project_id: str, token: str | None) -> list[dict[str, Any]]:
    """Every BGP session of a project, each with its device's id and host name.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    path = f"/projects/{project_id}/bgp/sessions"
    return list(_listed(path, "bgp_sessions", token, "&include=device"))


def project_bgp(project_id: str, token: str | None) -> bool | None:
    """Whether BGP is enabled in a project; None where the answer does not decide it.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    answer = _ask("GET", f"/projects/{project_id}/bgp-config", token)
    # A project that never had BGP has an empty object; the status of one under review is requested.
    if not answer.get("id"):
        return False if not answer else None
    return {_ENABLED: True, _DISABLED: False}.get(str(answer.get("status")))


def block_exists(block_id: str, token: str | None) -> bool:
    """Whether the provider has a block.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    return bool(_ask("GET", f"/ips/{block_id}", token, accepted=(404,)))


def session_exists(session_id: str, token: str | None) -> bool:
    """Whether the provider has a BGP session.

    :raises PlatformError: there is no token, or the API did not answer.
    """
    return bool(_ask("GET", f"/bgp/sessions/{session_id}", token, accepted=(404,)))


def release_block(block_id: str, token: str | None) -> None:
    """Give a block back to the provider. A block that is gone already is no error.

    :raises PlatformError: there is no token, or the API refused.
    """
    _ask("DELETE", f"/ips/{block_id}", token, accepted=(404,))


def _listed(path: str, key: str, token: str | None, query: str = "") -> Iterator[dict[str, Any]]:
    page, last = 1, 1
    while page <= last:
        answer = _ask("GET", f"{path}?per_page={_PER_PAGE}&page={page}{query}", token)
        yield from answer.get(key) or ()
        last = int((answer.get("meta") or {}).get("last_page") or 1)
        page += 1


def _ask(
    method: str, path: str, token: str | None, *, accepted: tuple[int, ...] = ()
) -> dict[str, Any]:
    """One call, repeated where the API is busy. Honours HTTPS_PROXY and SSL_CERT_FILE."""
    call = f"{method} {path.partition('?')[0]}"
    secret = api_token(token)
    if not secret:
        raise PlatformError(
            "no token of the Equinix Metal API is set",
            code="E305",
            detail=f"{call} needs the project's token.",
            help=f"pulumi config set --secret {TOKEN_KEY}, or set METAL_AUTH_TOKEN",
        )
    if not _sendable(secret):
        raise _unsendable(_given_token(token)[0], secret)
    headers = {"X-Auth-Token": secret, "Accept": "application/json"}
    for attempt in range(1, _TRIES + 1):
        wait = float(2 ** (attempt - 1))
        try:
            # An opener of its own: the module's keeps the first call's proxy and trust for good.
            opener = urllib.request.build_opener()
            # So has the request: one that went through a proxy's tunnel would go to the proxy
            # itself the second time, in plain text and with the token.
            request = urllib.request.Request(_API + path, method=method, headers=headers)  # noqa: S310 - https
            with opener.open(request, timeout=_TIMEOUT_SECONDS) as reply:
                text = reply.read()
                return dict(json.loads(text)) if text else {}
        except urllib.error.HTTPError as error:
            if error.code in accepted:
                return {}
            if error.code not in _BUSY or attempt == _TRIES:
                raise _refused(call, error.code) from error
            wait = _wait(error.headers.get("Retry-After"), wait)
        except OSError as error:
            if attempt == _TRIES:
                raise _silent(call, _cause(error)) from error
        except (HTTPException, ValueError) as error:
            # Their texts may quote what was sent or received.
            if attempt == _TRIES:
                cause = f"its answer can't be read ({type(error).__name__})"
                raise _silent(call, cause) from error
        time.sleep(wait)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def _wait(header: str | None, own: float) -> float:
    """Seconds to wait by the API's answer, within bounds."""
    if header and header.isdecimal():
        return min(float(header), _LONGEST_WAIT)
    return own


def _cause(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error
    return cause_of(reason) if isinstance(reason, OSError) and reason.strerror else str(reason)


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


def _refused(call: str, status: int) -> PlatformError:
    code, fault, help = _FAULTS.get(
        status,
        ("E304", "the Equinix Metal API fails", "run the command again in some minutes")
        if status >= 500
        else (
            "E301",
            "the Equinix Metal API refuses a call",
            "check metallb:platform.projectId and the rights of the token",
        ),
    )
    return PlatformError(f"{fault}: {call}, HTTP status {status}", code=code, help=help)


def _silent(call: str, cause: str) -> PlatformError:
    return PlatformError(
        f"the Equinix Metal API does not answer {call}: {cause}",
        code="E304",
        detail=f"The call was tried {_TRIES} times.",
        help="check the network, HTTPS_PROXY and SSL_CERT_FILE, then run the command again",
    )


BLOCK_FINDER: ContextVar[BlockFinder] = ContextVar("block_finder", default=find_block_by_tag)
"""Finds a block by its tag; `render` reads its answers file instead."""
