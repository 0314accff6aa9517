"""Waits for sessions, by status' own reading of the cluster.

A session that is up may still be the former one, since a speaker takes a moment to act on an
object. It counts as opened anew once it was down in between, or came up at another time; where
neither can be read, once a while has passed.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from metallb.algebra.addresses import same_address
from metallb.forecast.site import Session
from metallb.forecast.steps import Announcers
from metallb.problems.errors import EngineError
from metallb.status.model import UNKNOWN, SessionState

__all__ = ["End", "Look", "States", "await_room", "await_sessions", "end_of", "states_of"]

End = tuple[str, str]
"""A session: the node, and the router's address or interface."""
States = Mapping[End, SessionState]
Look = Callable[[Collection[str]], States]
"""Reads the sessions of some nodes. Raises EngineError where the API server does not answer."""

PAUSE = 2.0
SETTLED = 15.0
"""Seconds after which a session that stayed up is taken for the new one: MetalLB collects changes
for 3 seconds at most (internal/k8s/controllers, internal/bgp/frr), and FRR reloads then."""
ROUTED = 3.0
"""Seconds from a session that is up to routes in a router's tables."""
_NAMED = 4


def end_of(session: Session) -> End:
    """What identifies a session of a forecast."""
    return session.node, session.address[0]


def states_of(states: Iterable[SessionState], hosts: Mapping[str, str]) -> States:
    """Sessions of a status by their ends.

    :param hosts: host names of nodes by their names.
    """
    return {
        (hosts.get(each.node, each.node), same_address(each.address) or each.address): each
        for each in states
    }


async def await_room(
    look: Look,
    closing: Sequence[Session],
    most: Callable[[str], int],
    seconds: float,
    announcers: Sequence[Announcers] = (),
    *,
    forever: bool = False,
) -> States:
    """Return as soon as each node keeps enough sessions when some end, and each pool enough
    announcers; the sessions before that.

    A node without any session has none to lose.

    :param closing: the sessions that end.
    :param most: sessions of a node that may be down at once.
    :param announcers: nodes that announce a pool meanwhile, if their sessions are up.
    :param forever: whether they are no sessions of the node any more, so that they are not down.
    :raises EngineError: other sessions stay down (E605).
    """
    need = Counter({each.node: 0 for each in closing})
    need.update(each.node for each in closing if not forever)
    closed = {end_of(each) for each in closing}
    nodes = set(need).union(*(each.left for each in announcers))
    until = time.monotonic() + seconds
    while True:
        states = await _looked(look, nodes, until)
        living = {node for (node, _), each in states.items() if each.up}
        short = [
            (end[0], each)
            for end, each in states.items()
            if end not in closed and each.up is not True and end[0] in living and end[0] in need
        ]
        down = Counter(node for node, _ in short)
        over = [each for node, each in short if need[node] + down[node] > most(node)]
        few = [each for each in announcers if len(_up(each, states)) < each.least]
        if not over and not few:
            return states
        if time.monotonic() >= until:
            raise _no_room(over, forever=forever) if over else _too_few(few[0], states)
        await asyncio.sleep(PAUSE)


def _up(announcers: Announcers, states: States) -> list[str]:
    """Nodes that announce a pool now, and go on with it."""
    return [
        node
        for node, ends in announcers.left.items()
        if any((state := states.get((node, each[1][0]))) and state.up for each in ends)
    ]


async def await_sessions(
    look: Look, awaited: Sequence[Session], before: States, seconds: float
) -> tuple[SessionState | Session, ...]:
    """Return as soon as all sessions are up again; those that are not when the time is over.

    :param before: the sessions before the change.
    """
    begun = time.monotonic()
    until = begun + seconds
    left = {end_of(each): each for each in awaited}
    seen_down = {end for end in left if end not in before or before[end].up is not True}
    nodes = {each.node for each in awaited}
    while left:
        states = await _looked(look, nodes, until)
        settled = time.monotonic() - begun >= SETTLED
        for end in list(left):
            state = states.get(end)
            if state is None or state.up is not True:
                seen_down.add(end)
            elif settled or end in seen_down or _other_time(before.get(end), state):
                del left[end]
        if left and time.monotonic() >= until:
            return tuple(states.get(end, session) for end, session in left.items())
        if left:
            await asyncio.sleep(PAUSE)
    await asyncio.sleep(ROUTED)
    return ()


def _other_time(before: SessionState | None, now: SessionState) -> bool:
    """Whether a session is known to have come up at another time."""
    return before is not None and now.since not in (UNKNOWN, before.since)


async def _looked(look: Look, nodes: Collection[str], until: float) -> States:
    """One look; an API server that does not answer for a while is looked at again.

    :raises EngineError: it does not answer until the time is over.
    """
    while True:
        try:
            return await asyncio.to_thread(look, nodes)
        except EngineError:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(PAUSE)


def _no_room(short: Sequence[SessionState], *, forever: bool) -> EngineError:
    next_step = "the next wave takes another session of the node down"
    if forever:
        next_step = "the next step deletes former peers of the node"
    return EngineError(
        f"{named(short)} {'is' if len(short) == 1 else 'are'} down, and {next_step}",
        code="E605",
        location=("metallb:availability", "maxSessionsDown"),
        detail=f"{short[0].why or 'The reason is not known'}. What follows is untouched.",
        help="mend the session (metallb status), then run up again; or permit more with "
        "maxSessionsDown for this update",
    )


def _too_few(announcers: Announcers, states: States) -> EngineError:
    up = _up(announcers, states)
    down = [
        state
        for node, ends in announcers.left.items()
        if node not in up
        for each in sorted(ends)
        if (state := states.get((node, each[1][0]))) is not None
    ]
    return EngineError(
        f"pool {announcers.pool} is announced by {len(up)} of the {announcers.least} nodes that it "
        f"needs while the next wave lasts: {named(down)}{' is' if len(down) == 1 else ' are'} down",
        code="E605",
        location=("metallb:availability", "byPool", announcers.pool, "minAnnouncers"),
        detail=f"{down[0].why if down else 'The reason is not known'}. What follows is untouched.",
        help="mend the session (metallb status), then run up again; or permit less with "
        "minAnnouncers for this update",
    )


def named(sessions: Sequence[SessionState]) -> str:
    """Sessions in words."""
    words = [f"{each.node} -> {each.peer} ({each.address})" for each in sessions[:_NAMED]]
    more = f" and {len(sessions) - _NAMED} more" if len(sessions) > _NAMED else ""
    return f"{'session' if len(sessions) == 1 else 'sessions'} {', '.join(words)}{more}"
