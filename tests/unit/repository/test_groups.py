"""Which tests a worker runs one after the other, where a run has several."""

from itertools import groupby
from types import SimpleNamespace

import pytest

from tests.conftest import ALONE, LONGEST, OF_PAGES, TOGETHER, WAITING, Groups, as_of_all, group_of
from tests.support.paths import PROJECT_ROOT

FILES = [
    as_of_all(path.relative_to(PROJECT_ROOT).as_posix())
    for path in (PROJECT_ROOT / "tests").rglob("test_*.py")
]


@pytest.mark.parametrize("beginning", [ALONE, OF_PAGES, *TOGETHER, *LONGEST, *WAITING])
def test_a_beginning_is_that_of_a_file(beginning):
    assert any(each.startswith(beginning) for each in FILES)


def test_each_mode_of_frr_has_one_lab():
    modes = "tests/sessions/test_frr_modes.py", "tests/routers/test_frr_modes.py"
    names = [f"{file}::test_one[{mode}-x]" for mode in ("frr", "frr-k8s") for file in modes]
    assert [len(list(own)) for _, own in groupby(map(group_of, names))] == [2, 2]


def test_each_page_of_the_engine_is_a_group_and_another_page_goes_with_the_one_that_is_run():
    def of(place: str) -> str:
        return group_of(f"{OF_PAGES}::test_a_command[{place}]")

    assert of("docs/one.md:3") == of("docs/one.md:14") == of("one.md, README.md:4")
    assert of("docs/other.md:3") != of("docs/one.md:3")


def test_an_update_is_a_group_and_a_file_another():
    one, other = (f"tests/platforms/any/updates/test_a.py::test_{name}" for name in "xy")
    assert group_of(one) != group_of(other)
    one, other = (f"tests/unit/files/test_a.py::test_{name}" for name in "xy")
    assert group_of(one) == group_of(other)


class Worker:
    """Keeps what it is given to run."""

    shutting_down = False

    def __init__(self, tests: list[str]) -> None:
        self.gateway = SimpleNamespace(id=str(id(self)))
        self.tests, self.given = tests, []

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.given += [self.tests[number] for number in numbers]

    def shutdown(self) -> None:
        self.shutting_down = True


def scheduled(tests: list[str], count: int) -> tuple[Groups, list[Worker]]:
    """A run of these tests by so many workers, begun."""
    option = SimpleNamespace(tx=[f"{count}*popen"], loadscopereorder=False, maxschedchunk=None)
    groups = Groups(SimpleNamespace(option=option, getvalue=lambda name: getattr(option, name)))
    workers = [Worker(tests) for _ in range(count)]
    for worker in workers:
        groups.add_node(worker)
    for worker in workers:
        groups.add_node_collection(worker, tests)
    groups.schedule()
    return groups, workers


def test_one_worker_runs_what_does_not_wait_and_takes_the_labs_when_nothing_else_is_left():
    files = ["tests/agreement/test_a.py", "tests/forecast/test_b.py", "tests/layer2/test_c.py"]
    files += ["tests/docs/test_d.py", "tests/docs/test_e.py"]
    tests = [f"{file}::test_{number}" for file in files for number in range(3)]
    groups, (one, two, three) = scheduled(tests, 3)
    assert [each.given for each in (one, two, three)] == [tests[:3], tests[3:6], tests[9:12]]
    for number in (9, 10):
        groups.mark_test_complete(three, number)
    assert three.given == [*tests[9:12], *tests[12:]]
    for number in (11, 12, 13):
        groups.mark_test_complete(three, number)
    assert three.given == [*tests[9:], *tests[6:9]]


def test_a_worker_gets_no_other_group_while_it_has_two_tests():
    tests = [f"tests/docs/test_{file}.py::test_{number}" for file in "abc" for number in range(2)]
    groups, (one, two) = scheduled(tests, 2)
    assert [one.given, two.given] == [tests[:2], tests[2:4]]
    groups.mark_test_complete(two, 2)
    assert [one.given, two.given] == [tests[:2], tests[2:]]
