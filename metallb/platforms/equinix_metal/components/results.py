"""The shapes of what the provider's functions return, as far as the program reads it.

A plugin makes something of any answer of the API. What has not these shapes is an error of the
look-up, and not a device without addresses or a block without any.
Source: schema of pulumi-equinix-metal 3.2.1. Numbers cross the engine's wire as doubles.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from metallb.algebra.addresses import bits_of, parse_address
from metallb.platforms.equinix_metal.names import PENDING
from metallb.problems.errors import PlatformError
from metallb.problems.problem import spelled

__all__ = ["BlockResult", "DeviceResult", "NeighborsResult", "Result", "checked"]


def _is_network(text: str) -> str:
    if text != PENDING:
        address, _, length = text.partition("/")
        if int(length) not in range(bits_of(parse_address(address).version) + 1):
            raise ValueError(length)
    return text


def _is_address(text: str) -> str:
    parse_address(text)
    return text


_Address = Annotated[str, AfterValidator(_is_address)]


class Result(BaseModel):
    """What a function returned."""

    model_config = ConfigDict(hide_input_in_errors=True)


class _Network(Result):
    address: _Address
    gateway: str | None = None
    family: Annotated[int, Field(ge=4, le=6)]
    public: Annotated[bool, Field(strict=True)]


class DeviceResult(Result):
    """getDevice."""

    id: Annotated[str, Field(min_length=1)]
    hostname: str | None = None
    state: str | None = None
    metro: str | None = None
    access_private_ipv4: str | None = Field(default=None, alias="accessPrivateIpv4")
    networks: list[_Network]


class NeighborsResult(Result):
    """getDeviceBgpNeighbors. Each neighbor is read by `metallb.platforms.equinix_metal.devices`."""

    bgp_neighbors: list[dict[str, Any]] = Field(alias="bgpNeighbors")


class BlockResult(Result):
    """getReservedIpBlock."""

    cidr_notation: Annotated[str, AfterValidator(_is_network)] = Field(alias="cidrNotation")
    metro: str | None = None


def checked(shape: type[Result], answer: Any, *, what: str, help: str) -> Mapping[str, Any]:
    """The answer, which has a shape.

    :param what: what was looked up; the error names it.
    :raises PlatformError: it has another one. Its values are not shown.
    """
    try:
        shape.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fault = "no" if first["type"] == "missing" else "an unusable"
        place = spelled(first["loc"]) or "form"
        raise PlatformError(
            f"the provider's answer about {what} has {fault} {place}",
            detail="What the API answers reaches the program by the provider plugin, which makes "
            "something of any answer.",
            help=f"run the command again; where it stays, {help}",
        ) from None
    found: Mapping[str, Any] = answer
    return found
