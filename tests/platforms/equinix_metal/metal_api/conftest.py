"""An emulation for each test, and a client that reaches it as the provider plugin does."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from lab.metal_api import Emulation, running_emulation

API = "https://api.equinix.com/metal/v1"


def client_of(emulation: Emulation, *, headers: dict[str, str] | None = None) -> httpx.Client:
    """A client through the CONNECT proxy; TLS is verified against the printed bundle."""
    return httpx.Client(
        base_url=API,
        proxy=emulation.env["HTTPS_PROXY"],
        verify=ssl.create_default_context(cafile=emulation.env["SSL_CERT_FILE"]),
        headers={"X-Auth-Token": "emulation"} if headers is None else headers,
        trust_env=False,
        timeout=60,
    )


@pytest.fixture(scope="session")
def served() -> Iterator[Emulation]:
    """One emulation of the demo seed for all tests."""
    with running_emulation("demo") as emulation:
        yield emulation


@pytest.fixture(scope="session")
def client(served: Emulation) -> Iterator[httpx.Client]:
    """One client for all tests."""
    with client_of(served) as one:
        yield one


@pytest.fixture
def cloud(served: Emulation) -> Emulation:
    """The demo cloud as it starts."""
    served.reset()
    return served


@pytest.fixture
def http(cloud: Emulation, client: httpx.Client) -> httpx.Client:
    """The first door onto the demo cloud as it starts."""
    return client
