"""Lines of the container, the action and the hook, run where no builder is to be had."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.paths import PROJECT_ROOT, STACKS
from tests.wheel.conftest import NO_PACKAGES, SOURCES, Run, run


@pytest.fixture
def container() -> str:
    return (PROJECT_ROOT / "Containerfile").read_text(encoding="utf-8")


def test_the_container_is_built_from_what_a_wheel_is(container: str) -> None:
    copied = {
        word.removeprefix("./")
        for line in re.findall(r"^COPY (?!--)(.+)$", container, re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert copied == set(SOURCES)
    for name in re.findall(r"-r (\S+)", container):
        assert (PROJECT_ROOT / name).is_file()


def test_the_lines_of_the_container_make_a_command_that_reads_clusters(
    container: str, tmp_path: Path
) -> None:
    """Its RUN lines in a folder, with paths below that folder, and this Python for the image's."""
    first = container.partition("\nFROM docker.io/library/python:3.13-slim\n")[0]
    build = tmp_path / "build-environment"
    subprocess.run([sys.executable, "-m", "venv", str(build)], check=True)
    lines = re.findall(r"^RUN (.+)$", first, re.MULTILINE)
    assert len(lines) == 5
    source = tmp_path / "source"
    source.mkdir()
    for name in SOURCES:
        subprocess.run(["cp", "-r", str(PROJECT_ROOT / name), str(source)], check=True)
    env = {**os.environ, "PATH": f"{build / 'bin'}:{os.environ['PATH']}"}
    for line in lines:
        own = line.replace("/opt/metallb", str(tmp_path / "opt")).replace("/dist", str(tmp_path))
        done = run(["sh", "-ec", own], cwd=source, env=env)
        if done.returncode and NO_PACKAGES.search(done.stderr):
            pytest.skip(f"NOT run: no packages can be had here: {done.stderr.splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    command = str(tmp_path / "opt" / "bin" / "metallb")
    done = run([command, "check", str(STACKS / "Pulumi.onprem.yaml")], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run([str(tmp_path / "opt" / "bin" / "python"), "-c", "import kubernetes"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("strict", ["false", "true"])
def test_the_action_annotates_and_fails(
    strict: str, bin_folder: Path, tmp_path: Path, metallb: Run
) -> None:
    del metallb
    action = yaml.safe_load((PROJECT_ROOT / "action.yml").read_text(encoding="utf-8"))
    install, check = action["runs"]["steps"]
    assert {"SOURCE"} == set(install["env"])
    for name in re.findall(r"\$SOURCE/(\S+?)\"", install["run"]):
        assert (PROJECT_ROOT / name).is_file()
    environment = tmp_path / "metallb-check"
    environment.mkdir()
    (environment / "bin").symlink_to(bin_folder)
    folder = tmp_path / "empty"
    text = (STACKS / "Pulumi.onprem.yaml").read_text()
    (folder / "stacks").mkdir()
    (folder / "stacks" / "Pulumi.a.yaml").write_text(text.replace("    holdTime: 9s\n", ""))
    inputs = {name: each["default"] for name, each in action["inputs"].items()} | {"strict": strict}
    env = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], value)
        for name, value in check["env"].items()
    }
    env |= {"RUNNER_TEMP": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = run(["bash", "-e", "-o", "pipefail", "-c", check["run"]], cwd=folder, env=env)
    assert done.returncode == (2 if strict == "true" else 0), done.stderr
    assert done.stdout.startswith("::warning file=stacks/Pulumi.a.yaml,line=")


def test_the_hook_checks_stack_files_and_nothing_else(metallb: Run, tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((PROJECT_ROOT / ".pre-commit-hooks.yaml").read_text())
    named = ["stacks/Pulumi.a.yaml", "Pulumi.b.yml", "Pulumi.yaml", "stacks/schema.json", "a.yaml"]
    assert [name for name in named if re.search(hook["files"], name)] == named[:2]
    folder = tmp_path / "empty"
    text = (STACKS / "Pulumi.onprem.yaml").read_text()
    (folder / "Pulumi.b.yml").write_text(text.replace("64512", "0"))
    (folder / "Pulumi.c.yml").write_text(text)
    program, *words = shlex.split(hook["entry"])
    assert program == "metallb"
    done = metallb(*words, "Pulumi.b.yml", "Pulumi.c.yml")
    assert done.returncode == 2
    assert done.stdout.startswith("Pulumi.b.yml:")
