"""The words of the Equinix Metal API that have a closed set of values.

Source: Equinix Metal API, OpenAPI schemas IPReservation, BgpConfig, BgpSession and Device.
"""

from enum import StrEnum


class BlockType(StrEnum):
    """What a reserved block of addresses is for."""

    PUBLIC_IPV4 = "public_ipv4"
    GLOBAL_IPV4 = "global_ipv4"
    PRIVATE_IPV4 = "private_ipv4"
    PUBLIC_IPV6 = "public_ipv6"


class BlockState(StrEnum):
    """A reservation is `created` at once, or waits for a person's approval as `pending`."""

    PENDING = "pending"
    CREATED = "created"


class SessionStatus(StrEnum):
    """What the API says of a BGP session. A new one is `unknown` for minutes, up to hours."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class SessionFamily(StrEnum):
    """Address family as the session calls spell it (the neighbour list spells it 4 or 6)."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class DeviceState(StrEnum):
    """The states of a device (Equinix Metal API, Device.state)."""

    QUEUED = "queued"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    POWERING_ON = "powering_on"
    POWERING_OFF = "powering_off"
    INACTIVE = "inactive"
    REINSTALLING = "reinstalling"
    DEPROVISIONING = "deprovisioning"
    FAILED = "failed"
    DELETED = "deleted"


class DeploymentType(StrEnum):
    """`local`: private AS number, ready at once. `global`: own AS number, reviewed by people."""

    LOCAL = "local"
    GLOBAL = "global"


class BgpStatus(StrEnum):
    """State of a project's BGP configuration."""

    REQUESTED = "requested"
    ENABLED = "enabled"
    DISABLED = "disabled"


class PeerKind(StrEnum):
    """Who the routers of a device's site are.

    `gateway`: one peer, the device's private gateway, one hop away (legacy sites).
    `tor`: two top-of-rack loopbacks that are the same for every device, many hops away (IBX sites).
    """

    GATEWAY = "gateway"
    TOR = "tor"


class FaultKind(StrEnum):
    """How a call can go wrong on purpose."""

    STATUS = "status"
    """An error status instead of the answer; nothing is done."""
    DELAY = "delay"
    """The right answer, late."""
    BROKEN_BODY = "broken_body"
    """The call is done, but its JSON is cut in the middle."""
    RESET = "reset"
    """The connection is reset before anything is done."""
    LOST_REPLY = "lost_reply"
    """The call is done, then the connection is reset: the caller can't know."""
    PENDING = "pending"
    """A reservation is accepted but waits for approval: no addresses yet."""
    SHAPE = "shape"
    """The call is done, and its answer has another shape than the API's (`OddShape`)."""


class OddShape(StrEnum):
    """What stands in place of an answer, with the answer's status of success."""

    EMPTY = "empty"
    LIST = "list"
    OBJECT = "object"
    NULL = "null"
    TYPES = "types"
    """Every value is of another type than it was."""
    ERRORS = "errors"
    """An error, in spite of the status."""
    DEEP = "deep"
    """Lists in lists, more than a parser goes into."""
    HTML = "html"
    """The page of a proxy, which has not let the call through: it is not done."""
    ENDLESS = "endless"
    """Another page follows each page of a list."""
