"""A cloud whose clock stands, and our plugin where the engine would find it."""

from collections.abc import Iterator

import pytest

from lab.metal_api import Emulation
from lab.metal_plugin.install import install
from tests.metal_plugin.client import Plugin, running_plugin
from tests.metal_plugin.exchanges import Conversation, cloud_of
from tests.metal_plugin.talk import configure


@pytest.fixture(scope="session")
def steady() -> Iterator[Emulation]:
    """One cloud for all tests; each begins it anew."""
    with cloud_of("demo") as cloud:
        yield cloud


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Our executable."""
    return str(install(tmp_path_factory.mktemp("plugin")))


@pytest.fixture(scope="session")
def plugin(ours: str, steady: Emulation) -> Iterator[Plugin]:
    """One process of it."""
    with running_plugin(ours, steady.env) as one:
        yield one


@pytest.fixture
def talk(plugin: Plugin, steady: Emulation) -> Conversation:
    """A conversation about the cloud as it starts; the plugin is configured."""
    steady.reset()
    one = Conversation(plugin, steady)
    configure(one)
    return one
