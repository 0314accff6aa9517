"""One wheel for all tests, built from what is committed or about to be, and one environment."""

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pip
import pytest

from tests.support.paths import PROJECT_ROOT

SOURCES = ("metallb", "requirements", "pyproject.toml", "README.md", "LICENSE")
"""What a wheel is built from; nothing of the repository is written to."""
_MINUTES = 10
NO_PACKAGES = re.compile(r"No matching distribution|Could not find a version|Connection|timed out")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        path = PROJECT_ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    options = ["--no-build-isolation", "--no-deps", "--quiet", "--wheel-dir", str(folder)]
    built = run([sys.executable, "-m", "pip", "wheel", *options, str(source)])
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def container(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the container's lines make: its RUN lines, with paths below a folder,
    and this Python for the image's."""
    folder = tmp_path_factory.mktemp("container")
    text = (PROJECT_ROOT / "Containerfile").read_text(encoding="utf-8")
    first = text.partition("\nFROM docker.io/library/python:3.13-slim\n")[0]
    lines = re.findall(r"^RUN (.+)$", first, re.MULTILINE)
    assert len(lines) == 5
    image = folder / "image"
    venv.create(image, symlinks=True)
    own = Path(pip.__file__).parent
    for package in (own, *own.parent.glob("pip-*.dist-info")):
        shutil.copytree(package, packages_of(image) / package.name)
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        subprocess.run(["cp", "-r", str(PROJECT_ROOT / name), str(source)], check=True)
    env = {**os.environ, "PATH": f"{image / 'bin'}:{os.environ['PATH']}"}
    for line in lines:
        here = line.replace("/opt/metallb", str(folder / "opt")).replace("/dist", str(folder))
        _installed(run(["sh", "-ec", here], cwd=source, env=env))
    return folder / "opt"


@pytest.fixture(scope="session")
def bin_folder(wheel: Path, container: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and what it requires.

    These packages are the container's, which has those of the extra `cluster` besides.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    there = packages_of(folder)
    shutil.copytree(packages_of(container), there, copy_function=os.link, dirs_exist_ok=True)
    extra = sorted(_locked("cluster") - _locked("core"))
    assert "kubernetes" in extra
    python = [str(folder / "bin" / "python"), "-m", "pip"]
    for words in (["uninstall", "--yes", "metallb-bare-metal", *extra], ["install", str(wheel)]):
        _installed(run([*python, *words, "--quiet"]))
    return folder / "bin"


def packages_of(environment: Path) -> Path:
    (found,) = environment.glob("lib/python*/site-packages")
    return found


def _locked(name: str) -> set[str]:
    """Packages that a lock of the requirements has."""
    text = (PROJECT_ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    return set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))


def _installed(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode and NO_PACKAGES.search(done.stderr):
        pytest.skip(f"NOT run: no packages can be had here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def metallb(bin_folder: Path, tmp_path: Path) -> Run:
    """Runs the installed command in an empty folder; nothing of the repository is on its path."""
    (tmp_path / "home").mkdir()
    folder = tmp_path / "empty"
    folder.mkdir()

    def command(
        *args: str, stdin: str | None = None, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        own = {"HOME": str(tmp_path / "home"), "PATH": f"{bin_folder}:/usr/bin:/bin"}
        return run(
            ["metallb", *args], cwd=folder, env={**own, **environment}, stdin=stdin, search=own
        )

    return command


def run(
    words: list[str],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stdin: str | None = None,
    search: dict[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    if search is not None:
        words = [shutil.which(words[0], path=search["PATH"]) or words[0], *words[1:]]
    # Most of what an environment has is never loaded: that is not compiled ahead. pip reads this
    # one upside down.
    return subprocess.run(
        words,
        cwd=cwd,
        env={**(os.environ if env is None else env), "PIP_NO_COMPILE": "false"},
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=60 * _MINUTES,
        check=False,
    )
