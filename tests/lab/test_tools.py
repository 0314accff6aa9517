"""The lab's programs: what go.mod names, and when they are built."""

import shutil
from pathlib import Path

import pytest

from lab import build, needs, paths
from lab.errors import LabError


def test_go_mod_names_the_api_server_and_both_of_metallbs_programs() -> None:
    assert {Path(tool).name for tool in build.tools()} >= {
        "kube-apiserver",
        "kubectl",
        "controller",
        "speaker",
    }
    assert build.module_version("go.universe.tf/metallb").startswith("v0.16.")


def test_a_module_that_go_mod_does_not_name_is_an_error_with_the_command_that_adds_it() -> None:
    with pytest.raises(LabError, match=r"does not require example\.com/x") as absent:
        build.module_version("example.com/x")
    assert "go get example.com/x" in absent.value.problem.help


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of lab/tools and an empty cache."""
    copy = tmp_path / "tools"
    copy.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(paths.TOOLS / name, copy / name)
    monkeypatch.setattr(paths, "TOOLS", copy)
    monkeypatch.setattr(paths, "BIN", tmp_path / "bin")
    return copy


def _pretend_to_build(calls: list[str]) -> None:
    calls.append("go build")
    for tool in build.tools():
        (paths.BIN / build.program_of(tool)).touch()


def test_tools_are_built_once_and_again_when_a_version_changes(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(build, "_go_build", lambda: _pretend_to_build(calls))
    build.build()
    build.build()
    assert calls == ["go build"]
    (tools / "go.sum").write_text("changed\n")
    assert not build.built()
    build.build()
    assert len(calls) == 2


def test_no_two_tools_are_called_the_same() -> None:
    names = [build.program_of(tool) for tool in build.tools()]
    assert sorted(names) == sorted(set(names))


def test_a_tool_that_was_deleted_is_built_again(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(build, "_go_build", lambda: _pretend_to_build(calls))
    build.build()
    (paths.BIN / "speaker").unlink()
    assert not build.built()


@pytest.mark.skipif(needs.program("go") is None, reason="needs the go program")
def test_a_build_that_fails_has_the_output_of_go(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    lines = ["module broken", "tool (", "\texample.com/none", ")"]
    lines += ["require (", "\tk8s.io/kubernetes v1.2.3", ")", ""]
    broken = "\n".join(lines)
    (tools / "go.mod").write_text(broken)
    with pytest.raises(LabError, match=r"`go build` in .*tools failed"):
        build.build()


def test_what_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "program", lambda name: None if name == "bird" else f"/bin/{name}")
    assert "bird: Debian package bird2" in needs.missing()
    with pytest.raises(LabError, match="bird2"):
        needs.require()
