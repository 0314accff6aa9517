"""A plugin that the engine is going to download is announced, and nothing else is."""

from importlib.metadata import version
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.runner.plugins import announced

NAMES = ("kubernetes", "equinix-metal")
PACKAGES = tuple(f"pulumi-{name}" for name in NAMES)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of the engine with both plugins."""
    for name, package in zip(NAMES, PACKAGES, strict=True):
        (tmp_path / "plugins" / f"resource-{name}-v{version(package)}").mkdir(parents=True)
    return tmp_path


def lines(home: Path, **more: str) -> list[str]:
    return list(announced(PACKAGES, {"PULUMI_HOME": str(home), "PATH": "", **more}))


def test_what_is_installed_is_not_announced(home: Path) -> None:
    assert lines(home) == []


def test_another_version_is_announced_with_the_word_that_refuses_it(home: Path) -> None:
    installed = home / "plugins" / f"resource-kubernetes-v{version('pulumi-kubernetes')}"
    installed.rename(installed.with_name("resource-kubernetes-v1.0.0"))
    (line,) = lines(home)
    assert f"kubernetes {version('pulumi-kubernetes')}" in line
    assert "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true" in line


def test_nothing_is_announced_where_downloads_are_refused(tmp_path: Path) -> None:
    assert len(lines(tmp_path)) == len(NAMES)
    assert lines(tmp_path, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="true") == []


def test_a_plugin_on_path_is_not_downloaded(tmp_path: Path) -> None:
    program = tmp_path / "pulumi-resource-kubernetes"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (line,) = lines(tmp_path / "home", PATH=str(tmp_path))
    assert "equinix-metal" in line


def test_a_package_that_is_not_installed_has_no_plugin(tmp_path: Path) -> None:
    assert list(announced(("pulumi-nowhere",), {"PULUMI_HOME": str(tmp_path), "PATH": ""})) == []


@pytest.mark.parametrize(("stack", "names"), [("onprem", NAMES[:1]), ("demo", NAMES)])
def test_an_update_announces_the_plugins_of_its_stack_before_the_engine_starts(
    stack: str,
    names: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "pulumi"
    program.write_text('#!/bin/sh\n[ "$1" = version ] && echo v3.259.0 && exit\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    assert main(["up", stack, "--yes"]) == 1
    shown = capsys.readouterr().err
    assert [name for name in NAMES if f"the plugin {name} " in shown] == list(names)
