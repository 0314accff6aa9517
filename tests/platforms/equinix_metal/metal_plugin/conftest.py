"""A cloud with a fixed clock, and our plugin."""

from collections.abc import Iterator

import pytest

from lab.metal_api import Emulation
from lab.metal_plugin.install import install
from tests.platforms.equinix_metal.metal_plugin.client import Plugin, running_plugin
from tests.platforms.equinix_metal.metal_plugin.common import configure
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange, cloud_of


@pytest.fixture(scope="session")
def steady() -> Iterator[Emulation]:
    """One cloud for all tests; each resets it."""
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
def exchange(plugin: Plugin, steady: Emulation) -> Exchange:
    """An exchange on a cloud that is reset to its seed, with a configured plugin."""
    steady.reset()
    one = Exchange(plugin, steady)
    configure(one)
    return one
