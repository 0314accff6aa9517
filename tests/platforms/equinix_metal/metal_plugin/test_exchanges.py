"""The exchanges that were recorded with the published plugin, replayed with ours.

Where the published plugin is installed they are replayed with it too.
"""

from contextlib import ExitStack

import pytest

from lab.metal_api import Emulation
from tests.platforms.equinix_metal.metal_plugin.exchanges import (
    FOLDER,
    cloud_of,
    exchange_with,
    read,
    replay,
)
from tests.platforms.equinix_metal.metal_plugin.scenarios import ENVIRONMENT, SCENARIOS, SEEDS
from tests.platforms.equinix_metal.published import published_plugin

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def differences(command: str, demo: Emulation, name: str) -> str:
    recorded = read(FOLDER / f"{name}.json")
    with ExitStack() as stack:
        seed = recorded["seed"]
        cloud = demo if seed == "demo" else stack.enter_context(cloud_of(seed))
        exchange = stack.enter_context(exchange_with(command, cloud, recorded["environment"]))
        return "\n".join(replay(exchange, recorded["steps"]))


@pytest.mark.parametrize("name", NAMES)
def test_the_plugin_answers_as_the_published_one_did(
    name: str, ours: str, steady: Emulation
) -> None:
    assert differences(ours, steady, name) == ""


@pytest.mark.skipif(published_plugin() is None, reason="NOT COMPARED: no published plugin here")
@pytest.mark.parametrize("name", NAMES)
def test_the_published_plugin_still_answers_as_recorded(name: str, steady: Emulation) -> None:
    command = published_plugin()
    assert command is not None
    assert differences(command, steady, name) == ""


def test_every_scenario_is_recorded_and_every_recording_has_its_scenario() -> None:
    assert set(NAMES) == set(SCENARIOS)
    for name in NAMES:
        recorded = read(FOLDER / f"{name}.json")
        assert recorded["environment"] == ENVIRONMENT.get(name, {}), name
        assert recorded["seed"] == SEEDS.get(name, "demo"), name
        assert len(recorded["steps"]) > 3, name
