"""The inputs of the resources and functions that are known here, and how they behave.

Written down from the schema of pulumi-equinix-metal 3.2.1 and from what the published plugin
answers. Outputs need no table: what the API answers is what there is.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from lab.metal_plugin import tokens

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that a preview does not know, in Pulumi's wire format."""

DEFAULTS = "__defaults"
"""Key of the list of inputs that a default filled in."""


class Kind(Enum):
    """What a value is."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    SET = "set"
    """A set of texts; a list on the wire."""
    OBJECT = "object"
    """At most one object."""


@dataclass(frozen=True)
class Input:
    """One input."""

    wire: str
    kind: Kind = Kind.TEXT
    required: bool = False
    replaces: bool = False
    """Whether another value replaces the resource."""
    computed: bool = False
    """Whether the provider sets it where the input is absent: absent is then no change."""
    default: Any = None
    choices: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Names that exclude this input."""
    lower: bool = False
    """Whether the state has it in lower case."""
    uuid: bool = False
    empty: bool = False
    """Whether an empty text is good too."""
    secret: bool = False
    named: bool = False
    """Whether the resource's name and a random end make its default."""
    any_case: bool = False
    """Whether upper and lower case are the same value."""
    fields: tuple["Input", ...] = ()
    """Of an object."""
    outputs: tuple[tuple[str, Any], ...] = ()
    """What the API adds to an object, with what stands for it before it has."""

    @property
    def name(self) -> str:
        """Its name in messages."""
        return snake(self.wire)


@dataclass(frozen=True)
class Shape:
    """What a resource or a function takes."""

    title: str
    inputs: tuple[Input, ...]
    outputs: frozenset[str] = frozenset()
    """What the API adds."""
    place: dict[str, Input] = field(init=False)
    """Inputs by their names on the wire."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", {one.wire: one for one in self.inputs})


def snake(wire: str) -> str:
    """`projectId` as messages have it: `project_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", wire).lower()


_ADDRESS = "address addressFamily cidr gateway global manageable management netmask network public"


def _outputs(names: str) -> frozenset[str]:
    return frozenset([*names.split(), "id"])


def _fixed(wire: str, kind: Kind = Kind.TEXT, **more: Any) -> Input:
    return Input(wire, kind, replaces=True, **more)


RESOURCES = {
    tokens.RESERVED_IP_BLOCK: Shape(
        "ReservedIpBlock",
        (
            _fixed("projectId", required=True),
            _fixed("quantity", Kind.NUMBER, required=True),
            _fixed("type", default="public_ipv4", choices=("public_ipv4", "global_ipv4")),
            _fixed("facility", conflicts=("metro",)),
            _fixed("metro", conflicts=("facility",), lower=True),
            _fixed("description"),
            _fixed("tags", Kind.SET),
        ),
        _outputs(f"{_ADDRESS} cidrNotation"),
    ),
    tokens.BGP_SESSION: Shape(
        "BgpSession",
        (
            _fixed("deviceId", required=True),
            _fixed("addressFamily", required=True, choices=("ipv4", "ipv6")),
            _fixed("defaultRoute", Kind.FLAG, default=False),
        ),
        _outputs("status"),
    ),
    tokens.IP_ATTACHMENT: Shape(
        "IpAttachment",
        (_fixed("deviceId", required=True), _fixed("cidrNotation", required=True)),
        _outputs(_ADDRESS),
    ),
    tokens.PROJECT: Shape(
        "Project",
        (
            Input("name", required=True, named=True),
            Input("backendTransfer", Kind.FLAG, default=False),
            Input("paymentMethodId", computed=True, uuid=True, empty=True, any_case=True),
            _fixed("organizationId", computed=True, uuid=True, any_case=True),
            Input(
                "bgpConfig",
                Kind.OBJECT,
                fields=(
                    Input("deploymentType", required=True, choices=("local", "global")),
                    Input("asn", Kind.NUMBER, required=True),
                    Input("md5", secret=True),
                ),
                outputs=(("maxPrefix", 0), ("status", ""), ("md5", "")),
            ),
        ),
        _outputs("created updated"),
    ),
}

FUNCTIONS = {
    tokens.GET_DEVICE: Shape(
        "getDevice",
        (
            Input("deviceId", conflicts=("project_id", "hostname")),
            Input("hostname", conflicts=("device_id",)),
            Input("projectId", conflicts=("device_id",)),
        ),
    ),
    tokens.GET_DEVICE_BGP_NEIGHBORS: Shape(
        "getDeviceBgpNeighbors", (Input("deviceId", required=True),)
    ),
    tokens.GET_RESERVED_IP_BLOCK: Shape(
        "getReservedIpBlock",
        (
            Input("id", conflicts=("project_id", "address")),
            Input("projectId", conflicts=("id",)),
            Input("ipAddress", conflicts=("id",)),
        ),
    ),
    tokens.GET_PRECREATED_IP_BLOCK: Shape(
        "getPrecreatedIpBlock",
        (
            Input("projectId", required=True),
            Input("addressFamily", Kind.NUMBER, required=True),
            Input("public", Kind.FLAG, required=True),
            Input("global", Kind.FLAG, default=False),
            Input("facility", conflicts=("metro",)),
            Input("metro", conflicts=("facility",)),
        ),
    ),
    tokens.GET_IP_BLOCK_RANGES: Shape(
        "getIpBlockRanges",
        (Input("projectId", required=True), Input("facility"), Input("metro", lower=True)),
    ),
    tokens.GET_PROJECT: Shape(
        "getProject",
        (
            Input("name", conflicts=("project_id",)),
            Input("projectId", conflicts=("name",)),
        ),
    ),
}
