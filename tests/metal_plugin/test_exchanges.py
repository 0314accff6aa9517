"""The conversations that were recorded with the published plugin, had again with ours.

Where the published plugin is installed it has them too: what is recorded stays true of it.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.metal_api import Emulation, running_emulation
from lab.metal_api.ids import still_clock
from lab.metal_plugin import NAME
from lab.metal_plugin.install import install, plugin_folder
from tests.metal_plugin.exchanges import FOLDER, conversation, read, replay
from tests.metal_plugin.scenarios import ENVIRONMENT, SCENARIOS

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def published() -> str | None:
    """The published plugin: an executable that is no script of ours."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    for found in (shutil.which(NAME), str(plugin_folder(home) / NAME)):
        if found and Path(found).is_file() and not Path(found).read_bytes().startswith(b"#!"):
            return found
    return None


@pytest.fixture(scope="module")
def steady() -> Iterator[Emulation]:
    """A cloud whose clock stands, as it stood for the recording."""
    with running_emulation("demo", clock=still_clock) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(install(tmp_path_factory.mktemp("plugin")))


def differences(command: str, cloud: Emulation, name: str) -> str:
    recorded = read(FOLDER / f"{name}.json")
    with conversation(command, cloud, recorded["environment"]) as talk:
        return "\n".join(replay(talk, recorded["steps"]))


@pytest.mark.parametrize("name", NAMES)
def test_the_plugin_answers_as_the_published_one_did(
    name: str, ours: str, steady: Emulation
) -> None:
    assert differences(ours, steady, name) == ""


@pytest.mark.skipif(published() is None, reason="NOT COMPARED: the published plugin is not here")
@pytest.mark.parametrize("name", NAMES)
def test_the_published_plugin_still_answers_as_recorded(name: str, steady: Emulation) -> None:
    command = published()
    assert command is not None
    assert differences(command, steady, name) == ""


def test_every_scenario_is_recorded_and_every_recording_has_its_scenario() -> None:
    assert set(NAMES) == set(SCENARIOS)
    assert {name: read(FOLDER / f"{name}.json")["environment"] for name in NAMES} == {
        name: ENVIRONMENT.get(name, {}) for name in NAMES
    }
