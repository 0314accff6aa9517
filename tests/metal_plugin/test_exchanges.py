"""The conversations that were recorded with the published plugin, had again with ours.

Where the published plugin is installed it has them too: what is recorded stays true of it.
"""

from collections.abc import Iterator

import pytest

from lab.metal_api import Emulation, running_emulation
from lab.metal_api.ids import still_clock
from lab.metal_plugin.install import install
from tests.metal_plugin.exchanges import FOLDER, conversation, read, replay
from tests.metal_plugin.scenarios import ENVIRONMENT, SCENARIOS
from tests.support.published import published_plugin

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


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


@pytest.mark.skipif(
    published_plugin() is None, reason="NOT COMPARED: the published plugin is not here"
)
@pytest.mark.parametrize("name", NAMES)
def test_the_published_plugin_still_answers_as_recorded(name: str, steady: Emulation) -> None:
    command = published_plugin()
    assert command is not None
    assert differences(command, steady, name) == ""


def test_every_scenario_is_recorded_and_every_recording_has_its_scenario() -> None:
    assert set(NAMES) == set(SCENARIOS)
    assert {name: read(FOLDER / f"{name}.json")["environment"] for name in NAMES} == {
        name: ENVIRONMENT.get(name, {}) for name in NAMES
    }
