"""Problems of a program reach its runner as they are, and only its own runner."""

import asyncio
import threading
from pathlib import Path

import pytest

from metallb.problems.journal import JOURNAL_FILE, journal, journalled, record
from metallb.problems.problem import Position, Problem, Severity
from tests.unit.problems.samples import foreign, problem

ODD = (
    problem(),
    problem(position=None, location=(), detail="", help=""),
    problem(position=Position("a.yaml", 3), severity=Severity.WARNING),
    problem(location=("metallb:platform", "racks", 0, "name")),
    problem(summary="two\nlines\u2028and \x85 more"),
    problem(position=Position("a\udcff.yaml", 1)),
    foreign(),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / JOURNAL_FILE


@pytest.mark.parametrize("each", ODD)
def test_what_is_recorded_comes_back_equal(path: Path, each: Problem) -> None:
    with journal(path):
        assert record([each])
    assert journalled(path) == (each,)
    assert Problem.from_dict(each.as_dict()) == each


def test_problems_come_back_in_their_order_and_each_once(path: Path) -> None:
    with journal(path):
        record(ODD)
        record([ODD[2], ODD[0]])
    assert journalled(path) == ODD


def test_without_a_journal_nothing_is_recorded(path: Path) -> None:
    assert not record([problem()])
    with journal(path):
        pass
    assert not record([problem()]), "nor after it"
    assert journalled(path) == ()


def test_a_run_without_problems_has_none(path: Path) -> None:
    with journal(path):
        assert record([])
    assert journalled(path) == ()


def test_a_journal_within_another_takes_its_place(path: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    with journal(path):
        with journal(inner):
            record([ODD[0]])
        record([ODD[1]])
    assert (journalled(path), journalled(inner)) == ((ODD[1],), (ODD[0],))


def test_tasks_that_end_after_the_block_record_to_their_own_journal(path: Path) -> None:
    async def program() -> None:
        async def later() -> None:
            await asyncio.sleep(0.01)
            assert record([problem()])

        with journal(path):
            task = asyncio.ensure_future(later())
        assert not record([foreign()])
        await task

    loop = asyncio.new_event_loop()  # `asyncio.run` would take this thread's away
    loop.run_until_complete(program())
    loop.close()
    assert journalled(path) == (problem(),)


def test_threads_with_a_journal_each_do_not_mix(tmp_path: Path) -> None:
    start = threading.Barrier(4)

    def run(number: int) -> None:
        with journal(tmp_path / str(number)):
            start.wait(10)
            for index in range(50):
                record([problem(summary=f"{number} {index}")])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number in range(4):
        found = [each.summary for each in journalled(tmp_path / str(number))]
        assert found == [f"{number} {index}" for index in range(50)]


def test_a_line_that_a_killed_program_could_not_finish_is_left_out(path: Path) -> None:
    with journal(path):
        record(ODD)
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert journalled(path) == ODD[:-1]
