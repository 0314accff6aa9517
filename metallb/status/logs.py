"""When a session last changed, and the error of its last attempt, from a native speaker's log.

No metric and no object of MetalLB keeps the time of a session's change. The speaker logs one JSON
object a line (MetalLB internal/logging), with `event` sessionUp or sessionDown and `op` connect
(internal/bgp/native/native.go). Reads nothing itself, and knows nothing of FRR's logs.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["SessionLog", "parse_log"]

_UP, _DOWN, _NOTIFIED = "sessionUp", "sessionDown", "peerNotification"


@dataclass(frozen=True)
class SessionLog:
    """One session in a log.

    :ivar up: whether it came up last; None where the log holds no change of it.
    :ivar since: time of that change, as the speaker wrote it.
    :ivar error: what ended it, or why the last attempt to connect failed, if none succeeded later.
    """

    up: bool | None = None
    since: str = ""
    error: str = ""


def parse_log(text: str) -> dict[str, SessionLog]:
    """The sessions of a log by the router's address; lines of other programs are passed over."""
    found: dict[str, SessionLog] = {}
    for line in text.splitlines():
        entry = _entry(line)
        peer = _address(str(entry.get("peer") or ""))
        if not peer:
            continue
        before = found.get(peer, SessionLog())
        event = entry.get("event")
        if event in (_UP, _DOWN):
            # A router's NOTIFICATION is logged before the session counts as down.
            error = before.error if event == _DOWN else ""
            found[peer] = SessionLog(event == _UP, str(entry.get("ts") or ""), error)
        elif entry.get("error") and (entry.get("op") == "connect" or event == _NOTIFIED):
            found[peer] = SessionLog(before.up, before.since, str(entry["error"]))
    return found


def _address(peer: str) -> str:
    """A router's address. 0.12 writes a port behind it when a session comes up or goes down."""
    with_port = re.fullmatch(r"\[([^\]]+)\]:\d+|([^:]+):\d+", peer)
    return peer if with_port is None else with_port[1] or with_port[2]


def _entry(line: str) -> Mapping[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, Mapping) else {}
