"""Lines of the container, the action and the hook, run where no builder is to be had."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.support.paths import PROJECT_ROOT, STACKS
from tests.wheel.conftest import SOURCES, Run, run


def test_the_container_is_built_from_what_a_wheel_is() -> None:
    text = (PROJECT_ROOT / "Containerfile").read_text(encoding="utf-8")
    copied = {
        word.removeprefix("./")
        for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert copied == set(SOURCES)
    for name in re.findall(r"-r (\S+)", text):
        assert (PROJECT_ROOT / name).is_file()


def test_the_lines_of_the_container_make_a_command_that_reads_clusters(
    container: Path, tmp_path: Path
) -> None:
    done = run(
        [str(container / "bin" / "metallb"), "check", str(STACKS / "Pulumi.onprem.yaml")],
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    done = run([str(container / "bin" / "python"), "-c", "import kubernetes"], cwd=tmp_path)
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
