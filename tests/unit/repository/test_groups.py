"""Which tests a worker runs one after the other, where a run has several."""

from itertools import groupby

import pytest

from tests.conftest import ALONE, LONGEST, OF_PAGES, TOGETHER, as_of_all, group_of
from tests.support.paths import PROJECT_ROOT

FILES = [
    as_of_all(path.relative_to(PROJECT_ROOT).as_posix())
    for path in (PROJECT_ROOT / "tests").rglob("test_*.py")
]


@pytest.mark.parametrize("beginning", [ALONE, OF_PAGES, *TOGETHER, *LONGEST])
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
