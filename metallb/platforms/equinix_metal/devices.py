"""Reads a device's private IPv4 address and gateway from the provider's description of it.

Source: provider function getDevice (pulumi-equinix-metal 3.2.1), whose `networks` keep address,
gateway, family, cidr and public, but not which entry is the management one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from metallb.platforms.equinix_metal.facts import Device, Neighbor
from metallb.platforms.facts import AddressFamily
from metallb.problems.errors import PlatformError
from metallb.problems.problem import spelled

__all__ = ["has_neighbors", "is_usable", "node_answer", "recorded_answer"]

_IPV4 = 4
_ACTIVE = "active"


def node_answer(
    key: str, device: Mapping[str, Any], neighbors: Sequence[Mapping[str, Any]] | None = None
) -> Device:
    """The facts of one node.

    :param key: what the stack file calls the node; errors name it.
    :param device: result of getDevice, in wire spelling.
    :param neighbors: result of getDeviceBgpNeighbors, where it was called.
    :raises PlatformError: the device is not active, has no private IPv4 address, or no gateway
        where that is its router.
    """
    answer = recorded_answer(key, device, neighbors)
    if answer.state != _ACTIVE:
        raise PlatformError(
            f"device {key} is {answer.state}, not active",
            detail="Only an active device keeps a BGP session.",
            help="wait until it is active, or remove the node from metallb:platform.nodes",
        )
    if not answer.private_address:
        raise PlatformError(
            f"device {key} has no private IPv4 address",
            detail="BGP sessions run over the device's private IPv4 network.",
            help="give the device a private IPv4 address, or remove the node from "
            "metallb:platform.nodes",
        )
    if neighbors is None and not answer.private_gateway:
        raise PlatformError(
            f"device {key} has no gateway for its private address {answer.private_address}",
            detail="With peerSource: gateway, the private IPv4 gateway is the BGP router.",
            help="check the device's network mode (layer 2 bonding removes the gateway), or write "
            "`peerSource: neighbors` below metallb:platform",
        )
    return answer


def recorded_answer(
    key: str, device: Mapping[str, Any], neighbors: Sequence[Mapping[str, Any]] | None = None
) -> Device:
    """The facts of one node as far as there are some, for rules that report what is missing.

    :raises PlatformError: a BGP neighbor that no router can be.
    """
    entry = _private_entry(device)
    return Device(
        hostname=str(device.get("hostname") or key),
        device_id=str(device.get("id") or device.get("deviceId") or ""),
        state=str(device.get("state") or _ACTIVE),
        private_address=str(entry.get("address") or ""),
        private_gateway=str(entry.get("gateway") or ""),
        metro=str(device.get("metro") or "").lower(),
        neighbors=None if neighbors is None else tuple(_neighbor(key, n) for n in neighbors),
    )


def has_neighbors(answer: Device, family: AddressFamily) -> bool:
    """Whether a device has BGP neighbors of an address family."""
    number = 4 if family is AddressFamily.IPV4 else 6
    return any(each.address_family == number for each in answer.neighbors or ())


def is_usable(answer: Device, *, routed: bool) -> bool:
    """Whether peers can be made of an answer.

    :param routed: whether the private gateway is the router, so that there has to be one.
    """
    has_router = bool(answer.private_gateway) or not routed
    return answer.state == _ACTIVE and bool(answer.private_address) and has_router


def _neighbor(key: str, neighbor: Mapping[str, Any]) -> Neighbor:
    try:
        return Neighbor.model_validate(dict(neighbor))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = spelled(first["loc"])
        missing = first["type"] == "missing"
        raise PlatformError(
            f"a BGP neighbor of device {key} has {'no' if missing else 'an unusable'} {field}",
            detail="A neighbor has AS numbers from 1 to 4294967295, and addresses "
            "(Equinix Metal API, GET /devices/ID/bgp/neighbors).",
            help="report it to the provider's support",
        ) from None


def _private_entry(device: Mapping[str, Any]) -> Mapping[str, Any]:
    """The private IPv4 entry, empty where there is none.

    Where there are several, the one with the management address.
    """
    private = [
        entry
        for entry in device.get("networks") or ()
        if not entry.get("public") and int(entry.get("family") or 0) == _IPV4
    ]
    own = device.get("accessPrivateIpv4")
    # A further private Elastic IP shows up as a second private entry, with a gateway of its own.
    chosen = [entry for entry in private if entry.get("address") == own] or private
    return chosen[0] if chosen else {}
