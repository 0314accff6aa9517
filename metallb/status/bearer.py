"""The token that status shows a speaker: a short-lived one of an account that reads metrics alone.

The kubeconfig's own credential never goes to a pod: what runs there, or answers in its place, could
do with it whatever the person may do.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Bearer", "NoToken"]

_LIFETIME = 600
"""Seconds; the shortest that an API server gives (Kubernetes TokenRequest)."""
_MARGIN = 60
"""Seconds before its end at which a token is no longer shown: a look takes some of them."""


class NoToken(Exception):
    """There is no token; the text has the reason."""


class Bearer:
    """Keeps an account's token, and renews it in time. Safe for several threads.

    :param ask: posts a body to a path, and gives the answer's status and text.
    :param account: namespace and name of the ServiceAccount; None requests nothing.
    """

    def __init__(
        self,
        ask: Callable[[str, dict[str, Any]], tuple[int, str]],
        account: tuple[str, str] | None,
    ) -> None:
        self._ask, self._account = ask, account
        self._lock = threading.Lock()
        self._kept = ""
        self._end = 0.0
        self._proven = False

    def token(self) -> str:
        """A token to show.

        :raises NoToken: there is no account, or the API server gives none of it.
        """
        if self._account is None:
            raise NoToken("no account is known whose token a speaker may be shown")
        with self._lock:
            if not self._kept or time.monotonic() >= self._end - _MARGIN:
                self._request(*self._account)
            return self._kept

    def accepted(self, token: str) -> None:
        """Take note that a speaker took the token."""
        if token == self._kept:
            self._proven = True

    def renewed(self, token: str) -> bool:
        """Whether there is another token to show, now that this one was refused.

        Only for one that was good before: a new one of an account that may not read metrics would
        be refused as well, each time that it is tried.
        """
        with self._lock:
            if token == self._kept:
                if not self._proven:
                    return False
                self._kept = ""
            return True

    def _request(self, namespace: str, name: str) -> None:
        start = time.monotonic()
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        status, text = self._ask(path, {"spec": {"expirationSeconds": _LIFETIME}})
        try:
            answer = json.loads(text)
            if status >= 400:
                raise NoToken(f"no token of {namespace}/{name}: {status} {answer['message']}")
            self._kept = str(answer["status"]["token"])
            lifetime = int((answer.get("spec") or {}).get("expirationSeconds") or _LIFETIME)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoToken(f"no token of {namespace}/{name}: {status} without one") from None
        # By this machine's own clock: the answer's time of day is another machine's.
        self._end = start + lifetime
        self._proven = False
