"""The wire, inbound: what callers send.

Fields that are not known here are ignored, as the API does; published clients send more than is
emulated. Known ones have the schema's JSON types: a number in quotes is a text, and refused, so
that a caller's mistake shows here first.
Source: Equinix Metal API, OpenAPI request bodies of the calls named at each model.
"""

from pydantic import BaseModel, ConfigDict, Field

from lab.metal_api.enums import DeploymentType, SessionFamily


class Request(BaseModel):
    """Base of what a caller sends."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, strict=True)


class ReserveBlock(Request):
    """POST /projects/{id}/ips."""

    type: str
    quantity: int
    details: str | None = None
    facility: str | None = None
    metro: str | None = None
    tags: list[str] = Field(default_factory=list)
    fail_on_approval_required: bool = False


class AttachAddress(Request):
    """POST /devices/{id}/ips."""

    address: str


class OpenSession(Request):
    """POST /devices/{id}/bgp/sessions."""

    address_family: SessionFamily = Field(strict=False)
    default_route: bool = False


class CreateProject(Request):
    """POST /projects."""

    name: str = Field(min_length=1)
    organization_id: str | None = None


class ChangeProject(Request):
    """PATCH /projects/{id}."""

    name: str | None = None
    payment_method_id: str | None = None
    backend_transfer_enabled: bool | None = None


class RequestBgp(Request):
    """POST /projects/{id}/bgp-configs."""

    deployment_type: DeploymentType = Field(strict=False)
    asn: int = 65000
    md5: str | None = Field(default=None, repr=False)


class CreateDevice(Request):
    """POST /projects/{id}/devices. User data and the like are accepted and not remembered."""

    plan: str
    operating_system: str
    hostname: str | None = None
    metro: str | None = None
    facility: list[str] = Field(default_factory=list)
    billing_cycle: str = "hourly"
    tags: list[str] = Field(default_factory=list)
    description: str | None = None


class ChangeDevice(Request):
    """PUT /devices/{id}."""

    hostname: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    billing_cycle: str | None = None
