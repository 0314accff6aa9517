"""From a stack's name to its file: as a path, in stacks/ here, here, or in the folder of --dir."""

import shutil
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.problems.errors import ConfigError
from metallb.stackfile.paths import (
    backend_name,
    looked_for_in,
    project_folder,
    stack_path,
    stacks_folder,
)
from tests.support.paths import STACKS

FILE = STACKS / "Pulumi.onprem.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a folder of stacks and another one."""
    for place in ("stacks", "other"):
        (tmp_path / place).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


ORDER = [
    "stacks/Pulumi.prod.yaml",
    "stacks/Pulumi.prod.yml",
    "Pulumi.prod.yaml",
    "Pulumi.prod.yml",
]


@pytest.mark.parametrize("first", range(len(ORDER)))
@pytest.mark.parametrize("name", ["prod", "acme/prod", "acme/metallb/prod"])
def test_the_first_of_the_places_is_taken(first: int, name: str, folder: Path) -> None:
    for path in ORDER[first:]:
        shutil.copy(FILE, folder / path)
    assert stack_path(name).resolve() == folder / ORDER[first]
    assert backend_name(name) == name


def test_a_path_comes_before_every_name(folder: Path) -> None:
    for path in ("prod.yaml", "Pulumi.prod.yaml.yaml", "stacks/Pulumi.prod.yaml.yaml"):
        shutil.copy(FILE, folder / path)
    assert stack_path("prod.yaml") == Path("prod.yaml")


@pytest.mark.parametrize("command", ["check", "topology", "render"])
@pytest.mark.parametrize("place", [".", "stacks"])
def test_every_command_finds_a_stack_here(
    command: str, place: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FILE, folder / place / "Pulumi.prod.yaml")
    assert main([command, "prod", *(["-o", "out"] if command == "render" else [])]) == 0
    assert "not there" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("command", ["check", "topology", "plan"])
@pytest.mark.parametrize("before", [True, False])
def test_a_stack_of_another_folder_is_found_with_dir(
    command: str, before: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FILE, folder / "other" / "Pulumi.prod.yaml")
    given = ["--dir", "other"]
    assert main([*given, command, "prod"] if before else [command, "prod", *given]) == 0
    assert main([command, "prod"]) == 2
    assert "no stack or file 'prod'" in "".join(capsys.readouterr())


def test_with_dir_a_stack_of_the_same_name_is_no_substitute(folder: Path) -> None:
    shutil.copy(FILE, folder / "stacks" / "Pulumi.prod.yaml")
    shutil.copy(FILE, folder / "other" / "Pulumi.test.yaml")
    with looked_for_in(Path("other")):
        with pytest.raises(ConfigError) as caught:
            stack_path("prod")
        assert stack_path("stacks/Pulumi.prod.yaml") == Path("stacks/Pulumi.prod.yaml")
        assert stacks_folder() == Path("other")
    assert caught.value.problem.help.endswith("one of: test (in other/)")
    assert stack_path("prod") == Path("stacks/Pulumi.prod.yaml")


def test_a_folder_of_dir_that_is_not_there_is_a_mistake(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del folder
    assert main(["check", "prod", "--dir", "nowhere"]) == 2
    assert "error[E201]: no such folder: nowhere" in capsys.readouterr().err


def test_a_new_file_goes_to_the_stacks_where_there_are_some(folder: Path) -> None:
    assert stacks_folder() == Path("stacks")
    (folder / "stacks").rmdir()
    assert stacks_folder() == Path()


@pytest.mark.parametrize("name", ["metallb", '"metallb"', "metallb # ours"])
def test_the_project_is_that_of_the_nearest_project_file(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project_folder() == folder
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "other" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir("other")
    assert project_folder() == folder, "the project of another program is not ours"
    monkeypatch.chdir("/")
    assert project_folder() == Path("/")
    with looked_for_in(folder / "stacks"):
        assert project_folder() == folder


@pytest.mark.parametrize("name", ["nosuch", "acme/nosuch", "Pulumi.prod.yam", "", " ", "prod/"])
def test_a_missing_stack_is_reported_with_those_of_every_place(name: str, folder: Path) -> None:
    for path in ("Pulumi.prod.yaml", "stacks/Pulumi.test.yml", "other/Pulumi.lab.yaml"):
        shutil.copy(FILE, folder / path)
    (folder / "Pulumi.yaml").write_text("name: metallb\n")
    (folder / "Pulumi.prod.txt").write_text("\n")
    with pytest.raises(ConfigError) as caught:
        stack_path(name)
    assert caught.value.exit_code == 2
    assert caught.value.problem.code == "E201"
    assert caught.value.problem.help.endswith(
        "one of: test (in stacks/); prod (in the current folder)"
    )


def test_where_there_is_none_nothing_is_listed(folder: Path) -> None:
    del folder
    with pytest.raises(ConfigError) as caught:
        stack_path("prod")
    assert caught.value.problem.help.endswith("(none yet)")


def test_another_project_is_refused_wherever_the_file_is(folder: Path) -> None:
    shutil.copy(FILE, folder / "Pulumi.prod.yaml")
    with pytest.raises(ConfigError, match="project other") as caught:
        stack_path("acme/other/prod")
    assert caught.value.problem.code == "E201"
