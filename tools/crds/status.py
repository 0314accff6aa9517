"""Objects that MetalLB writes itself. Modelled for their CRDs; this product creates none of them.

Sources: MetalLB api/v1beta1/{configurationstate,servicebgpstatus,servicel2status}_types.go and
Kubernetes' metav1.Condition.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from metallb.routing.base import SpecModel

__all__ = [
    "Condition",
    "ConfigurationStateStatus",
    "IPAddressPoolStatus",
    "ServiceBgpStatusStatus",
    "ServiceL2Interface",
    "ServiceL2StatusStatus",
]

_IMMUTABLE: dict[str, Any] = {
    "validations": [{"rule": "self == oldSelf", "message": "this value can't be changed"}]
}
_REASON = r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
_TYPE = (
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
)


class IPAddressPoolStatus(SpecModel):
    """Counters that the controller keeps."""

    assigned_ipv4: int = Field(alias="assignedIPv4")
    """IPv4 addresses given to Services."""
    assigned_ipv6: int = Field(alias="assignedIPv6")
    """IPv6 addresses given to Services."""
    available_ipv4: int = Field(alias="availableIPv4")
    """IPv4 addresses still free."""
    available_ipv6: int = Field(alias="availableIPv6")
    """IPv6 addresses still free."""


class Condition(SpecModel):
    """One aspect of an object's state (Kubernetes metav1.Condition)."""

    type: Annotated[str, Field(pattern=_TYPE, max_length=316)]
    """Which aspect."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: Annotated[str, Field(pattern=_REASON, min_length=1, max_length=1024)]
    """Why, as one word for programs."""
    message: Annotated[str, Field(max_length=32768)]
    """Why, as a sentence for people."""
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    """When the status changed last."""
    observed_generation: Annotated[int, Field(ge=0)] | None = Field(
        default=None, json_schema_extra={"format": "int64"}
    )
    """Generation of the object that was looked at."""


class ConfigurationStateStatus(SpecModel):
    """What one component thinks of the configuration as a whole."""

    result: Literal["Valid", "Invalid", "Unknown"] | None = None
    """Whether the component took the configuration."""
    error_summary: str | None = None
    """What was wrong with it."""
    conditions: tuple[Condition, ...] | None = Field(
        default=None, json_schema_extra={"list": "map", "keys": ["type"]}
    )
    """The single checks."""


class ServiceBgpStatusStatus(SpecModel):
    """To which peers a node announces a Service."""

    node: str | None = Field(default=None, json_schema_extra=_IMMUTABLE)
    """The node that announces."""
    service_name: str | None = Field(default=None, json_schema_extra=_IMMUTABLE)
    """Name of the Service."""
    service_namespace: str | None = Field(default=None, json_schema_extra=_IMMUTABLE)
    """Namespace of the Service."""
    peers: tuple[str, ...] | None = None
    """Names of the peers that get its routes."""


class ServiceL2Interface(SpecModel):
    """An interface on which a Service is answered for."""

    name: str | None = None
    """Name of the interface."""


class ServiceL2StatusStatus(SpecModel):
    """Which node answers for a Service in layer 2 mode."""

    node: str | None = Field(default=None, json_schema_extra=_IMMUTABLE)
    """The node that answers."""
    service_name: str | None = Field(default=None, json_schema_extra=_IMMUTABLE)
    """Name of the Service."""
    service_namespace: str | None = Field(default=None, json_schema_extra=_IMMUTABLE)
    """Namespace of the Service."""
    interfaces: tuple[ServiceL2Interface, ...] | None = None
    """Interfaces on which it answers."""
