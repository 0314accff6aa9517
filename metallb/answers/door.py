"""Answers as Pulumi's engine would give them, taken from an answers file.

Speaks tokens and the provider's wire spelling (pulumi-equinix-metal 3.2.1), so that the very same
program runs on it as on the engine. Creates nothing anywhere.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from metallb.answers.file import AnswersFile
from metallb.config.equinix_metal import EquinixMetalPlatform
from metallb.errors import AnswersError

__all__ = ["AnswersDoor"]

_BLOCK = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
_SESSION = "equinix-metal:index/bgpSession:BgpSession"
_GET_DEVICE = "equinix-metal:index/getDevice:getDevice"
_GET_NEIGHBORS = "equinix-metal:index/getDeviceBgpNeighbors:getDeviceBgpNeighbors"
_GET_BLOCK = "equinix-metal:index/getReservedIpBlock:getReservedIpBlock"


class AnswersDoor:
    """Registrations and invokes of the equinix-metal package, answered from a file.

    :param block_of: which block of the stack file a resource name stands for.
    """

    def __init__(
        self, answers: AnswersFile, platform: EquinixMetalPlatform, block_of: Mapping[str, str]
    ) -> None:
        self._answers = answers
        self._platform = platform
        self._block_of = block_of
        self._by_id = {device.id: device for device in answers.devices.values()}
        self._by_name = {device.hostname: device for device in answers.devices.values()}

    def new_resource(
        self, token: str, name: str, inputs: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Id and outputs of a resource."""
        if token == _BLOCK:
            block = self._answers.blocks[self._block_of[name]]
            return block.id, {**inputs, "cidrNotation": block.cidr_notation}
        if token == _SESSION:
            # Only has to be the same each time: nothing that is rendered shows it.
            return hashlib.sha256(name.encode()).hexdigest()[:32], {**inputs, "status": "unknown"}
        raise _unanswered(token)

    def call(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Result of a provider function."""
        if token == _GET_DEVICE:
            return self._device(args)
        if token == _GET_NEIGHBORS:
            return self._neighbors(str(args["deviceId"]))
        if token == _GET_BLOCK:
            for block in self._answers.blocks.values():
                if block.id == args.get("id"):
                    return {
                        "id": block.id,
                        "cidrNotation": block.cidr_notation,
                        "metro": block.metro or "",
                    }
        raise _unanswered(token)

    def block_by_tag(self, _project: str, tag: str, _token: str | None) -> str:
        """Id of the block that the stack file adopts by this tag."""
        for name, settings in self._platform.elastic_ips.items():
            if settings.adopt_tag == tag:
                return self._answers.blocks[name].id
        raise _unanswered(f"a block with tag '{tag}'")

    def _device(self, args: Mapping[str, Any]) -> dict[str, Any]:
        key = str(args.get("deviceId") or args.get("hostname"))
        device = self._by_id.get(key) or self._by_name.get(key) or self._answers.devices.get(key)
        if device is None:
            raise _unanswered(f"device {key}")
        return device.model_dump(by_alias=True, mode="json", exclude={"bgp_neighbors"})

    def _neighbors(self, device_id: str) -> dict[str, Any]:
        device = self._by_id.get(device_id)
        if device is None or device.bgp_neighbors is None:
            what = device.hostname if device else device_id
            raise _unanswered(f"BGP neighbors of device {what}")
        listed = [each.model_dump(by_alias=True, mode="json") for each in device.bgp_neighbors]
        return {"id": device_id, "bgpNeighbors": listed}


def _unanswered(what: str) -> AnswersError:
    return AnswersError(
        f"the answers file has no answer for {what}",
        help="run `python -m metallb record STACK` again",
    )
