"""What a test or a demonstration does behind the caller's back, by name.

These are not calls of the API: they are what other people, routers and the provider's support do.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from lab.metal_api import bodies
from lab.metal_api.api import Api
from lab.metal_api.enums import DeviceState, SessionFamily, SessionStatus
from lab.metal_api.errors import MetalApiError
from lab.metal_api.forms import malformed
from lab.metal_api.state import Device


class Order(BaseModel):
    """Fields that the actions take; each action needs only some of them."""

    model_config = ConfigDict(extra="forbid")

    block: str = ""
    session: str = ""
    device: str = ""
    """Host name or id."""
    address: str = ""
    gateway: str = ""
    family: SessionFamily = SessionFamily.IPV4
    default_route: bool = False
    status: SessionStatus = SessionStatus.UP
    state: DeviceState = DeviceState.ACTIVE


class Control:
    """The levers behind the emulated cloud."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._actions: dict[str, Callable[[Order], dict[str, Any]]] = {
            "remove-block": self._remove_block,
            "approve-block": self._approve_block,
            "remove-device": self._remove_device,
            "move-private-address": self._move_private_address,
            "report-device": self._report_device,
            "open-session": self._open_session,
            "close-session": self._close_session,
            "report-session": self._report_session,
            "reset": self._reset,
        }

    def act(self, action: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Does one action.

        :raises MetalApiError: it is not known, has unknown fields or values, or can't be done.
        """
        if action not in self._actions:
            raise MetalApiError(
                f"{action} is no action of the emulation",
                help=f"use one of {', '.join(sorted(self._actions))}",
            )
        try:
            order = Order.model_validate(fields)
        except ValidationError as exc:
            helps = f"the fields are {', '.join(sorted(Order.model_fields))}"
            raise malformed(exc, f"the action {action}", help=helps) from exc
        return self._actions[action](order)

    def inventory(self) -> dict[str, Any]:
        """What there is, in short: for a person, and for a test that looks for leftovers."""
        state = self.api.backend.state
        return {
            "seed": state.seed,
            "blocks": [
                {
                    "id": block.id,
                    "type": block.type,
                    "network": str(block.network) if block.network else None,
                    "state": block.state,
                    "metro": block.metro,
                    "tags": block.tags,
                }
                for block in state.blocks.values()
            ],
            "sessions": [
                {
                    "id": session.id,
                    "hostname": state.devices[session.device_id].hostname,
                    "family": session.family,
                    "default_route": session.default_route,
                    "status": session.status,
                }
                for session in state.sessions.values()
            ],
            "devices": [
                {"id": device.id, "hostname": device.hostname, "metro": device.metro}
                for device in state.devices.values()
            ],
            "assignments": [
                {"id": one.id, "network": str(one.network), "device": one.device_id}
                for one in state.assignments.values()
            ],
            "projects": [
                {"id": project.id, "name": project.name} for project in state.projects.values()
            ],
        }

    def _device(self, order: Order) -> Device:
        devices = self.api.backend.state.devices
        if order.device in devices:
            return devices[order.device]
        found = [device for device in devices.values() if device.hostname == order.device]
        if len(found) == 1:
            return found[0]
        raise MetalApiError(
            f"{len(found) or 'no'} devices of the cloud have the host name or id {order.device}",
            help="use a name or id of `python -m lab.metal_api inventory`; an id is unique",
        )

    def _remove_block(self, order: Order) -> dict[str, Any]:
        self.api.backend.blocks.remove_behind(order.block)
        return {}

    def _approve_block(self, order: Order) -> dict[str, Any]:
        block = self.api.backend.blocks.approve(order.block)
        return {"network": str(block.network)}

    def _remove_device(self, order: Order) -> dict[str, Any]:
        self.api.backend.devices.remove(self._device(order).id)
        return {}

    def _move_private_address(self, order: Order) -> dict[str, Any]:
        device = self._device(order)
        self.api.backend.devices.move_private_address(device.id, order.address, order.gateway)
        return {"id": device.id}

    def _report_device(self, order: Order) -> dict[str, Any]:
        self.api.backend.devices.report(self._device(order).id, order.state)
        return {}

    def _open_session(self, order: Order) -> dict[str, Any]:
        ask = bodies.OpenSession(address_family=order.family, default_route=order.default_route)
        return {"id": self.api.backend.bgp.open(self._device(order).id, ask).id}

    def _close_session(self, order: Order) -> dict[str, Any]:
        self.api.backend.bgp.close(order.session)
        return {}

    def _report_session(self, order: Order) -> dict[str, Any]:
        self.api.backend.bgp.report(order.session, order.status)
        return {}

    def _reset(self, _order: Order) -> dict[str, Any]:
        self.api.reset()
        return {}
