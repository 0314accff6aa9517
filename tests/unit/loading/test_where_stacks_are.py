"""From a stack's name to its file: as a path, here, in stacks/ here, in the program's stacks/."""

import shutil
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.problems.errors import ConfigError
from metallb.stackfile import paths
from metallb.stackfile.paths import STACKS, backend_name, stack_path

FILE = STACKS / "Pulumi.onprem.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder; the program's own stacks are below it."""
    for place in ("stacks", "program/stacks"):
        (tmp_path / place).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "STACKS", tmp_path / "program" / "stacks")
    return tmp_path


ORDER = [
    "Pulumi.prod.yaml",
    "Pulumi.prod.yml",
    "stacks/Pulumi.prod.yaml",
    "stacks/Pulumi.prod.yml",
    "program/stacks/Pulumi.prod.yaml",
    "program/stacks/Pulumi.prod.yml",
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


def test_the_stacks_of_this_repository_are_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert stack_path("onprem") == STACKS / "Pulumi.onprem.yaml"
    monkeypatch.chdir(STACKS.parent)
    assert stack_path("onprem") == STACKS / "Pulumi.onprem.yaml"
    monkeypatch.chdir(STACKS)
    assert stack_path("onprem") == STACKS / "Pulumi.onprem.yaml"


@pytest.mark.parametrize("name", ["nosuch", "acme/nosuch", "Pulumi.prod.yam", "", " ", "prod/"])
def test_a_missing_stack_is_reported_with_those_of_every_place(name: str, folder: Path) -> None:
    for path in ("Pulumi.prod.yaml", "stacks/Pulumi.test.yml", "program/stacks/Pulumi.lab.yaml"):
        shutil.copy(FILE, folder / path)
    (folder / "Pulumi.yaml").write_text("name: metallb\n")
    (folder / "Pulumi.prod.txt").write_text("\n")
    with pytest.raises(ConfigError) as caught:
        stack_path(name)
    assert caught.value.exit_code == 2
    assert caught.value.problem.code == "E201"
    assert caught.value.problem.help.endswith(
        "prod (in the current folder); test (in stacks/); "
        f"lab (in {folder / 'program' / 'stacks'}/)"
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
