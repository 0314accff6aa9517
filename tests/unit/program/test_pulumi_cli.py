"""Which CLI is used, and what it is given."""

from pathlib import Path

import pytest

from metallb.program import pulumi_cli
from metallb.program.pulumi_cli import find_cli


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The folders that are looked in, all of them empty."""
    found = {
        "path": tmp_path / "path",
        "installer": tmp_path / "home" / ".pulumi" / "bin",
        "earlier": tmp_path / ".cache" / "pulumi" / "bin",
        "built": tmp_path / ".cache" / "engine" / "bin",
    }
    monkeypatch.setattr(pulumi_cli, "project_folder", lambda: tmp_path)
    monkeypatch.setenv("PATH", str(found["path"]))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    return found


def put(folder: Path) -> str:
    folder.mkdir(parents=True)
    program = folder / "pulumi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return str(program)


def path_of_found() -> str | None:
    found = find_cli()
    return found.path if found else None


def test_one_that_is_installed_goes_before_one_that_was_built(places: dict[str, Path]) -> None:
    assert find_cli() is None
    for name in reversed(places):
        # The last to appear is the first to be used.
        placed = put(places[name])
        assert path_of_found() == placed


def test_an_installed_one_gets_nothing_and_a_built_one_its_home(places: dict[str, Path]) -> None:
    put(places["built"])
    built = find_cli()
    assert built is not None
    assert built.environment["PULUMI_HOME"] == str(places["built"].parent)
    # A login is the user's own, and not of the build.
    login = places["installer"].parent
    assert built.environment["PULUMI_CREDENTIALS_PATH"] == str(login)
    put(places["path"])
    installed = find_cli()
    assert installed is not None
    assert installed.environment == {}


def test_a_built_one_on_path_is_the_built_one(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(places["built"])
    monkeypatch.setenv("PATH", str(places["built"]))
    found = find_cli()
    assert found is not None
    assert found.environment["PULUMI_HOME"] == str(places["built"].parent)


def test_a_home_and_a_login_of_the_users_own_are_kept(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(places["built"])
    monkeypatch.setenv("PULUMI_CREDENTIALS_PATH", "/srv/login")
    found = find_cli()
    assert found is not None
    assert found.environment["PULUMI_CREDENTIALS_PATH"] == "/srv/login"
    monkeypatch.setenv("PULUMI_HOME", "/srv/pulumi")
    found = find_cli()
    assert found is not None
    assert found.environment == {}


@pytest.mark.parametrize("kind", ["a folder", "not executable"])
def test_what_is_no_program_is_passed_over(places: dict[str, Path], kind: str) -> None:
    if kind == "a folder":
        (places["installer"] / "pulumi").mkdir(parents=True)
    else:
        Path(put(places["installer"])).chmod(0o644)
    placed = put(places["built"])
    assert path_of_found() == placed
