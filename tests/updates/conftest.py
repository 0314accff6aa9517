"""Where the engine and its plugins are, these tests run; elsewhere they say what is missing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab import needs
from lab.guard import guarded
from lab.paths import BIN
from lab.site import Lab
from tests.support.engine import mark_engine
from tests.updates.harness import Config, Project, small

HERE = Path(__file__).parent

MakeProject = Callable[..., Project]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_engine(items, HERE)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A control plane without nodes."""
    lacks = needs.missing()
    if not (BIN / "kube-apiserver").exists():
        lacks.append("the lab's programs (python -m lab build)")
    if lacks:
        pytest.skip("no API server here, lacking " + "; ".join(lacks))
    # Without what a run that was cut off left of it.
    Lab("engine").down()
    lab = Lab("engine")
    with guarded(lab):
        lab.start_plane()
        yield lab


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
