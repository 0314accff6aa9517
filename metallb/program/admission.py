"""Waits until MetalLB's webhook judges a pool.

The webhook's certificate is in its configuration before the webhook listens, and a controller from
MetalLB's chart is ready before that too. A custom resource that is created in between is refused,
since nothing answers for it. Each attempt is a dry run: no pool is ever stored.

Source: Kubernetes v1.34, apiserver/pkg/admission/plugin/webhook/errors (the texts of a call that
failed and of a denial).
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from metallb.problems.errors import EngineError
from metallb.routing import IPAddressPool
from metallb.routing.crds import GROUP

__all__ = ["DryRun", "Unjudged", "await_verdict"]

_PATIENCE = 300.0
"""Seconds: a kubelet mounts the certificate up to two minutes after it was made."""
_PAUSE = 2.0
_UNREACHED = 3
"""Attempts at an API server that does not answer the program at all."""
_POOL = {
    "apiVersion": IPAddressPool.api_version,
    "kind": IPAddressPool.kind,
    "metadata": {"generateName": "does-the-webhook-answer-"},
    # Of an example network (RFC 5737). One that is taken already is refused, which is an answer.
    "spec": {"addresses": ["192.0.2.0/32"], "autoAssign": False},
}
_DENIED = re.compile(r'admission webhook "([^"]+)" denied the request')
_CONFLICT = 409
"""The name is taken: the API server looks at that after the webhooks."""
_NOT_YET = frozenset({404, 429})
"""The kind is not served yet; the API server is busy."""


class DryRun(Protocol):
    """What is needed of a cluster."""

    def dry_run(self, path: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """Status and text of the answer to a creation that stores nothing.

        :raises EngineError: the API server does not answer.
        """


class Unjudged(Exception):
    """It can't be found out whether the webhook answers; the text has the reason."""


async def await_verdict(cluster: DryRun, namespace: str, *, waiting: Callable[[str], None]) -> None:
    """Return as soon as the webhook has accepted or denied a pool.

    :param waiting: called once, with the reason, when it does not answer at first.
    :raises Unjudged: the API server does not answer, or refuses the dry run.
    :raises EngineError: the webhook does not answer in time.
    """
    path = f"/apis/{_POOL['apiVersion']}/namespaces/{namespace}/{IPAddressPool.plural}"
    until = time.monotonic() + _PATIENCE
    unreached = 0
    reported = False
    while True:
        try:
            status, text = await asyncio.to_thread(cluster.dry_run, path, _POOL)
            unreached = 0
            reason = _missing(status, text)
        except EngineError as error:
            unreached += 1
            reason = error.problem.summary
            if unreached == _UNREACHED:
                raise Unjudged(reason) from error
        if reason is None:
            return
        if time.monotonic() >= until:
            raise _silent(reason)
        if not reported:
            waiting(reason)
            reported = True
        await asyncio.sleep(_PAUSE)


def _missing(status: int, text: str) -> str | None:
    """Why the answer is no verdict yet; None for a verdict.

    :raises Unjudged: it will never be one.
    """
    if status < 300 or status == _CONFLICT:
        return None
    message = _message(text)
    reason = f"{status} {message}".strip()
    denied = _DENIED.search(message)
    if denied is not None and denied[1].endswith(f".{GROUP}"):
        return None
    if denied is None and (status in _NOT_YET or status >= 500):
        return reason
    raise Unjudged(reason)


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(text.split())[:300]


def _silent(reason: str) -> EngineError:
    return EngineError(
        f"MetalLB's webhook does not answer within {_PATIENCE / 60:.0f} minutes: {reason}",
        code="E603",
        detail="The webhook validates MetalLB's configuration, which is written after the chart. "
        "The chart is installed and stays.",
        help="let the API server reach the controller's Pod on port 9443, then run the update "
        "again",
    )
