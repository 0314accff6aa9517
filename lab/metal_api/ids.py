"""Identifiers and time, which a test or a recording has to know beforehand."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

Ids = Callable[[str, int], str]
"""Makes the id of the n-th thing of a kind."""

Clock = Callable[[], datetime]
"""The time."""


def steady_ids(kind: str, serial: int) -> str:
    """The same UUID for the same kind and number, on every machine.

    Shaped as a version 4 UUID, because published clients check that ids look like one.
    """
    digest = hashlib.sha256(f"{kind}/{serial}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def wall_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def still_clock() -> datetime:
    """A clock that stands: for recordings that must come out the same every time."""
    return datetime(2026, 1, 1, tzinfo=UTC)
