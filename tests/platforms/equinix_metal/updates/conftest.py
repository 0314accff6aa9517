"""Where the engine and its plugins are, these tests run; elsewhere they say what is missing."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.metal_api import Seed, running_emulation
from tests.platforms.equinix_metal.updates.harness import Config, Project, small, three_workers
from tests.support.engine import mark_engine
from tests.updates.conftest import lab

HERE = Path(__file__).parent

__all__ = ["lab"]

DEMO = three_workers()
MakeProject = Callable[..., Project]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_engine(items, HERE)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeProject]:
    """Makes projects, each with a cloud of its own; all are gone after the test."""
    with ExitStack() as stack:
        count = 0

        def build(config: Config, seed: Seed | str = DEMO, like: Project | None = None) -> Project:
            nonlocal count
            count += 1
            folder = tmp_path / f"project-{count}"
            cloud_folder = tmp_path / f"cloud-{count}"
            if like is not None:
                shutil.copytree(like.folder, folder, symlinks=True)
                shutil.copytree(like.folder.with_name(f"{like.folder.name}-cloud"), cloud_folder)
                (cloud_folder / "ports.json").unlink(missing_ok=True)
            else:
                folder.mkdir()
            cloud = stack.enter_context(running_emulation(seed, cloud_folder))
            project = Project(folder, cloud, config)
            stack.callback(project.cli.end_spared)
            return project

        yield build


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Project]]:
    """Projects that have been brought up once, to be copied by tests; one for each config."""
    known: dict[str, Project] = {}
    root = tmp_path_factory.mktemp("templates")
    with ExitStack() as stack:

        def get(name: str, config: Config, seed: Seed | str = DEMO) -> Project:
            if name not in known:
                folder = root / name
                folder.mkdir()
                cloud = stack.enter_context(running_emulation(seed, root / f"{name}-cloud"))
                project = Project(folder, cloud, config)
                project.up()
                known[name] = project
            return known[name]

        yield get


@pytest.fixture
def running(make: MakeProject, template: Callable[..., Project]) -> Project:
    """The small demo cluster, up: a copy of its state and of its cloud."""
    return make(small(), like=template("small", small()))
