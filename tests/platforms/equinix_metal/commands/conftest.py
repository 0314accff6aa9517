"""The same with an emulated cloud, and a stack that needs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.metal_api import Emulation, running_emulation
from tests.commands import conftest
from tests.platforms.equinix_metal.updates.harness import small
from tests.support.engine import mark_engine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_engine(items, HERE)


class Project(conftest.Project):
    """A project folder with stacks, a file backend and an emulated cloud."""

    def __init__(self, folder: Path, cloud: Emulation) -> None:
        super().__init__(folder, cloud.env)
        self.cloud = cloud


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    with running_emulation("demo", tmp_path / "cloud") as cloud:
        made = Project(folder, cloud)
        made.write("demo", small())
        yield made
        made.end()
