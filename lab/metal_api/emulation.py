"""An emulation for the length of a test: in a thread of this process, with both doors open."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lab.metal_api.client import AdminClient
from lab.metal_api.errors import MetalApiError
from lab.metal_api.ids import Clock, Ids, steady_ids, wall_clock
from lab.metal_api.inventory import Seed
from lab.metal_api.mocks import MetalMocks
from lab.metal_api.serve import START_SECONDS, Service, environment


class Emulation(AdminClient):
    """A running emulation: everything `AdminClient` can, the environment, and the second door."""

    def __init__(self, service: Service) -> None:
        trust = service.trust
        super().__init__(service.ports.backend, trust.ca_file, trust.control_token())
        self.env: dict[str, str] = environment(service.folder, service.ports)
        """What a client's environment needs."""
        self.backend_url = f"{self.url}/metal/v1"
        """The API without the proxy, below the same authority."""
        self.mocks = MetalMocks(service.api)
        """The second door, onto the same cloud."""


@contextmanager
def running_emulation(
    seed: Seed | str = "demo",
    state_dir: Path | None = None,
    *,
    ids: Ids = steady_ids,
    clock: Clock = wall_clock,
) -> Iterator[Emulation]:
    """Runs an emulation until the block ends; without a folder, everything is forgotten then."""
    with ExitStack() as stack:
        folder = state_dir or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="metal-api-"))
        )
        service = Service(seed, folder, ids=ids, clock=clock)
        stack.enter_context(_in_a_thread(service))
        emulation = Emulation(service)
        stack.callback(emulation.close)
        yield emulation


@contextmanager
def _in_a_thread(service: Service) -> Iterator[None]:
    done = threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        try:
            asyncio.run(service.run(done.set))
        except Exception as exc:
            # Kept for the thread that waits: here it would be lost.
            failures.append(exc)
            done.set()

    thread = threading.Thread(target=run, name="metal-api", daemon=True)
    thread.start()
    try:
        if not done.wait(START_SECONDS) or failures:
            raise MetalApiError(
                "the emulation failed to start"
                if failures
                else f"the emulation was not ready within {START_SECONDS:.0f} seconds",
                detail=str(failures[0]) if failures else "",
            ) from (failures[0] if failures else None)
        yield
    finally:
        service.stop()
        thread.join(timeout=60)
