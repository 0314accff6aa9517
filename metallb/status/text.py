"""A status for people."""

from collections.abc import Iterator

from metallb.status.model import UNKNOWN, FamilyState, PoolState, ServiceState, Status

__all__ = ["text"]

_HUGE = 2**32
"""From so many on, the number of free addresses is told as a power of two."""
_MANY = 20
"""Up to so many sessions all are listed; of more only those that are not up."""


def text(status: Status, *, everything: bool = False) -> str:
    """The status, what is wrong first in each part."""
    return "\n".join(_lines(status, everything=everything))


def _lines(status: Status, *, everything: bool) -> Iterator[str]:
    yield f"{status.stack}: {status.health}"
    up = sum(1 for session in status.sessions if session.up)
    yield f"sessions: {up} of {len(status.sessions)} up"
    listed = everything or len(status.sessions) <= _MANY
    for session in sorted(status.sessions, key=lambda item: item.up is True):
        if session.up and not listed:
            continue
        word = {True: "up", False: "DOWN", None: "unknown"}[session.up]
        # Whoever looks at an outage asks for its time. Of a session that is up it is often unknown,
        # since logs are short: a word a line that helps nobody.
        dated = session.since != UNKNOWN or session.up is False
        since = f", since {session.since}" if dated else ""
        why = f": {session.why}" if session.why else ""
        yield f"  {word:<8}{session.node} -> {session.peer} ({session.address}){since}{why}"
    for pool in status.pools:
        yield f"pool {pool.name}: {_room(pool)}"
    for waiting in status.pending:
        yield f"PENDING {waiting.namespace}/{waiting.name}: {waiting.why}"
    if status.services:
        heard = sum(1 for service in status.services if not service.why)
        yield f"services: {heard} of {len(status.services)} announced"
    for service in status.services:
        if service.why or everything:
            yield f"  {_announced(service)}"
    for part in status.components:
        ready = "ready" if part.ready else "NOT READY"
        if part.ready and part.configuration == "valid" and not listed:
            continue
        word = part.configuration if part.configuration == "valid" else part.configuration.upper()
        told = f": {part.message}" if part.message else ""
        yield f"{part.name}: {ready}, configuration {word}{told}"
    for difference in status.drift:
        yield f"DRIFT {difference.kind} {difference.name}: {difference.what}"
    for note in status.notes:
        yield f"note: {note}"


def _announced(service: ServiceState) -> str:
    name = f"{service.namespace}/{service.name} ({', '.join(service.addresses)})"
    if service.why:
        return f"{name}: {service.why}"
    nodes = ", ".join(
        f"{each.node} to {', '.join(each.up) or 'nobody'}" for each in service.announced
    )
    return f"{name}: announced by {nodes}"


def _room(pool: PoolState) -> str:
    """The families by name where there are two: one that is used up must not hide in a sum."""
    if pool.ipv4 is not None and pool.ipv6 is not None:
        return f"IPv4 {_counts(pool.ipv4)}; IPv6 {_counts(pool.ipv6)}"
    return _counts(pool)


def _counts(some: PoolState | FamilyState) -> str:
    free = str(some.free) if some.free < _HUGE else f"2^{some.free.bit_length() - 1} or more"
    return f"{some.used} used, {free} free{', FULL' if some.full else ''}"
