"""A copy of the project, its commands run as a person runs them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.engine import engine, mark_engine
from tests.support.forked import run_forked
from tests.support.paths import PROJECT_ROOT
from tests.updates.harness import package, small
from tests.updates.processes import end, family

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_engine(items, HERE)


class Project:
    """A project folder with stacks and a file backend."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Make the folder's content.

        :param environment: what leads to an emulated cloud.
        """
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []
        (folder / "metallb").symlink_to(package())
        for name in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(PROJECT_ROOT / name, folder)
        for name in ("stacks", "state"):
            (folder / name).mkdir()
        self.env = {
            **os.environ,
            **engine().environment,
            "PULUMI_BACKEND_URL": "file://./state",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **(environment or {}),
        }

    def write(self, stack: str, config: dict[str, Any]) -> Path:
        """A stack file as a person commits it: without anything that the engine writes there."""
        path = self.folder / "stacks" / f"Pulumi.{stack}.yaml"
        sections = {f"metallb:{key}": value for key, value in config.items()}
        path.write_text(yaml.safe_dump({"config": sections}, sort_keys=False))
        return path

    def start(self, *args: str) -> "subprocess.Popen[str]":
        """`metallb`, left running."""
        started = subprocess.Popen(
            [sys.executable, "-m", "metallb", *args],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(started)
        return started

    def end(self) -> None:
        """End what a test that failed left running."""
        for started in self._started:
            if started.poll() is None:
                end(family(started.pid))
                started.communicate()

    def run(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """`metallb`, to its end."""
        return run_forked(args, package=package(), folder=self.folder, environment=self.env)

    def report(self, *args: str, code: int = 0) -> dict[str, Any]:
        """The JSON document of a command that ends with this exit code."""
        done = self.run(*args, "--json", "--quiet")
        assert done.returncode == code, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def pulumi(self, *args: str) -> str:
        """The engine's own command line."""
        done = subprocess.run(
            [engine().cli.path, "--non-interactive", *args],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(folder)
    made.write("demo", small())
    yield made
    made.end()
