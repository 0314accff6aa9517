"""Programs built from Go modules: once, and anew when what they are made of changes."""

import re
from pathlib import Path

import pytest

from lab import go
from lab.errors import LabError
from tests.support.paths import PROJECT_ROOT
from tools.engine import build as engine

CLI = engine.programs(Path("home"))[-1]


def test_the_engine_is_laid_out_like_pulumis_home() -> None:
    pinned = re.search(
        r"^pulumi-kubernetes==(.+)$", (PROJECT_ROOT / "requirements" / "core.txt").read_text(), re.M
    )
    assert pinned is not None
    paths = [program.path for program in engine.programs(Path("home"))]
    assert paths == [
        Path(f"home/plugins/resource-kubernetes-v{pinned[1]}/pulumi-resource-kubernetes"),
        Path("home/bin/pulumi"),
    ]


def test_every_program_calls_itself_by_a_version() -> None:
    for program in engine.programs():
        assert re.fullmatch(r"\d+\.\d+\.\d+", program.version), program
        sums = (program.module / "go.sum").read_text()
        assert program.variable.split("/")[2] in sums


class Compiler:
    """Plays `go build`: writes the program, or fails at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.built: list[str] = []
        self.fails_at = ""
        monkeypatch.setattr(go, "compile_packages", self)

    def __call__(
        self, module: Path, packages: list[str], target: str, flags: str, say: go.Say
    ) -> None:
        Path(target).write_text("half of it")
        if self.fails_at in target and self.fails_at:
            raise LabError("go build failed")
        self.built.append(Path(target).name)


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    return Compiler(monkeypatch)


def test_an_engine_is_built_once_with_a_line_for_each_program(
    compiler: Compiler, tmp_path: Path
) -> None:
    lines: list[str] = []
    assert not engine.built(tmp_path)
    engine.build(lines.append, tmp_path)
    engine.build(lines.append, tmp_path)
    assert len(lines) == len(compiler.built) == 2
    assert [line.rpartition("(")[2] for line in lines] == ["1 of 2)", "2 of 2)"]
    assert engine.built(tmp_path)


def test_a_build_that_fails_leaves_no_program_that_looks_whole(
    compiler: Compiler, tmp_path: Path
) -> None:
    compiler.fails_at = CLI.path.name
    with pytest.raises(LabError):
        engine.build(lambda _: None, tmp_path)
    assert not engine.built(tmp_path)
    assert not (tmp_path / "bin" / "pulumi").exists()
    compiler.fails_at = ""
    engine.build(lambda _: None, tmp_path)
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["pulumi"]


def test_a_program_that_was_deleted_is_built_again(compiler: Compiler, tmp_path: Path) -> None:
    engine.build(lambda _: None, tmp_path)
    (tmp_path / "bin" / "pulumi").unlink()
    engine.build(lambda _: None, tmp_path)
    assert (tmp_path / "bin" / "pulumi").exists()


def test_a_long_build_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = tmp_path / "go"
    playing.write_text("#!/bin/sh\necho one/package >&2\nsleep 0.3\necho two >&2\n")
    playing.chmod(0o755)
    monkeypatch.setattr(go.needs, "program", lambda _: str(playing))
    monkeypatch.setattr(go, "_STEP_SECONDS", 0.1)
    lines: list[str] = []
    go.compile_packages(tmp_path, ["."], "program", "", lines.append)
    assert lines[0].startswith("1 packages compiled after 0:0")


def test_without_go_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go.needs, "program", lambda _: None)
    with pytest.raises(LabError) as caught:
        go.compile_packages(tmp_path, ["."], "program", "")
    assert caught.value.problem.code == "E801"
    assert "install Go" in caught.value.problem.help
