"""What status says, as one value: the shape of `--json`, documented by its fields."""

from enum import StrEnum

from metallb.models.strict import StrictModel
from metallb.problems.error_report import ErrorReport

__all__ = [
    "MOST",
    "UNKNOWN",
    "Announcement",
    "ComponentState",
    "Drift",
    "FamilyState",
    "Health",
    "PendingService",
    "PoolState",
    "ServiceState",
    "SessionState",
    "Status",
]

UNKNOWN = "unknown"
"""A time that is not known."""

MOST = 2**53 - 1
"""The largest number that every reader of JSON keeps exactly; larger ones are shown as this one."""


class Health(StrEnum):
    """The whole in one word."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    """Something is down, stale, pending or different from the stack file."""
    UNKNOWN = "unknown"
    """Nothing is known to be wrong, and not everything could be read."""


class SessionState(StrictModel):
    """One BGP session that a node is meant to keep."""

    node: str
    """The node."""
    peer: str
    """Name of the BGPPeer object (0.12: the address)."""
    address: str
    """The router."""
    up: bool | None
    """Whether it is established; null where that is not known."""
    since: str = UNKNOWN
    """When it came up or went down, from the speaker's log (native mode), or when it came up
    (frr-k8s); `unknown` where the log does not reach back so far or can't be read."""
    why: str = ""
    """Why it is down or unknown, as far as it is known."""


class FamilyState(StrictModel):
    """The addresses that a pool has of one family."""

    used: int
    """Addresses that Services have."""
    free: int
    """Addresses left, 9007199254740991 (2^53 - 1) at most: an IPv6 block holds more."""
    full: bool
    """Whether none is left."""


class PoolState(StrictModel):
    """One address pool."""

    name: str
    """Name of the pool."""
    used: int
    """Addresses that Services have, of both families."""
    free: int
    """Addresses left, of both families; 2^53 - 1 at most."""
    full: bool
    """Whether none is left of a family that the pool has: Services that want one wait."""
    ipv4: FamilyState | None = None
    """The IPv4 addresses; null where the pool has none."""
    ipv6: FamilyState | None = None
    """The IPv6 addresses; null where the pool has none."""


class PendingService(StrictModel):
    """A Service of type LoadBalancer without an address."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    why: str
    """MetalLB's last event about it."""


class Announcement(StrictModel):
    """A Service's announcement by one node's speaker, by BGP, in layer 2, or both."""

    node: str
    """The node."""
    peers: tuple[str, ...] = ()
    """Names of the BGPPeers that it is announced to while their sessions are up."""
    up: tuple[str, ...] = ()
    """Those of them whose session is up."""
    unknown: tuple[str, ...] = ()
    """Those of them whose session is unknown."""
    interfaces: tuple[str, ...] = ()
    """Interfaces on which the node answers for its addresses by ARP and NDP (layer 2)."""


class ServiceState(StrictModel):
    """A Service with addresses of our pools, and who announces it."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    addresses: tuple[str, ...]
    """Its addresses."""
    announced: tuple[Announcement, ...]
    """By node; empty where no speaker announces it."""
    up: bool | None
    """Whether a node answers for it in layer 2, or a session that carries it is up; null where
    neither is, and a session is unknown."""
    why: str = ""
    """Why it is not announced, or not known to be; empty where it is."""


class ComponentState(StrictModel):
    """The controller, or a node's speaker."""

    name: str
    """controller, or speaker on a node; with its pod's name where there are two controllers, or
    where the pod has no node yet. One without a pod is listed as well."""
    ready: bool
    """Whether its pod is ready, on a node that is."""
    configuration: str
    """valid, stale, not loaded or unknown."""
    message: str = ""
    """Its message about the configuration; why it is not ready, or its configuration unknown."""


class Drift(StrictModel):
    """A difference between the stack file and what runs."""

    kind: str
    """Kind of the object."""
    name: str
    """Its name."""
    what: str
    """missing, not in the stack file, or the fields that differ."""


class Status(StrictModel):
    """One look at a stack's cluster."""

    format: int = 1
    """Version of this shape; it grows by fields only as long as this stays."""
    stack: str
    """Name of the stack."""
    health: Health
    """The whole in one word; the exit code follows it."""
    without_token: str = ""
    """Why there is no token that speakers could be shown, so that their sessions are unknown; empty
    where there is one, or where they want none."""
    sessions: tuple[SessionState, ...] = ()
    """Every session that a node is meant to keep."""
    pools: tuple[PoolState, ...] = ()
    """Every pool."""
    pending: tuple[PendingService, ...] = ()
    """Services that wait for an address."""
    services: tuple[ServiceState, ...] = ()
    """Every Service that has an address; empty before MetalLB 0.15, which does not show
    the announcing nodes."""
    components: tuple[ComponentState, ...] = ()
    """Controller and speakers."""
    drift: tuple[Drift, ...] = ()
    """Differences from the stack file."""
    notes: tuple[str, ...] = ()
    """What could not be read, and why."""
    error: ErrorReport | None = None
    """Why there was no look; then everything else is empty, and the health unknown."""
