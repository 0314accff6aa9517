"""A copy of the repository with the files that pages take for granted, and a way to run it."""

import compileall
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.docs.blocks import stack_files
from tests.docs.commands import Command
from tests.platforms import parts
from tools.docs.paths import ROOT

_COPIED = ("bin", "metallb", "lab", "tools", "docs", "stacks", "tests", "benchmarks", "Makefile",
           "Pulumi.yaml", "__main__.py", "README.md", "LICENSE", "requirements.txt",
           "requirements-dev.txt", "requirements.lock", "requirements-dev.lock",
           "requirements", "pyproject.toml", "mkdocs.yml")  # fmt: skip
_NOT_COLLECTED = "*/test_[!f]*.py"
"""Tests whose files are not looked at where a page starts the suite."""


def sandbox(folder: Path) -> Path:
    """The copy. Its environment is its own, on top of the packages of this one."""
    copy = folder / "repository"
    copy.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, symlinks=True)
        elif source.exists():
            shutil.copy2(source, copy / name)
    shutil.copy(copy / "stacks/Pulumi.onprem.yaml", copy / "stacks/Pulumi.prod.yaml")
    (copy / "before").mkdir()
    former = (copy / "stacks/Pulumi.onprem.yaml").read_text(encoding="utf-8")
    former = former.replace("nodes: [node-a1, node-a2]", "nodes: [node-a1, node-a2, node-a3]")
    (copy / "before/Pulumi.prod.yaml").write_text(former, encoding="utf-8")
    (copy / "waves").mkdir()
    prod = (copy / "stacks/Pulumi.prod.yaml").read_text(encoding="utf-8")
    limited = "config:\n  metallb:availability: {maxSessionsDown: 1}\n"
    limited = prod.replace("config:\n", limited, 1)
    (copy / "waves/Pulumi.prod.yaml").write_text(limited, encoding="utf-8")
    shutil.copy(ROOT / "tests/docs/config.yaml", copy / "config.yaml")
    for name, text in stack_files().items():
        (copy / name).write_text(text, encoding="utf-8")
    for part in parts():
        part.prepare(copy)
    _environment(copy / ".venv")
    for name in ("metallb", "lab", "tools"):
        compileall.compile_dir(copy / name, quiet=1)
    return copy


def _environment(folder: Path) -> None:
    """An environment that has our packages without having installed them.

    pip finds them there, so a page's `make env` or `pip install` needs no network.
    """
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    own = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    packages = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (own / "packages-of-the-tests.pth").write_text("\n".join(sorted(packages)) + "\n")
    for program in (Path(sysconfig.get_path("scripts"))).iterdir():
        if program.name in ("ruff", "mypy", "pytest", "mkdocs"):
            (folder / "bin" / program.name).symlink_to(program)


def own_programs(copy: Path) -> list[str]:
    """Folders of the copy whose programs a reader has: the command, and those of its packages."""
    return [str(copy / "bin"), str(copy / ".venv/bin")]


def environment(copy: Path) -> dict[str, str]:
    """What a reader's shell has in its environment; nothing of ours but the folders of programs."""
    return {
        "PATH": os.pathsep.join([*own_programs(copy), "/usr/bin", "/bin"]),
        "HOME": str(copy),
        "LANG": "C.UTF-8",
        # Every package is here: what pip would ask the network for is a mistake.
        "PIP_NO_INDEX": "1",
        # Read upside down by pip: this one means no isolation.
        "PIP_NO_BUILD_ISOLATION": "false",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        # The suite that a page starts is the one that runs now: a part is collected, and not run.
        "PYTEST_ADDOPTS": f"--collect-only -q -p no:cacheprovider --ignore-glob='{_NOT_COLLECTED}'",
        # What mypy found of the same files is taken over.
        "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache"),
    }


def lacks(command: Command, output: str) -> str:
    """Why a command that installs packages could not do so here; empty where nothing lacks.

    No network is used: that works where this environment has all that the requirements say.
    """
    if command.words[0] != "make" and command.words[:4] != ["python", "-m", "pip", "install"]:
        return ""
    if shutil.which("make") is None:
        return "no make on this machine"
    found = re.search(r"No matching distribution found for \S+", output)
    return f"this environment is not what the requirements files say: {found[0]}" if found else ""


def run(pages: list[list[Command]], copy: Path) -> list[list[tuple[int, str]]]:
    """Run the commands of each page there: exit codes, and all their output."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.runner"],
        cwd=copy,
        env={**environment(copy), "PYTHONPATH": str(copy)},
        input=json.dumps([[command.line for command in page] for page in pages]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout
    outcomes: list[list[tuple[int, str]]] = json.loads((copy / "outcomes.json").read_text())
    return outcomes
