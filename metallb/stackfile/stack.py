"""The root of a stack file: every section under `config:` that starts with `metallb:`."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    TypeAdapter,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError
from pydantic_core.core_schema import with_info_plain_validator_function

from metallb.algebra.durations import Duration
from metallb.platforms.base import Platform
from metallb.platforms.registry import platform_of, platforms
from metallb.stackfile.availability import Availability
from metallb.stackfile.base import DnsLabel, Section
from metallb.stackfile.bgp import Bgp
from metallb.stackfile.install import Install
from metallb.stackfile.kubernetes import Kubernetes
from metallb.stackfile.pools import AddressPool
from metallb.stackfile.preflight import Preflight

__all__ = ["UNKNOWN_KIND", "Platform", "StackConfig"]

UNKNOWN_KIND = "platform_kind"
"""Type of pydantic's error for a section whose kind is none of a platform."""


class _ByKind:
    """A section is validated by the platform of its `kind`, and a run imports no other."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The validator."""
        return with_info_plain_validator_function(_of_kind)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """One of the sections of all platforms."""
        every: Any = reduce(or_, platforms())
        if len(platforms()) > 1:
            every = Annotated[every, Field(discriminator="kind")]
        return handler(TypeAdapter(every).core_schema)


def _of_kind(value: Any, info: ValidationInfo) -> Platform:
    if isinstance(value, Platform):
        return value
    if value is None:
        raise PydanticKnownError("model_attributes_type")
    kind = value.get("kind") if isinstance(value, Mapping) else None
    platform = platform_of(kind) if isinstance(kind, str) else None
    if platform is None:
        raise PydanticCustomError(UNKNOWN_KIND, "is of no kind of platform")
    return platform.model_validate(value, context=info.context, by_alias=True, by_name=False)


class StackConfig(Section):
    """One cluster's MetalLB: what a person writes, in plain values.

    Holds no Pulumi Output and reads nothing; `metallb.stackfile.load` makes it.
    """

    install: Install = Field(default_factory=Install.model_construct)
    """Which MetalLB, and how it runs."""
    platform: Annotated[Platform, _ByKind]
    """Where nodes, routers and addresses come from."""
    bgp: Bgp = Field(default_factory=Bgp.model_construct)
    """What all BGP sessions have in common."""
    address_pools: dict[DnsLabel, AddressPool]
    """Pools of addresses by name."""
    availability: Availability | None = None
    """How many sessions an update may take down at once; null changes all of them at once."""
    kubernetes: Kubernetes = Field(default_factory=Kubernetes.model_construct)
    """Where the objects go."""
    preflight: Preflight = Field(default_factory=Preflight.model_construct)
    """Silenced warnings."""

    _worked_out: tuple[int, dict[Any, Any]] = PrivateAttr(default=(0, {}))

    @property
    def worked_out(self) -> dict[Any, Any]:
        """What was worked out from this configuration once, for the code that does it to look up.

        A copy of the model begins with an empty one: it may have other values.
        """
        owner, found = self._worked_out
        if owner != id(self):
            found = {}
            self._worked_out = (id(self), found)
        return found

    @property
    def my_asn(self) -> int | None:
        """AS number of the nodes; None where the platform has another one for each session."""
        return self.bgp.my_asn or self.bgp.local_asn or self.platform.usual.my_asn

    @property
    def peer_asn(self) -> int | None:
        """AS number of the routers; None where the platform has another one for each session."""
        return self.bgp.peer_asn or self.platform.usual.peer_asn

    @property
    def hold_time(self) -> Duration | None:
        """Hold time of the sessions; None leaves it to MetalLB."""
        if "hold_time" in self.bgp.model_fields_set:
            return self.bgp.hold_time
        return self.platform.usual.hold_time

    @property
    def max_prefixes(self) -> int | None:
        """Prefixes a router takes from a session, where that is known."""
        if self.bgp.max_prefixes is not None:
            return self.bgp.max_prefixes
        return self.platform.usual.max_prefixes
