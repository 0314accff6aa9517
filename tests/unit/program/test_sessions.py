"""What counts as a session that is up again, and when a wave may begin."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from unittest import mock

import pytest

from metallb.forecast.steps import Announcers, Step
from metallb.forecast.waves import plan_of
from metallb.problems.errors import EngineError
from metallb.program import sessions
from metallb.program.sessions import SETTLED, States, await_room, await_sessions, states_of
from metallb.stackfile.availability import Availability
from metallb.status.model import UNKNOWN, SessionState
from tests.unit.forecast.sites import site

ADDRESSES = {"a-tor-1": "10.1.0.1", "a-tor-2": "10.1.0.2"}
BEFORE, AFTER = "2026-01-02T03:04:05Z", "2026-01-02T03:09:59Z"


@pytest.fixture(autouse=True)
def clock() -> Iterator[list[float]]:
    """Time passes by what is waited for, and by nothing else."""
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    with (
        mock.patch.object(sessions.asyncio, "sleep", sleep),
        mock.patch.object(sessions.time, "monotonic", side_effect=lambda: now[0]),
    ):
        yield now


def state(node: str, peer: str, up: bool | None = True, since: str = UNKNOWN) -> SessionState:
    why = "" if up else "not established: refused"
    return SessionState(node=node, peer=peer, address=ADDRESSES[peer], up=up, since=since, why=why)


def states(**since: Any) -> States:
    """All sessions of the rack's nodes, up; or as given by node and router, such as a1_1=False."""
    found = []
    for node in ("a1", "a2"):
        for number in (1, 2):
            given = since.get(f"{node}_{number}", BEFORE)
            up = given if isinstance(given, bool) or given is None else True
            text = given if isinstance(given, str) else UNKNOWN
            found.append(state(node, f"a-tor-{number}", up, text))
    return states_of(found, {})


class Looks:
    """Answers one after the other; the last one stays."""

    def __init__(self, *answers: States | EngineError) -> None:
        self.answers = list(answers)
        self.nodes: list[Collection[str]] = []

    def __call__(self, nodes: Collection[str]) -> States:
        self.nodes.append(nodes)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, EngineError):
            raise answer
        return answer


def first_wave() -> Step:
    """The wave of a-tor-1."""
    limits = Availability.model_validate({"maxSessionsDown": 1, "racksAtOnce": 1})
    return plan_of(site(), site(bgp={"holdTime": "9s"}), limits).steps[0]


def waited(looks: Looks, before: States | None = None) -> Sequence[Any]:
    done = await_sessions(looks, first_wave().awaited, before or states(), 60)
    return asyncio.run(done)


def room(looks: Looks, most: int = 1) -> States:
    return asyncio.run(await_room(looks, first_wave().closed, lambda _: most, 20))


def test_a_session_that_is_still_the_former_one_does_not_count(clock: list[float]) -> None:
    looks = Looks(states(), states(), states(a1_1=AFTER, a2_1=AFTER))
    assert waited(looks) == ()
    assert len(looks.nodes) == 3
    assert set(looks.nodes[0]) == {"a1", "a2"}, "no other node is read"


def test_a_session_that_was_down_in_between_is_another_one() -> None:
    looks = Looks(states(a1_1=False, a2_1=AFTER), states(a2_1=AFTER))
    assert waited(looks) == ()
    assert len(looks.nodes) == 2


def test_where_no_time_is_known_a_while_has_to_pass(clock: list[float]) -> None:
    unknown = states(a1_1=True, a2_1=True)
    looks = Looks(unknown)
    assert waited(looks, unknown) == ()
    assert clock[0] >= SETTLED


def test_a_session_that_was_down_before_counts_as_soon_as_it_is_up() -> None:
    down = states(a1_1=False, a2_1=False)
    looks = Looks(states(a1_1=AFTER, a2_1=AFTER))
    assert waited(looks, down) == ()
    assert len(looks.nodes) == 1


def test_those_that_stay_down_are_given_back_when_the_time_is_over(clock: list[float]) -> None:
    left = waited(Looks(states(a1_1=False, a2_1=AFTER)))
    assert [(each.node, each.peer, each.up) for each in left] == [("a1", "a-tor-1", False)]
    assert 60 <= clock[0] < 70


def test_a_session_that_is_unknown_is_not_up() -> None:
    assert [each.up for each in waited(Looks(states(a1_1=None, a2_1=AFTER)))] == [None]


def test_an_api_server_that_is_away_for_a_while_is_looked_at_again() -> None:
    away = EngineError("the API server does not answer", code="E601")
    assert waited(Looks(away, away, states(a1_1=AFTER, a2_1=AFTER))) == ()
    with pytest.raises(EngineError, match="does not answer"):
        waited(Looks(away))


def web(least: int) -> Announcers:
    """A pool that a2 announces while a-tor-1 is away, and b1 by two routers."""
    left = {
        "a2": {("a2", ("10.1.0.2", ""))},
        "b1": {("b1", ("10.1.0.1", "")), ("b1", ("10.1.0.2", ""))},
    }
    return Announcers("web", least, {node: frozenset(ends) for node, ends in left.items()})


def with_b1(*up: bool) -> States:
    """All sessions of rack a, and those of b1."""
    own = [state("b1", f"a-tor-{number}", each) for number, each in enumerate(up, 1)]
    return {**states(), **states_of(own, {})}


def kept(looks: Looks, least: int) -> States:
    closed = first_wave().closed
    return asyncio.run(await_room(looks, closing=closed, most=lambda _: 2, seconds=20,
                                  announcers=[web(least)]))  # fmt: skip


def test_a_wave_waits_for_the_announcers_of_a_pool() -> None:
    looks = Looks(with_b1(False, False), with_b1(False, True))
    kept(looks, 2)
    assert len(looks.nodes) == 2
    assert set(looks.nodes[0]) == {"a1", "a2", "b1"}, "nodes that no wave touches are read, too"
    kept(Looks(with_b1(False, False)), 1)


def test_a_wave_does_not_begin_where_a_pool_has_too_few_announcers() -> None:
    with pytest.raises(EngineError, match="announced by 1 of the 2 nodes that it needs") as caught:
        kept(Looks(with_b1(False, False)), 2)
    problem = caught.value.problem
    assert (problem.code, problem.location[1:]) == ("E605", ("byPool", "web", "minAnnouncers"))
    assert "b1 -> a-tor-1 (10.1.0.1), b1 -> a-tor-2 (10.1.0.2) are down" in problem.summary
    assert "not established: refused" in problem.detail


def test_a_wave_begins_at_once_where_all_other_sessions_are_up(clock: list[float]) -> None:
    assert room(Looks(states())) == states()
    assert clock[0] == 0


def test_a_wave_waits_for_a_session_that_it_would_make_the_second_that_is_down() -> None:
    looks = Looks(states(a1_2=False), states(a1_2=False), states())
    room(looks)
    assert len(looks.nodes) == 3


def test_a_wave_does_not_begin_where_that_session_stays_down() -> None:
    with pytest.raises(EngineError, match=r"a1 -> a-tor-2 \(10.1.0.2\) is down") as caught:
        room(Looks(states(a1_2=False)))
    assert caught.value.problem.code == "E605"
    assert room(Looks(states(a1_2=False)), most=2), "two are permitted"


def test_a_session_of_the_wave_itself_may_be_down() -> None:
    room(Looks(states(a1_1=False, a2_1=False)))


def test_a_node_without_a_session_holds_up_no_wave() -> None:
    room(Looks(states(a1_1=False, a1_2=False)))


def test_a_session_that_goes_for_good_is_none_that_is_down() -> None:
    closing = first_wave().closed

    def deleted(looks: Looks) -> States:
        return asyncio.run(await_room(looks, closing, lambda _: 0, 20, forever=True))

    assert deleted(Looks(states()))
    with pytest.raises(EngineError, match="the next step deletes former peers") as caught:
        deleted(Looks(states(a1_2=False)))
    assert caught.value.problem.code == "E605"
