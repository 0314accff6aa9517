"""Which engine the tests run on, and what they say where there is none.

An installed CLI with the published plugins is taken where it is complete. Elsewhere it is the one
that `make engine` builds, with the lab's plugins for emulated clouds, and the lab's language host
where a test types `pulumi up`.
"""

import atexit
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from lab.engine_home import BUILT, emulated_home
from lab.language_host.install import install
from lab.paths import ROOT
from lab.platforms import parts
from metallb.program.pulumi_cli import PulumiCli, built_cli, find_cli

__all__ = [
    "AMBIENT",
    "Engine",
    "engine",
    "language_host",
    "mark_engine",
    "missing_engine",
]

PLUGINS = {
    "kubernetes": "4.34.2",
    **{name: version for part in parts() for name, version in part.plugins.items()},
}
AMBIENT = re.compile(r"using pulumi-\S+ from \$PATH")
"""What the engine warns of where plugins lie on PATH, which no test is about."""

_SPARING = {
    # Processes that live for a second: memory is cheaper than its collection.
    "GOGC": "400",
    # The plugins are Python: what was compiled for one is there for the next.
    "PYTHONDONTWRITEBYTECODE": "",
}


@dataclass(frozen=True)
class Engine:
    """A CLI, and the environment in which it and this product's commands find all they need."""

    cli: PulumiCli
    environment: dict[str, str]

    @property
    def built(self) -> bool:
        """Whether `make engine` has built it."""
        return self.cli.path.startswith(str(BUILT))

    @property
    def home(self) -> Path:
        """The folder in which its plugins are."""
        return Path(self.environment.get("PULUMI_HOME") or _home())


@cache
def engine() -> Engine:
    """The engine of this machine; there is one where `missing_engine` says nothing."""
    cli = built_cli(ROOT) if _unpublished() else find_cli(ROOT)
    assert cli is not None
    # Of this process: a run is about one state of the code, plugin included.
    home = Path(tempfile.mkdtemp(prefix="metallb-pulumi-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    # A login of the tests' own, too.
    login = {"PULUMI_CREDENTIALS_PATH": str(home)}
    environment = {**cli.environment, **emulated_home(cli, home), **login, **_SPARING}
    folders = [str(Path(cli.path).parent), os.environ.get("PATH", "")]
    environment["PATH"] = os.pathsep.join(folders)
    return Engine(PulumiCli(cli.path, environment), environment)


def language_host(folder: Path) -> list[str]:
    """The folders of PATH with which a shell's `pulumi` runs programs in Python.

    :param folder: where to put the lab's host, for an engine that came with none.
    """
    if not engine().built:
        return []
    return [str(install(folder / "language-host").parent)]


def mark_engine(items: list[pytest.Item], folder: Path) -> None:
    """Mark every test of a folder as the engine's; skip what this machine can't run."""
    own = [item for item in items if str(item.path).startswith(f"{folder}{os.sep}")]
    for item in own:
        item.add_marker(pytest.mark.engine)
    _skip(own, missing_engine())


def _skip(items: list[pytest.Item], reason: str) -> None:
    for item in items if reason else ():
        item.add_marker(pytest.mark.skip(reason=f"NOT run: {reason}"))


@cache
def missing_engine() -> str:
    """What this machine lacks to run an engine at all, in words; empty where it can."""
    if _unpublished() and built_cli(ROOT) is None:
        return f"{_unpublished()}, and no engine in {BUILT} (make engine)"
    return ""


@cache
def _unpublished() -> str:
    """What this machine lacks of an installed CLI with published plugins; empty where it is whole.

    A CLI that runs a program in Python from a shell has the language's plugin beside it.
    """
    cli = find_cli(ROOT)
    if cli is None or Path(cli.path).is_relative_to(BUILT):
        return "no installed Pulumi CLI"
    home = _home() / "plugins"
    beside = os.pathsep.join([str(Path(cli.path).parent), os.environ.get("PATH", "")])
    lacking = [
        f"{name} {version}"
        for name, version in PLUGINS.items()
        if not (home / f"resource-{name}-v{version}").is_dir()
        and not shutil.which(f"pulumi-resource-{name}")
    ]
    if not shutil.which("pulumi-language-python", path=beside):
        lacking.append("pulumi-language-python")
    return f"no published plugins {', '.join(lacking)} in {home} or on PATH" if lacking else ""


def _home() -> Path:
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
