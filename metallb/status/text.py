"""A status for people."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, TypeVar

from metallb.problems.escape import markdown_code, markdown_fenced, one_line
from metallb.status.model import (
    UNKNOWN,
    Announcement,
    ComponentState,
    FamilyState,
    PoolState,
    ServiceState,
    SessionState,
    Status,
)

__all__ = ["markdown", "text"]

_HUGE = 2**32
"""From so many on, the number of free addresses is shown as a power of two."""
_WORDS = {True: "up", False: "DOWN", None: "unknown"}
Item = TypeVar("Item")
_WITHOUT_METRICS = (
    "metallb:install.monitoring.serviceMonitor makes the account; docs/status.md has it for a "
    "MetalLB that is installed otherwise, and the right to request its token"
)
_MANY = 20
"""Up to so many sessions all are listed; of more only those that are not up."""


def text(status: Status, *, everything: bool = False) -> str:
    """The status, what is wrong first in each part."""
    return "\n".join(_lines(_shown(status), everything=everything))


def markdown(status: Status, *, everything: bool = False) -> str:
    """The same for a comment or the summary of a job: a heading, and the lines in a fence."""
    lines = _lines(_shown(status), everything=everything)
    head = f"### MetalLB {markdown_code(status.stack)}: {status.health}"
    if status.error is not None:
        lines = iter(status.error.summary.splitlines())
    return "\n".join([head, "", "```", *map(markdown_fenced, lines), "```"])


def _shown(status: Status) -> Status:
    """With every text from the cluster on one line: none looks like a line of ours."""
    return Status.model_validate(_on_one_line(status.model_dump()))


def _on_one_line(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {key: _on_one_line(each) for key, each in value.items()}
    return tuple(map(_on_one_line, value)) if isinstance(value, list | tuple) else value


def _lines(status: Status, *, everything: bool) -> Iterator[str]:
    yield f"{status.stack}: {status.health}"
    if status.without_token:
        yield f"cannot read MetalLB's metrics: {status.without_token}"
        yield f"  help: {_WITHOUT_METRICS}"
    up = sum(1 for session in status.sessions if session.up)
    unknown = sum(1 for session in status.sessions if session.up is None)
    yield f"sessions: {up} of {len(status.sessions)} up{_and_unknown(unknown)}"
    listed = everything or len(status.sessions) <= _MANY
    yield from _sessions(session for session in status.sessions if listed or not session.up)
    for pool in status.pools:
        yield f"pool {pool.name}: {_room(pool)}"
    for waiting in status.pending:
        yield f"PENDING {waiting.namespace}/{waiting.name}: {waiting.why}"
    if status.services:
        heard = sum(1 for service in status.services if service.up)
        unknown = sum(1 for service in status.services if service.up is None)
        yield f"services: {heard} of {len(status.services)} announced{_and_unknown(unknown)}"
    yield from _services(service for service in status.services if service.why or everything)
    yield from _components(
        part
        for part in status.components
        if listed or not part.ready or part.configuration != "valid"
    )
    for difference in status.drift:
        yield f"DRIFT {difference.kind} {difference.name}: {difference.what}"
    for note in status.notes:
        yield f"note: {note}"


def _together(items: Iterable[Item], key: Callable[[Item], Hashable]) -> Iterable[list[Item]]:
    """Items of the same key, where the first of them is: a shared reason is stated once."""
    found: dict[Hashable, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found.values()


def _and_unknown(count: int) -> str:
    return f", {count} unknown" if count else ""


def _sessions(sessions: Iterable[SessionState]) -> Iterator[str]:
    """Those that are not up first. A reason that several share stands above them."""
    ordered = sorted(sessions, key=lambda item: item.up is True)
    for group in _together(ordered, lambda item: (item.up, item.why)):
        word, why = _WORDS[group[0].up], group[0].why
        if why and len(group) > 1:
            yield f"  {word:<8}{len(group)} sessions: {why}"
            yield from (f"          {_session(each)}" for each in group)
        else:
            yield from (f"  {word:<8}{_session(each)}{f': {why}' if why else ''}" for each in group)


def _session(session: SessionState) -> str:
    # An outage has a time that matters. Of a session that is up it is often unknown, since logs are
    # short, and then it is left out.
    dated = session.since != UNKNOWN or session.up is False
    since = f", since {session.since}" if dated else ""
    return f"{session.node} -> {session.peer} ({session.address}){since}"


def _services(services: Iterable[ServiceState]) -> Iterator[str]:
    for group in _together(services, lambda item: item.why or (item.namespace, item.name)):
        names = ", ".join(
            f"{each.namespace}/{each.name} ({', '.join(each.addresses)})" for each in group
        )
        yield f"  {names}: {group[0].why or _announcers(group[0].announced)}"


def _announcers(announced: Collection[Announcement]) -> str:
    by = [
        f"{each.node} to {', '.join((*each.up, *(f'{peer} (unknown)' for peer in each.unknown)))}"
        for each in announced
        if each.up or each.unknown
    ]
    by += [
        f"{each.node} in layer 2 on {', '.join(each.interfaces)}"
        for each in announced
        if each.interfaces
    ]
    by += [
        f"{each.node} to no router"
        for each in announced
        if not (each.up or each.unknown or each.interfaces)
    ]
    return f"announced by {', '.join(by)}" if by else "not announced"


def _components(parts: Iterable[ComponentState]) -> Iterator[str]:
    for group in _together(
        parts,
        lambda item: (item.ready, item.configuration, item.message) if item.message else item.name,
    ):
        part = group[0]
        ready = "ready" if part.ready else "NOT READY"
        word = part.configuration if part.configuration == "valid" else part.configuration.upper()
        message = f": {part.message}" if part.message else ""
        yield f"{', '.join(each.name for each in group)}: {ready}, configuration {word}{message}"


def _room(pool: PoolState) -> str:
    """The families by name where there are two: one that is used up must not hide in a sum."""
    if pool.ipv4 is not None and pool.ipv6 is not None:
        return f"IPv4 {_counts(pool.ipv4)}; IPv6 {_counts(pool.ipv6)}"
    return _counts(pool)


def _counts(some: PoolState | FamilyState) -> str:
    free = str(some.free) if some.free < _HUGE else f"2^{some.free.bit_length() - 1} or more"
    return f"{some.used} used, {free} free{', FULL' if some.full else ''}"
