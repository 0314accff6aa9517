"""The one question that the provider plugin can't ask: which block carries a tag.

Provider 3.2.1 looks a block up by id or by address only, and shows no tags. Adoption by tag is what
finds a block again whose creation succeeded while its reply was lost, so it is asked here.
Source: Equinix Metal API, GET /projects/{id}/ips.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from metallb.errors import PlatformError

__all__ = ["BLOCK_FINDER", "BlockFinder", "find_block_by_tag"]

_URL = "https://api.equinix.com/metal/v1/projects/{project}/ips?per_page=1000"
_TIMEOUT_SECONDS = 60

BlockFinder = Callable[[str, str, str | None], str]
"""Project id, tag and API token to the id of the one block that carries the tag."""


def find_block_by_tag(project_id: str, tag: str, token: str | None) -> str:
    """Id of the only block of a project that carries a tag.

    Honours HTTPS_PROXY and SSL_CERT_FILE, as the plugin does.

    :raises PlatformError: no block has the tag, several have it, or the API did not answer.
    """
    where = f"elastic IP block with tag '{tag}'"
    secret = token or os.environ.get("METAL_AUTH_TOKEN") or os.environ.get("PACKET_AUTH_TOKEN")
    if not secret:
        raise PlatformError(
            where=where,
            seen="no API token",
            rule="a block is looked up by tag with the project's API token",
            remedy="pulumi config set --secret equinix-metal:authToken, or set METAL_AUTH_TOKEN",
        )
    found = [
        str(block["id"])
        for block in _blocks(project_id, secret, where)
        if tag in (block.get("tags") or ())
    ]
    if len(found) != 1:
        raise PlatformError(
            where=where,
            seen=f"{len(found)} blocks",
            rule="exactly one block of the project carries the tag",
            remedy="tag the block, or name it by adoptId",
        )
    return found[0]


def _blocks(project_id: str, token: str, where: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310 - the address above is https
        _URL.format(project=project_id), headers={"X-Auth-Token": token}
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
            answer = json.load(reply)
            return list(answer.get("ip_addresses") or ())
    except urllib.error.HTTPError as error:
        raise PlatformError(
            where=where,
            seen=f"HTTP status {error.code} from the Equinix Metal API",
            rule="the API lists the project's blocks",
            remedy="check the project id and that the token may read it",
        ) from error
    except (OSError, ValueError) as error:
        raise PlatformError(
            where=where,
            seen=str(error),
            rule="the API lists the project's blocks",
            remedy="check the network, HTTPS_PROXY and SSL_CERT_FILE, then run again",
        ) from error


BLOCK_FINDER: ContextVar[BlockFinder] = ContextVar("block_finder", default=find_block_by_tag)
"""Who is asked; `render` answers from its answers file instead."""
