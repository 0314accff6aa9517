"""The emulated cloud as one thing: a ledger, and the desks that work on it.

Pure memory with injected ids and clock, plus an optional state file that is written after every
change. Knows nothing of HTTP.
"""

from collections.abc import Callable
from pathlib import Path

from lab.metal_api import bodies
from lab.metal_api.bgp import Bgp
from lab.metal_api.blocks import Blocks
from lab.metal_api.devices import Devices
from lab.metal_api.errors import MetalApiError, unprocessable
from lab.metal_api.ids import Clock, Ids, steady_ids, wall_clock
from lab.metal_api.inventory import Seed
from lab.metal_api.ledger import Ledger
from lab.metal_api.seed import load_seed, start_state
from lab.metal_api.state import CloudState, Project, StateFile


class Projects:
    """The desk for projects."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(self, ask: bodies.CreateProject) -> Project:
        """Makes a project without BGP."""
        ledger = self._ledger
        now = ledger.now()
        project = Project(
            id=ledger.new_id("project"),
            name=ask.name,
            organization_id=ask.organization_id or ledger.new_id("organization"),
            payment_method_id=ledger.new_id("payment-method"),
            created_at=now,
            updated_at=now,
        )
        ledger.state.projects[project.id] = project
        ledger.save()
        return project

    def change(self, project_id: str, ask: bodies.ChangeProject) -> Project:
        """Renames a project, or changes how it pays; absent fields stay."""
        project = self._ledger.project(project_id)
        if ask.name is not None:
            project.name = ask.name
        if ask.payment_method_id is not None:
            project.payment_method_id = ask.payment_method_id
        if ask.backend_transfer_enabled is not None:
            project.backend_transfer = ask.backend_transfer_enabled
        project.updated_at = self._ledger.now()
        self._ledger.save()
        return project

    def remove(self, project_id: str) -> None:
        """Removes a project that has no devices; its blocks go with it."""
        state = self._ledger.state
        if self._ledger.devices_of(project_id):
            raise unprocessable("A project with devices can't be deleted")
        for block in self._ledger.blocks_of(project_id):
            del state.blocks[block.id]
        del state.projects[project_id]
        self._ledger.save()


class Backend:
    """One emulated cloud. Does not count calls, inject faults or shape answers."""

    def __init__(
        self,
        state: CloudState,
        *,
        start: Callable[[], CloudState],
        ids: Ids = steady_ids,
        clock: Clock = wall_clock,
        file: StateFile | None = None,
    ) -> None:
        self.ledger = Ledger(state, ids=ids, clock=clock, file=file)
        self._start = start
        self.projects = Projects(self.ledger)
        self.blocks = Blocks(self.ledger)
        self.bgp = Bgp(self.ledger)
        self.devices = Devices(self.ledger)

    @property
    def state(self) -> CloudState:
        """All that the cloud remembers."""
        return self.ledger.state

    def reset(self) -> None:
        """Forgets everything and starts again from the seed, ids included."""
        self.ledger.state = self._start()
        self.ledger.save()


def open_backend(
    seed: Seed | str,
    *,
    state_path: Path | None = None,
    ids: Ids = steady_ids,
    clock: Clock = wall_clock,
) -> Backend:
    """A cloud that goes on from its state file where there is one, and from the seed otherwise."""
    inventory = load_seed(seed) if isinstance(seed, str) else seed
    file = StateFile(state_path) if state_path else None
    state = file.load() if file else None
    if state is not None and state.seed != inventory.name:
        raise MetalApiError(
            f"{state_path} is of seed {state.seed}, and not of {inventory.name}",
            detail="A state folder belongs to the seed that it was started with.",
            help="use another folder, or remove the state file to start again",
        )

    def start() -> CloudState:
        return start_state(inventory, ids, clock)

    backend = Backend(state or start(), start=start, ids=ids, clock=clock, file=file)
    backend.ledger.save()
    return backend
