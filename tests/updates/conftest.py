"""Where the engine and its plugins are, these tests run; elsewhere they say what is missing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.site import Lab
from lab.tour import Tour, missing
from tests.support.engine import engine, mark_engine
from tests.updates.clusters import control_plane
from tests.updates.harness import Config, Project, small

HERE = Path(__file__).parent

MakeProject = Callable[..., Project]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_engine(items, HERE)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A control plane without nodes."""
    yield from control_plane("engine")


@pytest.fixture(scope="module")
def shown() -> list[str]:
    """Every line that the commands of the tour have shown."""
    return []


@pytest.fixture(scope="module")
def tour(lab: Lab, shown: list[str]) -> Iterator[Tour]:
    """Racks on the lab's cluster, which nothing has updated yet."""
    if lacks := missing():
        pytest.skip("no tour here, lacking " + "; ".join(lacks))
    tour = Tour(lab, shown.append, engine().environment)
    tour.cable()
    with tour.hands:
        yield tour


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeProject]:
    """Makes projects; what runs of them is ended after the test."""
    with ExitStack() as stack:
        count = 0

        def build(config: Config) -> Project:
            nonlocal count
            count += 1
            folder = tmp_path / f"project-{count}"
            folder.mkdir()
            project = Project(folder, config)
            stack.callback(project.cli.end_spared)
            return project

        yield build


@pytest.fixture
def running(make: MakeProject) -> Project:
    """The small rack, up."""
    project = make(small())
    project.up()
    return project
