"""The state with its id maker, its clock and its file: what every desk of the backend works on."""

from datetime import datetime
from typing import NamedTuple, TypeVar

from lab.metal_api.errors import not_found
from lab.metal_api.ids import Clock, Ids, steady_ids, wall_clock
from lab.metal_api.state import (
    Assignment,
    Block,
    CloudState,
    Device,
    Interface,
    Project,
    Session,
    StateFile,
)

Thing = TypeVar("Thing")


class OwnAddress(NamedTuple):
    """An address that a device came with, and the device."""

    device: Device
    interface: Interface


class Ledger:
    """Look-ups, new ids, and saving. Does not decide what is allowed: the desks do."""

    def __init__(
        self,
        state: CloudState,
        *,
        ids: Ids = steady_ids,
        clock: Clock = wall_clock,
        file: StateFile | None = None,
    ) -> None:
        self.state = state
        self._ids = ids
        self._clock = clock
        self._file = file

    def now(self) -> datetime:
        """The cloud's time."""
        return self._clock()

    def new_id(self, kind: str) -> str:
        """The next id; the count goes on after a restart."""
        self.state.serial += 1
        return self._ids(kind, self.state.serial)

    def id_of(self, kind: str, serial: int) -> str:
        """An id of what is not remembered, and counted by its maker."""
        return self._ids(kind, serial)

    def save(self) -> None:
        """Writes the state down, where there is a place for it."""
        if self._file:
            self._file.save(self.state)

    def project(self, project_id: str) -> Project:
        """A project, or 404."""
        return _found(self.state.projects.get(project_id))

    def device(self, device_id: str) -> Device:
        """A device, or 404."""
        return _found(self.state.devices.get(device_id))

    def session(self, session_id: str) -> Session:
        """A session, or 404."""
        return _found(self.state.sessions.get(session_id))

    def block(self, block_id: str) -> Block:
        """A reserved block, or 404."""
        return _found(self.state.blocks.get(block_id))

    def address(self, address_id: str) -> Block | Assignment | OwnAddress:
        """A block, an attached address, or one that a device came with, since one path serves all
        of them; or 404."""
        state = self.state
        found = state.blocks.get(address_id) or state.assignments.get(address_id)
        return found or _found(self._own_address(address_id))

    def _own_address(self, address_id: str) -> OwnAddress | None:
        for device in self.state.devices.values():
            for interface in device.interfaces:
                if interface.id == address_id:
                    return OwnAddress(device, interface)
        return None

    def blocks_of(self, project_id: str) -> list[Block]:
        """All blocks of a project, oldest first."""
        self.project(project_id)
        return [one for one in self.state.blocks.values() if one.project_id == project_id]

    def devices_of(self, project_id: str, search: str = "") -> list[Device]:
        """A project's devices whose host name, tags or description contain the word."""
        self.project(project_id)
        word = search.lower()
        return [
            one
            for one in self.state.devices.values()
            if one.project_id == project_id and _mentions(one, word)
        ]

    def sessions_of_device(self, device_id: str) -> list[Session]:
        """The sessions of one device."""
        self.device(device_id)
        return [one for one in self.state.sessions.values() if one.device_id == device_id]

    def sessions_of_project(self, project_id: str) -> list[Session]:
        """The sessions of all devices of a project."""
        self.project(project_id)
        return [
            one
            for one in self.state.sessions.values()
            if self.state.devices[one.device_id].project_id == project_id
        ]


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise not_found()
    return thing


def _mentions(device: Device, word: str) -> bool:
    if not word:
        return True
    texts = (device.hostname, device.description or "", *device.tags)
    return any(word in text.lower() for text in texts)
