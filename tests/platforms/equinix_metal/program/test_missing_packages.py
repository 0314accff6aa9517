"""Racks do without the provider package of Equinix Metal."""

import subprocess
import sys
import tomllib

import pytest

from tests.platforms.equinix_metal.clouds import cloud_of
from tests.support.paths import PROJECT_ROOT
from tests.support.programs import run_root, run_root_failing, sections

EXTRA = ("pulumi_equinix_metal", "pkg_resources")
USERS = "metallb.platforms.equinix_metal."
"""What uses it has to be imported anew for a test."""
WITHOUT = f"""
import sys
for name in {EXTRA!r}:
    sys.modules[name] = None
import metallb.components, metallb.program, metallb.runner.inline
from metallb.cli import main
sys.exit(main(["check", "demo"]) or main(["check", "onprem"]) or main(["plan", "onprem"]))
"""


@pytest.fixture(params=EXTRA)
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in list(sys.modules):
        if name.startswith((*EXTRA, f"{USERS}components", f"{USERS}provision")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, request.param, None)
    return str(request.param)


def test_a_stack_that_needs_the_package_is_refused_before_anything_is_registered(
    missing: str,
) -> None:
    found = sections("demo")
    record = run_root_failing(found, cloud=cloud_of(found), preview=False)
    assert record.resources == []
    assert "error[E504]" in str(record.error)
    assert 'pip install "metallb-bare-metal[equinix-metal]"' in str(record.error)


def test_a_stack_of_racks_does_without_it(missing: str) -> None:
    assert run_root(sections("onprem")).resources


def test_everything_is_imported_without_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_extra_has_the_package_and_the_core_does_not() -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    dynamic = project["tool"]["setuptools"]["dynamic"]
    texts = {
        name: "".join((PROJECT_ROOT / file).read_text(encoding="utf-8") for file in each["file"])
        for name, each in (
            ("core", dynamic["dependencies"]),
            ("extra", dynamic["optional-dependencies"]["equinix-metal"]),
        )
    }
    assert "pulumi-equinix-metal==" in texts["extra"]
    assert "equinix" not in texts["core"]
