"""The home of a built engine on the emulated cloud."""

from pathlib import Path

import pytest

from lab import engine_home
from lab.engine_home import emulated_home
from lab.platforms import Part
from metallb.program.pulumi_cli import PulumiCli

KUBERNETES = Path("plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes")


OWN = Path("plugins/resource-acme-v1.0.0/pulumi-resource-acme")


class Acme(Part):
    """A platform with a plugin for its emulated cloud."""

    def install(self, home: Path) -> None:
        (home / OWN).parent.mkdir(parents=True, exist_ok=True)
        (home / OWN).write_text("an emulated cloud")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built engine."""
    home = tmp_path / "engine"
    (home / KUBERNETES).parent.mkdir(parents=True)
    (home / KUBERNETES).write_text("a provider")
    (home / "bin").mkdir()
    (home / "bin" / "pulumi").write_text("a CLI")
    monkeypatch.setattr(engine_home, "BUILT", home)
    monkeypatch.setattr(engine_home, "parts", lambda: (Acme(),))
    return home


def cli(home: Path) -> PulumiCli:
    return PulumiCli(str(home / "bin" / "pulumi"), {"PULUMI_HOME": str(home), "OTHER": "kept"})


def test_it_has_the_engines_plugins_and_the_labs(built: Path) -> None:
    environment = emulated_home(cli(built))
    home = Path(environment["PULUMI_HOME"])
    assert environment["OTHER"] == "kept"
    assert (home / KUBERNETES).read_text() == "a provider"
    # The engine takes no link for the folder of a plugin.
    assert not (home / KUBERNETES).parent.is_symlink()
    assert (home / OWN).exists()
    # Without the emulated cloud, an engine finds no plugin of the lab's.
    assert not (built / OWN).exists()


def test_a_provider_that_was_built_anew_takes_the_place_of_one_that_is_gone(built: Path) -> None:
    home = Path(emulated_home(cli(built))["PULUMI_HOME"])
    link = home / KUBERNETES
    link.unlink()
    link.symlink_to(built / "nothing")
    emulated_home(cli(built))
    assert link.read_text() == "a provider"


def test_a_built_engine_finds_it_beside_a_home_of_the_users_own(built: Path) -> None:
    # Then the CLI itself gets nothing: its home is the user's.
    environment = emulated_home(PulumiCli(str(built / "bin" / "pulumi")))
    assert (Path(environment["PULUMI_HOME"]) / OWN).exists()


def test_an_installed_engine_is_left_alone(built: Path) -> None:
    assert emulated_home(PulumiCli("/usr/bin/pulumi")) == {}
    assert not (built / "emulated").exists()
